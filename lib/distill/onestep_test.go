package distill

import (
	"math"
	"testing"
)

// TestOneStep has the table of steps against quality: one evaluation of the
// teacher gives its mean, eleven are nearly enough, and the distilled particles
// are at the floor.
func TestOneStep(t *testing.T) {
	table := OneStep(OneStepSettings{Steps: []int{1, 2, 6, 12}, Samples: 1000, Reference: 800, Particles: 160, Train: 300})
	for i, want := range []struct{ nfe, energy, tol float64 }{{1, 1.12, 0.05}, {3, 6.9, 0.2}, {11, 0.0129, 0.02}, {23, 0, 0.02}} {
		r := table.Rows[i]
		near(t, r.Name+" NFE", float64(r.Evaluations), want.nfe, 0)
		near(t, r.Name+" energy distance", r.Energy, want.energy, want.tol)
	}
	before, after := table.Rows[4], table.Rows[5]
	if !(before.Energy > 1 && math.Abs(after.Energy) < 0.05 && after.Recall > 0.8) {
		t.Errorf("\n%v", table)
	}
}
