package ottest

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/ot"
)

// Permutation is an n×n cost matrix in which a permutation is hidden: row i goes to
// its own hidden column, and every other column costs at least 0.1 more than
// potentials allow.
func Permutation(seed uint64, n int) *Known {
	rng := rand.New(rand.NewPCG(seed, 101))
	plan := mat.NewDense(n, n, nil)
	for i, j := range rng.Perm(n) {
		plan.Set(i, j, 1/float64(n))
	}
	k := hide(rng, plan, nil, nil)
	k.Name = fmt.Sprintf("permutation hidden in %d×%d costs", n, n)
	return k
}

// HiddenPlan is an n×m cost matrix with random weights, among them zeros, in which a plan
// on a tree of pairs is hidden.
func HiddenPlan(seed uint64, n, m int) *Known {
	rng := rand.New(rand.NewPCG(seed, 102))
	a, b := weightsWithZeros(rng, n), weightsWithZeros(rng, m)
	// The corner rule on shuffled rows and columns.
	rows, columns := rng.Perm(n), rng.Perm(m)
	plan := mat.NewDense(n, m, nil)
	staircase(order(a, rows), order(b, columns), func(i, j int, mass float64) {
		plan.Set(rows[i], columns[j], mass)
	})
	k := hide(rng, plan, a, b)
	k.Name = fmt.Sprintf("plan hidden in %d×%d costs", n, m)
	return k
}

// weightsWithZeros are probabilities, every seventh of which is 0.
func weightsWithZeros(rng *rand.Rand, n int) []float64 {
	w := randomWeights(rng, n)
	sum := 0.0
	for i := range w {
		if i%7 == 3 {
			w[i] = 0
		}
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

func order(w []float64, at []int) []float64 {
	out := make([]float64, len(w))
	for i, k := range at {
		out[i] = w[k]
	}
	return out
}

// staircase visits the pairs of the plan that couples two lists of weights in their
// order.
func staircase(a, b []float64, visit func(i, j int, mass float64)) {
	i, j := 0, 0
	for left, right := a[0], b[0]; ; {
		if mass := min(left, right); mass > 0 {
			visit(i, j, mass)
		}
		// What rounding leaves at the end of one list must not end the walk early.
		if left < right && i+1 < len(a) || j+1 == len(b) {
			right -= left
			if i++; i == len(a) {
				return
			}
			left = a[i]
		} else {
			left -= right
			j++
			right = b[j]
		}
	}
}

// hide makes costs f_i + g_j where the plan has mass, and more elsewhere.
func hide(rng *rand.Rand, plan *mat.Dense, a, b []float64) *Known {
	n, m := plan.Dims()
	f, g := make([]float64, n), make([]float64, m)
	for i := range f {
		f[i] = rng.NormFloat64()
	}
	for j := range g {
		g[j] = rng.NormFloat64()
	}
	c := mat.NewDense(n, m, nil)
	for i := range f {
		for j := range g {
			c.Set(i, j, f[i]+g[j])
			if plan.At(i, j) == 0 {
				c.Set(i, j, f[i]+g[j]+0.1+rng.ExpFloat64())
			}
		}
	}
	p := ot.Matrix(c)
	p.A, p.B = a, b
	k := &Known{
		Problem: p, C: c, Plan: plan, Unique: true, Tol: rounding(n+m, 10),
		Proof: "potentials f and g with f + g ≤ C, equal exactly where the plan has mass: complementary slackness; " +
			"the pairs form a forest, on which the weights leave one plan",
	}
	wa, wb := k.Weights()
	k.Value = mean(wa, f) + mean(wb, g)
	return k
}
