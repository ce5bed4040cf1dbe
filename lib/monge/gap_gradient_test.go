package monge

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/measure"
)

// The gradients by T(x) against central differences of a converged solve, for every
// kind of cost: h² and the tolerance over h leave some 1e-7.
func TestGapGradientAgainstDifferences(t *testing.T) {
	const n = 9
	for _, c := range planarCosts {
		x, tx := mat.NewDense(n, 2, normals(1, 2*n)), mat.NewDense(n, 2, normals(2, 2*n))
		if c == cost.Sphere() {
			onSphere(x)
			onSphere(tx)
		}
		s := GapSettings{Cost: c, Epsilon: 0.3, Tol: 1e-12, MaxIter: 100000, Gradient: true}
		r := Gap(x, tx, s)
		s.Gradient = false
		for i := range n {
			for l := range 2 {
				const h = 1e-5
				at := func(step float64) *GapResult {
					moved := mat.DenseCopyOf(tx)
					moved.Set(i, l, tx.At(i, l)+step)
					return Gap(x, moved, s)
				}
				up, down := at(h), at(-h)
				if got, want := r.Grad.At(i, l), (up.KL-down.KL)/(2*h); math.Abs(got-want) > 1e-6 {
					t.Errorf("%v: Shannon by %d,%d is %.9g, differences give %.9g", c, i, l, got, want)
				}
				if got, want := r.ExactGrad.At(i, l), (up.Exact-down.Exact)/(2*h); math.Abs(got-want) > 1e-6 {
					t.Errorf("%v: Exact by %d,%d is %.9g, differences give %.9g", c, i, l, got, want)
				}
			}
		}
		if plain := Gap(x, tx, s); plain.Grad != nil || plain.Exact != r.Exact || plain.KL != r.KL {
			t.Errorf("%v: asking for gradients changes the gap", c)
		}
	}
}

// An optimal pairing can be made no better: its exact gradient is 0.
func TestExactGradientOfAnOptimalMap(t *testing.T) {
	x := mat.NewDense(40, 2, normals(1, 80))
	r := Gap(x, apply(x, func(v []float64) []float64 { return []float64{2*v[0] + 1, v[1]} }), GapSettings{Gradient: true})
	if mat.Norm(r.ExactGrad, 1) != 0 || r.Grad == nil {
		t.Errorf("gradient %v", r.ExactGrad)
	}
}

// The gap of a map and a sampler is that of the points it draws, by the seed.
func TestGapOfAMapAndASampler(t *testing.T) {
	ring := measure.Ring(1, 0.1)
	turn := Func("quarter turn", 2, func(z *mat.Dense) *mat.Dense {
		return apply(z, func(v []float64) []float64 { return []float64{-v[1], v[0]} })
	})
	a := GapOf(turn, ring.Sample, 300, GapSettings{Seed: 5})
	x := ring.Sample(rand.New(rand.NewPCG(5, streamSource)), 300)
	if b := Gap(x, turn.Push(x), GapSettings{}); a.Exact != b.Exact || a.N != 300 {
		t.Errorf("%v and %v", a, b)
	}
	if b := GapOf(turn, ring.Sample, 300, GapSettings{Seed: 6}); a.Exact == b.Exact {
		t.Error("two seeds, one sample")
	}
}

// The conditional gap is the mean of the gaps of the groups, whatever their sizes, and
// so are its gradients; points of two groups are never paired.
func TestConditionalGap(t *testing.T) {
	const n = 30
	x, tx := mat.NewDense(n, 2, normals(3, 2*n)), mat.NewDense(n, 2, normals(4, 2*n))
	labels, sizes := make([]int, n), []int{5, 1, 24}
	next := 0
	for k, size := range sizes {
		for range size {
			labels[7*next%n] = 10 - k
			next++
		}
	}
	s := GapSettings{Epsilon: 0.4, Gradient: true}
	r := ConditionalGap(x, tx, labels, s)
	exact, shannon := 0.0, 0.0
	grad := mat.NewDense(n, 2, nil)
	for _, label := range []int{8, 9, 10} {
		g := Gap(rowsOf(x, labels, label), rowsOf(tx, labels, label), s)
		exact += g.Exact / 3
		shannon += g.Shannon / 3
		next := 0
		for i, l := range labels {
			if l == label {
				grad.SetRow(i, []float64{g.Grad.At(next, 0) / 3, g.Grad.At(next, 1) / 3})
				next++
			}
		}
	}
	if math.Abs(r.Exact-exact) > 1e-14 || math.Abs(r.Shannon-shannon) > 1e-14 || !mat.EqualApprox(r.Grad, grad, 1e-15) {
		t.Errorf("%v; means %g and %g", r, exact, shannon)
	}
	if r.Groups[0].N != 24 || r.Groups[1].N != 1 || r.Groups[1].Exact != 0 {
		t.Errorf("groups %v", r.Groups)
	}
	if all := ConditionalGap(x, tx, make([]int, n), s); all.Exact != Gap(x, tx, s).Exact {
		t.Error("one condition is not the plain gap")
	}
	// Each half stays where it is but for the labels: a swap across groups costs nothing
	// only where they may be paired.
	two := column(0, 0, 1, 1)
	if g := ConditionalGap(two, column(1, 1, 0, 0), []int{1, 1, 2, 2}, GapSettings{Epsilon: 1}); g.Exact != 0 {
		t.Errorf("groups that move as a whole have a gap of %g", g.Exact)
	}
}
