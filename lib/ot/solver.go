package ot

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/internal/anderson"
	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// solver holds an entropic problem in the two precisions that its iterations go
// through: float32 while its errors are below the marginal error, then float64, in
// which all that is reported is computed.
type solver struct {
	p          *Problem
	x, y       *mat.Dense // points whose distances, squared or not, are the costs; nil for other costs
	a, b       []float64
	n, m, d    int
	low        float64 // least cost and
	spread     float64 // its difference to the largest, or about so
	path       costPath
	rows       *costRows // for costs that are no distances
	tauA, tauB float64   // at the final ε
	f, g       []float64
	job        *job.Monitor
	single     *kern.Sweep[float32]
	double     *kern.Sweep[float64]
	history    *anderson.History[float64] // of g; nil until a solve needs it
	before     []float64                  // g before an iteration
	off        float64                    // the last marginal error
	averaged   bool                       // the problem of a cloud with itself
	warm       bool                       // f and g are near the solution
	exactly    bool                       // in float64 alone
	inSingle   bool                       // float32 was enough for Tol, and is for gradients
}

// costPath is where the costs of an iteration come from.
type costPath int

const (
	onTheFly costPath = iota
	givenMatrix
	formedOnce
	keptBlocks
	blocksOnTheFly
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
	s := &solver{
		p: p, a: a, b: b, n: len(a), m: len(b), tauA: 1, tauB: 1,
		f: make([]float64, len(a)), g: make([]float64, len(b)), before: make([]float64, len(b)), job: monitor,
	}
	if p.c != nil {
		s.path = givenMatrix
		s.low = mat.Min(p.c)
		s.spread = mat.Max(p.c) - s.low
		return s
	}
	var distances bool
	s.x, s.y, distances = p.distances()
	if distances {
		_, s.d = s.x.Dims()
		if s.d >= formDimension && p.Cost != cost.Euclidean() && s.n*s.m <= formBytes/4 {
			s.path = formedOnce
		}
		s.spread = spreadOfPoints(s.x, s.y, p.Cost == cost.Euclidean())
		return s
	}
	s.path = blocksOnTheFly
	if s.n*s.m <= formBytes/8 {
		s.path = keptBlocks
	}
	s.rows = newCostRows(p, monitor)
	c := s.rows.statistics()
	s.low, s.spread = c.low, c.high-c.low
	return s
}

// why is the sentence of Result.Why.
func (s *solver) why() string {
	costs := map[costPath]string{
		onTheFly:       "costs between points are computed as they are needed",
		givenMatrix:    "the cost matrix is given",
		formedOnce:     "|x-y|² is formed once by a product, since the dimension is high",
		keptBlocks:     "costs are computed once and kept",
		blocksOnTheFly: "costs are computed in each iteration, since a matrix would be large",
	}[s.path]
	if s.single == nil {
		return "in the log domain; " + costs + "; in float64"
	}
	if s.double == nil {
		return "in the log domain; " + costs + "; in float32"
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
		sweep = kern.NewFormedSweep[T](cloudOf(s.x, s.a), cloudOf(s.y, s.b))
	case keptBlocks, blocksOnTheFly:
		sweep = kern.NewBlockSweep[T](s.a, s.b, s.low, s.low+s.spread, path == keptBlocks, s.rows.fill)
	default:
		metric := kern.SquaredEuclidean
		if s.p.Cost == cost.Euclidean() {
			metric = kern.Euclidean
		}
		sweep = kern.NewSweep[T](cloudOf(s.x, s.a), cloudOf(s.y, s.b), metric)
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
	if s.path == formedOnce || s.path == onTheFly && s.d > 10 && s.p.Cost != cost.Euclidean() {
		factor *= 10
	}
	return factor * s.spread / eps
}

// step is how far updates go at a stage e on the way to eps: ρ stays the same.
func (s *solver) step(e, eps float64) kern.Step {
	at := func(tau float64) float64 {
		if tau == 1 {
			return 1
		}
		rho := eps * tau / (1 - tau)
		return rho / (rho + e)
	}
	return kern.Step{TauRows: at(s.tauA), TauColumns: at(s.tauB)}
}

// stage is a run of iterations in one precision at one ε.
type stage struct {
	eps, tol float64
	step     kern.Step
	limit    int // of the count of all iterations
	patience int // iterations after which an error that has not fallen by 1% is stalled
}

// run iterates until the marginal error is within the stage's tolerance, until it has
// stalled, or until the count reaches the limit; but once at least, since potentials of
// another ε may overflow. It keeps the potentials, and returns whether it stalled.
func run[T float32 | float64](s *solver, sweep *kern.Sweep[T], t stage, count *int) (stalled bool) {
	best, since := math.Inf(1), 0
	sweep.Step = t.step
	for {
		if s.averaged {
			s.off = sweep.Average()
		} else {
			iterate(s, sweep, t)
		}
		*count++
		s.job.Step(*count, 0, job.Metric{Name: "marginal error", Value: s.off}, job.Metric{Name: "ε", Value: t.eps})
		if since++; s.off < 0.99*best {
			best, since = s.off, 0
		}
		stalled = since > t.patience
		if !(s.off > t.tol) || stalled || *count+1 >= t.limit {
			break
		}
	}
	if s.off > t.tol && !s.averaged && *count < t.limit {
		s.off = sweep.Iterate() // a plain one, since an extrapolated plan may be any
		*count++
	}
	if s.off == s.off {
		sweep.Potentials(s.f, s.g)
	}
	return stalled
}

// andersonMemory is how many iterations an extrapolation takes into account.
const andersonMemory = 6

// iterate is an iteration and, unless it was the last, an extrapolation.
func iterate[T float32 | float64](s *solver, sweep *kern.Sweep[T], t stage) {
	copy(s.before, s.g)
	s.off = sweep.Iterate()
	if t.step.TauRows < 1 || t.step.TauColumns < 1 {
		sweep.Translate()
	}
	if s.off > t.tol {
		sweep.Potentials(s.f, s.g)
		if s.history == nil {
			s.history = anderson.New(s.m, andersonMemory, s.b)
		}
		s.history.Extrapolate(s.before, s.g, s.off)
		sweep.SetPotentials(s.f, s.g)
	}
}

// stallAfter is for float64, where errors may fall by little for a long time;
// stallSingle for float32, after which float64 takes over.
const (
	stallAfter  = 1000
	stallSingle = 30
)

// solve lowers ε to its final value, in steps unless it starts warm, and returns how
// that ended after how many iterations.
func (s *solver) solve(eps, tol float64, maxIter int) (status Status, iterations int) {
	schedule := []float64{eps}
	if !s.averaged && !s.warm { // averages converge from anywhere
		schedule = epsilons(eps, s.spread)
	}
	useful := func(e float64) bool { return !s.exactly && s.n*s.m >= singlePairs && s.rounding(e) < 0.1 }
	for level, e := range schedule {
		last := level == len(schedule)-1
		s.history = nil
		t := stage{eps: e, tol: tol, step: s.step(e, eps), limit: maxIter, patience: stallSingle}
		if !last {
			t.tol, t.limit = max(tol, 1e-2), min(iterations+30, maxIter)
		}
		final := t
		final.patience = stallAfter
		newton := last && !s.averaged && min(s.n, s.m) <= newtonSide && s.n*s.m <= newtonPairs
		if newton {
			final.limit = min(maxIter, iterations+newtonAfter)
			t.limit = final.limit
		}
		s.off = math.NaN()
		if useful(e) {
			if s.single == nil {
				s.single = sweepOf[float32](s, s.path)
			}
			s.single.SetEpsilon(e)
			s.single.SetPotentials(s.f, s.g)
			t.tol = max(t.tol, s.rounding(e)/256)
			run(s, s.single, t, &iterations)
			if last && s.off <= tol {
				s.inSingle = true
				return Converged, iterations
			}
		}
		stalled := false
		if last || s.off != s.off {
			stalled = run(s, s.inDouble(e), final, &iterations)
			if newton && s.off > tol && iterations < maxIter && !s.newton(e, tol, &iterations) {
				final.limit = maxIter
				stalled = run(s, s.inDouble(e), final, &iterations)
			}
		}
		switch {
		case math.IsNaN(s.off):
			return NotFinite, iterations
		case last && s.off <= tol:
			return Converged, iterations
		case stalled:
			return Stalled, iterations
		}
	}
	return IterationLimit, iterations
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
