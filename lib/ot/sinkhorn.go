package ot

import (
	"math"
	"time"

	"gaspard/lib/job"
)

// Sinkhorn solves the balanced entropic transport problem
//
//	min_P ⟨P, C⟩ + ε KL(P | a⊗b)   over P ≥ 0 with P1 = a and Pᵀ1 = b
//
// by Sinkhorn iterations in the log domain, with ε lowered to its final value in
// steps. Iterations are in float32 as far as that brings the marginal error down, and
// in float64 from there; potentials, values and the marginal error are float64.
//
// Shapes: p holds n and m points or an n×m cost. Weights may be 0.
//
// Units: ε, f, g and the values have the units of the cost.
//
// Memory: O((n+m)d) for points, whose costs are computed as they are needed, except
// that |x-y|² in 32 or more dimensions is kept as a matrix of up to 512 MiB; a given
// cost matrix is copied. Time: O(nm) per iteration, one exponential for each pair.
//
// Sinkhorn panics with a sentence if a setting is out of range and with a
// [*job.DataError] on bad data; [Problem.Validate] finds the latter beforehand.
// Stopping before convergence is neither: see [Result.Status].
//
// Source: cuturi:13; annealing schmitzer:19.
func Sinkhorn(p *Problem, s Settings) *Result {
	start := time.Now()
	s = s.withDefaults()
	p.mustBeValid()
	n, m := p.Dims()
	r := &Result{Solver: "Sinkhorn", a: weights(p.A, n), b: weights(p.B, m), p: p}
	r.Epsilon, r.EpsilonRule = chooseEpsilon(s.Epsilon, p)
	r.solve(s)
	r.Elapsed = time.Since(start)
	return r
}

// solve runs the iterations and fills the rest of the result.
func (r *Result) solve(s Settings) {
	k := newSolver(r.p, r.a, r.b, s.Job)
	r.Status, r.Iterations = k.solve(r.Epsilon, s.Tol, s.MaxIter)
	r.F, r.G = k.f, k.g
	r.Why = k.why()
	r.finish(k)
}

// finish centres the potentials and computes, from the plan they define, the
// values and the error of its marginals.
func (r *Result) finish(k *solver) {
	mean := 0.0
	for i, a := range r.a {
		mean += a * r.F[i]
	}
	for i := range r.F {
		r.F[i] -= mean
	}
	for j := range r.G {
		r.G[j] += mean
	}
	t := k.totals(r.Epsilon)
	r.MarginalError = t.distance(r.a, r.b)
	r.Transport = t.transport
	// Σ P (f + g) and Σ P log(a⊗b) need the marginals of P alone.
	mass, potentials, logs := 0.0, 0.0, 0.0
	add := func(sums, weights, potential []float64) {
		for i, v := range sums {
			r.Dual += weights[i] * potential[i]
			if v > 0 {
				potentials += v * potential[i]
				logs += v * math.Log(weights[i])
			}
		}
	}
	add(t.rows, r.a, r.F)
	add(t.columns, r.b, r.G)
	for _, v := range t.rows {
		mass += v
	}
	kl := (potentials - r.Transport) / r.Epsilon
	r.Dual += r.Epsilon * (1 - mass)
	r.Value = potentials + r.Epsilon*(1-mass)
	r.Shannon = r.Transport + r.Epsilon*(kl+logs)
	if math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
		r.Status = NotFinite
		panic(job.BadData("ot: Sinkhorn overflowed at ε = %.3g for costs that differ by up to %.3g; rescale the points or raise Epsilon",
			r.Epsilon, k.spread))
	}
}
