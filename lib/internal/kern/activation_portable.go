package kern

import "math"

func (t *table) activationPortable() { t.activate32 = activatePortable }

// activatePortable is the reference of the assembly, formula by formula.
func activatePortable(act Activation, y, d, z, bias []float32, rows, cols int) {
	for i := range rows {
		y, z := y[i*cols:][:cols], z[i*cols:][:cols]
		switch {
		case bias != nil:
			addPortable(y, z, bias[:cols])
		case &y[0] != &z[0]:
			copy(y, z)
		}
		if d == nil {
			for j, v := range y {
				y[j], _ = activateOne(act, v)
			}
			continue
		}
		d := d[i*cols:][:cols]
		for j, v := range y {
			y[j], d[j] = activateOne(act, v)
		}
	}
}

const (
	geluScale = 2 * 0.7978845608028654 // 2 √(2/π)
	geluCubic = 0.044715
	// Beyond ±geluEnd and ±siluEnd the results are saturated; arguments are cut
	// there before a product could be 0·∞.
	geluEnd = 16
	siluEnd = 128
)

func activateOne(act Activation, v float32) (y, d float32) {
	switch act {
	case GELU:
		// The derivative is s + v s (1-s) 2u', with 2u' = geluScale (1 + 3q).
		cut := min(max(v, -geluEnd), geluEnd)
		q := geluCubic * cut * cut
		s, r := logistic(geluScale * cut * (1 + q))
		return max(v, -geluEnd) * s, s * (1 + cut*r*(geluScale*(1+3*q)))
	case ReLU:
		if v > 0 || v != v {
			return v, 1
		}
		return 0, 0
	case SiLU:
		cut := min(max(v, -siluEnd), siluEnd)
		s, r := logistic(cut)
		return max(v, -siluEnd) * s, s * (1 + cut*r)
	case Tanh:
		// With e = e^-2|v|: (1-e)/(1+e), and 4e/(1+e)² for the derivative. 1-e is
		// not formed by a difference, which would lose small v.
		e, less := expAndLess(-2 * abs32(v))
		r := 1 / (2 + less)
		return copysign32(-less*r, v), 4 * e * r * r
	case Softplus:
		e, _ := expAndLess(-abs32(v))
		s, _ := logistic(v)
		return max(v, 0) + log1p(e), s
	case CELU:
		e, less := expAndLess(min(v, 0))
		if v > 0 {
			return v, 1
		}
		return less, e
	}
	return v, 1
}

// logistic is σ(v) and σ(-v), both to full relative accuracy.
func logistic(v float32) (s, r float32) {
	e, _ := expAndLess(-abs32(v))
	large := 1 / (1 + e)
	if v < 0 {
		return e * large, large
	}
	return large, e * large
}

// expLowest is where e^x falls to half the least normal number: below, 0 is
// returned.
const expLowest = -88

// expAndLess is e^x and e^x - 1 for x ≤ 0, both to full relative accuracy, except
// that results e^x below the normal numbers are 0. With x = n ln 2 + r, |r| ≤ ln 2/2,
// and p = e^r - 1 = r + r²(...), they are 2ⁿ + 2ⁿp and (2ⁿ - 1) + 2ⁿp.
func expAndLess(x float32) (e, less float32) {
	const (
		rounder = 0x1.8p23 // adding it leaves the nearest integer in the low bits
		ln2High = 0x1.62e3p-1
		ln2Low  = 0x1.2fefa2p-17
	)
	x = max(x, expLowest)
	n := x*math.Log2E + rounder
	power := math.Float32frombits((math.Float32bits(n) + 127) << 23)
	n -= rounder
	r := x - n*ln2High - n*ln2Low
	p := r + r*r*(0.49999993+r*(0.16666520+r*(0.041668391+r*(0.0083687451+r*0.0013814540))))
	p *= power
	return power + p, (power - 1) + p
}

// log1p is log(1+e) for 0 ≤ e ≤ 1, as 2 artanh(s) with s = e/(2+e) ≤ 1/3: the
// polynomial in s² errs by 5e-9.
func log1p(e float32) float32 {
	s := e / (2 + e)
	w := s * s
	return 2*s + s*w*(0.66666416+w*(0.40021527+w*(0.28001805+w*0.28011987)))
}

func abs32(v float32) float32 { return math.Float32frombits(math.Float32bits(v) &^ (1 << 31)) }

// copysign32 is v ≥ 0 with the sign of s.
func copysign32(v, s float32) float32 {
	return math.Float32frombits(math.Float32bits(v) | math.Float32bits(s)&(1<<31))
}
