package ottest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/ot"
)

// Line is a problem of n and m normal points on the line, of different spread, with random
// weights, under a cost that is a convex function of x - y: the plan that keeps the order
// is optimal, and the only one if the cost is strictly convex. Of two points in 10 one is
// a copy of its neighbour.
//
// Source: peyre:19 §2.6, one-dimensional case.
func Line(seed uint64, n, m int, c cost.Cost) *Known {
	rng := rand.New(rand.NewPCG(seed, 107))
	x, y := normalCloud(rng, n, 1), normalCloud(rng, m, 1)
	y.Apply(func(_, _ int, v float64) float64 { return 0.5 + 2*v }, y)
	for i := 5; i < n; i += 10 {
		x.Set(i, 0, x.At(i-1, 0))
	}
	p := ot.Points(x, y)
	p.A, p.B, p.Cost = randomWeights(rng, n), randomWeights(rng, m), c
	rows, columns := sorted(x), sorted(y)
	plan, value := mat.NewDense(n, m, nil), 0.0
	staircase(order(p.A, rows), order(p.B, columns), func(i, j int, mass float64) {
		i, j = rows[i], columns[j]
		plan.Set(i, j, mass)
		value += mass * c.At(x.RawRowView(i), y.RawRowView(j))
	})
	return &Known{
		Name: fmt.Sprintf("line, %d and %d points under %v", n, m, c), Problem: p, X: x, Y: y,
		Proof: "the cost is a convex function of x - y, so the plan that keeps the order is optimal",
		Value: value, Plan: plan, Tol: rounding(n+m, mat.Max(c.Matrix(x, y))),
	}
}

// sorted returns the rows of an n×1 matrix in the order of their values.
func sorted(x *mat.Dense) []int {
	n, _ := x.Dims()
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(i, j int) int {
		switch d := x.At(i, 0) - x.At(j, 0); {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return 0
	})
	return rows
}
