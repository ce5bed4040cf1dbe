package optim

import "math"

// Rate is a learning rate over the course of training: constant at Peak, or,
// if Steps is positive, falling along half a cosine from Peak at step 0 to Last
// at step Steps, where it stays.
type Rate struct {
	Peak  float64 // 0 means 1e-3.
	Last  float64
	Steps int
}

// Constant returns the rate that is always peak.
func Constant(peak float64) Rate { return Rate{Peak: peak} }

// Cosine returns the rate that falls from peak to 0 within steps.
func Cosine(peak float64, steps int) Rate { return Rate{Peak: peak, Steps: steps} }

// At returns the rate of the given step, the first being 0.
func (r Rate) At(step int) float64 {
	peak := orDefault(r.Peak, 1e-3)
	if r.Steps <= 0 {
		return peak
	}
	done := min(float64(step)/float64(r.Steps), 1)
	return r.Last + (peak-r.Last)*(1+math.Cos(math.Pi*done))/2
}
