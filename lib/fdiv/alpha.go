package fdiv

import (
	"fmt"
	"math"
)

// Alpha is the alpha family, with h(r) = r^a and
//
//	f(r) = (r^a - 1 - a (r-1)) / (a (a-1)),
//
// whose limits at a = 0 and 1 are -log r + r - 1 and r log r - r + 1. It is the
// reverse KL at a = 0, four times [Hellinger] at ½, the forward KL at 1, half of
// [Pearson] at 2 and half of [Neyman] at -1. Swapped, it is Alpha(1-a).
func Alpha(a float64) *Divergence {
	if math.IsNaN(a) || math.Abs(a) > 100 {
		panic(fmt.Sprintf("fdiv: Alpha(%g); a lies between -100 and 100", a))
	}
	d := &Divergence{
		Name: fmt.Sprintf("alpha %g", a), Title: fmt.Sprintf("alpha divergence, a = %g", a),
		Formula: "(r^a - 1 - a(r-1)) / (a(a-1))", WeightFormula: fmt.Sprintf("r^%g", a),
		AtZero: math.Inf(1), Slope: math.Inf(1), TailZero: a, TailInf: a,
	}
	if a > 0 {
		d.AtZero = 1 / a
	}
	if a < 1 {
		d.Slope = 1 / (1 - a)
	}
	d.rules = rules{
		f:         func(l float64) float64 { return alphaF(a, l) },
		prime:     func(l float64) float64 { return expm1Over(a-1, l) },
		logWeight: func(l float64) float64 { return a * l },
		term:      func(lp, lq float64) float64 { return alphaTerm(a, lp, lq) },
		conjugate: func(u float64) float64 { return alphaConjugate(a, u) },
		powers:    []power{{1, a}},
		dual:      func() string { return fmt.Sprintf("alpha %g", 1-a) },
	}
	return d
}

// expm1Over is (e^(b l) - 1)/b, and its limit l at b = 0.
func expm1Over(b, l float64) float64 {
	if b == 0 {
		return l
	}
	return math.Expm1(b*l) / b
}

// alphaF is f(e^l): the term of q = 1.
func alphaF(a, l float64) float64 { return alphaTerm(a, l, 0) }

// alphaTerm is q f(p/q). With ψ(t) = e^t - 1 - t it is
//
//	q (ψ(a l) - a ψ(l)) / (a (a-1)),
//
// which for a ≤ ½ loses no digits, and larger a swap the laws.
func alphaTerm(a, lp, lq float64) float64 {
	if a > 0.5 {
		a, lp, lq = 1-a, lq, lp
	}
	if a == 0 {
		return klTerm(lq, lp)
	}
	l := lp - lq
	linear, power := scaledExcess(l, lp, lq), scaledExcess(a*l, a*lp+(1-a)*lq, lq)
	if a > 0 && math.IsInf(linear, 1) {
		return linear // it outgrows the power
	}
	return (power - a*linear) / (a * (a - 1))
}

// scaledExcess is q ψ(t), given t, log(q e^t) and log q.
func scaledExcess(t, up, lq float64) float64 {
	if math.IsInf(math.Exp(up), 1) && t > 1 {
		return math.Inf(1)
	}
	if t > 1 {
		return math.Exp(up) - math.Exp(lq)*(1+t)
	}
	return math.Exp(lq) * excess(t)
}

func alphaConjugate(a, u float64) float64 {
	switch a {
	case 0:
		if u >= 1 {
			return math.Inf(1)
		}
		return -math.Log1p(-u)
	case 1:
		return math.Expm1(u)
	}
	t := (a - 1) * u // r^(a-1) = 1 + t at the optimum
	switch {
	case 1+t > 0:
		return math.Expm1(a/(a-1)*math.Log1p(t)) / a
	case a > 1 || (a < 0 && 1+t == 0):
		return -1 / a
	}
	return math.Inf(1)
}
