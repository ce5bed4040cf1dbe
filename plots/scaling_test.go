package plots

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gaspard/lib/job"
	"gaspard/lib/scaling"
)

func ladderOn(name string, l scaling.Law, x ...float64) *scaling.Ladder {
	out := &scaling.Ladder{Recipe: name}
	for _, c := range x {
		for k := range 3 {
			out.Runs = append(out.Runs, scaling.Run{FLOPs: c, Params: c / 10, Seed: uint64(k), Loss: l.At(c) * (1 + 0.003*float64(k-1))})
		}
	}
	return out
}

var (
	steep  = scaling.Law{E: 2, A: 100, Alpha: .5}
	gentle = scaling.Law{E: 2, A: 10, Alpha: .25}
	sizes  = []float64{30, 60, 120, 250, 500, 1000, 2000, 4000}
)

func TestScalingShowsPointsLawsAndVerdict(t *testing.T) {
	a, b := ladderOn("steep", steep, sizes...), ladderOn("gentle", gentle, sizes...)
	a.Runs = append(a.Runs, scaling.Run{FLOPs: 100, Loss: math.Inf(1)})
	c := scaling.Compare(a, b, scaling.CompareSettings{Bootstrap: 100})
	if math.IsNaN(c.Crossing) {
		t.Fatalf("the test needs a crossing: %v", c)
	}
	f := Scaling([]*scaling.Ladder{a, b}, ScalingSettings{Comparison: c})
	for _, want := range []string{"48 runs of 2 ladders at 8 sizes; 1 run left out", c.Verdict.String(), "gentle is ahead at the largest size."} {
		if !strings.Contains(f.Caption, want) {
			t.Errorf("caption %q without %q", f.Caption, want)
		}
	}
	img := decode(t, f)
	if near(img, blue, 30) < 200 || near(img, red, 30) < 200 {
		t.Error("one of the ladders is not to be seen")
	}
	if f.Plot().X.Max < c.Horizon || f.Plot().X.Max > 2*c.Horizon {
		t.Errorf("the axis ends at %g, the horizon is %g", f.Plot().X.Max, c.Horizon)
	}
	// The crossing is a dark line across an otherwise light stretch.
	plain := Scaling([]*scaling.Ladder{a, b}, ScalingSettings{Fits: []*scaling.FitResult{c.FitA, c.FitB}, Reach: c.Horizon})
	if with, without := near(img, ink, 60), near(decode(t, plain), ink, 60); with < without+50 {
		t.Errorf("%d dark pixels with a crossing, %d without", with, without)
	}
}

func TestScalingDrawsBandsAndLawsOfTwoSizes(t *testing.T) {
	l := &scaling.Ladder{Recipe: "grid"}
	law := scaling.Law{Form: scaling.Chinchilla, E: 1.8, A: 400, Alpha: .34, B: 1300, Beta: .34}
	for _, n := range []float64{1e7, 1e8, 1e9} {
		for k, d := range []float64{1e9, 1e10, 1e11} {
			l.Runs = append(l.Runs, scaling.Run{Params: n, Tokens: d, FLOPs: 6 * n * d, Loss: law.Loss(n, d) * (1 + 0.01*float64(k-1))})
		}
	}
	r := scaling.Fit(l, scaling.FitSettings{Form: scaling.Chinchilla, Bootstrap: 30})
	f := Scaling([]*scaling.Ladder{l}, ScalingSettings{Fits: []*scaling.FitResult{r}, Reach: 1e23})
	if near(decode(t, f), blue, 30) < 200 {
		t.Error("nothing to be seen")
	}
	a := ladderOn("steep", steep, sizes...)
	r = scaling.Fit(a, scaling.FitSettings{Bootstrap: 30})
	bare := *r
	bare.Resamples = nil
	with := decode(t, Scaling([]*scaling.Ladder{a}, ScalingSettings{Fits: []*scaling.FitResult{r}, Reach: 1e6}))
	without := decode(t, Scaling([]*scaling.Ladder{a}, ScalingSettings{Fits: []*scaling.FitResult{&bare}, Reach: 1e6}))
	if near(with, alpha(blue, 255), 400) <= near(without, alpha(blue, 255), 400) {
		t.Error("resamples do not show")
	}
}

func TestScalingRefuses(t *testing.T) {
	a := ladderOn("steep", steep, sizes...)
	bad := &scaling.Ladder{Runs: []scaling.Run{{FLOPs: 1, Loss: math.NaN()}}}
	err := job.Catch(func() { Scaling([]*scaling.Ladder{bad}, ScalingSettings{}) })
	var data *job.DataError
	if !errors.As(err, &data) || err.Error() != "plots: none of the 1 run has a loss and a size by FLOPs" {
		t.Errorf("a ladder without losses: %v", err)
	}
	fit := scaling.Fit(a, scaling.FitSettings{})
	for name, f := range map[string]func(){
		"no ladder": func() { Scaling(nil, ScalingSettings{}) },
		"two fits":  func() { Scaling([]*scaling.Ladder{a}, ScalingSettings{Fits: []*scaling.FitResult{fit, fit}}) },
		"other axis": func() {
			Scaling([]*scaling.Ladder{a}, ScalingSettings{Axis: scaling.ByParams, Fits: []*scaling.FitResult{fit}})
		},
	} {
		func() {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "plots: ") {
					t.Errorf("%s: no sentence", name)
				}
			}()
			f()
		}()
	}
}
