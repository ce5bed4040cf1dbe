package fdiv

import (
	"fmt"
	"math"

	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

// custom is a user's f on slices of ratios.
type custom struct {
	name             string
	f, prime, second func(r []float64) []float64
	hasPrime         bool // prime was given
}

// customReach bounds the log ratios at which a user's functions are called: a
// formula in r overflows beyond e^700, and r² at half of that.
const customReach = 300

// Func makes a divergence of a function f on slices of ratios, convex with
// f(1) = 0, which must return a slice as long as its argument, and may not keep
// it. Slices are what make an f written in a cell quick: it is called once for a
// whole batch.
//
// prime and second are f′ and f″; where they are nil they are taken by central
// differences in log r, to about 1e-8 of |f| or |f′|. Where f grows like r and h
// does not, as in a Jensen-Shannon divergence at large r, that is no accuracy at
// all: give second there. Log ratios are brought into ±300 first. AtZero and
// Slope are taken from there, where a value beyond 1e6 counts as +Inf and one
// that is within 1e-6 of the next as the limit; set them if they are otherwise.
//
// The functions are called from the goroutine that uses the divergence, which
// must be one at a time unless they allow more.
//
// Func panics with a *job.DataError if f(1) is not 0 or f is not convex between
// e^-10 and e^10.
func Func(name string, f, prime, second func(r []float64) []float64) *Divergence {
	if f == nil {
		panic("fdiv: Func needs an f")
	}
	c := &custom{name: name, f: f, prime: prime, second: second, hasPrime: prime != nil}
	if c.prime == nil {
		c.prime = c.primeByDifferences
	}
	if c.second == nil {
		c.second = c.secondByDifferences
	}
	d := &Divergence{Name: name, Title: name, Formula: "given", WeightFormula: "r² f″", TailZero: math.NaN(), TailInf: math.NaN()}
	one := func(f func([]float64) []float64) func(float64) float64 {
		return func(l float64) float64 { return c.at(f, []float64{l})[0] }
	}
	d.rules = rules{
		f: one(c.f), prime: one(c.prime),
		logWeight: func(l float64) float64 { return c.logWeights([]float64{l})[0] },
		custom:    c,
	}
	d.term = func(lp, lq float64) float64 { return c.terms(d, []float64{lp}, []float64{lq})[0] }
	d.conjugate = func(u float64) float64 { return c.conjugate(d, u) }
	c.check(d)
	d.prime1 = d.prime(0)
	ends := c.at(c.f, []float64{-customReach, -customReach + 1})
	d.AtZero = limitOf(ends[0], ends[1])
	slopes := c.at(c.f, []float64{customReach, customReach - 1})
	d.Slope = limitOf(slopes[0]*math.Exp(-customReach), slopes[1]*math.Exp(1-customReach))
	return d
}

// TensorFunc is [Func] for an f written as an expression of the tape: r is an
// n×1 matrix, and so must be the result. f′ comes from the tape, exactly, and f″
// by differences of it.
func TensorFunc(name string, f func(r *tensor.Var) *tensor.Var) *Divergence {
	type plan struct {
		r, out *tensor.Var
		p      *tensor.Plan64
	}
	plans := map[int]*plan{} // by length
	at := func(r []float64) *plan {
		p := plans[len(r)]
		if p == nil {
			if len(plans) == 16 {
				clear(plans)
			}
			g := tensor.NewGraph()
			p = &plan{r: g.Input(len(r), 1)}
			p.out = f(p.r)
			p.p = g.Plan64(p.out, nil, nil)
			plans[len(r)] = p
		}
		copy(p.p.Value(p.r), r)
		p.p.Forward()
		return p
	}
	value := func(r []float64) []float64 {
		p := at(r)
		return append([]float64(nil), p.p.Value(p.out)...)
	}
	prime := func(r []float64) []float64 {
		p := at(r)
		seed := make([]float64, len(r))
		for i := range seed {
			seed[i] = 1
		}
		p.p.Backward(seed)
		return append([]float64(nil), p.p.Grad(p.r)...)
	}
	return Func(name, value, prime, nil)
}

// IsCustom reports whether f is a user's, made by [Func] or [TensorFunc]: code to
// be called from one goroutine at a time.
func (d *Divergence) IsCustom() bool { return d.custom != nil }

// limitOf is the limit that two values on the way to it suggest.
func limitOf(last, before float64) float64 {
	if last > 1e6 || last-before > 1e-6 {
		return math.Inf(1)
	}
	return last
}

// at calls a function of the user at log ratios.
func (c *custom) at(f func([]float64) []float64, logr []float64) []float64 {
	r := make([]float64, len(logr))
	for i, l := range logr {
		r[i] = math.Exp(reach(l))
	}
	out := f(r)
	if len(out) != len(logr) {
		panic(fmt.Sprintf("fdiv: the f of %s returned %d values for %d ratios", c.name, len(out), len(logr)))
	}
	for i, v := range out {
		if math.IsNaN(v) {
			panic(job.BadData("fdiv: the f of %s, or a derivative of it, is NaN at r = %g", c.name, math.Exp(reach(logr[i]))))
		}
	}
	return out
}

func reach(l float64) float64 { return math.Max(-customReach, math.Min(customReach, finite(l))) }

// differenceStep in log r balances the error of the sixth-order formulas
// against rounding.
const differenceStep = 0.01

// stencil returns g(l + k·step) for k = -3 .. 3, g(l) = f(e^l), by rows.
func stencil(f func([]float64) []float64, r []float64) [7][]float64 {
	var at [7][]float64
	n := len(r)
	all := make([]float64, 0, 7*n)
	for k := -3; k <= 3; k++ {
		by := math.Exp(float64(k) * differenceStep)
		for _, v := range r {
			all = append(all, v*by)
		}
	}
	out := f(all)
	for k := range at {
		at[k] = out[k*n : (k+1)*n]
	}
	return at
}

func derivative(g [7][]float64, i int) float64 {
	return (45*(g[4][i]-g[2][i]) - 9*(g[5][i]-g[1][i]) + (g[6][i] - g[0][i])) / (60 * differenceStep)
}

func (c *custom) primeByDifferences(r []float64) []float64 {
	g := stencil(c.f, r)
	out := make([]float64, len(r))
	for i, v := range r {
		out[i] = derivative(g, i) / v
	}
	return out
}

// secondByDifferences differentiates f′ if that was given, and f twice if not:
// with g(l) = f(e^l), r² f″ = g″ - g′.
func (c *custom) secondByDifferences(r []float64) []float64 {
	out := make([]float64, len(r))
	if c.hasPrime {
		g := stencil(c.prime, r)
		for i, v := range r {
			out[i] = derivative(g, i) / v
		}
		return out
	}
	g := stencil(c.f, r)
	for i, v := range r {
		second := (2*(g[0][i]+g[6][i]) - 27*(g[1][i]+g[5][i]) + 270*(g[2][i]+g[4][i]) - 490*g[3][i]) / (180 * differenceStep * differenceStep)
		out[i] = (second - derivative(g, i)) / (v * v)
	}
	return out
}

func (c *custom) logWeights(logr []float64) []float64 {
	out := c.at(c.second, logr)
	log := make([]float64, len(out))
	for i, v := range out {
		log[i] = math.Log(math.Max(v, 0)) + 2*reach(logr[i])
	}
	return log
}

func (c *custom) terms(d *Divergence, lp, lq []float64) []float64 {
	logr := make([]float64, len(lp))
	for i := range logr {
		if math.IsInf(lp[i], -1) || math.IsInf(lq[i], -1) {
			continue
		}
		logr[i] = lp[i] - lq[i]
	}
	out := append([]float64(nil), c.at(c.f, logr)...)
	for i, l := range logr {
		if math.IsInf(lp[i], -1) || math.IsInf(lq[i], -1) {
			out[i] = d.Term(lp[i], lq[i])
			continue
		}
		out[i] = times(out[i]-d.prime1*math.Expm1(reach(l)), lq[i])
	}
	return out
}

// conjugate finds the r with f′(r) = u by bisection in log r; f′ increases.
func (c *custom) conjugate(d *Divergence, u float64) float64 {
	lo, hi := -float64(customReach), float64(customReach)
	if d.prime(lo) >= u {
		return -d.AtZero
	}
	if d.prime(hi) <= u {
		return math.Inf(1)
	}
	for range 80 {
		if middle := (lo + hi) / 2; d.prime(middle) < u {
			lo = middle
		} else {
			hi = middle
		}
	}
	r := math.Exp(lo)
	return r*u - d.f(lo)
}

func (c *custom) check(d *Divergence) {
	if v := d.f(0); !(math.Abs(v) < 1e-9) {
		panic(job.BadData("fdiv: the f of %s is %g at r = 1; it must be 0", c.name, v))
	}
	const points = 200
	logr := make([]float64, points+1)
	for i := range logr {
		logr[i] = 20*float64(i)/points - 10
	}
	f := c.at(c.f, logr)
	for i := 1; i < points; i++ {
		// The middle value lies below the chord.
		a, b, m := math.Exp(logr[i-1]), math.Exp(logr[i+1]), math.Exp(logr[i])
		w := (b - m) / (b - a)
		chord := w*f[i-1] + (1-w)*f[i+1]
		if slack := 1e-12 * (math.Abs(f[i-1]) + math.Abs(f[i+1]) + 1e-3); f[i] > chord+slack {
			panic(job.BadData("fdiv: the f of %s is not convex near r = %.4g", c.name, m))
		}
	}
}
