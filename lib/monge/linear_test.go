package monge

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/ot"
)

// The linear map carries the first two moments of one cloud to the other's.
func TestLinearMatchesMoments(t *testing.T) {
	x, y := mat.NewDense(200, 3, normals(1, 600)), mat.NewDense(150, 3, normals(2, 450))
	y.Apply(func(i, j int, v float64) float64 { return float64(j) + 2*v + y.At(i, (j+1)%3) }, mat.DenseCopyOf(y))
	z := Linear(x, y).Push(x)
	got, want := ot.GaussianOf(z, nil), ot.GaussianOf(y, nil)
	for j := range got.Mean {
		if math.Abs(got.Mean[j]-want.Mean[j]) > 1e-12 {
			t.Errorf("mean %v, want %v", got.Mean, want.Mean)
		}
	}
	if !mat.EqualApprox(got.Cov, want.Cov, 1e-10) {
		t.Errorf("covariance %v, want %v", mat.Formatted(got.Cov), mat.Formatted(want.Cov))
	}
}

// A cloud on a line has a singular covariance; the map stays finite.
func TestLinearOfFlatCloud(t *testing.T) {
	x, y := mat.NewDense(50, 2, nil), mat.NewDense(50, 2, normals(3, 100))
	for i, v := range normals(4, 50) {
		x.Set(i, 0, v)
	}
	z := Linear(x, y).Push(x)
	checkCloud("z", z)
	got, want := ot.GaussianOf(z, nil), ot.GaussianOf(y, nil)
	if math.Abs(got.Mean[0]-want.Mean[0])+math.Abs(got.Mean[1]-want.Mean[1]) > 1e-12 {
		t.Errorf("mean %v, want %v", got.Mean, want.Mean)
	}
	if math.Abs(got.Cov.At(0, 0)-want.Cov.At(0, 0)) > 1e-10 {
		t.Errorf("variance along the line %g, want %g", got.Cov.At(0, 0), want.Cov.At(0, 0))
	}
}
