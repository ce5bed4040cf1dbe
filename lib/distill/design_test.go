package distill

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"gaspard/lib/fdiv"
	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

// TestCoverage is the headline of xu:25 in one dimension: reverse and softened
// reverse KL drop the minor mode, the others keep it, and the theorem's gradient
// gets to the optimum. The notebook runs all six with three seeds.
func TestCoverage(t *testing.T) {
	table := Coverage(CoverageSettings{Divergences: []*fdiv.Divergence{fdiv.SoftRKL, fdiv.JS}, Steps: 2500, Batch: 256, Seeds: 1})
	for i, want := range []float64{0.003, 0.337} {
		r := table.Rows[i]
		if r.Off() > 0.02 {
			t.Errorf("%s ended %g from its optimum", r.Divergence.Name, r.Off())
		}
		near(t, r.Divergence.Name+" mass on x > 0", r.Right[0], want, 0.004)
	}
	near(t, "target", table.Target, 0.3, 0.001)
	if !strings.Contains(table.String(), "teacher") {
		t.Error(table)
	}
}

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

// TestRecovery has the orders of speed and of variance on fewer particles than
// the notebook.
func TestRecovery(t *testing.T) {
	table := Recovery(RecoverySettings{
		Particles: 120, Steps: 200, Marks: []int{200}, Seeds: 1,
		Divergences: []*fdiv.Divergence{fdiv.SoftRKL, fdiv.RKL, fdiv.JS, fdiv.FKL},
	})
	soft, rkl, js, fkl := table.Rows[0], table.Rows[1], table.Rows[2], table.Rows[3]
	if !(soft.Right[0][0] < rkl.Right[0][0] && rkl.Right[0][0] < js.Right[0][0]) {
		t.Errorf("speeds\n%v", table)
	}
	if !(rkl.Variance[0] == 0 && soft.Variance[0] < 0.15 && js.Variance[0] < 0.15 && fkl.Variance[0] > 4*js.Variance[0]) {
		t.Errorf("variances\n%v", table)
	}
	if len(js.Path) != 200 || js.Path[199] != js.Right[0][0] {
		t.Errorf("path of %d steps", len(js.Path))
	}
}

// TestReliability has the figures of a blurred and of a skewed student, and none
// for one that differs in its weights alone.
func TestReliability(t *testing.T) {
	teacher := Ring(8, 2, 0.15, nil)
	skew := []float64{0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05}
	two := []*fdiv.Divergence{fdiv.FKL, fdiv.JS, fdiv.RKL}
	s := ReliabilitySettings{Divergences: two}
	for _, c := range []struct {
		student              *Mixture
		spearman, fklTop, js float64
	}{{Ring(8, 2, 0.4, nil), -0.33, 0.04, 0.07}, {Ring(8, 2, 0.3, skew), -0.35, 0.16, 0.26}} {
		r := Reliability(teacher, c.student, s)
		near(t, "Spearman", r.Rows[0].Spearman, c.spearman, 0.03)
		near(t, "FKL in the last tenth", r.Rows[0].Decile[9], c.fklTop, 0.03)
		near(t, "JS in the last tenth", r.Rows[1].Decile[9], c.js, 0.03)
		near(t, "FKL in the first tenth", r.Rows[0].Decile[0], 1, 0.1)
		if r.Rows[2].Spearman != 0 || r.Rows[2].Decile[9] != 1 {
			t.Errorf("constant weights: %+v", r.Rows[2].Decile)
		}
	}
	if r := Reliability(teacher, Ring(8, 2, 0.15, skew), s); math.Abs(r.Rows[0].Spearman) > 0.12 {
		t.Errorf("Spearman %g although only weights differ", r.Rows[0].Spearman)
	}
}

// TestWeightVariance is figure 4a of xu:25: FKL and Jeffreys rise steeply, JS and
// SH stay comparatively flat.
func TestWeightVariance(t *testing.T) {
	table := WeightVariance(nil, fdiv.Paper()...)
	at := map[*fdiv.Divergence][]float64{}
	for _, r := range table.Rows {
		at[r.Divergence] = r.Normalised
	}
	for i, delta := range table.Delta {
		s := delta * delta
		near(t, "FKL", at[fdiv.FKL][i], math.Expm1(s), 1e-12)
		near(t, "Jeffreys", at[fdiv.Jeffreys][i], math.Expm1(s)/4, 1e-12)
		near(t, "SH", at[fdiv.Hellinger][i], math.Expm1(s/4), 1e-12)
		if !(at[fdiv.SoftRKL][i] < at[fdiv.JS][i] && at[fdiv.JS][i] < at[fdiv.Hellinger][i] && at[fdiv.Hellinger][i] < at[fdiv.FKL][i] && at[fdiv.RKL][i] == 0) {
			t.Errorf("order at δ = %g:\n%v", delta, table)
		}
	}
}

// TestOneStep has the table of steps against quality: one evaluation of the
// teacher gives its mean, eleven are nearly enough, and the distilled particles
// are at the floor.
func TestOneStep(t *testing.T) {
	table := OneStep(OneStepSettings{Steps: []int{1, 2, 6, 12}, Samples: 1000, Reference: 800, Particles: 160, Train: 300})
	for i, want := range []struct{ nfe, energy, tol float64 }{{1, 1.12, 0.05}, {3, 6.9, 0.2}, {11, 0.0129, 0.02}, {23, 0, 0.02}} {
		r := table.Rows[i]
		near(t, r.Name+" NFE", float64(r.Evaluations), want.nfe, 0)
		near(t, r.Name+" energy distance", r.Energy, want.energy, want.tol)
	}
	before, after := table.Rows[4], table.Rows[5]
	if !(before.Energy > 1 && math.Abs(after.Energy) < 0.05 && after.Recall > 0.8) {
		t.Errorf("\n%v", table)
	}
}
