package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/ot"
)

// closedForms are what has a formula or a sort in place of a solver.
func closedForms() []*record {
	rng := rand.New(rand.NewPCG(7, 3))
	return slices.Concat(lineProblems(rng), circleProblems(rng), slicedProblems(rng), buresProblems(rng))
}

// numbers are a cloud on the line.
func numbers(rng *rand.Rand, n int, scale, shift float64) ([]float64, [][]float64) {
	x := cloud(rng, n, 1, scale, shift)
	return x.RawMatrix().Data, rows(x)
}

func lineProblems(rng *rand.Rand) []*record {
	var list []*record
	for _, order := range []float64{1, 1.5, 2} {
		for _, weights := range []string{"uniform", "skewed", "zeros"} {
			x, xs := numbers(rng, 60, 1, 0)
			y, ys := numbers(rng, 83, 1.5, 0.5)
			a, b := weighing(rng, 60, weights), weighing(rng, 83, weights)
			out := ot.Line(x, y, ot.LineSettings{Order: order, A: a, B: b})
			r := &record{
				Name: fmt.Sprintf("line, p = %g, %s weights", order, weights), Kind: "line", X: xs, Y: ys, A: a, B: b, P: order,
				Cost: "minkowski", Status: out.Status.String(), Values: map[string]float64{"value": out.Value, "dual": out.Dual},
			}
			if order > 1 && weights != "uniform" {
				r.Plan = rows(out.Plan())
			}
			list = append(list, r)
		}
	}
	return list
}

func circleProblems(rng *rand.Rand) []*record {
	var list []*record
	for _, order := range []float64{1, 1.5, 2} {
		for _, weights := range []string{"uniform", "random"} {
			// Fractions of a turn, far around it.
			x, xs := numbers(rng, 40, 0.3, 0)
			y, ys := numbers(rng, 57, 0.2, 0.6)
			a, b := weighing(rng, 40, weights), weighing(rng, 57, weights)
			out := ot.Circle(x, y, ot.CircleSettings{Order: order, Period: 1, A: a, B: b})
			list = append(list, &record{
				Name: fmt.Sprintf("circle, p = %g, %s weights", order, weights), Kind: "circle", X: xs, Y: ys, A: a, B: b, P: order,
				Cost: "circle", Status: out.Status.String(), Values: map[string]float64{"value": out.Value, "dual": out.Dual},
			})
		}
	}
	return list
}

func slicedProblems(rng *rand.Rand) []*record {
	var list []*record
	for _, d := range []int{1, 3} {
		x, y := cloud(rng, 50, d, 1, 0), cloud(rng, 70, d, 1.5, 0.5)
		p := ot.Points(x, y)
		p.A, p.B = weighing(rng, 50, "random"), weighing(rng, 70, "random")
		out := ot.Sliced(p, ot.SlicedSettings{Directions: 20000})
		list = append(list, &record{
			Name: fmt.Sprintf("sliced, d = %d", d), Kind: "sliced", X: rows(x), Y: rows(y), A: p.A, B: p.B, Status: "converged",
			Values: map[string]float64{"SW2": out.Wasserstein}, StdErr: out.StdErr,
		})
	}
	return list
}

func randomLaw(rng *rand.Rand, d int) ot.Gaussian {
	var cov mat.SymDense
	cov.SymOuterK(1, cloud(rng, d, d+2, 1, 0))
	return ot.Gaussian{Mean: rows(cloud(rng, 1, d, 2, 0))[0], Cov: &cov}
}

func buresProblems(rng *rand.Rand) []*record {
	var list []*record
	for _, d := range []int{1, 2, 7} {
		p, q := randomLaw(rng, d), randomLaw(rng, d)
		out := ot.Bures(p, q)
		r := &record{
			Name: fmt.Sprintf("normal laws, d = %d", d), Kind: "bures", X: [][]float64{p.Mean}, Y: [][]float64{q.Mean},
			C: rows(p.Cov), M: rows(q.Cov), Status: "converged",
			Values: map[string]float64{"W2": out.Wasserstein}, Plan: rows(out.A),
		}
		list = append(list, r)
	}
	laws, r := []ot.Gaussian{}, &record{Name: "barycenter of normal laws", Kind: "bures barycenter", A: []float64{0.5, 0.2, 0.3}}
	for range r.A {
		law := randomLaw(rng, 3)
		laws = append(laws, law)
		r.X, r.Extra = append(r.X, law.Mean), append(r.Extra, rows(law.Cov)...)
	}
	out := ot.BuresBarycenter(laws, r.A, ot.BuresSettings{})
	r.Status, r.Plan = out.Status.String(), rows(out.Barycenter.Cov)
	r.Values = map[string]float64{"mean 1": out.Barycenter.Mean[0]}
	return append(list, r)
}
