package monge

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

// Settings holds the parameters of [Fit]. The zero value fits without a gap; for
// a map that is optimal for a cost, set Lambda and, unless it is the squared
// Euclidean one, Cost.
type Settings struct {
	Lambda float64   // Weight λ of the Monge gap; 0 is no gap, 0.1 to 10 are usual.
	Cost   cost.Cost // Any cost, of the gap; the fit keeps |x-y|². With cost.Sphere() images are on the sphere.
	// Reference is the cloud on which the gap is measured; nil means the source.
	Reference *mat.Dense

	// SourceSampler and TargetSampler, if not nil, draw the batches of every step
	// in place of the clouds; they return n points for (rng, n).
	SourceSampler, TargetSampler func(rng *rand.Rand, n int) *mat.Dense

	Hidden     []int             // Widths of the hidden layers; nil means 32, 64, 32.
	Activation tensor.Activation // The zero value is GELU.
	// Start is a map to which the network learns a small correction, such as
	// that of [Linear]; nil means the identity plus an untrained network.
	Start *Map

	Steps        int     // 0 means 2000.
	Batch        int     // Points per step; 0 means 256, or all if a cloud has fewer.
	LearningRate float64 // Of Adam; 0 means 1e-3.
	Cosine       bool    // Whether the rate falls to 0 along a half cosine.
	Clip         float64 // Bound of the gradient's norm; 0 means none.
	Seed         uint64  // Of network and batches.

	EpsilonFit float64 // 0 means 0.1 × the mean of |y-y'|² within the target.
	EpsilonGap float64 // 0 means 0.01 × the mean of Cost from source to target.
	Tol        float64 // L1 marginal error of the inner solves, in float64 if below 1e-4; 0 means 1e-3.
	MaxIter    int     // Iterations of an inner solve; 0 means 2000.

	Job *job.Monitor // Progress and cancellation; nil means the process's own.
}

// withDefaults returns s with zero fields replaced, for clouds of n and m points;
// 0 stands for a sampler.
func (s Settings) withDefaults(n, m int) Settings {
	s.check()
	if s.Hidden == nil {
		s.Hidden = []int{32, 64, 32}
	}
	if s.Steps == 0 {
		s.Steps = 2000
	}
	r := 0
	if s.Reference != nil {
		r, _ = s.Reference.Dims()
	}
	clouds := []struct {
		name string
		size int
	}{{"source", n}, {"target", m}, {"reference", r}}
	if s.Batch == 0 {
		s.Batch = 256
		for _, c := range clouds {
			if c.size > 0 {
				s.Batch = min(s.Batch, c.size)
			}
		}
	}
	for _, c := range clouds {
		if c.size > 0 && s.Batch > c.size {
			panic(fmt.Sprintf("monge: a batch of %d points from a %s of %d", s.Batch, c.name, c.size))
		}
	}
	for _, d := range []struct {
		field *float64
		value float64
	}{{&s.LearningRate, 1e-3}, {&s.Tol, 1e-3}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if s.MaxIter == 0 {
		s.MaxIter = 2000
	}
	return s
}

// check panics with a sentence if a setting makes no sense.
func (s Settings) check() {
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"Lambda", s.Lambda}, {"LearningRate", s.LearningRate}, {"Clip", s.Clip},
		{"EpsilonFit", s.EpsilonFit}, {"EpsilonGap", s.EpsilonGap}, {"Tol", s.Tol},
	} {
		if f.value < 0 || math.IsNaN(f.value) || math.IsInf(f.value, 0) {
			panic(fmt.Sprintf("monge: %s is %g", f.name, f.value))
		}
	}
	for _, f := range []struct {
		name  string
		value int
	}{{"Steps", s.Steps}, {"Batch", s.Batch}, {"MaxIter", s.MaxIter}} {
		if f.value < 0 {
			panic(fmt.Sprintf("monge: %s is %d", f.name, f.value))
		}
	}
	if s.Batch == 1 {
		panic("monge: a batch of 1 point has no gap and no divergence to learn from")
	}
}
