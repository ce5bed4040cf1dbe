package monge

import (
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
	"gaspard/lib/nn"
	"gaspard/lib/optim"
	"gaspard/lib/tensor"
)

// NeuralDual learns the optimal map T = ∇f for |x-y|² of the source x to the target
// y by dual potentials that are input-convex networks with quadratic layers,
//
//	min over f, max over g of  E f(x) + E [⟨y, ∇g(y)⟩ - f(∇g(y))],
//
// where ∇g learns the inverse map. Each step of f follows Settings.Inner ones of g.
// Both begin with the optimal map between normal laws: coordinates are those in which
// both clouds have the same covariance, and the networks are first fitted to the
// identity there.
//
// The result is the average of parameters over steps; [Map.Dual] has the
// potentials, the inverse map and the course of training. T is the gradient of a
// convex function and so an optimal map to wherever it leads, well trained or not.
//
// Shapes: x n×d, y m×d, equal weights; either may be nil if a sampler replaces it.
// Time per step: Inner+1 times some 10 passes of a batch through the network. Same
// settings, same map, on any number of cores. NeuralDual panics as [Fit] does.
//
// Source: makkuva:20, algorithm 1; the start after bunne:22.
func NeuralDual(x, y *mat.Dense, s DualSettings) *Map {
	began := time.Now()
	t := newDualTrainer(x, y, s, []int{64, 64}, 1e-2, convexPair)
	critic := t.dual.program(t.s.Batch, terms{backward: true, criticise: true})
	amortiser := t.dual.program(t.s.Batch, terms{backward: true, amortise: true})
	size := t.dual.size
	ofF := optim.Adam{Rate: optim.Cosine(t.s.LearningRate, t.s.Steps), Beta1: 0.5, Beta2: 0.9}
	ofG := optim.Adam{Rate: optim.Cosine(t.s.LearningRate, t.s.Steps*t.s.Inner), Beta1: 0.5, Beta2: 0.9}
	t.run(func(int) (float64, bool) {
		for range t.s.Inner {
			t.s.Job.Check()
			if _, ok := t.gradient(amortiser); !ok {
				return 0, false
			}
			ofG.Step(t.dual.params[size:], amortiser.Grad[size:])
		}
		return t.gradient(critic)
	}, func(int) { ofF.Step(t.dual.params[:size], critic.Grad[:size]) })
	return t.finish("neural dual map", began)
}

// convexPair makes convex networks whose gradients are about the identity.
func convexPair(t *dualTrainer, d int) (f, g potential) {
	rng := rand.New(t.stream(streamNet))
	pair := make([]potential, 2)
	for k, from := range []*drawer{t.source, t.target} {
		// Smooth units learn the bends of a map slowly.
		p := convex{nn.NewQuadraticICNN(rng, d, t.s.Hidden, tensor.CELU, 0.1)}
		p.SpreadBiases(rng, 1)
		in, mean := []*mat.Dense{t.dual.frame.source, t.dual.frame.target}[k], [][]float64{t.dual.frame.m1, t.dual.frame.m2}[k]
		raw, moved := mat.NewDense(t.s.Batch, d, nil), mat.NewDense(t.s.Batch, d, nil)
		residual := pretrain(p, func(dst []float32) {
			from.draw(raw.RawMatrix().Data)
			raw.Apply(func(_, j int, v float64) float64 { return v - mean[j] }, raw)
			moved.Mul(raw, in)
			for i, v := range moved.RawMatrix().Data {
				dst[i] = float32(v)
			}
		}, d, pretrainSteps, t.s.Batch, t.s.Job.Check)
		if !(residual < 1) {
			panic(job.BadData("monge: a convex network could not learn the identity on the data (error %g), as where a few points lie far from the rest", residual))
		}
		pair[k] = p
	}
	return pair[0], pair[1]
}

// pretrainSteps brings the error of the identity below a percent in few dimensions.
const pretrainSteps = 1000
