package ot

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// solver holds an entropic problem in the two precisions that its iterations go
// through: float32 while its errors are below the marginal error, then float64, in
// which all that is reported is computed.
type solver struct {
	p        *Problem
	a, b     []float64
	n, m, d  int
	spread   float64 // about the difference of the largest and the least cost
	path     costPath
	f, g     []float64
	job      *job.Monitor
	single   *kern.Sweep[float32]
	double   *kern.Sweep[float64]
	averaged bool // the problem of a cloud with itself
}

// costPath is where the costs of an iteration come from.
type costPath int

const (
	onTheFly costPath = iota
	givenMatrix
	formedOnce
)

const (
	// formDimension is where forming |x-y|² once by a product of matrices begins to
	// pay, if it takes no more than formBytes.
	formDimension = 32
	formBytes     = 512 << 20
	// Below singlePairs an iteration in float64 costs no more than starting twice.
	singlePairs = 1 << 14
)

func newSolver(p *Problem, a, b []float64, monitor *job.Monitor) *solver {
	s := &solver{p: p, a: a, b: b, n: len(a), m: len(b), f: make([]float64, len(a)), g: make([]float64, len(b)), job: monitor}
	if p.c != nil {
		s.path = givenMatrix
		s.spread = mat.Max(p.c) - mat.Min(p.c)
		return s
	}
	_, s.d = p.x.Dims()
	if s.d >= formDimension && p.Cost == cost.SqEuclidean() && s.n*s.m <= formBytes/4 {
		s.path = formedOnce
	}
	s.spread = spreadOfPoints(p)
	return s
}

// why is the sentence of Result.Why.
func (s *solver) why() string {
	costs := map[costPath]string{
		onTheFly:    "costs between points are computed as they are needed",
		givenMatrix: "the cost matrix is given",
		formedOnce:  "|x-y|² is formed once by a product, since the dimension is high",
	}[s.path]
	if s.single == nil {
		return "in the log domain; " + costs + "; in float64"
	}
	return "in the log domain; " + costs + "; in float32, and float64 at the end"
}

// cloudOf is the points of a matrix for the kernels.
func cloudOf(x *mat.Dense, w []float64) kern.Cloud {
	raw := x.RawMatrix()
	return kern.Cloud{Data: raw.Data, Stride: raw.Stride, N: raw.Rows, D: raw.Cols, Weights: w}
}

// sweepOf makes a sweep of a type for the problem.
func sweepOf[T float32 | float64](s *solver, path costPath) *kern.Sweep[T] {
	var sweep *kern.Sweep[T]
	switch path {
	case givenMatrix:
		raw := s.p.c.RawMatrix()
		sweep = kern.NewCostSweep[T](raw.Data, raw.Stride, s.a, s.b)
	case formedOnce:
		sweep = kern.NewFormedSweep[T](cloudOf(s.p.x, s.a), cloudOf(s.p.y, s.b))
	default:
		metric := kern.SquaredEuclidean
		if s.p.Cost == cost.Euclidean() {
			metric = kern.Euclidean
		}
		sweep = kern.NewSweep[T](cloudOf(s.p.x, s.a), cloudOf(s.p.y, s.b), metric)
	}
	sweep.Poll = s.job.Check
	return sweep
}

// inDouble returns the float64 problem at ε and the potentials f and g.
func (s *solver) inDouble(eps float64) *kern.Sweep[float64] {
	if s.double == nil {
		path := s.path
		if path == formedOnce && s.n*s.m > formBytes/8 {
			path = onTheFly
		}
		s.double = sweepOf[float64](s, path)
	}
	s.double.SetEpsilon(eps)
	s.double.SetPotentials(s.f, s.g)
	return s.double
}

// rounding is about the error of an exponent in float32: those of size spread/ε are
// rounded, with expanded squares to ten times as much. The errors of many pairs
// average out in a marginal, to a hundredth or so.
func (s *solver) rounding(eps float64) float64 {
	factor := 0x1p-24
	if s.path == formedOnce || s.d > 10 && s.p.Cost == cost.SqEuclidean() {
		factor *= 10
	}
	return factor * s.spread / eps
}

// stage runs iterations of one precision at one ε until the marginal error is tol,
// until they have stalled, or until the count reaches limit; but one at least, since
// potentials of another ε may overflow. It keeps the potentials.
func stage[T float32 | float64](s *solver, sweep *kern.Sweep[T], eps, tol float64, count *int, limit, patience int) (marginalError float64) {
	best, since := math.Inf(1), 0
	for {
		if s.averaged {
			marginalError = sweep.Average()
		} else {
			marginalError = sweep.Iterate()
		}
		*count++
		s.job.Step(*count, 0, job.Metric{Name: "marginal error", Value: marginalError}, job.Metric{Name: "ε", Value: eps})
		if since++; marginalError < 0.99*best {
			best, since = marginalError, 0
		}
		if !(marginalError > tol) || since > patience || *count >= limit {
			break
		}
	}
	if marginalError == marginalError {
		sweep.Potentials(s.f, s.g)
	}
	return marginalError
}

// solve lowers ε to its final value, and returns how that ended after how many
// iterations.
func (s *solver) solve(eps, tol float64, maxIter int) (status Status, iterations int) {
	schedule := []float64{eps}
	if !s.averaged { // which converges from anywhere
		schedule = epsilons(eps, s.spread)
	}
	useful := func(e float64) bool { return s.n*s.m >= singlePairs && s.rounding(e) < 0.1 }
	for level, e := range schedule {
		last := level == len(schedule)-1
		goal, limit := tol, maxIter
		if !last {
			goal, limit = max(tol, 1e-2), min(iterations+30, maxIter)
		}
		off := math.NaN()
		if useful(e) {
			if s.single == nil {
				s.single = sweepOf[float32](s, s.path)
			}
			s.single.SetEpsilon(e)
			s.single.SetPotentials(s.f, s.g)
			const patience = 30
			off = stage(s, s.single, e, max(goal, s.rounding(e)/256), &iterations, limit, patience)
		}
		if last || off != off {
			off = stage(s, s.inDouble(e), e, goal, &iterations, limit, math.MaxInt)
		}
		if math.IsNaN(off) {
			return NotFinite, iterations
		}
		if last && off <= tol {
			return Converged, iterations
		}
	}
	return IterationLimit, iterations
}

// totals are sums of the plan.
type totals struct {
	rows, columns []float64
	transport     float64
}

func (s *solver) totals(eps float64) totals {
	t := totals{rows: make([]float64, s.n), columns: make([]float64, s.m)}
	t.transport = s.inDouble(eps).Totals(t.rows, t.columns)
	return t
}

// distance is that of the marginals from a and b.
func (t totals) distance(a, b []float64) (off float64) {
	for i, w := range a {
		off += math.Abs(t.rows[i] - w)
	}
	for j, w := range b {
		off += math.Abs(t.columns[j] - w)
	}
	return off
}

// epsilons is the annealing schedule: from an eighth of the spread of the cost
// down to eps by factors of eight.
func epsilons(eps, spread float64) []float64 {
	var list []float64
	for e := spread / 8; e > 2*eps; e /= 8 {
		list = append(list, e)
	}
	return append(list, eps)
}
