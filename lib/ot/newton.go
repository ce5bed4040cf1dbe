package ot

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/dense"
	"gaspard/lib/internal/kern"
)

const (
	// After newtonAfter iterations at the final ε, small problems go over to Newton's
	// method, of which a step takes as long as some hundred iterations, but a few are
	// enough: mass that hardly passes between parts of the clouds holds up iterations for
	// ever.
	newtonAfter = 300000
	newtonSide  = 1024    // points of the smaller cloud at most,
	newtonPairs = 1 << 22 // and entries of the plan
	newtonSteps = 60
	newtonReach = 8 // units of ε that a step may move a potential by
)

// newton holds the dual at potentials f and g, in the smaller of both orientations:
// there are at least as many rows as columns.
type newton struct {
	eps     float64
	c, plan []float64 // costs and plan
	rows    newtonPart
	columns newtonPart
}

// newtonPart is one side: weights, potentials, and what the plan says of them.
type newtonPart struct {
	w, potential []float64
	tau          float64
	sums         []float64 // of the plan
	residual     []float64 // what the sums lack: a - P1 if τ is 1
	diagonal     []float64 // minus the derivative of the residual, but for the plan's part
}

// newton maximises the dual by Newton steps from f and g, each followed by a plain
// iteration, until the marginal error is tol. It returns whether it is.
//
// The system is [diag(P1) P; Pᵀ diag(Pᵀ1)] (δf, δg) = ε (a - P1, b - Pᵀ1), with what soft
// marginals add; the larger side is eliminated.
//
// Source: brauer:17.
func (s *solver) newton(eps, tol float64, count *int) bool {
	t := s.newNewton(eps)
	sweep := s.inDouble(eps)
	sweep.Step = s.step(eps, eps)
	for range newtonSteps {
		s.job.Check()
		if !t.step() {
			return false
		}
		sweep.SetPotentials(s.f, s.g)
		s.off = sweep.Iterate()
		*count++
		if math.IsNaN(s.off) {
			return false
		}
		sweep.Potentials(s.f, s.g)
		if s.off <= tol {
			return true
		}
	}
	return false
}

func (s *solver) newNewton(eps float64) *newton {
	c := dense.Rows(s.p.costMatrix())
	t := &newton{eps: eps, c: c, rows: newtonPart{w: s.a, potential: s.f, tau: s.tauA}, columns: newtonPart{w: s.b, potential: s.g, tau: s.tauB}}
	if s.n < s.m {
		t.c = make([]float64, len(c))
		kern.Transpose64(t.c, s.n, c, s.m, s.n, s.m)
		t.rows, t.columns = t.columns, t.rows
	}
	t.plan = make([]float64, len(c))
	return t
}

// step moves the potentials by a Newton step, shortened until the dual does not fall.
// It returns whether there was one.
func (t *newton) step() bool {
	before := t.evaluate()
	f, g, ok := t.direction()
	if !ok {
		return false
	}
	fromF, fromG := slices.Clone(t.rows.potential), slices.Clone(t.columns.potential)
	// Where mass hardly passes, the system asks for a step beyond all bounds.
	reach := max(floats.Norm(f, math.Inf(1)), floats.Norm(g, math.Inf(1)))
	first := t.eps * min(1, newtonReach/reach)
	for length := first; length > 1e-6*first; length /= 4 {
		floats.AddScaledTo(t.rows.potential, fromF, length, f)
		floats.AddScaledTo(t.columns.potential, fromG, length, g)
		if t.evaluate() >= before-1e-12*math.Abs(before) {
			return true
		}
	}
	copy(t.rows.potential, fromF)
	copy(t.columns.potential, fromG)
	return false
}

// evaluate computes the plan and its sums, and returns the dual up to a constant.
func (t *newton) evaluate() float64 {
	n, m := len(t.rows.w), len(t.columns.w)
	kern.Gibbs64(t.plan, t.c, m, t.rows.potential, t.columns.potential, 1/t.eps)
	t.rows.sums, t.columns.sums = make([]float64, n), make([]float64, m)
	for i, a := range t.rows.w {
		row := t.plan[i*m:][:m]
		for j, b := range t.columns.w {
			row[j] *= a * b
		}
		t.rows.sums[i] = floats.Sum(row)
		floats.Add(t.columns.sums, row)
	}
	return t.rows.evaluate(t.eps) + t.columns.evaluate(t.eps) - t.eps*floats.Sum(t.rows.sums)
}

// evaluate sets residual and diagonal, and returns the side's part of the dual.
func (s *newtonPart) evaluate(eps float64) (dual float64) {
	s.residual, s.diagonal = make([]float64, len(s.w)), make([]float64, len(s.w))
	kappa := (1 - s.tau) / s.tau
	for i, w := range s.w {
		s.diagonal[i], s.residual[i] = s.sums[i], w-s.sums[i]
		if kappa > 0 {
			asked := w * math.Exp(-kappa*s.potential[i]/eps)
			s.diagonal[i] += kappa * asked
			s.residual[i] = asked - s.sums[i]
			dual += eps / kappa * (w - asked)
		} else {
			dual += w * s.potential[i]
		}
		if s.diagonal[i] == 0 { // a point without mass stays where it is
			s.diagonal[i] = 1
		}
	}
	return dual
}

// direction solves the system, in units of ε.
func (t *newton) direction() (f, g []float64, ok bool) {
	n, m := len(t.rows.w), len(t.columns.w)
	scaled := make([]float64, len(t.plan)) // -diag(1/P1) P
	for i, d := range t.rows.diagonal {
		floats.ScaleTo(scaled[i*m:][:m], -1/d, t.plan[i*m:][:m])
	}
	schur := make([]float64, m*m)
	kern.ParallelGemm64(schur, m, scaled, 1, m, t.plan, m, m, m, n, false)
	// f may rise by what g falls: of these solutions, the one that sums to 0.
	gauge := 0.0
	if t.rows.tau == 1 && t.columns.tau == 1 {
		gauge = floats.Sum(t.columns.diagonal) / float64(m*m)
	}
	floats.AddConst(gauge, schur)
	g = slices.Clone(t.columns.residual)
	for j, d := range t.columns.diagonal {
		schur[j*m+j] += d * (1 + 1e-14)
	}
	for i, r := range t.rows.residual {
		floats.AddScaled(g, r, scaled[i*m:][:m])
	}
	var factors mat.Cholesky
	if !factors.Factorize(mat.NewSymDense(m, schur)) {
		return nil, nil, false
	}
	solution := mat.NewVecDense(m, g)
	if err := factors.SolveVecTo(solution, solution); err != nil && math.IsInf(mat.Norm(solution, 2), 0) {
		return nil, nil, false
	}
	f = make([]float64, n)
	for i, r := range t.rows.residual {
		f[i] = r/t.rows.diagonal[i] + floats.Dot(scaled[i*m:][:m], g)
	}
	return f, g, !math.IsNaN(floats.Sum(f) + floats.Sum(g))
}
