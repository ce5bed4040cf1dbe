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
		derivative(c.act, 0, y, d, []float64{c.z})
		if math.Abs(y[0]-c.y) > 1e-14*(1+math.Abs(c.y)) {
			t.Errorf("%v(%g) = %.16g, want %.16g", c.act, c.z, y[0], c.y)
		}
		y32, d32 := []float32{0}, []float32{0}
		derivative(c.act, 0, y32, d32, []float32{float32(c.z)})
		if math.Abs(float64(y32[0])-c.y) > 3e-7*(1+math.Abs(c.y)) || math.Abs(float64(d32[0])-d[0]) > 1e-6 {
			t.Errorf("%v(%g) in float32 = %g with slope %g, want %g and %g", c.act, c.z, y32[0], d32[0], c.y, d[0])
		}
	}
}
