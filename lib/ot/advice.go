package ot

import (
	"fmt"
	"math"
)

// advice is the likely cause of a solve that did not converge, and what to try.
func (s *solver) advice(r *Result, t Settings) string {
	if r.Status == Converged {
		return ""
	}
	// Exponents of size spread/ε are rounded by as many units of 2^-53.
	floor := 0x1p-53 * s.spread / r.Epsilon
	switch {
	case r.Status == Stalled && floor > t.Tol/16:
		return fmt.Sprintf("ε is %.2g of the costs' spread: rounding in float64 leaves an error of about %.1g. Raise Tol to %.1g, or Epsilon",
			r.Epsilon/s.spread, r.MarginalError, 2*r.MarginalError)
	case r.Status == Stalled:
		return fmt.Sprintf("The error of %.2g fell by less than 1%% in %d iterations: at this ε some parts of the clouds exchange next to no mass. Raise Epsilon, or use Exact",
			r.MarginalError, stallAfter)
	case r.Status == IterationLimit && s.averaged:
		return fmt.Sprintf("The error is %.2g after %d iterations. Raise MaxIter, or Tol", r.MarginalError, r.Iterations)
	}
	return fmt.Sprintf("The error is %.2g after %d iterations, and ε is %.2g of the costs' spread: small ε need many. "+
		"Raise MaxIter to %d, Epsilon to %.2g, or Tol to %.1g", r.MarginalError, r.Iterations, r.Epsilon/s.spread,
		10*max(r.Iterations, 1), 4*r.Epsilon, roundUp(r.MarginalError))
}

// roundUp is x rounded up to one digit.
func roundUp(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 0) {
		return x
	}
	unit := math.Pow(10, math.Floor(math.Log10(x)))
	return math.Ceil(x/unit) * unit
}
