// Package ottest has transport problems whose answers are known, each with the
// argument that proves it: for tests of solvers, and for notebooks that ask how far an
// estimate may be trusted.
//
// Two kinds are kept apart. A [Known] is a problem of finitely many points, and its
// answers are exact but for rounding, or for a quadrature whose error it states.
// [Normals] are laws on all of R^d: their closed forms are what samples tend to, and
// [Normals.StandardError] says how far a sample of n points is from them.
//
// Notation is that of package ot: weights a and b, costs C, plan P, regularisation ε,
// and in unbalanced problems the strength ρ of a marginal penalty ρ KL(P1|a).
package ottest

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/ot"
)

// Known is a finite problem with what is known of its answers.
type Known struct {
	Name    string
	Problem *ot.Problem
	Proof   string // Why the answers are the answers.

	X, Y *mat.Dense // The points of the problem, n×d and m×d; nil if it is given by its costs.
	C    *mat.Dense // The n×m costs of a problem that is given by them, nil otherwise.

	Value  float64    // Least ⟨P, C⟩; NaN if it is not known.
	Plan   *mat.Dense // An optimal plan, n×m; nil if none is known.
	Unique bool       // Plan is the only optimal one.

	// Map is the optimal map where there is one on all of space: it takes rows of
	// points to rows of points. Nil if there is none.
	Map func(x *mat.Dense) *mat.Dense
	// Entropic is the least ⟨P, C⟩ + ε KL(P|a⊗b). Nil if it is not known.
	Entropic func(epsilon float64) float64
	// EntropicPlan is the plan that attains it, which is unique. Nil if it is not known.
	EntropicPlan func(epsilon float64) *mat.Dense
	// Unbalanced is the least
	//
	//	⟨P, C⟩ + ε KL(P|a⊗b) + rhoA KL(P1|a) + rhoB KL(Pᵀ1|b)
	//
	// with KL(P|Q) = Σ P log(P/Q) - ΣP + ΣQ, and the mass ΣP that attains it. Nil if it
	// is not known.
	Unbalanced func(epsilon, rhoA, rhoB float64) (value, mass float64)
	// Divergence is the Sinkhorn divergence. Nil if it is not known.
	Divergence func(epsilon float64) float64

	// Tol bounds the absolute error of all these: of rounding, or of what Proof says.
	Tol float64
}

// Costs returns the n×m costs of the problem.
func (k *Known) Costs() *mat.Dense {
	if k.C != nil {
		return k.C
	}
	return k.Problem.Cost.Matrix(k.X, k.Y)
}

// Weights returns a and b of the problem, uniform ones written out.
func (k *Known) Weights() (a, b []float64) {
	n, m := k.Problem.Dims()
	a, b = k.Problem.A, k.Problem.B
	if a == nil {
		a = uniform(n)
	}
	if b == nil {
		b = uniform(m)
	}
	return a, b
}

func uniform(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1 / float64(n)
	}
	return w
}

// randomWeights are probabilities, none of them tiny.
func randomWeights(rng *rand.Rand, n int) []float64 {
	w, sum := make([]float64, n), 0.0
	for i := range w {
		w[i] = 0.2 + rng.Float64()
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

func normalCloud(rng *rand.Rand, n, d int) *mat.Dense {
	x := mat.NewDense(n, d, nil)
	x.Apply(func(int, int, float64) float64 { return rng.NormFloat64() }, x)
	return x
}

// rounding bounds the error of a sum of n terms of size up to scale.
func rounding(n int, scale float64) float64 { return 0x1p-52 * float64(n) * (1 + scale) }

// mean is Σ_i w_i v_i.
func mean(w, v []float64) (sum float64) {
	for i, x := range v {
		sum += w[i] * x
	}
	return sum
}

// kl is the divergence of a mass from another, p log(p/q) - p + q.
func kl(p, q float64) float64 {
	if p == 0 {
		return q
	}
	return p*math.Log(p/q) - p + q
}
