package tensor

import (
	"math"
	"testing"
)

// Values known in closed form, and the tails in both precisions.
func TestActivationValues(t *testing.T) {
	cases := []struct {
		act  Activation
		z, y float64
	}{
		{GELU, 1, 0.8411919906082768}, // 0.5 (1 + tanh(√(2/π) 1.044715))
		{GELU, -50, 0}, {GELU, 50, 50},
		{ReLU, -2, 0}, {ReLU, 2, 2},
		{SiLU, 1, 1 / (1 + math.Exp(-1))}, {SiLU, -100, 0},
		{Tanh, 0.5, math.Tanh(0.5)}, {Tanh, 60, 1}, {Tanh, -60, -1},
		{Softplus, 0, math.Ln2}, {Softplus, 1000, 1000}, {Softplus, -1000, 0},
		{CELU, 2, 2}, {CELU, -1, math.Expm1(-1)}, {CELU, -1000, -1},
		{Linear, -3, -3},
	}
	for _, c := range cases {
		y, d := []float64{0}, []float64{0}
		derivative(c.act, 0, y, d, []float64{c.z}, nil)
		if math.Abs(y[0]-c.y) > 1e-14*(1+math.Abs(c.y)) {
			t.Errorf("%v(%g) = %.16g, want %.16g", c.act, c.z, y[0], c.y)
		}
		y32, d32 := []float32{0}, []float32{0}
		derivative(c.act, 0, y32, d32, []float32{float32(c.z)}, nil)
		if math.Abs(float64(y32[0])-c.y) > 3e-7*(1+math.Abs(c.y)) || math.Abs(float64(d32[0])-d[0]) > 1e-6 {
			t.Errorf("%v(%g) in float32 = %g with slope %g, want %g and %g", c.act, c.z, y32[0], d32[0], c.y, d[0])
		}
	}
}

// Derivatives of every order in float32 against float64, and those against
// differences of the order below.
func TestSlopes(t *testing.T) {
	const n = 3*slopeBlock/2 + 1
	z, y, d := make([]float64, n), make([]float64, n), make([]float64, n)
	z32, y32, d32, work := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, 3*slopeBlock)
	for i := range z {
		z32[i] = float32(i-n/2) * 0.02
		z[i] = float64(z32[i])
	}
	z32[0], z32[n-1] = float32(math.Inf(-1)), 3e38
	z[0], z[n-1] = math.Inf(-1), 3e38
	for act := range numActivations {
		for order := 1; order <= maxOrder; order++ {
			derivative(act, order, y, d, z, nil)
			derivative(act, order, y32, d32, z32, work)
			for i := range z {
				// Polynomials in u, of coefficients of order ten, multiply roundings.
				if math.Abs(float64(y32[i])-y[i]) > 2e-5 || math.Abs(float64(d32[i])-d[i]) > 1e-4 {
					t.Fatalf("%v: derivatives %d at %g are %g and %g, in float64 %g and %g", act, order, z[i], y32[i], d32[i], y[i], d[i])
				}
				const h = 1e-5
				if math.Abs(z[i]) < h || math.Abs(z[i]) > 100 {
					continue // kinks; beyond reach
				}
				up, down := activateOne(act, z[i]+h), activateOne(act, z[i]-h)
				if want := (up[order-1] - down[order-1]) / (2 * h); math.Abs(y[i]-want) > 1e-8 {
					t.Fatalf("%v: derivative %d at %g is %g, differences give %g", act, order, z[i], y[i], want)
				}
			}
		}
	}
}
