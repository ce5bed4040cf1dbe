package ottest

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/dense"
)

// NormalPlan is the optimal plan of an unbalanced entropic problem between normal laws:
// a mass times a normal law of (x, y) on R^2d.
type NormalPlan struct {
	Value float64       // of the objective
	Mass  float64       // of the plan
	Mean  []float64     // of (x, y), 2d numbers
	Cov   *mat.SymDense // of (x, y), 2d×2d
}

// Unbalanced solves, for the laws times the masses mass1 and mass2,
//
//	min_P ∫ |x-y|² dP + ε KL(P|α⊗β) + ρ KL(P1|α) + ρ KL(Pᵀ1|β)
//
// with KL(P|Q) = ∫ log(dP/dQ) dP - |P| + |Q|. It panics unless ε, ρ and the masses are
// positive and finite. Value loses digits where ρ exceeds it by many orders.
//
// The potentials f and g solve f = -τ ε log ∫ exp((g - |x-y|²)/ε) dβ with τ = ρ/(ρ+ε), and
// the same with f and g exchanged. They are quadratic. With h = ε/2, the precisions P of x
// given y and Q of y given x satisfy
//
//	P = Ã⁻¹ + κ Q⁻¹,  Q = B̃⁻¹ + κ P⁻¹,  κ = τ/h²,  Ã⁻¹ = S1⁻¹ + (1-τ)/h I,
//
// B̃ the same with S2. Hence Q = Ã P B̃⁻¹ and P Ã P = P + κ B̃, a quadratic equation for
// W = Ã^½ P Ã^½, which is W² = W + κ Ã^½ B̃ Ã^½. Linear and constant terms then solve
// linear equations.
//
// Source: janati:20, derived anew for the conventions of package ot.
func (g Normals) Unbalanced(mass1, mass2, epsilon, rho float64) NormalPlan {
	for name, v := range map[string]float64{"mass1": mass1, "mass2": mass2, "epsilon": epsilon, "rho": rho} {
		if !(v > 0) || math.IsInf(v, 1) {
			panic(fmt.Sprintf("ottest: %s is %v; it must be positive and finite", name, v))
		}
	}
	l := g.laws()
	d, h, tau := l.d, epsilon/2, rho/(rho+epsilon)
	softened := func(s *mat.SymDense) *mat.SymDense {
		inverse := power(s, -1)
		inverse.AddSym(inverse, scaledIdentity(d, (1-tau)/h))
		return power(inverse, -1)
	}
	p, q := precisions(softened(l.s1), softened(l.s2), tau/(h*h))
	// Joint precision of (x, y), with blocks P, Q and -I/h.
	joint := mat.NewSymDense(2*d, nil)
	for i := range d {
		for k := i; k < d; k++ {
			joint.SetSym(i, k, p.At(i, k))
			joint.SetSym(d+i, d+k, q.At(i, k))
		}
		joint.SetSym(i, d+i, -1/h)
	}
	cov := power(joint, -1)

	// Coordinates about m1, so that the first law has mean 0.
	shift := mat.NewVecDense(d, nil)
	for k := range d {
		shift.SetVec(k, l.m2[k]-l.m1[k])
	}
	linear := linearTerms(l, shift, p, q, tau/h)
	at := mat.NewVecDense(2*d, nil)
	at.MulVec(cov, linear)

	// log of mass/(mass1 mass2), from the constants c_f + c_g = -τ (k1 + k2)/(1 + τ).
	lp, lq := linear.SliceVec(0, d), linear.SliceVec(d, 2*d)
	quadratic := mat.Inner(shift, power(l.s2, -1), shift)
	k1 := math.Log(mass1) - (logDet(l.s1)+logDet(p)-mat.Inner(lp, power(p, -1), lp))/2
	k2 := math.Log(mass2) - (logDet(l.s2)+logDet(q)-mat.Inner(lq, power(q, -1), lq)+quadratic)/2
	exponent := -tau*(k1+k2)/(1+tau) - (logDet(l.s1)+logDet(l.s2)+logDet(joint)+quadratic-mat.Inner(linear, cov, linear))/2

	plan := NormalPlan{Mass: mass1 * mass2 * math.Exp(exponent), Cov: cov, Mean: make([]float64, 2*d)}
	plan.Value = rho*(mass1+mass2-2*plan.Mass) + epsilon*(mass1*mass2-plan.Mass)
	for k := range d {
		plan.Mean[k], plan.Mean[d+k] = l.m1[k]+at.AtVec(k), l.m1[k]+at.AtVec(d+k)
	}
	return plan
}

// precisions solves P = A⁻¹ + κ Q⁻¹ and Q = B⁻¹ + κ P⁻¹.
func precisions(a, b *mat.SymDense, kappa float64) (p, q *mat.SymDense) {
	d := a.SymmetricDim()
	w := between(a, b)
	w.ScaleSym(kappa, w)
	w.AddSym(w, scaledIdentity(d, 0.25))
	w = power(w, 0.5)
	w.AddSym(w, scaledIdentity(d, 0.5))
	back := power(a, -0.5)
	p = dense.Symmetric(product(back, w, back))
	return p, dense.Symmetric(product(a, p, power(b, -1)))
}

// linearTerms solves p = -(τ/h) Q⁻¹ q and q = S2⁻¹ δ - (τ/h) P⁻¹ p.
func linearTerms(l laws, shift *mat.VecDense, p, q *mat.SymDense, scale float64) *mat.VecDense {
	d := l.d
	system, right := mat.NewDense(2*d, 2*d, nil), mat.NewVecDense(2*d, nil)
	pi, qi := power(p, -1), power(q, -1)
	for i := range d {
		system.Set(i, i, 1)
		system.Set(d+i, d+i, 1)
		for k := range d {
			system.Set(i, d+k, scale*qi.At(i, k))
			system.Set(d+i, k, scale*pi.At(i, k))
		}
	}
	right.SliceVec(d, 2*d).(*mat.VecDense).MulVec(power(l.s2, -1), shift)
	out := mat.NewVecDense(2*d, nil)
	if err := out.SolveVec(system, right); err != nil {
		panic(fmt.Sprintf("ottest: unbalanced problem of normal laws: %v", err))
	}
	return out
}

// logDet is the log determinant of a positive definite matrix.
func logDet(s *mat.SymDense) (sum float64) {
	for _, v := range eigenvalues(s) {
		sum += math.Log(v)
	}
	return sum
}
