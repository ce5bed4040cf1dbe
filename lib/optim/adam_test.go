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

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		rate Rate
		step int
		want float64
	}{
		{Linear(0.2, 100), 0, 0.2}, {Linear(0.2, 100), 25, 0.15}, {Linear(0.2, 100), 200, 0},
		{Stepwise(1, 0.1, 10), 9, 1}, {Stepwise(1, 0.1, 10), 10, 0.1}, {Stepwise(1, 0.1, 10), 25, 0.01},
		{Constant(0.5).WithWarmup(10), 0, 0.05}, {Constant(0.5).WithWarmup(10), 9, 0.5}, {Constant(0.5).WithWarmup(10), 10, 0.5},
		{Cosine(1, 110).WithWarmup(10), 4, 0.5}, {Cosine(1, 110).WithWarmup(10), 10, 1},
		{Cosine(1, 110).WithWarmup(10), 60, 0.5}, {Cosine(1, 110).WithWarmup(10), 110, 0},
		{Rate{Peak: 1, Last: 0.5, Steps: 4, Fall: LinearFall}, 2, 0.75}, {Rate{Peak: 1, Last: 0.5, Steps: 4, Fall: LinearFall}, 9, 0.5},
	} {
		if got := c.rate.At(c.step); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%+v at %d: %g, want %g", c.rate, c.step, got, c.want)
		}
	}
}

// SGD against its formulas in float64, over several chunks.
func TestSGDFollowsItsFormulas(t *testing.T) {
	for _, s := range []*SGD{
		{Rate: Constant(0.1)},
		{Rate: Linear(0.1, 20), Momentum: 0.9},
		{Rate: Constant(0.1), Momentum: 0.8, Nesterov: true, Decay: 0.2},
	} {
		rng := rand.New(rand.NewPCG(2, 2))
		const n = 2*chunkSize + 17
		p, g := make([]float32, n), make([]float32, n)
		want, v := make([]float64, n), make([]float64, n)
		for step := range 10 {
			rate := s.Rate.At(step)
			for i := range g {
				g[i] = float32(rng.NormFloat64())
				v[i] = s.Momentum*v[i] + float64(g[i])
				along := v[i]
				if s.Nesterov {
					along = float64(g[i]) + s.Momentum*v[i]
				}
				want[i] -= rate * (along + s.Decay*want[i])
			}
			s.Step(p, g)
		}
		for i := range p {
			if math.Abs(float64(p[i])-want[i]) > 1e-5 {
				t.Fatalf("%+v: parameter %d is %g, want %g", s.Rate, i, p[i], want[i])
			}
		}
		if s.Steps() != 10 {
			t.Errorf("%d steps counted", s.Steps())
		}
	}
}

func TestEMA(t *testing.T) {
	e := EMA{Decay: 0.5}
	for _, v := range []float32{8, 4, 2} {
		e.Update([]float32{v, 3})
	}
	if e.Params[0] != 4 || e.Params[1] != 3 {
		t.Errorf("the average of (8, 4, 2) and of 3 is %v, want (4, 3)", e.Params)
	}
}

func TestMethodsAllocateNothing(t *testing.T) {
	const n = 100000
	p, g := make([]float32, n), make([]float32, n)
	var sgd SGD
	var adam Adam
	var ema EMA
	step := func() {
		Clip(g, 1)
		sgd.Step(p, g)
		adam.Step(p, g)
		ema.Update(p)
	}
	step()
	step()
	if allocs := testing.AllocsPerRun(20, step); allocs != 0 {
		t.Errorf("%g allocations per step", allocs)
	}
}

func TestChangedLengthIsNamed(t *testing.T) {
	defer func() {
		if got, want := recover(), "optim: 3 parameters and 2 gradients where Adam began with 2"; got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}()
	var a Adam
	a.Step(make([]float32, 2), make([]float32, 2))
	a.Step(make([]float32, 3), make([]float32, 2))
}
