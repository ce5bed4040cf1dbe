package cost

import (
	"fmt"
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

// Against At, for parts of larger matrices, and for so many rows that cores share them.
func TestMatrixFollowsTheDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 0))
	cloud := func(n, d int) *mat.Dense {
		x := mat.NewDense(n, d+2, nil)
		for i := range x.RawMatrix().Data {
			x.RawMatrix().Data[i] = rng.NormFloat64()
		}
		return x.Slice(0, n, 1, d+1).(*mat.Dense)
	}
	for _, shape := range [][3]int{{1, 1, 1}, {3, 5, 2}, {400, 300, 3}, {7, 2000, 40}} {
		n, m, d := shape[0], shape[1], shape[2]
		x, y := cloud(n, d), cloud(m, d)
		for _, c := range []Cost{SqEuclidean(), Euclidean()} {
			got := c.Matrix(x, y)
			for i := range n {
				for j := range m {
					// Both round each of d terms three times and each of their sums.
					want := c.At(x.RawRowView(i), y.RawRowView(j))
					if math.Abs(got.At(i, j)-want) > float64(d+4)*0x1p-52*want {
						t.Fatalf("%v, %d×%d, d %d: C[%d,%d] = %g, want %g", c, n, m, d, i, j, got.At(i, j), want)
					}
				}
			}
		}
	}
	if got := SqEuclidean().Matrix(&mat.Dense{}, &mat.Dense{}); !got.IsEmpty() {
		t.Errorf("the matrix of no points is %v", got)
	}
}

func BenchmarkMatrix(b *testing.B) {
	const n = 1000
	rng := rand.New(rand.NewPCG(3, 0))
	for _, d := range []int{2, 64} {
		x := mat.NewDense(n, d, nil)
		for i := range x.RawMatrix().Data {
			x.RawMatrix().Data[i] = rng.NormFloat64()
		}
		for _, c := range []Cost{SqEuclidean(), Euclidean()} {
			b.Run(fmt.Sprintf("cost=%v/n=%d/d=%d", c, n, d), func(b *testing.B) {
				for b.Loop() {
					c.Matrix(x, x)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n/n, "ns/element")
			})
		}
	}
}
