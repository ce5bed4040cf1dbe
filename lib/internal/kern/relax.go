package kern

import "math"

// Relaxation finds the over-relaxation ω of Sinkhorn iterations from the errors that
// they report. With ρ the rate of plain iterations, the best ω is 2/(1+√(1-ρ)), with
// rate ω-1, which takes about the square root of the iterations. ρ is estimated from
// the rate μ observed at the current ω by (μ+ω-1)² = ρ ω² μ, Young's relation.
//
// Sources: thibault:21; lehmann:22, section 2.
type Relaxation struct {
	Omega   float64 // For the next iteration; see [NewRelaxation].
	limit   float64 // of ω, after one has failed
	since   int     // iterations since ω changed
	markErr float64 // the error once the change had settled
}

// NewRelaxation begins with plain iterations.
func NewRelaxation() Relaxation { return Relaxation{Omega: 1, limit: 2} }

// RelaxBelow is the error from which on over-relaxation is tried: farther from the
// solution the iteration is not yet linear.
const RelaxBelow = 0.5

// See takes the error of an iteration, relative to the total mass.
func (r *Relaxation) See(err float64) {
	// After ω changed, a transient of about 1/(2-ω) iterations passes before the error
	// shows its rate.
	settle := 1 + int(1/(2-r.Omega))
	period := settle + 1
	r.since++
	switch {
	case err > RelaxBelow:
		r.since, r.Omega = 0, 1
	case r.since == settle:
		r.markErr = err
	case r.since == settle+period:
		r.adapt(math.Pow(err/r.markErr, 1/float64(period)))
		r.since = 0
	}
}

// adapt chooses ω from the rate mu observed at the current one.
func (r *Relaxation) adapt(mu float64) {
	switch {
	case !(mu < 1): // not contracting: ω is too large for this far from the end
		r.Omega = 1 + (r.Omega-1)/2
		r.limit = r.Omega
	case mu > r.Omega-1:
		q := mu + r.Omega - 1
		rho := min(q*q/(r.Omega*r.Omega*mu), 0.9999)
		r.limit += (2 - r.limit) / 4
		r.Omega = max(r.Omega, min(r.limit, 2/(1+math.Sqrt(1-rho))))
	}
}
