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
	}{{cost.SqEuclidean(), 0}, {cost.SqEuclidean(), 0.1}, {cost.Euclidean(), 2}, {cost.PNorm(1.5), 1}, {userCost, 1}} {
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

var userCost = cost.Displacement("smooth norm", func(z *tensor.Var) *tensor.Var { return z.Square().RowSums().Shift(0.1).Sqrt() })
