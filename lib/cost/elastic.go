package cost

import (
	"fmt"
	"math"
	"slices"
)

// ElasticL1 is |z|²/2 + γ|z|₁ of z = x-y, with a half before the square: maps that are
// optimal for it move points along few axes. γ > 0.
//
// Source: cuturi:23, section 4.
func ElasticL1(gamma float64) Cost {
	return Cost{kind: elasticL1, p: positiveGamma(gamma)}
}

// ElasticSTVS is |z|²/2 + τ(z) of z = x-y, with a half before the square and
//
//	τ(z) = γ² Σ_l (s_l + 1/2 - exp(-2s_l)/2),  s_l = asinh(|z_l|/2γ),
//
// the penalty of soft thresholding with vanishing shrinkage: sparse as [ElasticL1],
// but long displacements pay hardly more than without it. γ > 0.
//
// Source: schreck:16, lemma 2.1; cuturi:23, section 4.
func ElasticSTVS(gamma float64) Cost {
	return Cost{kind: elasticSTVS, p: positiveGamma(gamma)}
}

// ElasticKOverlap is |z|²/2 + γ/2 |z|²_ov of z = x-y, with halves before both squares
// and |z|_ov the k-overlap (or k-support) norm, whose unit ball is the convex hull of
// the unit vectors with at most k coordinates other than 0: displacements along about k
// axes at a time. γ > 0; k ≥ 1, and from d on |z|_ov is |z|.
//
// Time: O(d) for each pair, and up to O(dk) where magnitudes rise from the first
// coordinate to the last.
//
// Source: argyriou:12, proposition 2.1; cuturi:23, section 4.
func ElasticKOverlap(gamma float64, k int) Cost {
	if k < 1 {
		panic(fmt.Sprintf("cost: the k-overlap norm with k = %d; k must be at least 1", k))
	}
	return Cost{kind: elasticKOverlap, p: positiveGamma(gamma), k: k}
}

func positiveGamma(gamma float64) float64 {
	if !(gamma > 0) || math.IsInf(gamma, 0) {
		panic(fmt.Sprintf("cost: γ is %v; it must be positive", gamma))
	}
	return gamma
}

// stvs is τ at r = |z|, and stvsSlope its derivative, γ exp(-s).
func stvs(r, gamma float64) float64 {
	s := math.Asinh(r / (2 * gamma))
	return gamma * gamma * (s - math.Expm1(-2*s)/2)
}

func stvsSlope(r, gamma float64) float64 {
	t := r / (2 * gamma)
	return gamma / (t + math.Sqrt(1+t*t))
}

// overlap works out k-overlap norms. Of the magnitudes, the largest few, fewer than k,
// enter as themselves and the others through their sum; level is that sum over k less
// the few, no less than any of the others.
type overlap struct{ z, top []float64 }

// split returns the squared norm of z and the level.
func (o *overlap) split(k int) (square, level float64) {
	k = min(k, len(o.z))
	tail := o.largest(k - 1)
	a := o.top
	few := len(a)
	for few > 0 && a[few-1] <= tail/float64(k-few) {
		few--
		tail += a[few]
	}
	for _, v := range a[:few] {
		square += v * v
	}
	return square + tail*tail/float64(k-few), tail / float64(k-few)
}

// largest puts the count largest magnitudes into top, from the largest on, and returns
// the sum of the others.
func (o *overlap) largest(count int) (rest float64) {
	o.top = o.top[:0]
	for _, z := range o.z {
		v := math.Abs(z)
		if len(o.top) < count {
			o.top = append(o.top, v)
		} else if count > 0 && v > o.top[count-1] {
			v, o.top[count-1] = o.top[count-1], v
			rest += v
		} else {
			rest += v
			continue
		}
		for i := len(o.top) - 1; i > 0 && o.top[i] > o.top[i-1]; i-- {
			o.top[i], o.top[i-1] = o.top[i-1], o.top[i]
		}
	}
	return rest
}

func (o *overlap) subtract(x, y []float64) {
	o.z = append(o.z[:0], x...)
	for l, v := range y {
		o.z[l] -= v
	}
}

// at is the elastic cost.
func (o *overlap) at(x, y []float64, gamma float64, k int) float64 {
	o.subtract(x, y)
	square, _ := o.split(k)
	s := 0.0
	for _, z := range o.z {
		s += z * z
	}
	return s/2 + gamma*square/2
}

// addGrad uses that the gradient of |z|²_ov/2 has the magnitudes max(|z_l|, level).
func (o *overlap) addGrad(dst []float64, w float64, x, y []float64, gamma float64, k int) {
	o.subtract(x, y)
	_, level := o.split(k)
	for l, z := range o.z {
		dst[l] += w * (z + gamma*signOf(z)*math.Max(math.Abs(z), level))
	}
}

func kOverlapAt(x, y []float64, gamma float64, k int) float64 {
	var o overlap
	return o.at(x, y, gamma, k)
}

func addKOverlapGrad(dst []float64, w float64, x, y []float64, gamma float64, k int) {
	var o overlap
	o.addGrad(dst, w, x, y, gamma, k)
}

// Prox writes to dst the proximal map of the penalty τ of an elastic cost
// h(z) = |z|²/2 + τ(z), γ included, with step t > 0:
//
//	argmin_u |u-z|²/2 + t τ(u).
//
// With t = 1 it is ∇h*; see [Cost.ConjugateGrad]. dst may be z. It panics with a
// sentence for other costs, of which [Cost.Elastic] tells.
//
// Source: schreck:16 for STVS; the k-overlap norm in its variational form, mcdonald:16.
func (c Cost) Prox(dst, z []float64, t float64) {
	if len(dst) != len(z) {
		panic(fmt.Sprintf("cost: a proximal map of %d coordinates written to %d", len(z), len(dst)))
	}
	if !(t > 0) || math.IsInf(t, 0) {
		panic(fmt.Sprintf("cost: a proximal map with step %v; it must be positive", t))
	}
	switch c.kind {
	case elasticL1:
		for l, v := range z {
			dst[l] = withSign(math.Max(0, math.Abs(v)-t*c.p), v)
		}
	case elasticSTVS:
		for l, v := range z {
			dst[l] = withSign(proxSTVS(math.Abs(v), c.p, t), v)
		}
	case elasticKOverlap:
		proxKOverlap(dst, z, t*c.p, c.k)
	default:
		panic(fmt.Sprintf("cost: %v is no elastic cost and has no proximal map", c))
	}
}

// Elastic reports whether the cost is |z|²/2 plus a penalty that has a [Cost.Prox].
func (c Cost) Elastic() bool {
	return c.kind == elasticL1 || c.kind == elasticSTVS || c.kind == elasticKOverlap
}

// withSign is r with the sign of v, and 0 rather than -0.
func withSign(r, v float64) float64 {
	if r == 0 {
		return 0
	}
	return math.Copysign(r, v)
}

// proxSTVS minimises (u-r)²/2 + t τ(u) over u ≥ 0. Where the derivative vanishes,
// (t-1)u² + (2-t)ru + t²γ² - r² = 0; for t = 1, u = r - γ²/r.
func proxSTVS(r, gamma, t float64) float64 {
	if t <= 2 {
		if r <= t*gamma {
			return 0
		}
		root := math.Sqrt(max(0, r*r-4*(t-1)*gamma*gamma))
		return 2 * (r - t*gamma) * (r + t*gamma) / ((2-t)*r + t*root)
	}
	// The objective may have two minima, one of them at 0.
	square := r*r - 4*(t-1)*gamma*gamma
	if square <= 0 {
		return 0
	}
	u := ((t-2)*r + t*math.Sqrt(square)) / (2 * (t - 1))
	if (u-r)*(u-r)/2+t*stvs(u, gamma) < r*r/2 {
		return u
	}
	return 0
}

// proxKOverlap minimises |u-z|²/2 + λ/2 |u|²_ov. As |u|²_ov is the least Σ u_l²/θ_l over
// 0 ≤ θ_l ≤ 1 with Σ θ_l ≤ k, the minimum has u_l = θ_l z_l/(θ_l+λ) with
// θ_l = α|z_l| - λ kept within [0, 1], α such that they sum to k.
func proxKOverlap(dst, z []float64, lambda float64, k int) {
	a := make([]float64, 0, len(z))
	for _, v := range z {
		if v != 0 {
			a = append(a, math.Abs(v))
		}
	}
	alpha := math.Inf(1)
	if len(a) > k {
		slices.Sort(a)
		slices.Reverse(a)
		alpha = overlapAlpha(a, lambda, float64(k))
	}
	for l, v := range z {
		if v == 0 {
			dst[l] = 0
			continue
		}
		theta := math.Max(0, math.Min(1, alpha*math.Abs(v)-lambda))
		dst[l] = v * theta / (theta + lambda)
	}
}

// overlapAlpha solves Σ clip(α a_l - λ, 0, 1) = k for α, with a falling and longer than
// k: of the terms of a, the first full are at 1 and those up to entered not at 0.
func overlapAlpha(a []float64, lambda, k float64) float64 {
	full, entered, sum := 0, 0, 0.0
	for {
		fills, enters := math.Inf(1), math.Inf(1)
		if full < entered {
			fills = (1 + lambda) / a[full]
		}
		if entered < len(a) {
			enters = lambda / a[entered]
		}
		next := math.Min(fills, enters)
		inside := float64(entered - full)
		if full < entered {
			if alpha := (k - float64(full) + inside*lambda) / sum; alpha <= next {
				return alpha
			}
		} else if float64(full) >= k {
			return next
		}
		if fills <= enters {
			sum -= a[full]
			full++
		} else {
			sum += a[entered]
			entered++
		}
	}
}
