package distill

import (
	"fmt"
	"math"

	"gaspard/lib/fdiv"
	"gaspard/lib/job"
)

// Weighting is how the terms of different noise levels are weighed against each
// other.
type Weighting int

// The weightings of the update h (s_p - s_q).
const (
	Even         Weighting = iota // 1: every level counts alike.
	SigmaSquared                  // σ²: the plain difference of denoisers, which large levels dominate.
	DMD                           // σ² / (mean |x - D_p| + Floor): that of DMD and f-distill.
)

// String names the weighting.
func (w Weighting) String() string { return [...]string{"even", "σ²", "DMD"}[w] }

// Settings holds the parameters of [Run]. The zero value is the default.
type Settings struct {
	Divergence *fdiv.Divergence // nil means fdiv.JS.
	Schedule   Schedule         // Of the noise; the zero value is log-uniform from 0.1 to 5.
	Weighting  Weighting
	Floor      float64 // Of the denominator of DMD; 0 means 1e-6.
	// Ratio, if not nil, treats the ratios as learned ones are treated; nil takes
	// them as they are, which minimises the objective itself.
	Ratio *Ratio

	Steps   int     // 0 means 1000.
	Batch   int     // 0 means 256. Particles always take part all at once.
	Rate    float64 // Learning rate; 0 means 0.01.
	Plain   bool    // Plain gradient steps instead of Adam's.
	Average float64 // Share of the last steps over which Result.Mean averages; 0 means 0.25.
	Seed    uint64

	Watch func(step int) // Called after each step, counted from 1, if not nil.
	Job   *job.Monitor   // Progress and cancellation; nil means the process's own.
}

func (s Settings) withDefaults() Settings {
	for _, f := range []struct {
		name  string
		value float64
	}{{"Floor", s.Floor}, {"Rate", s.Rate}, {"Average", s.Average}, {"Steps", float64(s.Steps)}, {"Batch", float64(s.Batch)}} {
		if f.value < 0 || math.IsNaN(f.value) || math.IsInf(f.value, 0) {
			panic(fmt.Sprintf("distill: %s is %g", f.name, f.value))
		}
	}
	if s.Average > 1 {
		panic(fmt.Sprintf("distill: Average is %g; it is a share of the steps", s.Average))
	}
	if s.Divergence == nil {
		s.Divergence = fdiv.JS
	}
	if !s.Divergence.HasWeight() {
		panic(fmt.Sprintf("distill: %s has no weight, so it cannot be distilled with", s.Divergence.Title))
	}
	if s.Schedule.IsZero() {
		s.Schedule = LogUniform(0.1, 5)
	}
	s.Floor, s.Rate, s.Average = orDefault(s.Floor, 1e-6), orDefault(s.Rate, 0.01), orDefault(s.Average, 0.25)
	if s.Steps == 0 {
		s.Steps = 1000
	}
	if s.Batch == 0 {
		s.Batch = 256
	}
	return s
}
