package ot_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"gaspard/lib/cost"
	"gaspard/lib/ot"
)

// mixed is n×d normal numbers that other programs can draw too: a counter mixed into 64
// bits, twice, and the polar formula. The script solves.py has the same.
func mixed(seed uint64, n, d int) *mat.Dense {
	uniform := func(counter uint64) float64 {
		z := (counter + seed<<40 + 1) * 0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		return (float64(z>>11) + 0.5) * 0x1p-53
	}
	x := mat.NewDense(n, d, nil)
	x.Apply(func(i, k int, _ float64) float64 {
		at := 2 * uint64(i*d+k)
		return math.Sqrt(-2*math.Log(uniform(at))) * math.Cos(2*math.Pi*uniform(at+1))
	}, x)
	return x
}

// benchmarkSolves runs a solve at ε = a fraction of the standard deviation of the costs,
// between N(0, I) and N(1, 0.49 I), to an L1 error of the marginals.
func benchmarkSolves(b *testing.B, solve func(p *ot.Problem, s ot.Settings) *ot.Result) {
	for _, n := range []int{200, 1000, 5000} {
		for _, d := range []int{2, 50} {
			for _, fraction := range []float64{0.05, 0.005} {
				for _, tol := range []float64{1e-3, 1e-6} {
					b.Run(fmt.Sprintf("n=%d/d=%d/eps=%g/tol=%g", n, d, fraction, tol), func(b *testing.B) {
						x, y := mixed(1, n, d), mixed(2, n, d)
						y.Apply(func(_, _ int, v float64) float64 { return 0.7*v + 1 }, y)
						eps := fraction * stat.PopStdDev(cost.SqEuclidean().Matrix(x, y).RawMatrix().Data, nil)
						var r *ot.Result
						for b.Loop() {
							r = solve(ot.Points(x, y), ot.Settings{Epsilon: eps, Tol: tol, MaxIter: 1000000})
						}
						b.ReportMetric(r.MarginalError, "L1-error")
						b.ReportMetric(float64(r.Iterations), "iterations")
					})
				}
			}
		}
	}
}

// BenchmarkSinkhorn goes from points to potentials.
func BenchmarkSinkhorn(b *testing.B) { benchmarkSolves(b, ot.Sinkhorn) }

// BenchmarkDivergence goes from points to value and gradient; the error is that of the
// cross term.
func BenchmarkDivergence(b *testing.B) {
	benchmarkSolves(b, func(p *ot.Problem, s ot.Settings) *ot.Result { return ot.Divergence(p, s).XY })
}
