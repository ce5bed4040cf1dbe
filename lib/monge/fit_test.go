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
	"gaspard/lib/tensor"
)

// clouds returns two Gaussian clouds in the plane, the second moved and turned.
func clouds(n, m int) (x, y *mat.Dense) {
	x, y = mat.NewDense(n, 2, normals(1, 2*n)), mat.NewDense(m, 2, normals(2, 2*m))
	for i := range m {
		u, v := y.At(i, 0), y.At(i, 1)
		y.SetRow(i, []float64{2 + 0.5*u - 0.3*v, -1 + 0.2*u + v})
	}
	return x, y
}

func small(s Settings) Settings {
	s.Hidden, s.Batch = []int{16, 16}, 48
	if s.Steps == 0 {
		s.Steps = 60
	}
	s.LearningRate = 5e-3
	return s
}

func TestLossFallsInAShortFit(t *testing.T) {
	x, y := clouds(200, 150)
	for _, c := range planarCosts[:4] {
		m := Fit(x, y, small(Settings{Lambda: 0.5, Cost: c, Steps: 150}))
		h := m.History
		first, last := h.Total[0], 0.0
		for _, v := range h.Total[100:] {
			last += v / 50
		}
		if m.Status != Done || len(h.Step) != 150 || h.Step[149] != 150 {
			t.Fatalf("%v after %d steps", m.Status, len(h.Step))
		}
		if last > 0.3*first {
			t.Errorf("cost %v: loss %g at first, %g on average at the end", c, first, last)
		}
		for i := range h.Total {
			if math.Abs(h.Fit[i]+0.5*h.Gap[i]-h.Total[i]) > 1e-12 {
				t.Fatalf("step %d: total is not fit + λ gap", i+1)
			}
			if floor := m.EpsilonGap * math.Log(48); h.Gap[i] < floor-1e-3 {
				t.Fatalf("step %d: gap %g below its floor %g", i+1, h.Gap[i], floor)
			}
		}
		if z := m.Push(x); z.At(3, 1) == x.At(3, 1) {
			t.Error("the map moves nothing")
		}
	}
}

func TestSameSeedSameMapOnAnyCores(t *testing.T) {
	x, y := clouds(100, 100)
	params := func(cores int, seed uint64) []float32 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		return Fit(x, y, small(Settings{Lambda: 1, Seed: seed, Steps: 20})).Net.Params
	}
	one := params(1, 7)
	if !slices.Equal(one, params(2, 7)) {
		t.Error("one core and two learn different maps")
	}
	if slices.Equal(one, params(2, 8)) {
		t.Error("two seeds learn one map")
	}
}

// A reference that is the source, and one that is elsewhere; a start from the
// linear map; samplers; a clipped gradient with a falling rate.
func TestVariantsOfTheFit(t *testing.T) {
	x, y := clouds(100, 120)
	sample := func(from *mat.Dense) func(*rand.Rand, int) *mat.Dense {
		return func(rng *rand.Rand, n int) *mat.Dense {
			z := mat.NewDense(n, 2, nil)
			for i := range n {
				z.SetRow(i, from.RawRowView(rng.IntN(100)))
			}
			return z
		}
	}
	far := mat.NewDense(60, 2, normals(9, 120))
	variants := map[string]Settings{
		"reference":    {Lambda: 1, Reference: far},
		"start":        {Lambda: 1, Start: Linear(x, y)},
		"samplers":     {Lambda: 1, SourceSampler: sample(x), TargetSampler: sample(y)},
		"clip, cosine": {Clip: 0.5, Cosine: true},
		"activation":   {Activation: tensor.SiLU},
	}
	for name, s := range variants {
		m := Fit(x, y, small(s))
		fit, _ := m.History.Recent()
		if first := m.History.Fit[0]; m.Status != Done || name != "start" && fit > 0.7*first {
			t.Errorf("%s: %v, fit from %g to %g", name, m.Status, first, fit)
		}
		if name == "start" && m.History.Fit[0] > 0.6 {
			t.Errorf("a fit that starts from the linear map begins at %g", m.History.Fit[0])
		}
	}
	only := Fit(nil, nil, small(variants["samplers"]))
	both := Fit(x, y, small(variants["samplers"]))
	if only.Settings.Batch != 48 || !slices.Equal(only.Net.Params, both.Net.Params) {
		t.Error("clouds beside samplers change the map")
	}
}

// A rate that blows the parameters up stops training with the best map before.
func TestNotFiniteLossKeepsTheBestMap(t *testing.T) {
	x, y := clouds(100, 100)
	s := small(Settings{Lambda: 1, Steps: 200})
	s.LearningRate = 1e30
	m := Fit(x, y, s)
	if m.Status != NotFinite || m.Status.Err() == nil || len(m.History.Total) >= 200 {
		t.Fatalf("status %v after %d steps", m.Status, len(m.History.Total))
	}
	checkCloud("the image", m.Push(x))
	if text := m.String(); !strings.Contains(text, "not finite") || !strings.Contains(text, "lower LearningRate") {
		t.Errorf("the summary hides it:\n%s", text)
	}
}

func TestFitReportsAndCanBeCancelled(t *testing.T) {
	x, y := clouds(60, 60)
	var monitor *job.Monitor
	reports := 0
	monitor = job.New(func(p job.Progress) {
		reports++
		if p.Task != "fit" || p.Total != 100000 || len(p.Metrics) != 3 || p.Metrics[1].Name != "fit" {
			t.Errorf("report %+v", p)
		}
		monitor.Cancel()
	})
	s := small(Settings{Lambda: 1, Steps: 100000, Job: monitor})
	if err := job.Catch(func() { Fit(x, y, s) }); !errors.Is(err, job.ErrCancelled) || reports == 0 {
		t.Errorf("error %v after %d reports", err, reports)
	}
}

func TestSummaryOfAFit(t *testing.T) {
	x, y := clouds(60, 60)
	text := Fit(x, y, small(Settings{Lambda: 1, Steps: 3})).String()
	for _, want := range []string{"residual MLP 2-16-16-2, GELU", "done after 3 of 3 steps of batch 48", "seed 0", "Sinkhorn divergence", "ε log n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if text := Fit(x, y, small(Settings{Steps: 3})).String(); !strings.Contains(text, "gap: none (Lambda 0)") {
		t.Errorf("without a gap:\n%s", text)
	}
	if got := Identity(3).String(); got != "identity on R^3" {
		t.Errorf("%q", got)
	}
}

func TestBadInput(t *testing.T) {
	x, y := clouds(50, 50)
	nan := mat.DenseCopyOf(x)
	nan.Set(4, 1, math.NaN())
	one := mat.NewDense(1, 2, nil)
	three := mat.NewDense(5, 3, normals(1, 15))
	same := mat.NewDense(5, 2, nil)
	cases := []struct {
		want string
		data bool
		f    func()
	}{
		{"monge: the source has 2 columns, the target 3", false, func() { Fit(x, three, Settings{}) }},
		{"monge: the source has no points", true, func() { Fit(nil, y, Settings{}) }},
		{"monge: the target has no points", true, func() { Fit(x, &mat.Dense{}, Settings{}) }},
		{"monge: the source has NaN at row 5, column 2", true, func() { Fit(nan, y, Settings{}) }},
		{"monge: the target has one point, which tells nothing about a map", true, func() { Fit(x, one, Settings{}) }},
		{"monge: Lambda is -1", false, func() { Fit(x, y, Settings{Lambda: -1}) }},
		{"monge: EpsilonGap is NaN", false, func() { Fit(x, y, Settings{EpsilonGap: math.NaN()}) }},
		{"monge: Steps is -3", false, func() { Fit(x, y, Settings{Steps: -3}) }},
		{"monge: a batch of 1 point has no gap and no divergence to learn from", false, func() { Fit(x, y, Settings{Batch: 1}) }},
		{"monge: a batch of 64 points from a source of 50", false, func() { Fit(x, y, Settings{Batch: 64}) }},
		{"monge: the source has 2 columns, the reference 3", false, func() { Fit(x, y, Settings{Reference: three}) }},
		{"monge: the map to start from takes 3 columns, the source has 2", false, func() { Fit(x, y, Settings{Start: Identity(3)}) }},
		{"monge: the rule for EpsilonFit gives 0, as where points coincide; set it", true, func() { Fit(x, same, Settings{}) }},
		{"monge: the map takes 3 columns, z has 2", false, func() { Identity(3).Push(x) }},
		{"monge: z has NaN at row 5, column 2", true, func() { Identity(2).Push(nan) }},
		{"monge: a linear map needs at least two points of each cloud, not 1 and 50", true, func() { Linear(one, y) }},
	}
	for _, c := range cases {
		err := func() (caught any) {
			defer func() { caught = recover() }()
			c.f()
			return nil
		}()
		if data, ok := err.(*job.DataError); ok != c.data || ok && data.Message != c.want || !ok && err != c.want {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}
