package cost

import (
	"math"

	"gaspard/lib/internal/kern"
)

// Costs that are a sum of φ(z_l) over the coordinates: |x-y|_p^p, and the elastic ones
// with the L1 norm and STVS.

// separable reports whether the cost is such a sum, besides the squared distance.
func (c Cost) separable() bool {
	switch c.kind {
	case absolute, pNorm, elasticL1, elasticSTVS:
		return true
	}
	return false
}

// term is φ(z).
func (c Cost) term(z float64) float64 {
	r := math.Abs(z)
	switch c.kind {
	case absolute:
		return r
	case pNorm:
		return power(r, c.p)
	case elasticL1:
		return z*z/2 + c.p*r
	case elasticSTVS:
		return z*z/2 + stvs(r, c.p)
	}
	return z * z
}

// slope is φ'(z), 0 where φ has a kink.
func (c Cost) slope(z float64) float64 {
	r, sign := math.Abs(z), signOf(z)
	switch c.kind {
	case absolute:
		return sign
	case pNorm:
		return sign * c.p * power(r, c.p-1)
	case elasticL1:
		return z + sign*c.p
	case elasticSTVS:
		return z + sign*stvsSlope(r, c.p)
	}
	return 2 * z
}

func signOf(z float64) float64 {
	switch {
	case z > 0:
		return 1
	case z < 0:
		return -1
	}
	return z // 0, or NaN
}

// power is r^p for r ≥ 0, without math.Pow where p is a small multiple of a half.
func power(r, p float64) float64 {
	if !simple(p) {
		return math.Pow(r, p)
	}
	whole := math.Floor(p)
	out := 1.0
	if whole != p {
		out = math.Sqrt(r)
	}
	for range int(whole) {
		out *= r
	}
	return out
}

// simple reports whether power does without math.Pow; rows of other powers are taken
// by logarithms.
func simple(p float64) bool { return p <= 8 && math.Floor(2*p) == 2*p }

// powers sets dst to |x - y|^p, each within some 2(1+p|log|x-y||) units in the last place.
func powers(dst []float64, x float64, y []float64, p float64) {
	for j, v := range y {
		dst[j] = math.Abs(x - v)
	}
	kern.Log64(dst, dst)
	for j := range dst {
		dst[j] *= p
	}
	kern.Exp64(dst, dst)
}

// addTerms adds φ(x - y) to dst for each y; work has twice their length.
func (c Cost) addTerms(dst []float64, x float64, y, work []float64) {
	dst = dst[:len(y)]
	switch {
	case c.kind == absolute:
		for j, v := range y {
			dst[j] += math.Abs(x - v)
		}
	case c.kind == pNorm && c.p == 1.5:
		for j, v := range y {
			r := math.Abs(x - v)
			dst[j] += r * math.Sqrt(r)
		}
	case c.kind == pNorm && c.p == 3:
		for j, v := range y {
			r := math.Abs(x - v)
			dst[j] += r * r * r
		}
	case c.kind == pNorm && !simple(c.p):
		terms := work[:len(y)]
		powers(terms, x, y, c.p)
		for j, v := range terms {
			dst[j] += v
		}
	case c.kind == elasticL1:
		for j, v := range y {
			z := x - v
			dst[j] += z*z/2 + c.p*math.Abs(z)
		}
	case c.kind == elasticSTVS:
		c.addSTVS(dst, x, y, work)
	default:
		for j, v := range y {
			dst[j] += c.term(x - v)
		}
	}
}

// addSTVS takes the logarithms of whole rows. With q = t + √(1+t²) and t = |z|/2γ, the
// term is z²/2 + γ²(log q + 1/2 - 1/2q²).
func (c Cost) addSTVS(dst []float64, x float64, y, work []float64) {
	gamma := c.p
	half, square := 0.5/gamma, gamma*gamma
	q, logs := work[:len(y)], work[len(y):2*len(y)]
	for j, v := range y {
		t := math.Abs(x-v) * half
		q[j] = t + math.Sqrt(1+t*t)
	}
	kern.Log64(logs, q)
	for j, v := range y {
		z, inverse := x-v, 1/q[j]
		dst[j] += z*z/2 + square*(logs[j]+0.5-0.5*inverse*inverse)
	}
}

// slopes sets dst to φ'(x - y) for each y.
func (c Cost) slopes(dst []float64, x float64, y []float64) {
	dst = dst[:len(y)]
	switch {
	case c.kind == absolute:
		for j, v := range y {
			dst[j] = signOf(x - v)
		}
	case c.kind == pNorm && c.p == 1.5:
		for j, v := range y {
			z := x - v
			dst[j] = math.Copysign(1.5*math.Sqrt(math.Abs(z)), z)
		}
	case c.kind == pNorm && c.p == 3:
		for j, v := range y {
			z := x - v
			dst[j] = 3 * z * math.Abs(z)
		}
	case c.kind == pNorm && !simple(c.p):
		powers(dst, x, y, c.p-1)
		for j, v := range y {
			dst[j] *= c.p * signOf(x-v)
		}
	default:
		for j, v := range y {
			dst[j] = c.slope(x - v)
		}
	}
}

// addSeparableX and addSeparableY are the gradients of rows from to to-1; see
// [Blocks.AddGradX].
func (b *Blocks) addSeparableX(dst, w []float64, from, to int, s *state) {
	slopes := grow(&s.work, b.m)
	for i := from; i < to; i++ {
		weights := w[(i-from)*b.m:][:b.m]
		for l := range b.d {
			b.cost.slopes(slopes, b.x[i*b.d+l], b.yt[l*b.m:][:b.m])
			sum := 0.0
			for j, v := range weights {
				sum += v * slopes[j]
			}
			dst[(i-from)*b.d+l] += sum
		}
	}
}

func (b *Blocks) addSeparableY(dst, w []float64, from, to int, s *state) {
	slopes := grow(&s.work, b.m)
	for i := from; i < to; i++ {
		weights := w[(i-from)*b.m:][:b.m]
		for l := range b.d {
			b.cost.slopes(slopes, b.x[i*b.d+l], b.yt[l*b.m:][:b.m])
			for j, v := range weights {
				dst[j*b.d+l] -= v * slopes[j]
			}
		}
	}
}
