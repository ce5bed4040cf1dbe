package optim

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Adam against the recurrence as the paper prints it, in float64.
func TestAdamFollowsThePaper(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 7
	p, g := make([]float32, n), make([]float32, n)
	want, m, v := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range p {
		p[i] = float32(rng.NormFloat64())
		want[i] = float64(p[i])
	}
	a := Adam{Rate: Cosine(0.05, 40), Decay: 0.1}
	for step := range 30 {
		rate := 0.05 * (1 + math.Cos(math.Pi*float64(step)/40)) / 2
		for i := range g {
			g[i] = float32(rng.NormFloat64())
			m[i] = 0.9*m[i] + 0.1*float64(g[i])
			v[i] = 0.999*v[i] + 0.001*float64(g[i])*float64(g[i])
			mHat := m[i] / (1 - math.Pow(0.9, float64(step+1)))
			vHat := v[i] / (1 - math.Pow(0.999, float64(step+1)))
			want[i] -= rate*mHat/(math.Sqrt(vHat)+1e-8) + rate*0.1*want[i]
		}
		a.Step(p, g)
	}
	for i := range p {
		// Thirty float32 roundings of numbers of order one.
		if math.Abs(float64(p[i])-want[i]) > 5e-6 {
			t.Errorf("parameter %d is %g, want %g", i, p[i], want[i])
		}
	}
	if a.Steps() != 30 {
		t.Errorf("%d steps counted", a.Steps())
	}
}

// The first step has length Rate in every coordinate, whatever the gradient's
// scale: the property by which people recognise the bias correction.
func TestFirstStepHasTheLengthOfTheRate(t *testing.T) {
	var a Adam
	p := []float32{0, 0, 0}
	a.Step(p, []float32{1e-3, -2, 500})
	for i, want := range []float64{-1e-3, 1e-3, -1e-3} {
		if math.Abs(float64(p[i])-want) > 1e-7 {
			t.Errorf("coordinate %d moved by %g, want %g", i, p[i], want)
		}
	}
}

func TestAdamFindsTheMinimum(t *testing.T) {
	p := []float32{5, -3}
	a := Adam{Rate: Cosine(0.1, 500)}
	for range 500 {
		a.Step(p, []float32{2 * (p[0] - 1), 20 * (p[1] - 2)})
	}
	if math.Abs(float64(p[0])-1) > 1e-3 || math.Abs(float64(p[1])-2) > 1e-3 {
		t.Errorf("arrived at %v, want (1, 2)", p)
	}
}

func TestRates(t *testing.T) {
	var zero Rate
	for _, c := range []struct {
		rate Rate
		step int
		want float64
	}{
		{zero, 0, 1e-3}, {zero, 1e6, 1e-3}, {Constant(0.5), 9, 0.5},
		{Cosine(0.2, 100), 0, 0.2}, {Cosine(0.2, 100), 50, 0.1}, {Cosine(0.2, 100), 100, 0}, {Cosine(0.2, 100), 900, 0},
		{Rate{Peak: 1, Last: 0.5, Steps: 2}, 1, 0.75},
	} {
		if got := c.rate.At(c.step); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%+v at %d: %g, want %g", c.rate, c.step, got, c.want)
		}
	}
}

func TestClip(t *testing.T) {
	g := []float32{3, 4}
	if norm := Clip(g, 0); norm != 5 || g[0] != 3 {
		t.Errorf("measuring gave %g and left %v", norm, g)
	}
	if norm := Clip(g, 1); norm != 5 || math.Abs(float64(g[0])-0.6) > 1e-7 || math.Abs(float64(g[1])-0.8) > 1e-7 {
		t.Errorf("clipping gave %g and left %v", norm, g)
	}
}
