package distill

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestSchedules(t *testing.T) {
	s := Karras(0.02, 10, 0).Steps(4)
	near(t, "first", s[0], 10, 1e-12)
	near(t, "last", s[3], 0.02, 1e-12)
	if len(s) != 5 || s[4] != 0 || !(s[0] > s[1] && s[1] > s[2] && s[2] > s[3]) {
		t.Errorf("steps %v", s)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 40000
	below := 0.0
	for _, v := range Karras(0.002, 80, 7).Draw(rng, n) {
		if v < 8 {
			below++
		}
	}
	near(t, "share of σ in the first of ten linear bins", below/n, 0.64, 0.01)
	mean, square := 0.0, 0.0
	for _, v := range LogNormal(-1.2, 1.2).Draw(rng, n) {
		mean += math.Log(v) / n
		square += math.Log(v) * math.Log(v) / n
	}
	near(t, "mean of log σ", mean, -1.2, 0.02)
	near(t, "spread of log σ", math.Sqrt(square-mean*mean), 1.2, 0.02)
	levels := Geometric(0.1, 5, 8)
	near(t, "ratio of levels", levels[1]/levels[0], math.Pow(50, 1.0/7), 1e-12)
	for _, v := range Levels(levels...).Draw(rng, 100) {
		if v < 0.1-1e-12 || v > 5+1e-12 {
			t.Errorf("level %g", v)
		}
	}
}
