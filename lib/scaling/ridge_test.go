package scaling

import (
	"math"
	"reflect"
	"testing"
)

// Means over 20 draws of another program's random numbers: the same but for chance.
func TestRidgeDecidesWithFewSamplesOnly(t *testing.T) {
	penalties := []float64{0, 1e-3, 1e-2, 1e-1, 1}
	few := problem.Ridge(128, 64, penalties, RidgeSettings{})
	for k, want := range []struct{ test, train float64 }{{0.635, 0}, {0.469, 0.020}, {0.3765, 0.116}, {0.467, 0.310}, {0.993, 0.871}} {
		within(t, "test", few.Test[k].Mean, want.test, 5*few.Test[k].SE+1e-3)
		within(t, "train", few.Train[k].Mean, want.train, 5*few.Train[k].SE+1e-3)
	}
	best, test := few.Best()
	if best != 1e-2 || test.Mean > 0.75*few.Test[0].Mean {
		t.Errorf("best penalty %g: %v\n%v", best, test, few)
	}
	many := problem.Ridge(128, 4096, []float64{0, 1e-4, 1e-3}, RidgeSettings{Draws: 4})
	_, test = many.Best()
	if gain := 1 - test.Mean/many.Test[0].Mean; gain > 0.01 || math.Abs(test.Mean-0.2648) > 2e-3 {
		t.Errorf("with many samples ridge gains %.2g %%:\n%v", 100*gain, many)
	}
	if again := problem.Ridge(128, 64, penalties, RidgeSettings{}); !reflect.DeepEqual(again, few) {
		t.Error("the same seed gives other numbers")
	}
}
