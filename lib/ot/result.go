package ot

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// Settings holds the parameters of the solvers. The zero value is the default.
type Settings struct {
	Epsilon float64 // Regularisation ε, in units of the cost; 0 means 0.05 × its standard deviation.
	Tol     float64 // Stop at this L1 error of the marginals; 0 means 1e-6.
	MaxIter int     // Stop after this many iterations; 0 means 10000.
	// MemoryLimit is how many bytes Exact may take beside the problem; 0 means 4 GiB.
	MemoryLimit int64
	Job         *job.Monitor // Progress and cancellation; nil means the process's own.
}

func (s Settings) withDefaults() Settings {
	if s.Epsilon < 0 || math.IsNaN(s.Epsilon) || math.IsInf(s.Epsilon, 0) {
		panic(fmt.Sprintf("ot: Epsilon is %v; it must be positive, or 0 for the default", s.Epsilon))
	}
	if s.Tol < 0 || math.IsNaN(s.Tol) {
		panic(fmt.Sprintf("ot: Tol is %v; it must be positive, or 0 for the default", s.Tol))
	}
	if s.MaxIter < 0 {
		panic(fmt.Sprintf("ot: MaxIter is %d; it must be positive, or 0 for the default", s.MaxIter))
	}
	if s.Tol == 0 {
		s.Tol = 1e-6
	}
	if s.MaxIter == 0 {
		s.MaxIter = 10000
	}
	return s
}

// Status says how a solve ended.
type Status int

const (
	Converged      Status = iota // the marginals are met within Tol, or the plan is optimal
	IterationLimit               // MaxIter iterations were not enough
	Infeasible                   // no plan of finite cost has these marginals
	NotFinite                    // the iterates overflowed
	Inexact                      // rounding has left a gap between value and dual
)

// String names the status.
func (s Status) String() string {
	return [...]string{"converged", "iteration limit reached", "infeasible", "not finite", "inexact"}[s]
}

// Err returns nil if the solve converged, and otherwise what to try.
func (s Status) Err() error {
	switch s {
	case IterationLimit:
		return errors.New("ot: iteration limit reached; raise MaxIter, Tol or Epsilon")
	case Infeasible:
		return errors.New("ot: infeasible; some mass has nowhere to go at a finite cost")
	case Inexact:
		return errors.New("ot: inexact; rounding has left a gap between value and dual")
	case NotFinite:
		return errors.New("ot: iterates are not finite; Epsilon is too small for this cost, or the cost is huge")
	}
	return nil
}

// Result is a solved problem with what there is to know about how far to trust
// it.
type Result struct {
	Value     float64 // The optimum of the problem solved: ⟨P, C⟩ + ε KL(P | a⊗b), with ε = 0 for Exact.
	Transport float64 // ⟨P, C⟩.
	Shannon   float64 // ⟨P, C⟩ - ε H(P).
	Dual      float64 // The dual objective at F and G, a lower bound of Value at convergence.

	F, G []float64 // Potentials, n and m, with mean of F under a equal to 0.

	Epsilon       float64 // ε used; 0 for Exact.
	EpsilonRule   string  // Where ε came from.
	MarginalError float64 // L1 distance of the plan's row sums from a plus that of its column sums from b.
	Iterations    int
	Elapsed       time.Duration
	Solver, Why   string // What solved it, and why that.
	Status        Status
	Advice        string // Of a solve that did not converge: the likely cause, and what to try.

	a, b []float64
	p    *Problem // of an entropic solve
	arcs []Arc    // the plan of an exact solve
}

// Arc is an entry of a plan: the mass that goes from point I of the source to point J
// of the target, counted from 0.
type Arc struct {
	I, J int
	Mass float64
}

// Support returns the entries of the plan that are not 0, by rows and then by columns,
// freshly allocated. An exact plan has at most n+m-1 of them, an entropic one nearly
// n×m.
func (r *Result) Support() []Arc {
	if r.arcs != nil {
		return slices.Clone(r.arcs)
	}
	plan := r.Plan()
	var arcs []Arc
	for i := range r.a {
		for j, mass := range plan.RawRowView(i) {
			if mass > 0 {
				arcs = append(arcs, Arc{i, j, mass})
			}
		}
	}
	return arcs
}

// Plan returns the n×m plan P, freshly allocated.
func (r *Result) Plan() *mat.Dense {
	if r.arcs != nil {
		plan := mat.NewDense(len(r.a), len(r.b), nil)
		for _, arc := range r.arcs {
			plan.Set(arc.I, arc.J, arc.Mass)
		}
		return plan
	}
	plan := mat.DenseCopyOf(r.p.costMatrix())
	data, m := plan.RawMatrix().Data, len(r.b)
	kern.Gibbs64(data, data, m, r.F, r.G, 1/r.Epsilon)
	for i, a := range r.a {
		row := plan.RawRowView(i)
		for j, b := range r.b {
			row[j] *= a * b
		}
	}
	return plan
}

// Push returns the barycentric map of the plan at the source points: row i is the
// mean of the rows of y (m×d) under row i of the plan. A point without mass goes
// to the origin.
func (r *Result) Push(y *mat.Dense) *mat.Dense {
	m, d := y.Dims()
	if m != len(r.b) {
		panic(fmt.Sprintf("ot: the plan has %d columns, y has %d rows", len(r.b), m))
	}
	n := len(r.a)
	out, mass := mat.NewDense(n, d, nil), make([]float64, n)
	if r.arcs != nil {
		for _, arc := range r.arcs {
			mass[arc.I] += arc.Mass
			floats.AddScaled(out.RawRowView(arc.I), arc.Mass, y.RawRowView(arc.J))
		}
	} else {
		raw := y.RawMatrix()
		r.sweep().RowSums(mass, out.RawMatrix().Data, raw.Data, raw.Stride, d, false)
	}
	for i, sum := range mass {
		if sum > 0 {
			for k := range d {
				out.RawRowView(i)[k] /= sum
			}
		}
	}
	return out
}

// sweep is the problem of an entropic solve at its solution.
func (r *Result) sweep() *kern.Sweep[float64] {
	k := newSolver(r.p, r.a, r.b, nil)
	k.f, k.g = r.F, r.G
	return k.inDouble(r.Epsilon)
}

// String is a summary in four lines.
func (r *Result) String() string {
	eps := ""
	if r.Epsilon > 0 {
		eps = fmt.Sprintf(", ε = %.4g (%s)", r.Epsilon, r.EpsilonRule)
	}
	verdict := r.Status.String()
	if err := r.Status.Err(); err != nil {
		verdict = "NOT CONVERGED: " + err.Error()[len("ot: "):]
	}
	return fmt.Sprintf("%s, %d×%d%s\n"+
		"value %.6g, transport %.6g, dual %.6g, gap %.2g\n"+
		"marginal error %.2g after %d iterations, %v\n%s",
		r.Solver, len(r.a), len(r.b), eps,
		r.Value, r.Transport, r.Dual, r.Value-r.Dual,
		r.MarginalError, r.Iterations, r.Elapsed.Round(10*time.Microsecond), verdict)
}
