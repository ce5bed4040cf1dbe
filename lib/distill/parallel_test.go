package distill

import (
	"errors"
	"testing"
	"time"

	"gaspard/lib/fdiv"
	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

// TestDesignsTakeUsersDivergences runs one that is written as a slice function,
// which must stay on the caller's goroutine, and gives the numbers of the same
// one of the package.
func TestDesignsTakeUsersDivergences(t *testing.T) {
	own := fdiv.TensorFunc("mine", func(r *tensor.Var) *tensor.Var { return r.Mul(r.Log()) })
	s := RecoverySettings{Particles: 60, Steps: 40, Seeds: 2, Divergences: []*fdiv.Divergence{fdiv.FKL}}
	want := Recovery(s).Rows[0]
	s.Divergences = []*fdiv.Divergence{own}
	got := Recovery(s).Rows[0]
	for seed := range 2 {
		near(t, "variance", got.Variance[seed], want.Variance[seed], 1e-6)
		near(t, "right", got.Right[2][seed], want.Right[2][seed], 0)
	}
}

// TestDesignsCancel stops a design from outside, as Ctrl-C does, although its runs
// are on goroutines of their own.
func TestDesignsCancel(t *testing.T) {
	m := job.New(nil)
	time.AfterFunc(50*time.Millisecond, m.Cancel)
	if err := job.Catch(func() { Recovery(RecoverySettings{Steps: 100000, Job: m}) }); !errors.Is(err, job.ErrCancelled) {
		t.Fatalf("%v", err)
	}
	// A mistake inside a run comes out on the caller.
	defer func() {
		if r, ok := recover().(string); !ok || r != "a mistake" {
			t.Errorf("recovered %v", r)
		}
	}()
	runs(nil, false, 5, 5, func(i int, _ *job.Monitor, _ func()) {
		if i == 3 {
			panic("a mistake")
		}
	})
}
