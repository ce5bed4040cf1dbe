package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/ot"
)

// tenth is a tenth of the mean cost, and fractions of it the ε of the problems.
func tenth(m metric, x, y *mat.Dense) float64 {
	c := m.cost.Matrix(x, y)
	n, k := c.Dims()
	return 0.1 * mat.Sum(c) / float64(n*k)
}

func entropicProblems() []*record {
	rng := rand.New(rand.NewPCG(7, 2))
	return slices.Concat(sinkhornProblems(rng), divergenceProblems(rng), unbalancedProblems(rng))
}

// unbalancedProblems have masses other than 1, and one marginal soft or both.
func unbalancedProblems(rng *rand.Rand) []*record {
	var list []*record
	for _, u := range []struct{ massA, massB, rhoA, rhoB float64 }{
		{1, 1, 1, 1}, {0.4, 1.7, 2, 2}, {3, 2, 0.5, 5}, {1, 1, 0, 2}, {0.7, 0.7, 1, 0},
	} {
		x, y := cloud(rng, 35, 2, 1, 0), cloud(rng, 42, 2, 1.2, 0.5)
		a, b := weighing(rng, 35, "random"), weighing(rng, 42, "random")
		floats.Scale(u.massA, a)
		floats.Scale(u.massB, b)
		name := fmt.Sprintf("unbalanced, masses %g and %g, ρ = %g and %g", u.massA, u.massB, u.rhoA, u.rhoB)
		p, r := between("unbalanced", name, x, y, a, b, metrics[0])
		s := tight
		s.Epsilon = tenth(metrics[0], x, y)
		// A penalty of 0 stands for a marginal that holds.
		s.TauA, s.TauB = u.rhoA/(u.rhoA+s.Epsilon), u.rhoB/(u.rhoB+s.Epsilon)
		out := ot.Sinkhorn(p, s)
		r.Epsilon, r.RhoA, r.RhoB, r.Status, r.Plan = s.Epsilon, u.rhoA, u.rhoB, out.Status.String(), rows(out.Plan())
		r.Values = map[string]float64{"value": out.Value, "transport": out.Transport, "mass": out.Mass, "dual": out.Dual}
		list = append(list, r)
	}
	return list
}

func sinkhornProblems(rng *rand.Rand) []*record {
	var list []*record
	solve := func(p *ot.Problem, r *record, epsilon float64) {
		s := tight
		s.Epsilon = epsilon
		out := ot.Sinkhorn(p, s)
		r.Epsilon, r.Status, r.Plan = epsilon, out.Status.String(), rows(out.Plan())
		r.Values = map[string]float64{"value": out.Value, "transport": out.Transport, "shannon": out.Shannon, "dual": out.Dual}
		list = append(list, r)
	}
	for _, s := range []struct {
		n, m, d  int
		weights  string
		fraction float64
		shift    float64
	}{
		{40, 40, 2, "uniform", 1, 0.5}, {25, 60, 3, "random", 0.5, 0.5}, {70, 20, 5, "random", 5, 0}, {1, 30, 2, "random", 1, 1},
		{50, 50, 1, "skewed", 1, 0.5}, {30, 30, 2, "uniform", 0.5, 50}, {45, 33, 2, "zeros", 1, 0.5}, {60, 60, 40, "random", 1, 0},
		{200, 150, 2, "random", 1, 1},
	} {
		x, y := cloud(rng, s.n, s.d, 1, 0), cloud(rng, s.m, s.d, 1.5, s.shift)
		name := fmt.Sprintf("entropic, %d×%d, d = %d, %s weights, shift %g", s.n, s.m, s.d, s.weights, s.shift)
		p, r := between("sinkhorn", name, x, y, weighing(rng, s.n, s.weights), weighing(rng, s.m, s.weights), metrics[0])
		solve(p, r, s.fraction*tenth(metrics[0], x, y))
	}
	for _, m := range metrics {
		x, y := cloud(rng, 28, 3, 1, 0), cloud(rng, 35, 3, 1.5, 0.5)
		p, r := between("sinkhorn", "entropic under "+m.cost.String(), x, y, weighing(rng, 28, "random"), weighing(rng, 35, "random"), m)
		solve(p, r, tenth(m, x, y))
	}
	x, y := onSphere(cloud(rng, 28, 3, 1, 0)), onSphere(cloud(rng, 35, 3, 1, 0.5))
	p, r := between("sinkhorn", "entropic under the angle", x, y, nil, nil, angle)
	solve(p, r, tenth(angle, x, y))
	c := cloud(rng, 20, 17, 1, 0)
	solve(ot.Matrix(c), &record{Name: "entropic, normal costs", Kind: "sinkhorn", C: rows(c)}, 0.3)
	return list
}

func divergenceProblems(rng *rand.Rand) []*record {
	var list []*record
	for _, m := range metrics[:2] {
		for _, weights := range []string{"uniform", "random"} {
			x, y := cloud(rng, 40, 3, 1, 0), cloud(rng, 30, 3, 1.5, 0.5)
			name := fmt.Sprintf("divergence under %v, %s weights", m.cost, weights)
			p, r := between("divergence", name, x, y, weighing(rng, 40, weights), weighing(rng, 30, weights), m)
			s := tight
			s.Epsilon = 5 * tenth(m, x, y) // POT takes long for the self terms below
			out := ot.Divergence(p, s)
			r.Epsilon, r.Status = s.Epsilon, out.Status.String()
			r.Values = map[string]float64{"divergence": out.Value, "self x": out.XX, "self y": out.YY}
			list = append(list, r)
		}
	}
	return list
}
