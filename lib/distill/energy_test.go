package distill

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

func cloudOf(values ...float64) *mat.Dense { return mat.NewDense(len(values), 1, values) }

// TestPairMetrics has small cases by hand and the laws of both distances.
func TestPairMetrics(t *testing.T) {
	x, y := cloudOf(0, 2), cloudOf(1, 5)
	// Means: cross (1+5+1+3)/4, within 2 and 4 without, 1 and 2 with the point itself.
	near(t, "energy distance", EnergyDistance(x, y), 2*2.5-2-4, 1e-14)
	near(t, "energy distance with bias", EnergyDistanceBiased(x, y), 2*2.5-1-2, 1e-14)
	k := func(d float64) float64 { return math.Exp(-d * d / 8) }
	cross, xx, yy := (2*k(1)+k(5)+k(3))/4, k(2), k(4)
	near(t, "MMD", MMD(x, y, 2), xx+yy-2*cross, 1e-14)
	near(t, "MMD with bias", MMDBiased(x, y, 2), (1+xx)/2+(1+yy)/2-2*cross, 1e-14)
	near(t, "MMD of a cloud and itself", MMDBiased(x, x, 2), 0, 1e-14)
	near(t, "energy distance of a cloud and itself", EnergyDistanceBiased(y, y), 0, 1e-14)

	ring := Ring(4, 1, 0.2, nil)
	sum, spread := 0.0, 0.0
	for seed := range uint64(20) {
		e := EnergyDistance(ring.Draw(100, 2*seed), ring.Draw(80, 2*seed+1))
		sum += e / 20
		spread += e * e / 20
	}
	if sd := math.Sqrt(spread / 20); math.Abs(sum) > 4*sd {
		t.Errorf("between draws of one law the mean is %g ± %g", sum, sd)
	}
	var bad *job.DataError
	if err := job.Catch(func() { EnergyDistance(cloudOf(0, math.NaN()), y) }); !errors.As(err, &bad) {
		t.Errorf("NaN gives %v", err)
	}
}
