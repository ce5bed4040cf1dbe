package ot

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
)

// exactPairs is the number of costs up to which [Solve] is exact: 10,000 × 10,000, which
// take some seconds on two cores. Time grows with their number or a little faster.
const exactPairs = 100_000_000

// Solve solves a problem by the method that fits it, and says in Result.Why which one and
// for what reason:
//
//   - [Sinkhorn], if Settings.Epsilon is given, or TauA or TauB softens a marginal;
//   - [Line], for points with one coordinate and a cost that is a convex function of x-y:
//     of the usual costs all but those of angles, in O((n+m) log(n+m));
//   - [Exact], for up to 100,000,000 costs, n = m = 10,000, if it does with
//     Settings.MemoryLimit;
//   - Sinkhorn with its default ε beyond, whose Value and Transport exceed the
//     unregularised optimum by at most ε log(min(n, m)).
//
// To have another one, call it. Costs of a user's own count as not convex; [Line] takes
// them as H. Solve panics like the method that it takes.
func Solve(p *Problem, s Settings) *Result {
	start := time.Now()
	n, m := p.Dims()
	var r *Result
	var reason string
	pairs := float64(n) * float64(m)
	switch h := p.lineCost(); {
	case s.Epsilon != 0:
		reason = "Epsilon is given"
		r = Sinkhorn(p, s)
	case s.unbalanced():
		reason = "marginals are soft"
		r = Sinkhorn(p, s)
	case s.withDefaults().unbalanced():
		reason = "marginals are soft"
		r = Sinkhorn(p, s)
	case h != nil:
		p.mustBeValid(s)
		reason = fmt.Sprintf("the points have one coordinate and %v is convex", p.Cost)
		r = line(mat.Col(nil, 0, p.x), mat.Col(nil, 0, p.y), p.A, p.B, h, s.Job)
		r.p, r.Why = p, "the monotone plan is optimal"
	case pairs > exactPairs:
		reason = fmt.Sprintf("%d×%d costs are more than %d, beyond which Exact takes more than seconds", n, m, exactPairs)
		r = Sinkhorn(p, s)
	case simplexMemory(p) > s.memoryLimit():
		reason = fmt.Sprintf("Exact for %d×%d would need about %s, and MemoryLimit is %s",
			n, m, byteCount(simplexMemory(p)), byteCount(s.memoryLimit()))
		r = Sinkhorn(p, s)
	default:
		reason = fmt.Sprintf("%d×%d costs are no more than %d, which take seconds", n, m, exactPairs)
		r = Exact(p, s)
	}
	r.Why = fmt.Sprintf("Solve chose %s: %s; %s", r.Solver, reason, r.Why)
	r.Elapsed = time.Since(start)
	return r
}

// lineCost is the cost as a convex function of x-y, for points with one coordinate, or
// nil if it is none.
func (p *Problem) lineCost() func(z float64) float64 {
	if p.c != nil {
		return nil
	}
	if _, d := p.x.Dims(); d != 1 {
		return nil
	}
	switch {
	case p.Cost == cost.SqEuclidean():
		return orderCost(2)
	case p.Cost == cost.Euclidean(), p.Cost == cost.L1():
		return math.Abs
	case p.Cost.HasConjugateGrad():
		z, zero := []float64{0}, []float64{0}
		return func(v float64) float64 {
			z[0] = v
			return p.Cost.At(z, zero)
		}
	}
	return nil
}
