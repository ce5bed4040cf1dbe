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
	Loss   Loss      // What draws T(x) to y; the zero value is the Sinkhorn divergence.
	// UserLoss, if not nil, takes the place of Loss: an expression, 1×1, of the images
	// T(x) (n×d) and the target batch y. It is called once and then replayed.
	UserLoss func(tx, y *tensor.Var) *tensor.Var
	// DebiasGap takes half the entropic costs of r and T(r) with themselves from the cost in
	// the gap, as a divergence does: the gradient is then 0 at the identity and at
	// translations for any ε, which may be larger, 0.05 × the mean cost, say, and solves
	// shorter. A gap far below 0 warns that ε is so large that the entropy, not the cost,
	// decides, in favour of maps that spread the points. The cost must be symmetric.
	DebiasGap bool
	// Conservativity is the weight of E |J v - Jᵀv|², J being the Jacobian of the network,
	// v random signs: 0 is none, 0.01 usual. It makes the network close to a gradient.
	Conservativity float64
	// Reference is the cloud on which the gap is measured; nil means the source.
	Reference *mat.Dense

	// SourceSampler and TargetSampler, if not nil, draw the batches of every step
	// in place of the clouds; they return n points for (rng, n).
	SourceSampler, TargetSampler func(rng *rand.Rand, n int) *mat.Dense

	Form       Form              // How the network makes the map; the zero value is x + F(x).
	Hidden     []int             // Widths of the hidden layers; nil means 32, 64, 32.
	Activation tensor.Activation // The zero value is GELU.
	Network    *Network          // Replaces Hidden and Activation; nil means a multilayer perceptron.
	// Start is a map to which the network learns a small correction, such as that of
	// [Linear] or [Identity]; nil means the identity plus an untrained network.
	Start *Map

	Steps        int     // 0 means 2000.
	Batch        int     // Points per step; 0 means 256, or all if a cloud has fewer.
	Full         bool    // Every step takes whole clouds; potentials then go on from step to step.
	LearningRate float64 // Of Adam; 0 means 1e-3.
	Cosine       bool    // Whether the rate falls to 0 along a half cosine.
	Clip         float64 // Bound of the gradient's norm; 0 means none.
	// Average is the share that an average of the parameters over the steps keeps at each,
	// such as 0.999; the map then has the average ones. 0 means the last parameters.
	Average float64
	Seed    uint64 // Of network and batches.

	EpsilonFit float64     // 0 means RuleFit's: 0.1 × the mean of |y-y'|² within the target.
	EpsilonGap float64     // 0 means RuleGap's: 0.01 × the mean of Cost from source to target.
	RuleFit    EpsilonRule // Where ε of the fit comes from if EpsilonFit is 0.
	RuleGap    EpsilonRule // The same for the gap.
	// The schedules give a factor on λ or ε for the progress of training, from 0 at the
	// first step to 1 at the last, such as [Ramp] or [Geometric]; nil means 1.
	LambdaSchedule, EpsilonFitSchedule, EpsilonGapSchedule func(progress float64) float64

	Tol     float64 // L1 marginal error of the inner solves, in float64 if below 1e-4; 0 means 1e-3.
	MaxIter int     // Iterations of an inner solve; 0 means 2000.

	Validation Validation   // On held-out points; the zero value is none.
	Job        *job.Monitor // Progress and cancellation; nil means the process's own.
}

// Loss is what draws the images to the target, for |x-y|².
type Loss int

// The losses.
const (
	// Divergence is the Sinkhorn divergence, which vanishes for equal clouds.
	Divergence Loss = iota
	// Entropic is the entropic transport cost, whose minimum is shrunk by about √ε: a
	// third of the work.
	Entropic
	// Unbiased takes the place of the divergence's self terms by the entropic costs between
	// halves of the batches: their expectation, unlike that of the divergence, is least at
	// T#μ = ν whatever the batch. In high dimensions batches are always small; see
	// salimans:18.
	Unbiased
)

// String returns the loss's name.
func (l Loss) String() string {
	switch l {
	case Divergence:
		return "Sinkhorn divergence"
	case Entropic:
		return "entropic cost"
	case Unbiased:
		return "unbiased divergence"
	}
	return fmt.Sprintf("Loss(%d)", int(l))
}

// withDefaults returns s with zero fields replaced, for clouds of n and m points;
// 0 stands for a sampler.
func (s Settings) withDefaults(n, m int) Settings {
	s.check()
	if s.Hidden == nil {
		s.Hidden = []int{32, 64, 32}
	}
	r := 0
	if s.Reference != nil {
		r, _ = s.Reference.Dims()
	}
	clouds := []struct {
		name string
		size int
	}{{"source", n}, {"target", m}, {"reference", r}}
	if s.Batch == 0 && !s.Full {
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
	}{{&s.LearningRate, 1e-3}, {&s.Tol, 1e-3}, {&s.RuleFit.Share, 0.1}, {&s.RuleGap.Share, 0.01}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if s.Steps == 0 {
		s.Steps = 2000
	}
	if s.MaxIter == 0 {
		s.MaxIter = 2000
	}
	s.Validation = s.Validation.withDefaults()
	return s
}

// check panics with a sentence if a setting makes no sense.
func (s Settings) check() {
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"Lambda", s.Lambda}, {"Conservativity", s.Conservativity}, {"LearningRate", s.LearningRate}, {"Clip", s.Clip},
		{"EpsilonFit", s.EpsilonFit}, {"EpsilonGap", s.EpsilonGap}, {"Tol", s.Tol}, {"Average", s.Average},
		{"RuleFit.Share", s.RuleFit.Share}, {"RuleGap.Share", s.RuleGap.Share}, {"Validation.Share", s.Validation.Share},
	} {
		if f.value < 0 || math.IsNaN(f.value) || math.IsInf(f.value, 0) {
			panic(fmt.Sprintf("monge: %s is %g", f.name, f.value))
		}
	}
	for _, f := range []struct {
		name  string
		value int
	}{
		{"Steps", s.Steps}, {"Batch", s.Batch}, {"MaxIter", s.MaxIter},
		{"Validation.Every", s.Validation.Every}, {"Validation.Patience", s.Validation.Patience},
	} {
		if f.value < 0 {
			panic(fmt.Sprintf("monge: %s is %d", f.name, f.value))
		}
	}
	if s.Average >= 1 {
		panic(fmt.Sprintf("monge: Average is %g; an average that keeps all never moves", s.Average))
	}
	if s.Batch == 1 {
		panic("monge: a batch of 1 point has no gap and no divergence to learn from")
	}
	if s.Full && s.Loss == Unbiased {
		panic("monge: the unbiased loss is for batches, not for whole clouds")
	}
	if s.Full && (s.Batch > 0 || s.SourceSampler != nil || s.TargetSampler != nil) {
		panic("monge: Full takes whole clouds; it goes with neither Batch nor samplers")
	}
	s.checkForm()
}
