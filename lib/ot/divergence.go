package ot

import (
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
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
// Memory: O(n² + m² + nm). Source: genevay:18, feydy:19 eq. 3 and 25.
func Divergence(p *Problem, s Settings) *DivergenceResult {
	start := time.Now()
	s = s.withDefaults()
	if p.c != nil {
		panic("ot: Divergence needs points; a cost matrix does not hold the costs within each cloud")
	}
	p.mustBeValid()
	n, m := p.Dims()
	a, b := weights(p.A, n), weights(p.B, m)
	cxy := p.Cost.Matrix(p.x, p.y)
	eps, rule := chooseEpsilon(s.Epsilon, cxy)
	cxx := p.Cost.Matrix(p.x, p.x)
	xx, fx, okX := selfTransport(cxx, a, eps, s)
	r := &DivergenceResult{XX: xx, Epsilon: eps}
	if mat.Equal(p.x, p.y) && floats.Equal(a, b) {
		// Solved as it is for its own sake, the cross term would differ by Tol.
		r.YY = xx
		r.XY = &Result{
			Solver: "Sinkhorn", Why: "the two clouds are the same", Epsilon: eps, EpsilonRule: rule,
			a: a, b: b, c: cxx, F: slices.Clone(fx), G: slices.Clone(fx),
		}
		r.XY.finish()
		r.XY.Dual = xx
	} else {
		yy, _, okY := selfTransport(p.Cost.Matrix(p.y, p.y), b, eps, s)
		r.YY = yy
		r.XY = &Result{Solver: "Sinkhorn", Why: "cross term of a divergence", Epsilon: eps, EpsilonRule: rule, a: a, b: b, c: cxy}
		r.XY.solve(s)
		r.XY.finish()
		okX = okX && okY
	}
	r.Status = r.XY.Status
	if r.Status == Converged && !okX {
		r.Status = IterationLimit
	}
	r.Value = r.XY.Dual - (r.XX+r.YY)/2 // dual values err by the square of the marginal error only
	r.DX = p.divergenceGradient(r.XY, a, fx, cxx, eps)
	r.Elapsed = time.Since(start)
	return r
}

// selfTransport solves the problem of a cloud with itself, whose potentials are
// equal: f ← (f + T f)/2, with T the soft c-transform. It returns the value
// 2 Σ a f and the potential.
func selfTransport(c *mat.Dense, a []float64, eps float64, s Settings) (value float64, f []float64, ok bool) {
	k := newScaling(c.RawMatrix().Data, a, a)
	k.eps = eps
	for iter := range s.MaxIter {
		copy(k.g, k.f)
		next := make([]float64, len(a))
		k.shards(func(_, from, to int) {
			for i := from; i < to; i++ {
				next[i] = k.softRow(i)
			}
		})
		err := 0.0
		for i, w := range a {
			err += w * math.Abs(math.Expm1((k.f[i]-next[i])/eps))
			k.f[i] = (k.f[i] + next[i]) / 2
		}
		s.Job.Step(iter+1, 0, job.Metric{Name: "marginal error", Value: err})
		if err <= s.Tol {
			ok = true
			break
		}
	}
	for i, w := range a {
		value += 2 * w * k.f[i]
	}
	return value, k.f, ok
}

// divergenceGradient is Σ_j P_ij ∇c(x_i, y_j) - Σ_j Q_ij ∇c(x_i, x_j), with P and Q the
// plans of the cross and the self term: the factor 1/2 of the self term cancels
// against both of its arguments moving.
func (p *Problem) divergenceGradient(xy *Result, a, fx []float64, cxx *mat.Dense, eps float64) *mat.Dense {
	n, d := p.x.Dims()
	m, _ := p.y.Dims()
	dx := mat.NewDense(n, d, nil)
	row := make([]float64, m)
	for i := range n {
		grad, xi := dx.RawRowView(i), p.x.RawRowView(i)
		xy.rowTo(row, i)
		for j, w := range row {
			p.Cost.AddGrad(grad, w, xi, p.y.RawRowView(j))
		}
		for j, c := range cxx.RawRowView(i) {
			q := a[i] * a[j] * math.Exp((fx[i]+fx[j]-c)/eps)
			p.Cost.AddGrad(grad, -q, xi, p.x.RawRowView(j))
		}
	}
	return dx
}
