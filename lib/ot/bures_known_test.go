package ot_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/ot"
	"gaspard/lib/ottest"
)

// Bures distance and map are those of the normal laws with known answers, which are
// computed by other products. Their difference of traces cancels to rounding.
func TestBuresOnKnownNormals(t *testing.T) {
	for _, g := range []ottest.Normals{
		{Mean1: []float64{0, 0}, Mean2: []float64{1, -2},
			Cov1: mat.NewSymDense(2, []float64{2, .5, .5, 1}), Cov2: mat.NewSymDense(2, []float64{1, -.3, -.3, 1.5})},
		{Mean1: []float64{1, 2, 3}, Mean2: []float64{0, 0, 1},
			Cov1: mat.NewSymDense(3, []float64{3, 1, 0, 1, 2, .5, 0, .5, 1}), Cov2: mat.NewSymDense(3, []float64{1, 0, 0, 0, 4, 1, 0, 1, 1})},
	} {
		r := ot.Bures(ot.Gaussian{Mean: g.Mean1, Cov: g.Cov1}, ot.Gaussian{Mean: g.Mean2, Cov: g.Cov2})
		if want := g.SquaredWasserstein(); math.Abs(r.WassersteinPow-want) > 1e-13*(1+want) {
			t.Errorf("W₂² %.15g, want %.15g", r.WassersteinPow, want)
		}
		z, _ := g.Sample(1, 20, 1)
		if off := apart(r.Push(z), g.Map(z)); off > 1e-11 {
			t.Errorf("the map is off by %g", off)
		}
	}
}
