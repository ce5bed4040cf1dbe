package monge

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The Bures matrix against its closed form in two cases, and A S₁ A = S₂.
func TestBuresMap(t *testing.T) {
	cases := []struct{ s1, s2, a []float64 }{
		{[]float64{2, .5, .5, 1}, []float64{1, -.3, -.3, 1.5}, []float64{0.7535411635, -0.2973508037, -0.2973508037, 1.3085328820}},
		{[]float64{1, 0, 0, 0, 4, 0, 0, 0, 9}, []float64{4, 0, 0, 0, 1, 0, 0, 0, 9}, []float64{2, 0, 0, 0, 0.5, 0, 0, 0, 1}},
	}
	for _, c := range cases {
		d := int(math.Sqrt(float64(len(c.a))))
		s1, s2 := mat.NewSymDense(d, c.s1), mat.NewSymDense(d, c.s2)
		a := buresMap(s1, s2)
		if !mat.EqualApprox(a, mat.NewDense(d, d, c.a), 1e-9) {
			t.Errorf("A = %v, want %v", mat.Formatted(a), c.a)
		}
		var back mat.Dense
		back.Mul(a, s1)
		back.Mul(&back, a)
		if !mat.EqualApprox(&back, s2, 1e-12) {
			t.Errorf("A S₁ A = %v, want %v", mat.Formatted(&back), c.s2)
		}
	}
}

// The linear map carries the first two moments of one cloud to the other's.
func TestLinearMatchesMoments(t *testing.T) {
	x, y := mat.NewDense(200, 3, normals(1, 600)), mat.NewDense(150, 3, normals(2, 450))
	y.Apply(func(i, j int, v float64) float64 { return float64(j) + 2*v + y.At(i, (j+1)%3) }, mat.DenseCopyOf(y))
	z := Linear(x, y).Push(x)
	m, s := moments(z)
	wantM, wantS := moments(y)
	for j := range m {
		if math.Abs(m[j]-wantM[j]) > 1e-12 {
			t.Errorf("mean %v, want %v", m, wantM)
		}
	}
	if !mat.EqualApprox(s, wantS, 1e-10) {
		t.Errorf("covariance %v, want %v", mat.Formatted(s), mat.Formatted(wantS))
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
	m, s := moments(z)
	wantM, wantS := moments(y)
	if math.Abs(m[0]-wantM[0])+math.Abs(m[1]-wantM[1]) > 1e-12 {
		t.Errorf("mean %v, want %v", m, wantM)
	}
	if math.Abs(s.At(0, 0)-wantS.At(0, 0)) > 1e-10 {
		t.Errorf("variance along the line %g, want %g", s.At(0, 0), wantS.At(0, 0))
	}
}
