package monge

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/measure"
	"gaspard/lib/tensor"
)

// BenchmarkFit trains on the half moon and the S of the tutorial, a fresh batch
// each step.
func BenchmarkFit(b *testing.B) {
	sample := func(s *measure.Sampler) func(*rand.Rand, int) *mat.Dense {
		return func(rng *rand.Rand, n int) *mat.Dense { return s.Sample(rng, n) }
	}
	for _, task := range []struct {
		cost   cost.Cost
		lambda float64
	}{{cost.SqEuclidean(), 0}, {cost.SqEuclidean(), 0.1}, {cost.Euclidean(), 2}, {cost.Mahalanobis(mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1})), 0.1}, {cost.PNorm(1.5), 1}, {userCost, 1}} {
		for _, batch := range []int{256, 1024} {
			b.Run(fmt.Sprintf("cost=%v/lambda=%g/batch=%d", task.cost, task.lambda, batch), func(b *testing.B) {
				const steps = 200
				for b.Loop() {
					Fit(nil, nil, Settings{
						SourceSampler: sample(measure.TutorialSource()), TargetSampler: sample(measure.TutorialTarget()),
						Batch: batch, Lambda: task.lambda, Cost: task.cost, Steps: steps * 256 / batch,
					})
				}
				b.ReportMetric(float64(b.N*steps*256/batch)/b.Elapsed().Seconds(), "steps/s")
			})
		}
	}
}

// BenchmarkFitOfDimension trains between a normal law and a mixture of two wider ones,
// and reports what Sinkhorn iterations the steps took.
func BenchmarkFitOfDimension(b *testing.B) {
	for _, d := range []int{2, 32} {
		centres := mat.NewDense(2, d, nil)
		for l := range d {
			centres.SetCol(l, []float64{-2, 2})
		}
		source, target := measure.Gaussian(make([]float64, d), nil), measure.Clusters(centres, 1.5)
		for _, batch := range []int{256, 1024} {
			x, y := source.Draw(4*batch, 1), target.Draw(4*batch, 2)
			b.Run(fmt.Sprintf("d=%d/batch=%d", d, batch), func(b *testing.B) {
				steps := 100 * 256 / batch
				var m *Map
				for b.Loop() {
					m = Fit(x, y, Settings{Lambda: 0.1, Batch: batch, Steps: steps})
				}
				b.ReportMetric(float64(b.N*steps)/b.Elapsed().Seconds(), "steps/s")
				b.ReportMetric(m.Iterations.Fit, "fit-iterations")
				b.ReportMetric(m.Iterations.Gap, "gap-iterations")
			})
		}
	}
}

var userCost = cost.Displacement("smooth norm", func(z *tensor.Var) *tensor.Var { return z.Square().RowSums().Shift(0.1).Sqrt() })
