package tensor

import (
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gaspard/lib/job"
)

// sharded is a small expression with every kind of input: points and classes, two
// of each to a row of the batch.
func sharded(g *Graph, rows int) *Var {
	x, classes := g.Data(2*rows, 3), g.Indices(2*rows)
	h := Affine(x, g.Param(3, 40), g.Param(1, 40), SiLU)
	h = h.Add(g.Param(5, 40).Gather(classes))
	h = h.LayerNorm(g.Param(1, 40), g.Param(1, 40)).Add(Affine(h, g.Param(40, 40), g.Param(1, 40), GELU))
	h = Affine(h, g.Param(40, 2), g.Param(1, 2), Tanh)
	return Affine(h, g.Param(2, 5), g.Param(1, 5), Linear)
}

func shardedLoss(g *Graph, rows int) *Var {
	z := sharded(g, rows)
	return z.CrossEntropy(g.indices[0])
}

func shardedParams() []float32 {
	g := NewGraph()
	sharded(g, 1)
	return normals32(rand.New(rand.NewPCG(7, 7)), g.NumParams())
}

// fillBatch draws the inputs of s.
func fillBatch(s *Sharded) {
	copy(s.Data(0), normals32(rand.New(rand.NewPCG(8, 8)), len(s.Data(0))))
	for i := range s.Indices(0) {
		s.Indices(0)[i] = int32(i*i%5+i%7%2) % 5
	}
}

// The loss and its gradient are those of the float64 plan of the whole batch, in
// one pass and in two.
func TestShardedAgainstOnePlan(t *testing.T) {
	for _, rows := range []int{1, 5, 64, 257, 1000} {
		params := shardedParams()
		s := NewSharded(rows, params, shardedLoss)
		fillBatch(s)
		g := NewGraph()
		loss := shardedLoss(g, rows).Scale(0.5)
		p64 := make([]float64, len(params))
		for i, v := range params {
			p64[i] = float64(v)
		}
		want := make([]float64, len(params))
		p := g.Plan64(loss, p64, want)
		for i, v := range s.Data(0) {
			p.Value(g.nodes[0])[i] = float64(v)
		}
		copy(p.Indices(g.indices[0]), s.Indices(0))
		p.Forward()
		p.Backward(nil)
		near := func(what string, got float32, want float64) {
			if tol := 1e-4 * (1 + math.Sqrt(float64(rows))); !(math.Abs(float64(got)-want) <= tol) {
				t.Fatalf("%d rows, %v: %s is %g, one plan gives %g", rows, s, what, got, want)
			}
		}
		for range 2 { // the second pass begins from what the first left
			near("loss", float32(s.Gradient(0.5)), p.Value(loss)[0])
			for i, w := range want {
				near("gradient", s.Grad[i], w)
			}
		}
		two := NewSharded(rows, params, sharded)
		fillBatch(two)
		two.Forward()
		seed := make([]float32, len(two.Out))
		crossEntropyOf(seed, two.Out, two.Indices(0), 2*rows, 5)
		scaleInto(seed, 0.5, seed)
		for range 2 {
			two.Forward()
			two.Backward(seed)
			for i, w := range want {
				near("gradient in two passes", two.Grad[i], w)
			}
		}
	}
}

func TestShardedDoesNotDependOnTheCores(t *testing.T) {
	run := func(cores int) []float32 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		s := NewSharded(777, shardedParams(), shardedLoss)
		fillBatch(s)
		s.Gradient(1)
		loss := s.Gradient(1)
		return append(s.Grad, float32(loss))
	}
	want := run(1)
	for _, cores := range []int{2, 3, 8} {
		if !slices.Equal(run(cores), want) {
			t.Errorf("one core and %d give different gradients", cores)
		}
	}
}

func TestShardedAllocatesNothing(t *testing.T) {
	s := NewSharded(500, shardedParams(), shardedLoss)
	fillBatch(s)
	two := NewSharded(500, shardedParams(), sharded)
	fillBatch(two)
	two.Forward()
	seed := make([]float32, len(two.Out))
	step := func() {
		s.Gradient(1)
		two.Forward()
		two.Backward(seed)
	}
	for range 20 {
		step() // until every worker has had a turn
	}
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("%g allocations per step", n)
	}
}

func TestShardedIsCancelled(t *testing.T) {
	before := job.Default()
	defer job.SetDefault(before)
	monitor := job.New(nil)
	job.SetDefault(monitor)
	s := NewSharded(500, shardedParams(), shardedLoss)
	fillBatch(s)
	want := s.Gradient(1)
	monitor.Cancel()
	if err := job.Catch(func() { s.Gradient(1) }); !errors.Is(err, job.ErrCancelled) {
		t.Errorf("a cancelled pass ended with %v", err)
	}
	monitor.Reset()
	if got := s.Gradient(1); got != want {
		t.Errorf("after a cancelled pass the loss is %g, before it %g", got, want)
	}
}
