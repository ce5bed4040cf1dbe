package monge

import (
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
	"gaspard/lib/nn"
)

// dualMethods are those that share DualSettings.
var dualMethods = map[string]func(x, y *mat.Dense, s DualSettings) *Map{"neural dual": NeuralDual, "expectile": Expectile}

// planar draws normal points of the plane, curvedPlane their images under an optimal
// map.
func planar(rng *rand.Rand, n int) *mat.Dense {
	z := mat.NewDense(n, 2, nil)
	for i := range n {
		z.SetRow(i, []float64{rng.NormFloat64(), rng.NormFloat64()})
	}
	return z
}

func curvedPlane(rng *rand.Rand, n int) *mat.Dense { return curved(planar(rng, n)) }

// shortDual is settings under which a fit takes a fraction of a second.
func shortDual() DualSettings {
	return DualSettings{SourceSampler: planar, TargetSampler: curvedPlane, Hidden: []int{8, 8}, Batch: 64, Steps: 5}
}

// The linear map errs by 6 %, of which a short training leaves a third; the inverse
// follows, and so does the distance, whose value is E|z - T(z)|².
func TestDualMapsLearnACurvedMap(t *testing.T) {
	z := planar(newRand(9), 2000)
	want := curved(z)
	linear := error100(Linear(planar(newRand(1), 4000), curvedPlane(newRand(2), 4000)).Push(z), want)
	var gone mat.Dense
	gone.Sub(want, z)
	distance := math.Pow(mat.Norm(&gone, 2), 2) / 2000
	for name, fit := range dualMethods {
		s := shortDual()
		s.Hidden, s.Batch, s.Steps, s.Average = []int{32, 32}, 128, 300, 0.98
		m := fit(nil, nil, s)
		got, back := error100(m.Push(z), want), error100(m.Dual.Inverse.Push(want), z)
		t.Logf("%s: %.2f %%, inverse %.2f %%, linear %.2f %%, W₂² %.3f of %.3f, %v", name, got, back, linear, m.Dual.Recent(), distance, m.Dual.Elapsed)
		if got > linear/3 || back > linear/3 {
			t.Errorf("%s: error %.2f %%, of its inverse %.2f %%, of the linear map %.2f %%", name, got, back, linear)
		}
		// 50 batches of 128 estimate the distance within 2 %.
		if math.Abs(m.Dual.Recent()-distance) > 0.1*distance {
			t.Errorf("%s: W₂² %.3f, in truth %.3f", name, m.Dual.Recent(), distance)
		}
	}
}

// Far from the origin and in other units, between clouds: coordinates take care of
// both, and the linear map is where training starts.
func TestDualMapsOfGaussianClouds(t *testing.T) {
	x, y := clouds(600, 500)
	for _, c := range []*mat.Dense{x, y} {
		c.Apply(func(_, j int, v float64) float64 { return 1000*v + 1e6 }, c)
	}
	want := Linear(x, y).Push(x)
	for name, fit := range dualMethods {
		m := fit(x, y, DualSettings{Hidden: []int{16, 16}, Batch: 256, Steps: 60, LearningRate: 3e-4})
		got := error100(m.Push(x), want)
		t.Logf("%s: %.2f %%", name, got)
		if got > 3 {
			t.Errorf("%s: %.2f %% from the linear map, which is optimal", name, got)
		}
	}
}

// The gradient of a convex function has the Monge gap 0, trained or not.
func TestNeuralDualMapIsOptimal(t *testing.T) {
	s := shortDual()
	m := NeuralDual(nil, nil, s)
	z := planar(newRand(3), 100)
	if gap := Gap(z, m.Push(z), GapSettings{}).Exact; math.Abs(gap) > 1e-5 {
		t.Errorf("gap %g", gap)
	}
}

func TestDualSameSeedSameMapOnAnyCores(t *testing.T) {
	for name, fit := range dualMethods {
		params := func(cores int, seed uint64) []float32 {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
			s := shortDual()
			s.Seed = seed
			switch f := fit(nil, nil, s).Dual.F.(type) {
			case *nn.MLP:
				return f.Params
			case *nn.ICNN:
				return f.Params
			}
			return nil
		}
		one := params(1, 3)
		if one == nil || !slices.Equal(one, params(2, 3)) {
			t.Errorf("%s: one core and two learn different maps", name)
		}
		if slices.Equal(one, params(2, 4)) {
			t.Errorf("%s: two seeds learn one map", name)
		}
	}
}

func TestDualReportsStopsAndRefuses(t *testing.T) {
	x, y := clouds(60, 60)
	three := mat.NewDense(5, 3, normals(1, 15))
	for name, fit := range dualMethods {
		var monitor *job.Monitor
		monitor = job.New(func(p job.Progress) {
			if p.Task != "dual" || p.Total != 100000 || len(p.Metrics) != 1 {
				t.Errorf("%s: report %+v", name, p)
			}
			monitor.Cancel()
		})
		s := shortDual()
		s.Steps, s.Job = 100000, monitor
		if err := job.Catch(func() { fit(nil, nil, s) }); !errors.Is(err, job.ErrCancelled) {
			t.Errorf("%s: error %v", name, err)
		}
		s = shortDual()
		s.Steps, s.LearningRate = 300, 1e20
		m := fit(nil, nil, s)
		if m.Dual.Status != NotFinite || len(m.Dual.Step) == s.Steps || !strings.Contains(m.String(), "lower LearningRate") {
			t.Errorf("%s: %v", name, m)
		}
		checkCloud("the image", m.Push(x))
		for _, c := range []struct {
			want   string
			target *mat.Dense
			s      DualSettings
		}{
			{"monge: the source has 2 columns, the target 3", three, DualSettings{}},
			{"monge: a batch of 61 points from clouds of 60 and 60", y, DualSettings{Batch: 61}},
			{"monge: Expectile is 0.3; it lies above 0.5 and is at most 1", y, DualSettings{Expectile: 0.3}},
			{"monge: Weight is NaN", y, DualSettings{Weight: math.NaN()}},
			{"monge: Average is 1; it is a share below 1", y, DualSettings{Average: 1}},
			{"monge: Inner is -1", y, DualSettings{Inner: -1}},
		} {
			if err := func() (caught any) {
				defer func() { caught = recover() }()
				fit(x, c.target, c.s)
				return nil
			}(); err != c.want {
				t.Errorf("%s: got %v, want %q", name, err, c.want)
			}
		}
	}
}

func BenchmarkDualSteps(b *testing.B) {
	for name, fit := range dualMethods {
		b.Run("method="+strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			s := DualSettings{Steps: 20}
			x, y := mat.NewDense(2000, 32, normals(1, 64000)), mat.NewDense(2000, 32, normals(2, 64000))
			for b.Loop() {
				fit(x, y, s)
			}
			b.ReportMetric(float64(b.N*s.Steps)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}
