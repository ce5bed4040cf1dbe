package ot

import (
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/dense"
	"gaspard/lib/job"
)

// Exact solves the unregularised problem
//
//	min_P ⟨P, C⟩   over P ≥ 0 with P1 = a and Pᵀ1 = b
//
// by successive shortest paths, and returns the plan with dual potentials as a
// certificate: f_i + g_j ≤ C_ij, so that Result.Dual bounds the optimum from
// below and Value - Dual is the gap that is left, of the order of rounding.
//
// Shapes: p holds n and m points or an n×m cost. Any weights; zeros are normal.
// Settings.Epsilon and Tol are not used.
//
// Memory: two n×m matrices. Time: O((n+m) nm) at worst and usually far less. Clouds
// in the plane with uniform weights and n = m = 1,000 or 2,000 take some 20 and 100
// ms, with other weights 50 and 500.
//
// Exact panics like [Sinkhorn].
//
// Source: ford:62 and edmonds:72 for the method; bertsekas:88 and jonker:87 for uniform
// weights.
func Exact(p *Problem, s Settings) *Result {
	start := time.Now()
	s = s.withDefaults()
	p.mustBeValid()
	c := dense.Contiguous(p.costMatrix())
	n, m := c.Dims()
	r := &Result{
		Solver: "Exact", EpsilonRule: "none", p: p, a: weights(p.A, n), b: weights(p.B, m), c: c,
	}
	if p.A == nil && p.B == nil && n == m {
		r.Why = "assignment, since the weights are uniform and n = m"
		perm, f, g := assign(c, s.Job)
		for i, j := range perm {
			r.arcs = append(r.arcs, Arc{i, j, 1 / float64(n)})
		}
		r.F, r.G, r.Iterations = f, g, n
	} else {
		r.Why = "shortest paths, for general weights"
		r.flow(s.Job)
	}
	r.finishExact()
	r.Elapsed = time.Since(start)
	return r
}

// Assignment returns the permutation s that minimises Σ_i C[i,s(i)] for a square
// cost, and that sum. Time: O(n³) at worst. It panics on bad data like [Exact].
func Assignment(c *mat.Dense, monitor *job.Monitor) (perm []int, total float64) {
	if n, m := c.Dims(); n != m {
		panic("ot: Assignment needs as many rows as columns")
	}
	Matrix(c).mustBeValid()
	c = dense.Contiguous(c)
	perm, _, _ = assign(c, monitor)
	for i, j := range perm {
		total += c.At(i, j)
	}
	return perm, total
}

// freePotentials gives points without mass the largest potentials that keep the
// dual feasible.
func (r *Result) freePotentials() {
	for j, w := range r.b {
		if w == 0 {
			r.G[j] = math.Inf(1)
			for i := range r.a {
				if r.a[i] > 0 {
					r.G[j] = min(r.G[j], r.c.At(i, j)-r.F[i])
				}
			}
		}
	}
	for i, w := range r.a {
		if w == 0 {
			r.F[i] = math.Inf(1)
			for j, c := range r.c.RawRowView(i) {
				r.F[i] = min(r.F[i], c-r.G[j])
			}
		}
	}
}

// finishExact centres the potentials and computes values and errors.
func (r *Result) finishExact() {
	mean := 0.0
	for i, a := range r.a {
		mean += a * r.F[i]
	}
	rows, columns := make([]float64, len(r.a)), make([]float64, len(r.b))
	for _, arc := range r.arcs {
		rows[arc.I] += arc.Mass
		columns[arc.J] += arc.Mass
		r.Transport += arc.Mass * r.c.At(arc.I, arc.J)
	}
	for i, a := range r.a {
		r.F[i] -= mean
		r.Dual += a * r.F[i]
		r.MarginalError += math.Abs(rows[i] - a)
	}
	for j, b := range r.b {
		r.G[j] += mean
		r.Dual += b * r.G[j]
		r.MarginalError += math.Abs(columns[j] - b)
	}
	r.Value, r.Shannon = r.Transport, r.Transport
}
