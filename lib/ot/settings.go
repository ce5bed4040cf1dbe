package ot

import (
	"errors"
	"fmt"
	"math"

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

	// TauA and TauB, in (0, 1], let the marginals of an entropic plan differ from a and
	// b at the price ρ KL(P1 | a) and ρ KL(Pᵀ1 | b), with τ = ρ/(ρ+ε). 0 and 1 mean
	// that the marginal holds. Weights need not sum to one if either is below 1.
	TauA, TauB float64
	// Start is an earlier result for as many points, at any ε or cost: a solve that
	// begins with its potentials is short if the problems are near.
	Start *Result
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
	for name, tau := range map[string]*float64{"TauA": &s.TauA, "TauB": &s.TauB} {
		if !(*tau >= 0 && *tau <= 1) {
			panic(fmt.Sprintf("ot: %s is %v; it must be from 0 to 1, where 0 and 1 hold the marginal", name, *tau))
		}
		if *tau == 0 {
			*tau = 1
		}
	}
	if s.Tol == 0 {
		s.Tol = 1e-6
	}
	if s.MaxIter == 0 {
		s.MaxIter = 10000
	}
	return s
}

// unbalanced reports whether a marginal is soft.
func (s Settings) unbalanced() bool { return soft(s.TauA) || soft(s.TauB) }

func soft(tau float64) bool { return tau > 0 && tau < 1 }

// mustBeBalanced panics if a solver that knows no soft marginals is asked for them.
func (s Settings) mustBeBalanced(solver string) {
	if s.unbalanced() {
		panic(fmt.Sprintf("ot: %s holds both marginals; TauA and TauB are for Sinkhorn", solver))
	}
}

// Status says how a solve ended.
type Status int

const (
	Converged      Status = iota // the marginals are met within Tol, or the plan is optimal
	IterationLimit               // MaxIter iterations were not enough
	Stalled                      // further iterations do not bring the error down
	Infeasible                   // no plan of finite cost has these marginals
	NotFinite                    // the iterates overflowed
	Inexact                      // rounding has left a gap between value and dual
)

// String names the status.
func (s Status) String() string {
	return [...]string{"converged", "iteration limit reached", "stalled", "infeasible", "not finite", "inexact"}[s]
}

// Err returns nil if the solve converged, and otherwise what to try.
func (s Status) Err() error {
	switch s {
	case IterationLimit:
		return errors.New("ot: iteration limit reached; raise MaxIter, Tol or Epsilon")
	case Stalled:
		return errors.New("ot: stalled above Tol; raise Tol or Epsilon")
	case Infeasible:
		return errors.New("ot: infeasible; some mass has nowhere to go at a finite cost")
	case Inexact:
		return errors.New("ot: inexact; rounding has left a gap between value and dual")
	case NotFinite:
		return errors.New("ot: iterates are not finite; Epsilon is too small for this cost, or the cost is huge")
	}
	return nil
}
