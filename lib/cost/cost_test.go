package cost

import (
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
