package plots

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// stretched has standard deviations 5, 3 and otherwise small along known
// orthonormal directions, around a centre that is not zero.
func stretched(n, d int) (x *mat.Dense, first, second []float64) {
	first, second = make([]float64, d), make([]float64, d)
	first[0], first[d-1] = 0.6, 0.8
	second[0], second[d-1] = -0.8, 0.6
	noise := gaussian(n, d, 5)
	along := gaussian(n, 2, 6)
	x = mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			x.Set(i, j, 10+5*along.At(i, 0)*first[j]+3*along.At(i, 1)*second[j]+0.01*noise.At(i, j))
		}
	}
	return x, first, second
}

func TestPrincipalFindsTheAxes(t *testing.T) {
	for _, shape := range [][2]int{{200, 3}, {150, 40}, {30, 500}, {900, 500}} {
		x, first, second := stretched(shape[0], shape[1])
		q := principal(x)
		// With n points, sampled axes turn by about 1/sqrt(n) towards each other.
		turn := 4 / math.Sqrt(float64(min(shape[0], maxGram)))
		if a, b := math.Abs(floats.Dot(q.axes[0], first)), math.Abs(floats.Dot(q.axes[1], second)); 1-a > turn*turn || 1-b > turn*turn {
			t.Errorf("%v: cosines with the true axes %.4f, %.4f", shape, a, b)
		}
		if q.share < 0.99 {
			t.Errorf("%v: the plane holds %.3f of the variance", shape, q.share)
		}
		checkOrthonormal(t, q)
	}
}

func checkOrthonormal(t *testing.T, q plane) {
	t.Helper()
	a, b := q.axes[0], q.axes[1]
	for _, pair := range [][3]float64{{floats.Dot(a, a), 1}, {floats.Dot(b, b), 1}, {floats.Dot(a, b), 0}} {
		if math.Abs(pair[0]-pair[1]) > 1e-10 {
			t.Errorf("a product of axes is %g, want %g", pair[0], pair[1])
		}
	}
}

func TestPrincipalOfDegenerateClouds(t *testing.T) {
	line := mat.NewDense(20, 6, nil)
	for i := range 20 {
		line.Set(i, 2, float64(i))
	}
	for _, x := range []*mat.Dense{line, mat.NewDense(4, 3, nil), gaussian(1, 700, 1), gaussian(2, 700, 1)} {
		checkOrthonormal(t, principal(x))
	}
	if q := principal(line); q.axes[0][2] != 1 {
		t.Errorf("the first axis of a line is %v", q.axes[0])
	}
}

func TestProjectionKeepsDistancesWithinThePlane(t *testing.T) {
	x, _, _ := stretched(50, 4)
	q := principal(x)
	xy := q.at(x)
	for i := 1; i < 50; i++ {
		full := floats.Distance(x.RawRowView(0), x.RawRowView(i), 2)
		flat := math.Hypot(xy[0][0]-xy[i][0], xy[0][1]-xy[i][1])
		if flat > full*(1+1e-12) || flat < full-0.1 {
			t.Fatalf("row %d: distance %.3f became %.3f", i, full, flat)
		}
	}
}
