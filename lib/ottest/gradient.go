package ottest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/ot"
)

// ConvexGradient is a normal cloud of n points in R^d and its image under the gradient of
// a strictly convex function, in shuffled order, with random weights that go along. By
// Brenier's theorem the gradient is the optimal map under |x-y|².
//
// Source: peyre:19, Brenier's theorem.
func ConvexGradient(seed uint64, n, d int) *Known {
	rng := rand.New(rand.NewPCG(seed, 103))
	gradient := convexGradient(rng, d)
	x := normalCloud(rng, n, d)
	return matched(fmt.Sprintf("gradient of a convex function, %d points in R^%d", n, d),
		"the image under the gradient of a strictly convex function is cyclically monotone, so each point goes to its own",
		x, gradient(x), randomWeights(rng, n), rng.Perm(n), cost.SqEuclidean(), gradient)
}

// convexGradient draws φ(x) = |x|²/4 + Σ_k s_k log(1 + exp(w_k·x + b_k)), s_k > 0, and
// returns its gradient.
func convexGradient(rng *rand.Rand, d int) func(x *mat.Dense) *mat.Dense {
	const ridges = 5
	w := normalCloud(rng, ridges, d)
	s, b := make([]float64, ridges), make([]float64, ridges)
	for k := range s {
		s[k], b[k] = 0.5+rng.Float64(), rng.NormFloat64()
	}
	return func(x *mat.Dense) *mat.Dense {
		var y mat.Dense
		y.Scale(0.5, x)
		n, _ := x.Dims()
		for i := range n {
			for k := range s {
				slope := s[k] / (1 + math.Exp(-mat.Dot(x.RowView(i), w.RowView(k))-b[k]))
				for l := range d {
					y.Set(i, l, y.At(i, l)+slope*w.At(k, l))
				}
			}
		}
		return &y
	}
}

// Translation is a normal cloud of n points and itself moved by t, in shuffled order, under
// a cost that is a strictly convex function h of x - y, such as |x-y|². Jensen's
// inequality gives the value h(t): no plan changes the mean displacement. Under |x-y|² the
// Sinkhorn divergence is |t|² for every ε.
func Translation(seed uint64, n int, t []float64, c cost.Cost) *Known {
	rng := rand.New(rand.NewPCG(seed, 104))
	move := func(x *mat.Dense) *mat.Dense {
		var y mat.Dense
		y.Apply(func(_, k int, v float64) float64 { return v + t[k] }, x)
		return &y
	}
	x := normalCloud(rng, n, len(t))
	k := matched(fmt.Sprintf("translation of %d points by %g under %v", n, t, c),
		"the mean of x - y is the same for every plan, and h is strictly convex: Jensen's inequality",
		x, move(x), randomWeights(rng, n), rng.Perm(n), c, move)
	k.Value = c.At(make([]float64, len(t)), t)
	if c == cost.SqEuclidean() {
		k.Divergence = func(float64) float64 { return k.Value }
	}
	return k
}

// matched is the problem whose only optimal plan sends row i of x to row i of y, with the
// rows of y put in the order perm.
func matched(name, proof string, x, y *mat.Dense, w []float64, perm []int, c cost.Cost, transport func(*mat.Dense) *mat.Dense) *Known {
	n, d := x.Dims()
	shuffled, plan, b := mat.NewDense(n, d, nil), mat.NewDense(n, n, nil), make([]float64, n)
	for i, j := range perm {
		shuffled.SetRow(j, y.RawRowView(i))
		plan.Set(i, j, w[i])
		b[j] = w[i]
	}
	p := ot.Points(x, shuffled)
	p.A, p.B, p.Cost = w, b, c
	value := mean(w, c.Displacement(x, y))
	return &Known{
		Name: name, Problem: p, Proof: proof, X: x, Y: shuffled, Value: value, Plan: plan, Unique: true, Map: transport,
		Tol: rounding(n*d, mat.Max(c.Matrix(x, y))),
	}
}
