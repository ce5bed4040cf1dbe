package cost

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestKnownDistances(t *testing.T) {
	x, y := []float64{0, 0}, []float64{3, 4}
	if got := SqEuclidean().At(x, y); got != 25 {
		t.Errorf("|x-y|² = %g, want 25", got)
	}
	if got := Euclidean().At(x, y); got != 5 {
		t.Errorf("|x-y| = %g, want 5", got)
	}
	if (Cost{}) != SqEuclidean() {
		t.Error("the zero value is not the squared Euclidean cost")
	}
}

// The gradient agrees with central differences; a step of 1e-6 leaves an error
// of about 1e-10 relative to values of order one.
func TestGradientAgainstDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for _, c := range []Cost{SqEuclidean(), Euclidean()} {
		x, y := make([]float64, 3), make([]float64, 3)
		for k := range x {
			x[k], y[k] = rng.NormFloat64(), rng.NormFloat64()
		}
		grad := make([]float64, 3)
		c.AddGrad(grad, 2, x, y)
		for k := range x {
			const h = 1e-6
			at := func(v float64) float64 {
				z := append([]float64(nil), x...)
				z[k] = v
				return c.At(z, y)
			}
			want := 2 * (at(x[k]+h) - at(x[k]-h)) / (2 * h)
			if math.Abs(grad[k]-want) > 1e-8 {
				t.Errorf("%v: gradient %g, differences %g", c, grad[k], want)
			}
		}
	}
}

func TestGradientAtCoincidentPointsIsZero(t *testing.T) {
	grad := []float64{0, 0}
	Euclidean().AddGrad(grad, 1, []float64{1, 2}, []float64{1, 2})
	if grad[0] != 0 || grad[1] != 0 {
		t.Errorf("gradient %v at coincident points, want 0", grad)
	}
}

func TestMatrixAndDisplacementAgree(t *testing.T) {
	x := mat.NewDense(2, 1, []float64{0, 1})
	y := mat.NewDense(2, 1, []float64{2, 5})
	c := Euclidean().Matrix(x, y)
	for i, d := range Euclidean().Displacement(x, y) {
		if c.At(i, i) != d {
			t.Errorf("row %d: matrix %g, displacement %g", i, c.At(i, i), d)
		}
	}
	if c.At(0, 1) != 5 {
		t.Errorf("C[0,1] = %g, want 5", c.At(0, 1))
	}
}

func TestShapesAreChecked(t *testing.T) {
	defer func() {
		if r := recover(); r != "cost: x has 2 columns, y has 3" {
			t.Errorf("panic %v", r)
		}
	}()
	SqEuclidean().Matrix(mat.NewDense(1, 2, nil), mat.NewDense(1, 3, nil))
}
