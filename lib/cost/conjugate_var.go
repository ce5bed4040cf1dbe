package cost

import (
	"fmt"

	"gaspard/lib/tensor"
)

// leastMagnitude is where the slope of ∇h* of a p-norm with p > 2, infinite at 0, stops
// to grow: below it ∇h* is taken to be linear.
const leastMagnitude = 1e-6

// ConjugateGradVar writes ∇h*(w), as [Cost.ConjugateGrad], as an expression of the rows
// of w (n×d), through which networks can be trained: with F for w, x - ∇h*(F(x)) is a
// map that has the structure of the optimal ones.
//
// Its derivative, where thresholds of the elastic costs have none, is that of one side.
// For |z|_p^p with p > 2 that at 0 is infinite, and ∇h* is taken to be linear for
// |w_l| < 1e-6 p.
//
// It panics with a sentence where [Cost.HasConjugateGrad] is false and for
// [ElasticKOverlap], whose proximal map sorts.
func (c Cost) ConjugateGradVar(w *tensor.Var) *tensor.Var {
	c.checkDimension(w.Cols())
	constant := func(v float64) *tensor.Var { return w.Graph().Const(1, 1, []float64{v}) }
	switch {
	case c.kind == sqEuclidean:
		return w.Scale(0.5)
	case c.kind == pNorm:
		// sign(w) m^r is w m^(r-1), for m = |w|/p and r = 1/(p-1).
		m := w.Abs().Scale(1 / c.p)
		if c.p > 2 {
			m = m.Max(constant(leastMagnitude))
		}
		return w.Scale(1 / c.p).Mul(m.Pow(1/(c.p-1) - 1))
	case c.kind == mahalanobis && c.metric.inverse != nil:
		d := w.Cols()
		return w.MatMul(w.Graph().Const(d, d, c.metric.inverse)).Scale(0.5)
	case c.kind == elasticL1:
		return w.Sub(w.Min(constant(c.p)).Max(constant(-c.p)))
	case c.kind == elasticSTVS:
		// w (1 - γ²/w²), and 0 for |w| ≤ γ.
		square := constant(c.p * c.p)
		return w.Sub(w.Mul(square).Div(w.Square().Max(square)))
	case c.kind == elasticKOverlap:
		panic(fmt.Sprintf("cost: ∇h* of %v is a proximal map that sorts, which no expression does; ElasticL1 and ElasticSTVS have one", c))
	}
	panic(fmt.Sprintf("cost: %v is not h(x-y) with h strictly convex and ∇h* known", c))
}
