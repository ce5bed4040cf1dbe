package ot

import (
	"fmt"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Problem returns the problem as it was solved, nil for results of [Line] and [Circle].
func (r *Result) Problem() *Problem { return r.p }

// Push returns the barycentric map of the plan at the source points: row i is the
// mean of the rows of y (m×d) under row i of the plan. A point without mass goes
// to the origin.
func (r *Result) Push(y *mat.Dense) *mat.Dense {
	m, d := y.Dims()
	if m != len(r.b) {
		panic(fmt.Sprintf("ot: the plan has %d columns, y has %d rows", len(r.b), m))
	}
	n := len(r.a)
	out, mass := mat.NewDense(n, d, nil), make([]float64, n)
	if r.arcs != nil {
		for _, arc := range r.arcs {
			mass[arc.I] += arc.Mass
			floats.AddScaled(out.RawRowView(arc.I), arc.Mass, y.RawRowView(arc.J))
		}
	} else {
		raw := y.RawMatrix()
		r.rowSums(mass, out.RawMatrix().Data, raw.Data, raw.Stride, d, false)
	}
	for i, sum := range mass {
		if sum > 0 {
			for k := range d {
				out.RawRowView(i)[k] /= sum
			}
		}
	}
	return out
}

// Extend returns the entropic map at new points z (k×d): that of the potential g, which
// needs no point of the source,
//
//	T(z) = z - ∇h*(Σ_j w_j ∇h(z - y_j)),  w_j ∝ b_j exp((g_j - c(z, y_j))/ε),
//
// for a cost c = h(x-y) with h strictly convex; for |x-y|² it is the mean of the y_j
// under w. At the points of the source of a converged solve, that is [Result.Push].
//
// It panics for results of other solvers or of a cost matrix, and for costs without
// ∇h*, such as |x-y|. Memory: O(kd) beside that of a solve. Time: O(km).
//
// Source: pooladian:21; cuturi:23, proposition 2.
func (r *Result) Extend(z *mat.Dense) *mat.Dense {
	k, d := z.Dims()
	switch {
	case r.Epsilon == 0 || r.p.c != nil:
		panic("ot: Extend needs a result of Sinkhorn between points")
	case !r.p.Cost.HasConjugateGrad():
		panic(fmt.Sprintf("ot: the cost %v defines no map from its potentials; Push gives that of the plan", r.p.Cost))
	}
	q := Points(z, r.p.y)
	q.Cost = r.p.Cost
	if err := q.validate(false); err != nil {
		panic(err)
	}
	at := &Result{p: q, a: make([]float64, k), b: r.b, Epsilon: r.Epsilon, G: r.G, tauA: 1, tauB: 1}
	for i := range at.a {
		at.a[i] = 1
	}
	s := newSolver(q, at.a, at.b, nil)
	copy(s.g, r.G)
	sweep := s.inDouble(r.Epsilon)
	sweep.UpdateRows()
	sweep.Potentials(s.f, s.g)
	at.F = s.f
	pull := mat.NewDense(k, d, nil)
	at.addGradient(pull, 1)
	out := mat.NewDense(k, d, nil)
	for i := range k {
		row := out.RawRowView(i)
		r.p.Cost.ConjugateGrad(row, pull.RawRowView(i))
		floats.SubTo(row, z.RawRowView(i), row)
	}
	return out
}
