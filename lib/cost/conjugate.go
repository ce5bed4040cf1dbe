package cost

import (
	"fmt"
	"math"
)

// HasConjugateGrad reports whether the cost is h(x-y) with h strictly convex and ∇h*
// known: [SqEuclidean], [PNorm] with p > 1, [Mahalanobis] with an invertible matrix,
// and the elastic costs.
func (c Cost) HasConjugateGrad() bool {
	switch c.kind {
	case sqEuclidean, pNorm:
		return true
	case mahalanobis:
		return c.metric.inverse != nil
	}
	return c.Elastic()
}

// ConjugateGrad writes ∇h*(w) to dst, for a cost h(x-y) with h strictly convex: the
// displacement at which h has the gradient w. With an optimal potential f of the
// source, x - ∇h*(∇f(x)) is the optimal map. dst may be w.
//
//	|z|²        w/2
//	|z|_p^p     sign(w_l) (|w_l|/p)^(1/(p-1))
//	zᵀMz        M⁻¹w/2
//	|z|²/2 + τ  prox_τ(w), see [Cost.Prox]
//
// It panics with a sentence where [Cost.HasConjugateGrad] is false.
//
// Source: gangbo:96.
func (c Cost) ConjugateGrad(dst, w []float64) {
	if len(dst) != len(w) {
		panic(fmt.Sprintf("cost: ∇h* of %d coordinates written to %d", len(w), len(dst)))
	}
	c.checkDimension(len(w))
	switch {
	case !c.HasConjugateGrad():
		panic(fmt.Sprintf("cost: %v is not h(x-y) with h strictly convex and ∇h* known", c))
	case c.Elastic():
		c.Prox(dst, w, 1)
	case c.kind == sqEuclidean:
		for l, v := range w {
			dst[l] = v / 2
		}
	case c.kind == pNorm:
		for l, v := range w {
			dst[l] = signOf(v) * power(math.Abs(v)/c.p, 1/(c.p-1))
		}
	case c.kind == mahalanobis:
		out := make([]float64, len(w))
		for i := range out {
			for l, v := range w {
				out[i] += c.metric.inverse[i*len(w)+l] * v / 2
			}
		}
		copy(dst, out)
	}
}
