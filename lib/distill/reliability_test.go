package distill

import (
	"math"
	"testing"

	"gaspard/lib/fdiv"
)

// TestReliability has the figures of a blurred and of a skewed student, and none
// for one that differs in its weights alone.
func TestReliability(t *testing.T) {
	teacher := Ring(8, 2, 0.15, nil)
	skew := []float64{0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05}
	two := []*fdiv.Divergence{fdiv.FKL, fdiv.JS, fdiv.RKL}
	s := ReliabilitySettings{Divergences: two}
	for _, c := range []struct {
		student              *Mixture
		spearman, fklTop, js float64
	}{{Ring(8, 2, 0.4, nil), -0.33, 0.04, 0.07}, {Ring(8, 2, 0.3, skew), -0.35, 0.16, 0.26}} {
		r := Reliability(teacher, c.student, s)
		near(t, "Spearman", r.Rows[0].Spearman, c.spearman, 0.03)
		near(t, "FKL in the last tenth", r.Rows[0].Decile[9], c.fklTop, 0.03)
		near(t, "JS in the last tenth", r.Rows[1].Decile[9], c.js, 0.03)
		near(t, "FKL in the first tenth", r.Rows[0].Decile[0], 1, 0.1)
		if r.Rows[2].Spearman != 0 || r.Rows[2].Decile[9] != 1 {
			t.Errorf("constant weights: %+v", r.Rows[2].Decile)
		}
	}
	if r := Reliability(teacher, Ring(8, 2, 0.15, skew), s); math.Abs(r.Rows[0].Spearman) > 0.12 {
		t.Errorf("Spearman %g although only weights differ", r.Rows[0].Spearman)
	}
}
