package distill

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestSamplerFollowsTheFlow compares with the exact flow of a normal teacher, x
// scaled by the standard deviation of the noised law.
func TestSamplerFollowsTheFlow(t *testing.T) {
	teacher := NewMixture(nil, mat.NewDense(1, 1, []float64{0}), []float64{0.5})
	for _, steps := range []int{1, 2, 5} {
		s := Heun(teacher, 10, SampleSettings{Steps: steps})
		if s.Evaluations != 2*steps-1 {
			t.Errorf("%d evaluations in %d steps", s.Evaluations, steps)
		}
	}
	error := func(f func(Teacher, int, SampleSettings) *Samples, steps int) float64 {
		s := f(teacher, 50, SampleSettings{Steps: steps})
		rng := rand.New(rand.NewPCG(0, streamNoise))
		worst := 0.0
		for i := range 50 {
			start := 10 * rng.NormFloat64()
			exact := start * 0.5 / math.Hypot(0.5, 10)
			worst = math.Max(worst, math.Abs(s.X.At(i, 0)-exact))
		}
		return worst
	}
	if e := error(Heun, 80); e > 2e-3 {
		t.Errorf("Heun is off by %g", e)
	}
	if h, e := error(Heun, 40), error(Euler, 40); !(h < e/3) {
		t.Errorf("Heun %g, Euler %g", h, e)
	}
}
