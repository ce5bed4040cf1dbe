package scaling

import (
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// Means over ten seeds of another program's random numbers: the same but for chance.
func TestSmallBatchesAndLargeRatesRegularise(t *testing.T) {
	for _, c := range []struct {
		batch int
		rate  float64
		want  float64
	}{{1, 0.01, 0.544}, {1, 0.05, 0.129}, {4, 0.05, 0.545}, {40, 0.05, 0.650}} {
		r := Diagonal(DiagonalSettings{Rate: c.rate, Batch: c.batch})
		if r.Status() != Converged || r.Error.Draws != 10 {
			t.Errorf("%v", r)
		}
		within(t, "error", r.Error.Mean, c.want, 3*r.Error.SE)
		for _, run := range r.Runs {
			if run.TrainLoss >= 1e-6 {
				t.Errorf("seed %d stops at a training loss of %g", run.Seed, run.TrainLoss)
			}
		}
	}
	// The same seeds have the same data: the effect is there network by network.
	small, full := Diagonal(DiagonalSettings{Rate: 0.05}), Diagonal(DiagonalSettings{Rate: 0.05, Batch: 40})
	for k := range small.Runs {
		if small.Runs[k].Error >= full.Runs[k].Error {
			t.Errorf("seed %d: %g with batch 1, %g with all", k, small.Runs[k].Error, full.Runs[k].Error)
		}
	}
}

// Online the same network has a best rate far below the largest, and a best batch.
func TestOnlineThereIsAMiddle(t *testing.T) {
	online := func(batch int, rate float64) *DiagonalResult {
		return Diagonal(DiagonalSettings{Rate: rate, Batch: batch, Online: true, Noise: 0.5, Samples: 4000})
	}
	for _, c := range []struct {
		batch int
		rate  float64
		want  float64
	}{{1, 0.001, 0.0041}, {1, 0.005, 0.0163}, {1, 0.02, 0.0666}, {4, 0.01, 0.0088}, {16, 0.01, 0.0032}, {64, 0.01, 3.99}, {64, 0.05, 0.0039}} {
		r := online(c.batch, c.rate)
		within(t, "error", r.Error.Mean, c.want, 4*r.Error.SE)
	}
	r := online(1, 0.1)
	if r.Diverged != 10 || r.Status() == Converged || !strings.Contains(r.String(), "10 DIVERGED") {
		t.Errorf("a rate that is too large: %v", r)
	}
}

func TestDiagonalNetworksDependOnSeedsOnly(t *testing.T) {
	s := DiagonalSettings{Rate: 0.05, Seeds: 3, Seed: 9}
	all := Diagonal(s)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if one := Diagonal(s); !reflect.DeepEqual(one, all) {
		t.Error("another number of cores gives other networks")
	}
	s.Steps = 40
	if cut := Diagonal(s); cut.Cut != 3 || !strings.Contains(cut.String(), "3 NOT TRAINED") {
		t.Errorf("stopped after an epoch: %v", cut)
	}
}
