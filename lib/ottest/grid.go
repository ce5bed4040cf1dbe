package ottest

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/ot"
)

// gridReach is how many standard deviations a grid of [Normals.Grid] spans to each side.
const gridReach = 7

// Grid is the problem with both laws replaced by points weighted by the density: k to a
// coordinate, k^d each, spaced evenly over 7 standard deviations to both sides once the
// covariance is made the identity. For normal integrands that is a quadrature of relative
// error 2 exp(-2π²v/Δ²), with Δ = 14/(k-1) the spacing and v the least variance of one
// point given the other under the plan, in the same units: about ε/2 over the product of
// the standard deviations. The answers are those of [Normals] to Tol where k is at least
// 14 / √v.
//
// The exact optimum of the discrete problem is not known: Value is NaN.
func (g Normals) Grid(k int) *Known {
	l := g.laws()
	if k < 2 {
		panic(fmt.Sprintf("ottest: a grid of %d points to a coordinate; at least 2 are needed", k))
	}
	x, a := l.grid(k, l.m1, l.s1)
	y, b := l.grid(k, l.m2, l.s2)
	p := ot.Points(x, y)
	p.A, p.B = a, b
	return &Known{
		Name: fmt.Sprintf("normal laws in R^%d on grids of %d points", l.d, len(a)), Problem: p, X: x, Y: y,
		Proof: "the trapezoidal rule on the closed form between normal laws, whose potentials are quadratic",
		Value: math.NaN(), Map: g.Map, Entropic: g.Entropic, Divergence: g.Divergence,
		Unbalanced: func(epsilon, rhoA, rhoB float64) (value, mass float64) {
			if rhoA != rhoB {
				return math.NaN(), math.NaN()
			}
			plan := g.Unbalanced(1, 1, epsilon, rhoA)
			return plan.Value, plan.Mass
		},
		Tol: 1e-8 * (1 + l.displacement() + mat.Trace(l.s1) + mat.Trace(l.s2)),
	}
}

// grid is k^d points about a mean, and their weights.
func (l laws) grid(k int, mean []float64, cov *mat.SymDense) (*mat.Dense, []float64) {
	n := 1
	for range l.d {
		n *= k
	}
	root := power(cov, 0.5)
	z, w, sum := mat.NewDense(n, l.d, nil), make([]float64, n), 0.0
	for i := range n {
		square := 0.0
		for c, rest := 0, i; c < l.d; c, rest = c+1, rest/k {
			v := gridReach * (2*float64(rest%k)/float64(k-1) - 1)
			z.Set(i, c, v)
			square += v * v
		}
		w[i] = math.Exp(-square / 2)
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	var x mat.Dense
	x.Mul(z, root)
	x.Apply(func(_, c int, v float64) float64 { return v + mean[c] }, &x)
	return &x, w
}
