package ot

import (
	"fmt"
	"time"
)

// Result is a solved problem with what there is to know about how far to trust
// it.
type Result struct {
	// Value is the optimum of the problem solved: ⟨P, C⟩ + ε KL(P | a⊗b), with ε = 0 for
	// Exact, plus ρ KL(P1 | a) and ρ KL(Pᵀ1 | b) for soft marginals.
	Value     float64
	Transport float64 // ⟨P, C⟩.
	Shannon   float64 // ⟨P, C⟩ - ε H(P).
	Dual      float64 // The dual objective at F and G, a lower bound of Value at convergence.
	Mass      float64 // Sum of the plan: 1, unless marginals are soft.

	// F and G are the potentials, n and m. The mean of F under a is 0, unless marginals
	// are soft, which fixes the potentials.
	F, G []float64

	Epsilon     float64 // ε used; 0 for Exact.
	EpsilonRule string  // Where ε came from.
	// MarginalError is the L1 distance of the plan's row sums from a plus that of its
	// column sums from b. In place of a soft marginal a stands a exp(-F/ρ), which is the
	// marginal of the optimum.
	MarginalError float64
	Iterations    int
	Elapsed       time.Duration
	Solver, Why   string // What solved it, and why that.
	Status        Status
	// Advice is, for a solve that did not converge, the likely cause and what to try.
	Advice string

	a, b       []float64
	tauA, tauB float64  // of an entropic solve
	p          *Problem // as it was solved
	solving    *solver  // until a solve is finished
	arcs       []Arc    // the plan of an exact solve
}

// String is a summary in four lines, and a fifth if the solve did not converge.
func (r *Result) String() string {
	eps, mass := "", ""
	if r.Epsilon > 0 {
		eps = fmt.Sprintf(", ε = %.4g (%s)", r.Epsilon, r.EpsilonRule)
	}
	if r.soft() {
		eps += fmt.Sprintf(", τ = %.3g and %.3g", r.tauA, r.tauB)
		mass = fmt.Sprintf(", mass %.6g", r.Mass)
	}
	return fmt.Sprintf("%s, %d×%d%s\n"+
		"value %.6g, transport %.6g, dual %.6g, gap %.2g%s\n"+
		"marginal error %.2g after %d iterations, %v\n%s; %s",
		r.Solver, len(r.a), len(r.b), eps,
		r.Value, r.Transport, r.Dual, r.Value-r.Dual, mass,
		r.MarginalError, r.Iterations, r.Elapsed.Round(10*time.Microsecond), verdict(r.Status, r.Advice), r.Why)
}

// verdict is how a solve ended and, if it did not converge, what to try.
func verdict(s Status, advice string) string {
	err := s.Err()
	switch {
	case err == nil:
		return s.String()
	case advice == "":
		return "NOT CONVERGED: " + err.Error()[len("ot: "):]
	}
	return fmt.Sprintf("NOT CONVERGED: %v. %s", s, advice)
}

// soft reports whether a marginal of the solve was.
func (r *Result) soft() bool { return soft(r.tauA) || soft(r.tauB) }

// rowSums sums values of the columns under the rows of an entropic plan; see
// [kern.Sweep.RowSums].
func (r *Result) rowSums(mass, sums, values []float64, stride, d int, slope bool) {
	k := r.solving
	if k == nil {
		k = newSolver(r.p, r.a, r.b, nil)
	}
	k.f, k.g = r.F, r.G
	if k.inSingle {
		k.single.SetEpsilon(r.Epsilon)
		k.single.SetPotentials(k.f, k.g)
		k.single.RowSums(mass, sums, values, stride, d, slope)
		return
	}
	k.inDouble(r.Epsilon).RowSums(mass, sums, values, stride, d, slope)
}
