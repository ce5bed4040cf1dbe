package optim

import "math"

// Rate is a learning rate over the course of training. It rises in a straight line
// over the first Warmup steps to Peak and then, if Steps is positive, falls to Last
// at step Steps, where it stays: along half a cosine, or as Fall says. Without Steps
// it stays at Peak. With Every it is multiplied by Factor after each Every steps.
type Rate struct {
	Peak   float64 // 0 means 1e-3.
	Last   float64
	Steps  int  // Steps of training, those of the warm-up included; 0 means no fall.
	Fall   Fall // The zero value is the cosine.
	Warmup int
	Factor float64
	Every  int
}

// Fall is the line along which a rate falls.
type Fall int

// The lines.
const (
	CosineFall Fall = iota
	LinearFall
)

// Constant returns the rate that is always peak.
func Constant(peak float64) Rate { return Rate{Peak: peak} }

// Cosine returns the rate that falls from peak to 0 within steps.
func Cosine(peak float64, steps int) Rate { return Rate{Peak: peak, Steps: steps} }

// Linear returns the rate that falls from peak to 0 within steps in a straight
// line.
func Linear(peak float64, steps int) Rate { return Rate{Peak: peak, Steps: steps, Fall: LinearFall} }

// Stepwise returns the rate that begins at peak and is multiplied by factor after
// every so many steps.
func Stepwise(peak, factor float64, every int) Rate {
	return Rate{Peak: peak, Factor: factor, Every: every}
}

// WithWarmup returns the rate with its first steps rising from peak/steps to peak.
func (r Rate) WithWarmup(steps int) Rate {
	r.Warmup = steps
	return r
}

// At returns the rate of the given step, the first being 0.
func (r Rate) At(step int) float64 {
	peak := orDefault(r.Peak, 1e-3)
	if step < r.Warmup {
		return peak * float64(step+1) / float64(r.Warmup)
	}
	if r.Every > 0 {
		peak *= math.Pow(r.Factor, float64(step/r.Every))
	}
	if r.Steps <= 0 {
		return peak
	}
	done := 1.0
	if step < r.Steps {
		done = float64(step-r.Warmup) / float64(r.Steps-r.Warmup)
	}
	if r.Fall == LinearFall {
		return peak + (r.Last-peak)*done
	}
	return r.Last + (peak-r.Last)*(1+math.Cos(math.Pi*done))/2
}
