package ot

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/kern"
)

// RoundedPlan is a plan with the marginals a and b, made from one that has them only
// nearly, and what it tells of the unregularised problem: its optimum is between Dual
// and Transport.
type RoundedPlan struct {
	Plan      *mat.Dense // n×m, marginals exact up to rounding.
	Transport float64    // ⟨P, C⟩, an upper bound of the unregularised optimum.
	Dual      float64    // A lower bound: the dual objective of G and its c-transform.
	Moved     float64    // Mass that rounding took from one entry to another.
}

// String is a summary in two lines.
func (r *RoundedPlan) String() string {
	n, m := r.Plan.Dims()
	return fmt.Sprintf("feasible plan %d×%d, transport %.6g, mass moved %.2g\nthe unregularised optimum is between %.6g and %.6g",
		n, m, r.Transport, r.Moved, r.Dual, r.Transport)
}

// Rounded returns a plan near that of the result whose marginals are a and b up to
// rounding: rows and then columns that have too much are scaled down, and what is lacking
// is added as a product. That moves at most twice the marginal error.
//
// It panics if marginals are soft: there is nothing to round to. Memory: an n×m matrix.
// Time: O(nm).
//
// Source: altschuler:17, algorithm 2.
func (r *Result) Rounded() *RoundedPlan {
	if r.soft() {
		panic("ot: Rounded is for plans whose marginals hold; here they are soft")
	}
	if r.p == nil {
		panic("ot: the plans of Line with H and of Circle are feasible as they are; Rounded knows no cost of theirs")
	}
	plan := r.Plan()
	n, m := plan.Dims()
	before := floats.Sum(plan.RawMatrix().Data)
	rows, columns := make([]float64, n), make([]float64, m)
	for i := range n {
		row := plan.RawRowView(i)
		if sum := floats.Sum(row); sum > r.a[i] {
			floats.Scale(r.a[i]/sum, row)
		}
		floats.Add(columns, row)
	}
	for j, sum := range columns {
		columns[j] = 1
		if sum > r.b[j] {
			columns[j] = r.b[j] / sum
		}
	}
	lack := append([]float64(nil), r.b...)
	for i := range n {
		row := plan.RawRowView(i)
		floats.Mul(row, columns)
		floats.Sub(lack, row)
		rows[i] = r.a[i] - floats.Sum(row)
	}
	out := &RoundedPlan{Plan: plan, Moved: math.Abs(before - 1)}
	if total := floats.Sum(rows); total > 0 {
		out.Moved += total
		for i, v := range rows {
			floats.AddScaled(plan.RawRowView(i), max(0, v)/total, lack)
		}
	}
	r.bound(out)
	return out
}

// bound computes ⟨P, C⟩ and a feasible dual in one pass over the costs.
func (r *Result) bound(out *RoundedPlan) {
	costs := newCostRows(r.p, nil)
	f, transport := make([]float64, costs.n), make([]float64, costs.n)
	costs.each(costs.workers(), func(_, i int, c []float64) {
		kern.RowMins64(f[i:i+1], c, costs.m, r.G)
		transport[i] = floats.Dot(out.Plan.RawRowView(i), c)
	})
	out.Transport = floats.Sum(transport)
	out.Dual = floats.Dot(r.a, f) + floats.Dot(r.b, r.G)
}
