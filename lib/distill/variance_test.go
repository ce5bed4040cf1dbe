package distill

import (
	"math"
	"testing"

	"gaspard/lib/fdiv"
)

// TestWeightVariance is figure 4a of xu:25: FKL and Jeffreys rise steeply, JS and
// SH stay comparatively flat.
func TestWeightVariance(t *testing.T) {
	table := WeightVariance(nil, fdiv.Paper()...)
	at := map[*fdiv.Divergence][]float64{}
	for _, r := range table.Rows {
		at[r.Divergence] = r.Normalised
	}
	for i, delta := range table.Delta {
		s := delta * delta
		near(t, "FKL", at[fdiv.FKL][i], math.Expm1(s), 1e-12)
		near(t, "Jeffreys", at[fdiv.Jeffreys][i], math.Expm1(s)/4, 1e-12)
		near(t, "SH", at[fdiv.Hellinger][i], math.Expm1(s/4), 1e-12)
		if !(at[fdiv.SoftRKL][i] < at[fdiv.JS][i] && at[fdiv.JS][i] < at[fdiv.Hellinger][i] && at[fdiv.Hellinger][i] < at[fdiv.FKL][i] && at[fdiv.RKL][i] == 0) {
			t.Errorf("order at δ = %g:\n%v", delta, table)
		}
	}
}
