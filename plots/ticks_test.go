package plots

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
)

func labelsOf(ticks []plot.Tick) string {
	var out []string
	for _, t := range ticks {
		if !t.IsMinor() {
			out = append(out, t.Label)
		}
	}
	return strings.Join(out, " ")
}

func TestTickLabels(t *testing.T) {
	for _, test := range []struct {
		ticker plot.Ticker
		lo, hi float64
		want   string
	}{
		{linearTicks{}, -0.2, 10.3, "0 2 4 6 8 10"},
		{linearTicks{}, -1.1, 1.1, "−1.0 −0.5 0.0 0.5 1.0"},
		{linearTicks{}, -0.04, 0.31, "0.0 0.1 0.2 0.3"},
		{linearTicks{}, 1.8e7, 2.2e7, "1.8×10^7 1.9×10^7 2×10^7 2.1×10^7 2.2×10^7"},
		{linearTicks{}, 0, 4e-5, "0 1×10^−5 2×10^−5 3×10^−5 4×10^−5"},
		{linearTicks{whole: true}, -0.5, 2.5, "0 1 2"},
		{linearTicks{whole: true}, -0.5, 199.5, "0 50 100 150"},
		{logTicks{}, 0.8, 1200, "1 10 100 1000"},
		{logTicks{}, 2e-5, 2, "10^−4 10^−3 10^−2 10^−1 10^0"},
		{logTicks{}, 1e-20, 1, "10^−20 10^−16 10^−12 10^−8 10^−4 10^0"},
		{logTicks{}, 3, 40, "5 10 20"},
		{logTicks{}, 3, 5, "3.0 3.5 4.0 4.5 5.0"},
	} {
		if got := labelsOf(test.ticker.Ticks(test.lo, test.hi)); got != test.want {
			t.Errorf("%T %+v from %g to %g: %q, want %q", test.ticker, test.ticker, test.lo, test.hi, got, test.want)
		}
	}
}

func TestTicksOfAnyRangeAreFewAndInside(t *testing.T) {
	for _, lo := range []float64{-1e150, -3, 0, 1e-300, 1, 1e15} {
		for _, width := range []float64{1e-320, 1e-12, 0.3, 7, 1e9, 1e150} {
			hi := lo + width
			for _, ticker := range []plot.Ticker{linearTicks{}, linearTicks{whole: true}, logTicks{}} {
				ticks := ticker.Ticks(lo, hi)
				if len(ticks) > 1500 || len(strings.Fields(labelsOf(ticks))) > 25 {
					t.Errorf("%T from %g to %g: %d ticks", ticker, lo, hi, len(ticks))
				}
				slack := 1e-6 * (hi - lo)
				if ticker == (linearTicks{whole: true}) {
					slack += 1e-9 // of its smallest step
				}
				for _, tick := range ticks {
					if math.IsNaN(tick.Value) || tick.Value < lo-slack-1e-9*math.Abs(lo) || tick.Value > hi+slack+1e-9*math.Abs(hi) {
						t.Errorf("%T from %g to %g: tick at %g", ticker, lo, hi, tick.Value)
					}
				}
			}
		}
	}
}
