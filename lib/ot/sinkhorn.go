package ot

import (
	"fmt"
	"math"
	"time"

	"gaspard/lib/job"
)

// Sinkhorn solves the entropic transport problem
//
//	min_P ⟨P, C⟩ + ε KL(P | a⊗b)   over P ≥ 0 with P1 = a and Pᵀ1 = b
//
// by Sinkhorn iterations in the log domain, extrapolated by Anderson's method, with ε
// lowered to its final value in steps; small problems that resist go over to Newton
// steps. Iterations are in float32 as far as that brings the marginal error down, and in
// float64 from there; potentials, values and the marginal error are float64.
//
// With Settings.TauA or TauB below 1 the problem is unbalanced: in place of its
// marginals, ρ KL(P1 | a) and ρ KL(Pᵀ1 | b) are added to what is minimised, with KL(p |
// q) = Σ p log(p/q) - p + q, and the weights may have any total.
//
// Shapes: p holds n and m points or an n×m cost. Weights may be 0.
//
// Units: ε, ρ, f, g and the values have the units of the cost.
//
// Memory: O((n+m)d) for costs that are distances, or squared ones, whose values are
// computed as they are needed, except that squared ones in 32 or more dimensions are
// kept as a matrix of up to 512 MiB; so are all other costs between points, and beyond
// that computed in each iteration, in O((n+m)d). A given cost matrix is copied. Time:
// O(nm) per iteration, one exponential for each pair.
//
// Sinkhorn panics with a sentence if a setting is out of range and with a
// [*job.DataError] on bad data; [Problem.Validate] finds the latter beforehand.
// Stopping before convergence is neither: see [Result.Status] and [Result.Advice].
//
// Source: cuturi:13; annealing schmitzer:19; unbalanced chizat:18, sejourne:22.
func Sinkhorn(p *Problem, s Settings) *Result {
	start := time.Now()
	s = s.withDefaults()
	p.mustBeValid(s)
	r := newResult(p, s)
	r.solve(s)
	r.solving = nil
	r.Elapsed = time.Since(start)
	return r
}

// newResult is an entropic problem before it is solved.
func newResult(p *Problem, s Settings) *Result {
	kept := *p
	n, m := p.Dims()
	r := &Result{Solver: "Sinkhorn", a: weights(p.A, n), b: weights(p.B, m), p: &kept, tauA: s.TauA, tauB: s.TauB}
	r.Epsilon, r.EpsilonRule = chooseEpsilon(s.Epsilon, p)
	return r
}

// solve runs the iterations and fills the rest of the result.
func (r *Result) solve(s Settings) {
	k := newSolver(r.p, r.a, r.b, s.Job)
	k.tauA, k.tauB = s.TauA, s.TauB
	if s.Start != nil {
		s.Start.mustMatch(len(r.a), len(r.b))
		copy(k.f, s.Start.F)
		copy(k.g, s.Start.G)
		k.warm = true
	}
	r.Status, r.Iterations = k.solve(r.Epsilon, s.Tol, s.MaxIter)
	if r.Status == NotFinite {
		panic(r.overflow(k))
	}
	r.F, r.G = k.f, k.g
	r.Why = k.why()
	r.finish(k)
	// Within an iteration rounding may hide what is left of the error.
	if r.Status == Converged && r.MarginalError > s.Tol && k.single != nil {
		k.warm, k.exactly, k.inSingle = true, true, false
		more := 0
		r.Status, more = k.solve(r.Epsilon, s.Tol, s.MaxIter)
		r.Iterations += more
		r.Why = k.why()
		r.finish(k)
	}
	if r.Status == Converged && r.MarginalError > 1.01*s.Tol {
		r.Status = Stalled
	}
	r.Advice = k.advice(r, s)
	r.solving = k
}

// finish centres the potentials and computes, from the plan they define, the
// values and the error of its marginals.
func (r *Result) finish(k *solver) {
	if !r.soft() {
		centrePotentials(r.F, r.G, r.a)
	}
	t := k.totals(r.Epsilon)
	r.Transport = t.transport
	A, B := r.side(r.a, r.F, t.rows, r.tauA), r.side(r.b, r.G, t.columns, r.tauB)
	r.Mass = A.sum
	r.MarginalError = A.off + B.off
	slack := r.Epsilon * (A.total*B.total - r.Mass)
	r.Dual = A.dual + B.dual + slack
	// Σ P (f + g) and Σ P log(a⊗b) need the marginals of P alone.
	r.Value = A.potentials + B.potentials + slack + A.penalty + B.penalty
	r.Shannon = A.potentials + B.potentials + r.Epsilon*(A.logs+B.logs)
	if math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
		panic(r.overflow(k))
	}
}

// overflow is what is wrong where iterates or values are not finite.
func (r *Result) overflow(k *solver) error {
	return job.BadData("ot: Sinkhorn overflowed at ε = %.3g for costs that differ by up to %.3g; rescale the points or raise Epsilon",
		r.Epsilon, k.spread)
}

// centrePotentials makes the mean of f under a vanish.
func centrePotentials(f, g, a []float64) {
	mean, total := 0.0, 0.0
	for i, w := range a {
		mean += w * f[i]
		total += w
	}
	mean /= total
	for i := range f {
		f[i] -= mean
	}
	for j := range g {
		g[j] += mean
	}
}

// marginal is what a solve needs to know of one marginal of its plan.
type marginal struct {
	total, sum       float64 // Σ a and Σ P
	off              float64 // L1 distance from what the potential asks for
	potentials, logs float64 // Σ P f and Σ P log a
	dual, penalty    float64
}

// side sums over one side: the weights, the potential, and the sums of the plan.
func (r *Result) side(weights, potential, sums []float64, tau float64) (s marginal) {
	rho := math.Inf(1)
	if soft(tau) {
		rho = r.Epsilon * tau / (1 - tau)
	}
	for i, v := range sums {
		w, asked := weights[i], weights[i]
		s.total += w
		s.sum += v
		if v > 0 {
			s.potentials += v * potential[i]
			s.logs += v * math.Log(w)
		}
		if math.IsInf(rho, 1) {
			s.dual += w * potential[i]
		} else {
			asked *= math.Exp(-potential[i] / rho)
			s.dual += rho * (w - asked)
			s.penalty += rho * (w - v)
			if v > 0 {
				s.penalty += rho * v * math.Log(v/w)
			}
		}
		s.off += math.Abs(v - asked)
	}
	return s
}

// mustMatch panics unless the result has potentials for n and m points.
func (r *Result) mustMatch(n, m int) {
	if len(r.F) != n || len(r.G) != m {
		panic(fmt.Sprintf("ot: Start is a result of %d×%d points, the problem has %d×%d", len(r.F), len(r.G), n, m))
	}
}

// totals are sums of the plan.
type totals struct {
	rows, columns []float64
	transport     float64
}

func (s *solver) totals(eps float64) totals {
	t := totals{rows: make([]float64, s.n), columns: make([]float64, s.m)}
	t.transport = s.inDouble(eps).Totals(t.rows, t.columns)
	return t
}
