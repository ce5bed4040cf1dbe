package tensor

import (
	"math"
	"testing"
)

// exp32 is within 2.5e-7 of math.Exp where the result is a normal number, and
// passes NaN through.
func TestExp32(t *testing.T) {
	worst := 0.0
	for v := float32(-87.3); v < 88; v += 0.0037 {
		want := math.Exp(float64(v))
		worst = max(worst, math.Abs(float64(exp32(v))/want-1))
	}
	if worst > 2.5e-7 {
		t.Errorf("relative error %g", worst)
	}
	if exp32(-1000) != 0 || exp32(float32(math.Inf(-1))) != 0 {
		t.Error("a large negative argument does not give 0")
	}
	if got := exp32(float32(math.Inf(1))); math.IsInf(float64(got), 0) || got < 1e38 {
		t.Errorf("exp32(+Inf) = %g, want the value at 88", got)
	}
	if got := exp32(float32(math.NaN())); got == got {
		t.Errorf("exp32(NaN) = %g", got)
	}
}

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
		{Linear, -3, -3},
	}
	for _, c := range cases {
		y, d := []float64{0}, []float64{0}
		activate64(c.act, y, d, []float64{c.z})
		if math.Abs(y[0]-c.y) > 1e-14*(1+math.Abs(c.y)) {
			t.Errorf("%v(%g) = %.16g, want %.16g", c.act, c.z, y[0], c.y)
		}
		y32, d32 := []float32{0}, []float32{0}
		activate32(c.act, y32, d32, []float32{float32(c.z)})
		if math.Abs(float64(y32[0])-c.y) > 3e-7*(1+math.Abs(c.y)) || math.Abs(float64(d32[0])-d[0]) > 1e-6 {
			t.Errorf("%v(%g) in float32 = %g with slope %g, want %g and %g", c.act, c.z, y32[0], d32[0], c.y, d[0])
		}
	}
}
