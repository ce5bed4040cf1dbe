package main

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/ot"
)

// metric is a cost with its name in SciPy, which has the root of order P of some.
type metric struct {
	cost cost.Cost
	name string
	p    float64
	m    *mat.SymDense
}

var stretch = mat.NewSymDense(3, []float64{2, 0.5, 0, 0.5, 1, -0.3, 0, -0.3, 0.7})

var metrics = []metric{
	{cost: cost.SqEuclidean(), name: "sqeuclidean"},
	{cost: cost.Euclidean(), name: "euclidean"},
	{cost: cost.L1(), name: "cityblock"},
	{cost: cost.PNorm(1.5), name: "minkowski", p: 1.5},
	{cost: cost.PNorm(3), name: "minkowski", p: 3},
	{cost: cost.Cosine(), name: "cosine"},
	{cost: cost.Mahalanobis(stretch), name: "mahalanobis", p: 2, m: stretch},
}

// angle is for points on the sphere.
var angle = metric{cost: cost.Sphere(), name: "angle"}

func onSphere(x *mat.Dense) *mat.Dense {
	n, _ := x.Dims()
	for i := range n {
		row := x.RawRowView(i)
		floats.Scale(1/floats.Norm(row, 2), row)
	}
	return x
}

// between is a problem of points under a metric, not yet solved.
func between(kind, name string, x, y *mat.Dense, a, b []float64, m metric) (*ot.Problem, *record) {
	p := ot.Points(x, y)
	p.A, p.B, p.Cost = a, b, m.cost
	r := &record{Name: name, Kind: kind, X: rows(x), Y: rows(y), A: a, B: b, Cost: m.name, P: m.p}
	if m.m != nil {
		r.M = rows(m.m)
	}
	return p, r
}

func exactProblems() []*record {
	var list []*record
	rng := rand.New(rand.NewPCG(7, 1))
	solve := func(p *ot.Problem, r *record, unique bool) {
		out := ot.Exact(p, ot.Settings{})
		r.Status, r.Values = out.Status.String(), map[string]float64{"value": out.Value, "dual": out.Dual}
		if unique {
			r.Plan = rows(out.Plan())
		}
		list = append(list, r)
	}
	for _, s := range []struct {
		n, m, d int
		weights string
		scale   float64
		shift   float64
	}{
		{40, 40, 2, "uniform", 1.5, 0.5}, {25, 60, 3, "random", 1.5, 0.5}, {70, 20, 5, "random", 1, 0}, {1, 30, 2, "random", 1, 1},
		{50, 50, 1, "skewed", 1.5, 0.5}, {30, 30, 2, "uniform", 1, 50}, {45, 33, 2, "zeros", 1, 0.5}, {60, 60, 20, "random", 1, 0},
		{300, 200, 2, "random", 1, 1}, {250, 250, 8, "uniform", 1, 1}, {12, 15, 2, "uniform", 1, 1},
	} {
		x, y := cloud(rng, s.n, s.d, 1, 0), cloud(rng, s.m, s.d, s.scale, s.shift)
		name := fmt.Sprintf("exact, %d×%d, d = %d, %s weights, shift %g", s.n, s.m, s.d, s.weights, s.shift)
		p, r := between("exact", name, x, y, weighing(rng, s.n, s.weights), weighing(rng, s.m, s.weights), metrics[0])
		// Uniform weights of different numbers of points leave ties between plans.
		solve(p, r, s.weights != "uniform" || s.n == s.m)
	}
	for _, m := range metrics {
		x, y := cloud(rng, 28, 3, 1, 0), cloud(rng, 35, 3, 1.5, 0.5)
		p, r := between("exact", "exact under "+m.cost.String(), x, y, weighing(rng, 28, "random"), weighing(rng, 35, "random"), m)
		solve(p, r, m.name != "cityblock") // a sum of piecewise linear functions has ties
	}
	x, y := onSphere(cloud(rng, 28, 3, 1, 0)), onSphere(cloud(rng, 35, 3, 1, 0.5))
	p, r := between("exact", "exact under the angle", x, y, weighing(rng, 28, "random"), weighing(rng, 35, "random"), angle)
	solve(p, r, true)
	for _, shift := range []float64{0, -1000} {
		c := cloud(rng, 20, 17, 1, shift)
		p := ot.Matrix(c)
		p.A, p.B = weighing(rng, 20, "random"), weighing(rng, 17, "zeros")
		solve(p, &record{Name: fmt.Sprintf("exact, normal costs about %g", shift), Kind: "exact", C: rows(c), A: p.A, B: p.B}, true)
	}
	for _, n := range []int{5, 80, 300} {
		c := cloud(rng, n, n, 1, 0)
		perm, total := ot.Assignment(c, nil)
		plan := mat.NewDense(n, n, nil)
		for i, j := range perm {
			plan.Set(i, j, 1)
		}
		list = append(list, &record{
			Name: fmt.Sprintf("assignment, n = %d", n), Kind: "assignment", C: rows(c), Status: "converged",
			Values: map[string]float64{"total": total}, Plan: rows(plan),
		})
	}
	return list
}
