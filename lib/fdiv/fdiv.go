// Package fdiv holds f-divergences: the functions themselves, the weights they
// give to samples in distillation, and their values between laws.
//
// Notation: p is the teacher's density, q the student's, r = p/q their ratio and
// l = log r. The divergence of a convex f with f(1) = 0 is
//
//	D_f(p‖q) = ∫ q f(p/q),
//
// so that f = -log r is the reverse KL(q‖p) and f = r log r the forward KL(p‖q).
// h(r) = r² f″(r) is the weight of a sample in the gradient of D_f (xu:25,
// theorem 1). Values are in nats.
//
// Conventions: [JS] is that of xu:25, KL(p‖m) + KL(q‖m) with m = (p+q)/2, twice
// the textbook value, which is [JSD]. [Hellinger] is ½∫(√p-√q)².
//
// Everything is computed from l, so that ratios beyond e^±700 do no harm: a
// value that no float64 holds is ±Inf, never NaN.
package fdiv

import (
	"fmt"
	"math"
	"strings"

	"gaspard/lib/job"
)

// Divergence is an f-divergence. Take one of the package's, or make one with
// [Alpha] or [Func].
type Divergence struct {
	Name  string // Short, for legends and settings: "JS".
	Title string // In words: "Jensen-Shannon".

	Formula       string // f as a function of r.
	WeightFormula string // h as a function of r.

	// AtZero is f(0+), the price of student mass where the teacher has none.
	// Slope is lim f(r)/r as r → ∞, the price of teacher mass where the student
	// has none. Both may be +Inf. Their sum is the largest value of D_f.
	AtZero, Slope float64
	// TailZero and TailInf are the exponents k of h(r) ~ c r^k as r → 0 and as
	// r → ∞; those of f″ are smaller by 2. NaN where they are not known.
	TailZero, TailInf float64

	rules
}

// rules is what a divergence computes with. Arguments l are log r and finite.
type rules struct {
	f, prime  func(l float64) float64
	logWeight func(l float64) float64 // nil if f has no second derivative
	// term is q f(p/q) - f′(1) (p-q), which is at least 0 and has the same
	// integral, from the logarithms of p and q, both finite.
	term      func(lp, lq float64) float64
	conjugate func(u float64) float64
	prime1    float64       // f′(1)
	powers    []power       // h as a sum of powers, nil if it is none
	dual      func() string // Name of the divergence with its arguments swapped
	custom    *custom       // of a user's f
}

// power is c r^a.
type power struct{ c, a float64 }

// String gives name and formulas in one line.
func (d *Divergence) String() string {
	return fmt.Sprintf("%s (%s): f(r) = %s, h(r) = %s", d.Title, d.Name, d.Formula, d.WeightFormula)
}

// F returns f(r) for r ≥ 0.
func (d *Divergence) F(r float64) float64 {
	if r == 0 {
		return d.AtZero
	}
	return d.FLog(logOf(r))
}

// Prime returns f′(r) for r > 0.
func (d *Divergence) Prime(r float64) float64 { return d.PrimeLog(logOf(r)) }

// Second returns f″(r) for r > 0.
func (d *Divergence) Second(r float64) float64 { return d.SecondLog(logOf(r)) }

// Weight returns h(r) = r² f″(r) for r > 0.
func (d *Divergence) Weight(r float64) float64 { return math.Exp(d.LogWeight(logOf(r))) }

// FLog returns f(e^l).
func (d *Divergence) FLog(l float64) float64 { return d.f(finite(l)) }

// PrimeLog returns f′(e^l).
func (d *Divergence) PrimeLog(l float64) float64 { return d.prime(finite(l)) }

// SecondLog returns f″(e^l).
func (d *Divergence) SecondLog(l float64) float64 { return math.Exp(d.LogWeight(l) - 2*l) }

// LogWeight returns log h(e^l). It panics for total variation, which has no
// second derivative: see [Divergence.HasWeight].
func (d *Divergence) LogWeight(l float64) float64 {
	d.needWeight()
	return d.logWeight(finite(l))
}

// HasWeight reports whether f has a second derivative, and so a weight.
func (d *Divergence) HasWeight() bool { return d.logWeight != nil }

func (d *Divergence) needWeight() {
	if d.logWeight == nil {
		panic(fmt.Sprintf("fdiv: %s has no second derivative, so it has a value but no weight", d.Title))
	}
}

// LogWeights returns log h at each of the log ratios.
func (d *Divergence) LogWeights(logr []float64) []float64 {
	d.needWeight()
	if d.custom != nil {
		return d.custom.logWeights(logr)
	}
	out := make([]float64, len(logr))
	for i, l := range logr {
		out[i] = d.logWeight(finite(l))
	}
	return out
}

// Weights returns h at each of the log ratios. It overflows to +Inf where h
// does; [Divergence.NormalisedWeights] does not.
func (d *Divergence) Weights(logr []float64) []float64 {
	out := d.LogWeights(logr)
	for i, v := range out {
		out[i] = math.Exp(v)
	}
	return out
}

// NormalisedWeights returns h at each of the log ratios, divided by its mean
// over them. No ratio is too large for that.
func (d *Divergence) NormalisedWeights(logr []float64) []float64 {
	out := d.LogWeights(logr)
	top, sum := math.Inf(-1), 0.0
	for _, v := range out {
		top = math.Max(top, v)
	}
	if math.IsInf(top, 0) {
		panic(job.BadData("fdiv: the weights of %s are all 0 or not finite", d.Title))
	}
	for i, v := range out {
		out[i] = math.Exp(v - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum / float64(len(out))
	}
	return out
}

// Conjugate returns f*(u) = sup over r ≥ 0 of r u - f(r), +Inf outside its
// domain. Then D_f(p‖q) ≥ E_p[u] - E_q[f*(u)] for every function u, with
// equality at u = f′(p/q).
func (d *Divergence) Conjugate(u float64) float64 {
	if math.IsNaN(u) {
		panic("fdiv: the conjugate at NaN")
	}
	return d.conjugate(u)
}

// WeightAtZero and WeightAtInf are the limits of h as r → 0 and r → ∞.
func (d *Divergence) WeightAtZero() float64 { return d.limit(d.TailZero, -1) }

// WeightAtInf is the limit of h as r → ∞.
func (d *Divergence) WeightAtInf() float64 { return d.limit(d.TailInf, 1) }

func (d *Divergence) limit(tail, side float64) float64 {
	switch {
	case !d.HasWeight() || math.IsNaN(tail):
		return math.NaN()
	case tail == 0:
		return math.Exp(d.logWeight(side * 1000))
	case tail*side > 0:
		return math.Inf(1)
	}
	return 0
}

// Bound is the largest value that D_f takes, f(0) + lim f(r)/r: that between
// laws that share no mass.
func (d *Divergence) Bound() float64 { return d.AtZero + d.Slope }

// Swap returns the divergence with its arguments exchanged, of h°(r) = r h(1/r)
// and, up to a multiple of r - 1, which no value depends on, f°(r) = r f(1/r). It panics for a user's f.
func (d *Divergence) Swap() *Divergence {
	if d.dual == nil {
		panic(fmt.Sprintf("fdiv: %s has no swapped form here; exchange the laws", d.Title))
	}
	name := d.dual()
	if strings.HasPrefix(name, "alpha ") {
		return Alpha(1 - d.powers[0].a)
	}
	return ByName(name)
}

// SelfDual reports whether D_f(p‖q) = D_f(q‖p).
func (d *Divergence) SelfDual() bool { return d.dual != nil && d.dual() == d.Name }

// Term returns q f(p/q) - f′(1) (p-q) from log p and log q, either of which may
// be -Inf. It is at least 0, and its integral is D_f where p and q have the same
// mass.
func (d *Divergence) Term(lp, lq float64) float64 {
	switch zp, zq := math.IsInf(lp, -1), math.IsInf(lq, -1); {
	case zp && zq:
		return 0
	case zp:
		return timesLimit(d.AtZero+d.prime1, lq)
	case zq:
		return timesLimit(d.Slope-d.prime1, lp)
	}
	return d.term(lp, lq)
}

func timesLimit(limit, log float64) float64 {
	if limit == 0 {
		return 0
	}
	return limit * math.Exp(log)
}

// terms is Term on slices, of equal length.
func (d *Divergence) terms(lp, lq []float64) []float64 {
	if d.custom != nil {
		return d.custom.terms(d, lp, lq)
	}
	out := make([]float64, len(lp))
	for i := range out {
		out[i] = d.Term(lp[i], lq[i])
	}
	return out
}

// finite refuses NaN and brings infinities to logs that stand for them.
func finite(l float64) float64 {
	const most = 1e9
	switch {
	case math.IsNaN(l):
		panic(job.BadData("fdiv: a log ratio is NaN"))
	case l > most:
		return most
	case l < -most:
		return -most
	}
	return l
}

func logOf(r float64) float64 {
	if !(r > 0) {
		panic(job.BadData("fdiv: the ratio is %g; it must be positive", r))
	}
	return math.Log(r)
}
