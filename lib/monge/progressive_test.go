package monge

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
	"gaspard/lib/ot"
)

// curved is the gradient of a convex function of the plane, so an optimal map.
func curved(z *mat.Dense) *mat.Dense {
	var out mat.Dense
	out.Apply(func(_, j int, v float64) float64 { return v + math.Tanh(3*v) + float64(j) }, z)
	return &out
}

// far moves points by 30 in each coordinate.
func far(z *mat.Dense) *mat.Dense {
	var out mat.Dense
	out.Apply(func(_, _ int, v float64) float64 { return v + 30 }, z)
	return &out
}

// error100 is the mean square of the difference in percent of the variance of want.
func error100(got, want *mat.Dense) float64 {
	var gone, around mat.Dense
	gone.Sub(got, want)
	around.Sub(want, Constant(want).Push(want))
	return 100 * math.Pow(mat.Norm(&gone, 2)/mat.Norm(&around, 2), 2)
}

func TestProgressiveOfOneStepIsTheEntropicMap(t *testing.T) {
	x, y := clouds(80, 70)
	m := Progressive(x, y, ProgressiveSettings{Steps: 1, EpsilonLast: 0.7, Tol: 1e-8})
	want := EntropicMap(ot.Sinkhorn(ot.Points(x, y), ot.Settings{Epsilon: 0.7, Tol: 1e-8})).Push(x)
	if got := m.Push(x); !mat.EqualApprox(got, want, 1e-12) {
		t.Error("they differ")
	}
}

// Samples of a known optimal map between clouds far apart, of which costs vary so much
// that the default ε of the entropic map blurs the target, on points that neither map
// has seen.
func TestProgressiveBeatsTheEntropicMap(t *testing.T) {
	x, y := mat.NewDense(300, 2, normals(1, 600)), far(curved(mat.NewDense(300, 2, normals(2, 600))))
	z := mat.NewDense(300, 2, normals(5, 600))
	want := far(curved(z))
	entropic := error100(EntropicMap(ot.Sinkhorn(ot.Points(x, y), ot.Settings{})).Push(z), want)
	for _, pace := range []Pace{Constantly, Slowing, Speeding} {
		m := Progressive(x, y, ProgressiveSettings{Pace: pace, Steps: 5})
		got := error100(m.Push(z), want)
		t.Logf("%v: %.2f %%, entropic %.2f %%", pace, got, entropic)
		if got > 0.5*entropic {
			t.Errorf("%v: error %.2f %%, of the entropic map %.2f %%", pace, got, entropic)
		}
		if len(m.Solves) != 5 || !strings.Contains(m.String(), "progressive map on R^2, of 300×300 points, ε from") {
			t.Errorf("%d solves, summary %q", len(m.Solves), m)
		}
	}
}

// Shares add up to the whole way.
func TestPacesArrive(t *testing.T) {
	for _, pace := range []Pace{Constantly, Slowing, Speeding} {
		done, last := 0.0, 0.0
		for k := range 6 {
			share := pace.share(k, 6)
			step := share * (1 - done)
			if k > 0 && (pace == Constantly && math.Abs(step-last) > 1e-12 || pace == Speeding && step < last) {
				t.Errorf("%v: step %d is %g after %g", pace, k, step, last)
			}
			done, last = done+step, step
		}
		if done != 1 {
			t.Errorf("%v ends at %g", pace, done)
		}
	}
}

func TestProgressiveCanBeCancelled(t *testing.T) {
	x, y := clouds(100, 100)
	monitor := job.New(nil)
	monitor.Cancel()
	err := job.Catch(func() { Progressive(x, y, ProgressiveSettings{Steps: 50, Job: monitor}) })
	if !errors.Is(err, job.ErrCancelled) {
		t.Errorf("error %v", err)
	}
}

func BenchmarkProgressive(b *testing.B) {
	x, y := mat.NewDense(1000, 8, normals(1, 8000)), curved(mat.NewDense(1000, 8, normals(2, 8000)))
	z := mat.NewDense(1000, 8, normals(5, 8000))
	want := curved(z)
	var m *Map
	for b.Loop() {
		m = Progressive(x, y, ProgressiveSettings{})
	}
	b.ReportMetric(error100(m.Push(z), want), "error-%")
}
