package scaling

import (
	"math"
	"testing"
)

func TestRegimesInClosedForm(t *testing.T) {
	ordered := LeastSquares{Samples: 40, Noise: 0.25}
	for _, c := range []struct {
		p           int
		test, train float64
	}{
		{1, 0.91848496, 0.87256072}, {5, 0.49475280, 0.37740759}, {20, 0.61326643, 0.14938541}, {30, 1.22539711, 0.07069599},
		{38, 10.76293008, 0.01379863}, {42, 11.29187118, 0}, {60, 1.37044312, 0}, {100, 1.41717791, 0}, {4000, 1.88101564, 0},
	} {
		e := ordered.At(c.p)
		within(t, "test", e.Test, c.test, 6e-9)
		within(t, "train", e.Train, c.train, 6e-9)
		within(t, "gap", e.Gap, e.Test-e.Train, 0)
	}
	if best := ordered.Best(4000); best.Features != 9 || math.Abs(best.Test-0.46171624) > 6e-9 {
		t.Errorf("best %+v", best)
	}
	for _, p := range []int{39, 40, 41} {
		if e := ordered.At(p); !math.IsInf(e.Test, 1) {
			t.Errorf("expected test error %g at p = %d of 40 samples", e.Test, p)
		}
	}
	// Skydiving: with samples the best model grows and the gap closes.
	for _, c := range []struct {
		n, p int
		gap  float64
	}{{40, 9, 0.186}, {400, 36, 0.0525}, {4000, 122, 0.0160}, {10000, 196, 0.0101}} {
		best := LeastSquares{Samples: c.n, Noise: 0.25}.Best(400)
		if best.Features != c.p {
			t.Errorf("%d samples: best at p = %d, want %d", c.n, best.Features, c.p)
		}
		within(t, "gap", best.Gap, c.gap, 6e-4)
	}
	random := LeastSquares{Samples: 40, Noise: 0.04, Features: 100}
	for p, want := range map[int]float64{1: 1.0571, 10: 1.264138, 30: 3.206667, 38: 25.7, 50: 3.04, 80: 0.886154, 100: 0.667119} {
		within(t, "test in random order", random.At(p).Test, want, want*2e-3)
	}
}

// The formulas are what fits to random samples do on average, on both sides of p = n.
func TestRegimesAgreeWithSimulation(t *testing.T) {
	for _, c := range []struct {
		l LeastSquares
		p int
	}{
		{LeastSquares{Samples: 40, Noise: 0.25}, 5},
		{LeastSquares{Samples: 20, Noise: 0.25}, 40},
		{LeastSquares{Samples: 20, Noise: 0.04, Features: 60}, 50},
	} {
		got, want := c.l.Simulate(c.p, 2000, 1, nil), c.l.At(c.p).Test
		if math.Abs(got.Mean-want) > 4*got.SE || got.SE > 0.02*want {
			t.Errorf("%+v at p = %d: simulated %v, expected %g", c.l, c.p, got, want)
		}
	}
}
