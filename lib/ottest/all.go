package ottest

import (
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
)

// All returns small problems of every kind, up to some fifty points each, drawn from a
// seed. Laws of solvers are checked over them.
func All(seed uint64) []*Known {
	quarter := mat.NewSymDense(1, []float64{0.25})
	return []*Known{
		Permutation(seed, 40),
		HiddenPlan(seed, 30, 45),
		HiddenPlan(seed, 50, 12),
		ConvexGradient(seed, 40, 2),
		ConvexGradient(seed, 30, 8),
		Translation(seed, 35, []float64{3, -1, 0.5}, cost.SqEuclidean()),
		Diracs(seed, 1, 25, 3, cost.SqEuclidean()),
		Diracs(seed, 25, 1, 2, cost.Euclidean()),
		Diracs(seed, 1, 1, 2, cost.Euclidean()),
		Line(seed, 40, 40, cost.SqEuclidean()),
		Line(seed, 30, 47, cost.Euclidean()),
		Line(seed, 47, 30, cost.PNorm(1.5)),
		Translation(seed, 20, []float64{0.5, 2}, cost.PNorm(3)),
		Diracs(seed, 1, 9, 4, cost.L1()),
		Ring(24, 0),
		Ring(31, 0.01),
		ConstantCost(20, 30, 2.5),
		SphereRotation(seed, 40),
		Normals{Mean1: []float64{0}, Mean2: []float64{0.7}, Cov2: quarter}.Grid(48),
	}
}
