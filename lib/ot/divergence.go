package ot

import (
	"fmt"
	"slices"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/internal/kern"
)

// DivergenceResult is a Sinkhorn divergence with its parts.
type DivergenceResult struct {
	Value   float64    // S = OT(x,y) - (OT(x,x) + OT(y,y))/2.
	XY      *Result    // The cross term.
	XX, YY  float64    // The self terms.
	DX      *mat.Dense // Gradient of Value by the points x, n×d.
	Epsilon float64
	Elapsed time.Duration
	Status  Status // The worst of the three solves.
}

// String is a summary.
func (r *DivergenceResult) String() string {
	verdict := r.Status.String()
	if err := r.Status.Err(); err != nil {
		verdict = "NOT CONVERGED: " + err.Error()[len("ot: "):]
	}
	return fmt.Sprintf("Sinkhorn divergence %.6g, ε = %.4g (%s)\ncross term %.6g, self terms %.6g and %.6g\n%s in %v",
		r.Value, r.Epsilon, r.XY.EpsilonRule, r.XY.Value, r.XX, r.YY, verdict, r.Elapsed.Round(10*time.Microsecond))
}

// Divergence returns the debiased Sinkhorn divergence between two clouds,
//
//	S(x, y) = OT(x, y) - (OT(x, x) + OT(y, y)) / 2,
//
// each OT the entropic value of [Sinkhorn] at one ε, and its gradient by the
// points x at fixed potentials, which is the exact one at convergence. S is 0
// for the same cloud and, up to Settings.Tol, never negative. The self terms are
// solved by averaged symmetric updates.
//
// p must be made by [Points]; it panics otherwise, and like Sinkhorn.
//
// Memory: as [Sinkhorn]. Source: genevay:18, feydy:19 eq. 3 and 25.
func Divergence(p *Problem, s Settings) *DivergenceResult {
	start := time.Now()
	s = s.withDefaults()
	if p.c != nil {
		panic("ot: Divergence needs points; a cost matrix does not hold the costs within each cloud")
	}
	p.mustBeValid()
	n, m := p.Dims()
	a, b := weights(p.A, n), weights(p.B, m)
	eps, rule := chooseEpsilon(s.Epsilon, p)
	xx, okX := selfTransport(p, p.x, a, eps, s)
	r := &DivergenceResult{XX: xx.value(), Epsilon: eps}
	r.XY = &Result{Solver: "Sinkhorn", Epsilon: eps, EpsilonRule: rule, a: a, b: b, p: p}
	if mat.Equal(p.x, p.y) && floats.Equal(a, b) {
		// Solved as it is for its own sake, the cross term would differ by Tol.
		r.YY = r.XX
		r.XY.F, r.XY.G = slices.Clone(xx.f), slices.Clone(xx.f)
		r.XY.Why = "the two clouds are the same"
		cross := newSolver(p, a, b, s.Job)
		cross.f, cross.g = r.XY.F, r.XY.G
		r.XY.finish(cross)
		r.XY.Dual = r.XX
	} else {
		yy, okY := selfTransport(p, p.y, b, eps, s)
		r.YY = yy.value()
		r.XY.solve(s)
		r.XY.Why = "cross term of a divergence, " + r.XY.Why
		okX = okX && okY
	}
	r.Status = r.XY.Status
	if r.Status == Converged && !okX {
		r.Status = IterationLimit
	}
	r.Value = r.XY.Dual - (r.XX+r.YY)/2 // dual values err by the square of the marginal error only
	r.DX = mat.NewDense(n, xx.d, nil)
	addGradient(r.DX, p.Cost, p.x, p.y, r.XY.sweep(), 1)
	addGradient(r.DX, p.Cost, p.x, p.x, xx.inDouble(eps), -1)
	r.Elapsed = time.Since(start)
	return r
}

// selfTransport solves the problem of a cloud with itself, whose potentials are
// equal: f ← (f + T f)/2, with T the soft c-transform.
func selfTransport(p *Problem, x *mat.Dense, w []float64, eps float64, s Settings) (k *solver, ok bool) {
	k = newSolver(&Problem{x: x, y: x, Cost: p.Cost}, w, w, s.Job)
	k.averaged = true
	status, _ := k.solve(eps, s.Tol, s.MaxIter)
	copy(k.g, k.f)
	return k, status == Converged
}

// value is that of the problem of a cloud with itself, 2 Σ a f.
func (s *solver) value() (sum float64) {
	for i, w := range s.a {
		sum += 2 * w * s.f[i]
	}
	return sum
}

// addGradient adds w Σ_j P_ij ∇c(x_i, y_j) to each row of dst. The self term enters the
// gradient of a divergence whole: its factor 1/2 cancels against both of its
// arguments moving.
func addGradient(dst *mat.Dense, c cost.Cost, x, y *mat.Dense, plan *kern.Sweep[float64], w float64) {
	n, d := x.Dims()
	mass, sums := make([]float64, n), make([]float64, n*d)
	raw := y.RawMatrix()
	slope := c == cost.Euclidean()
	if !slope {
		w *= 2
	}
	plan.RowSums(mass, sums, raw.Data, raw.Stride, d, slope)
	for i := range n {
		row := dst.RawRowView(i)
		for k, v := range x.RawRowView(i) {
			row[k] += w * (mass[i]*v - sums[i*d+k])
		}
	}
}
