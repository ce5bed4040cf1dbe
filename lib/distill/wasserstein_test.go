package distill

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestWasserstein(t *testing.T) {
	near(t, "equal numbers", Wasserstein1D([]float64{3, 0, 1}, []float64{1, 2, 5}, 1), 4.0/3, 1e-14)
	near(t, "unequal numbers", Wasserstein1D([]float64{0}, []float64{3, -4}, 2), math.Sqrt(12.5), 1e-14)
	near(t, "two to three", Wasserstein1D([]float64{0, 1}, []float64{0, 0.5, 1}, 1), 1.0/6, 1e-14)
	x := Ring(5, 1, 0.1, nil).Draw(300, 1)
	moved := mat.DenseCopyOf(x)
	for i := range 300 {
		moved.Set(i, 0, x.At(i, 0)+2)
	}
	// W2 of a translation by v is |v·θ|, whose mean square over directions is |v|²/2.
	near(t, "sliced W2 of a translation", SlicedWasserstein(x, moved, 2, 4000, 1), math.Sqrt2, 0.03)
	near(t, "sliced on the line", SlicedWasserstein(cloudOf(3, 0, 1), cloudOf(1, 2, 5), 1, 0, 1), 4.0/3, 1e-14)
}
