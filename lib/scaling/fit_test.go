package scaling

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"gaspard/lib/job"
)

func within(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s is %.12g, want %.12g ± %.2g", what, got, want, tol)
	}
}

// dataError returns the sentence with which f refuses data, or "".
func dataError(t *testing.T, f func()) string {
	t.Helper()
	err := job.Catch(f)
	var bad *job.DataError
	if err != nil && !errors.As(err, &bad) {
		t.Fatal(err)
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func chinchilla(t *testing.T) *Ladder {
	t.Helper()
	ladders, err := ReadRuns("testdata/chinchilla.csv", Columns{Params: "N", Tokens: "D", FLOPs: "C", Loss: "loss"})
	if err != nil {
		t.Fatal(err)
	}
	if len(ladders) != 1 || len(ladders[0].Runs) != 234 {
		t.Fatalf("%d ladders, %v", len(ladders), ladders[0])
	}
	return ladders[0]
}

// exactly is a ladder on a law.
func exactly(l Law, x ...float64) *Ladder {
	ladder := &Ladder{Recipe: "exact"}
	for _, c := range x {
		ladder.Runs = append(ladder.Runs, Run{FLOPs: c, Loss: l.At(c)})
	}
	return ladder
}

func powersOf(base float64, from, to int) []float64 {
	var x []float64
	for k := from; k <= to; k++ {
		x = append(x, math.Pow(base, float64(k)))
	}
	return x
}

// The optima of the 234 published runs were found independently, with gradients from
// many starts and tolerances set by hand.
func TestChinchillaOptima(t *testing.T) {
	ladder := chinchilla(t)
	for _, c := range []struct{ delta, a, b, e, alpha, beta, sum float64 }{
		{1e-3, 442.164, 1271.81, 1.783894, 0.342626, 0.342002, 0.00084009312},
		{1e-2, 502.011, 1390.736, 1.797984, 0.350151, 0.346226, 0.0033038933},
		{1e-4, 420.498, 1466.114, 1.788004, 0.339548, 0.349046, 0.0000937936},
		{math.Inf(1), 510.787, 1335.564, 1.796238, 0.351261, 0.344062, 0.0035052887},
	} {
		r := Fit(ladder, FitSettings{Form: Chinchilla, Huber: c.delta})
		if r.Status != Converged {
			t.Errorf("δ = %g: %v", c.delta, r.Status)
		}
		within(t, "objective", r.Objective, c.sum, 1e-10)
		within(t, "E", r.Law.E, c.e, 2e-6)
		within(t, "alpha", r.Law.Alpha, c.alpha, 2e-6)
		within(t, "beta", r.Law.Beta, c.beta, 2e-6)
		within(t, "A", r.Law.A, c.a, 5e-3)
		within(t, "B", r.Law.B, c.b, 2e-2)
	}
}

func TestAllocations(t *testing.T) {
	besiroglu := Law{Form: Chinchilla, A: 482.01, B: 2085.43, E: 1.8172, Alpha: .3478, Beta: .3658}
	hoffmann := Law{Form: Chinchilla, A: 406.4, B: 410.7, E: 1.69, Alpha: .34, Beta: .28}
	within(t, "besiroglu at 70e9", besiroglu.Loss(70e9, 1.4e12), 1.973882, 1e-6)
	within(t, "besiroglu at 1e9", besiroglu.Loss(1e9, 2e10), 2.530050, 1e-6)
	within(t, "hoffmann at 70e9", hoffmann.Loss(70e9, 1.4e12), 1.936645, 1e-6)
	within(t, "hoffmann at 1e9", hoffmann.Loss(1e9, 2e10), 2.580048, 1e-6)
	b, h := besiroglu.Optimal(5.76e23), hoffmann.Optimal(5.76e23)
	within(t, "params", b.Params/7.22487e10, 1, 1e-5)
	within(t, "tokens", b.Tokens/1.32874e12, 1, 1e-5)
	within(t, "tokens per param", b.TokensPerParam, 18.391, 1e-3)
	within(t, "hoffmann's params", h.Params/3.21899e10, 1, 1e-5)
	within(t, "hoffmann's tokens per param", h.TokensPerParam, 92.647, 1e-3)
	within(t, "loss at 1e20", besiroglu.Optimal(1e20).Loss, 2.553405, 1e-6)

	// An allocation is the best of its neighbours on C = 6ND, for both forms.
	for _, l := range []Law{besiroglu, {Form: Kaplan, A: 8.8e13, Alpha: .076, B: 5.4e13, Beta: .095}} {
		a := l.Optimal(1e21)
		within(t, "compute", 6*a.Params*a.Tokens/1e21, 1, 1e-12)
		for _, f := range []float64{0.99, 1.01} {
			if l.Loss(a.Params*f, a.Tokens/f) <= a.Loss {
				t.Errorf("%v: %g times the params is better", l, f)
			}
		}
		more := l.Optimal(1e22)
		within(t, "exponent", math.Log10(more.Params/a.Params), l.Exponent(), 1e-9)
	}
	if got := dataError(t, func() { Law{Form: Chinchilla, E: 1, A: 1, Alpha: .3}.Optimal(1e20) }); !strings.Contains(got, "no optimal allocation") {
		t.Errorf("a law that does not fall with tokens: %q", got)
	}
}

// Losses without noise give their law back, whatever the units of the size.
func TestLawsAreRecovered(t *testing.T) {
	for _, unit := range []float64{1, 1e15} {
		truth := Law{E: 1.7, A: 50, Alpha: 0.3}
		x := powersOf(10, 3, 7)
		ladder := exactly(truth, x...)
		within(t, "loss at 1e3", ladder.Runs[0].Loss, 7.99462706, 1e-8)
		for i := range ladder.Runs {
			ladder.Runs[i].FLOPs *= unit
		}
		for _, s := range []FitSettings{{}, {Absolute: true}, {Huber: 1e-3}, {Huber: math.Inf(1)}} {
			r := Fit(ladder, s)
			within(t, "E", r.Law.E, 1.7, 1e-10)
			within(t, "A", r.Law.A/math.Pow(unit, 0.3), 50, 1e-8)
			within(t, "alpha", r.Law.Alpha, 0.3, 1e-10)
			if r.Status != Converged || !r.FloorKnown {
				t.Errorf("%+v: %v, floor known %v", s, r.Status, r.FloorKnown)
			}
		}
	}
	r := Fit(exactly(Law{Form: Power, A: 12, Alpha: 0.07}, powersOf(10, 2, 9)...), FitSettings{Form: Power})
	within(t, "A", r.Law.A, 12, 1e-9)
	within(t, "alpha", r.Law.Alpha, 0.07, 1e-11)

	broken := Law{Form: Broken, E: 0.5, A: 8, Alpha: .1, Bend: .4, Break: 3e3, Sharpness: .5}
	r = Fit(exactly(broken, powersOf(2, 3, 20)...), FitSettings{Form: Broken})
	within(t, "break", r.Law.Break, 3e3, 1e-3)
	within(t, "bend", r.Law.Bend, 0.4, 1e-6)
	within(t, "sharpness", r.Law.Sharpness, 0.5, 1e-6)

	kaplan := Law{Form: Kaplan, A: 8.8e13, Alpha: .076, B: 5.4e13, Beta: .095}
	grid := &Ladder{}
	for _, n := range powersOf(10, 6, 10) {
		for _, d := range powersOf(10, 8, 11) {
			grid.Runs = append(grid.Runs, Run{Params: n, Tokens: d, Loss: kaplan.Loss(n, d)})
		}
	}
	r = Fit(grid, FitSettings{Form: Kaplan})
	within(t, "A", r.Law.A/8.8e13, 1, 1e-6)
	within(t, "B", r.Law.B/5.4e13, 1, 1e-6)
	within(t, "alpha", r.Law.Alpha, .076, 1e-8)
	within(t, "beta", r.Law.Beta, .095, 1e-8)
}

// Blue is a constant learning rate on the exact problem of [Spectrum]; the numbers
// are its losses at a = 1.5, b = 2, and the law that another program fitted to them.
func TestAbsoluteLeastSquares(t *testing.T) {
	ladder := &Ladder{}
	for _, p := range [][2]float64{{8, 0.42581717}, {12, 0.38584802}, {16, 0.36492017}, {24, 0.34310308}, {32, 0.33170110}, {48, 0.31975676}} {
		ladder.Runs = append(ladder.Runs, Run{FLOPs: 20 * p[0] * p[0], Loss: p[1]})
	}
	r := Fit(ladder, FitSettings{Absolute: true})
	within(t, "E", r.Law.E, 0.29169, 1e-5)
	within(t, "A", r.Law.A, 3.044, 1e-3)
	within(t, "alpha", r.Law.Alpha, 0.4364, 1e-4)
}

func TestHuberIgnoresAnOutlier(t *testing.T) {
	truth := Law{E: 2, A: 30, Alpha: 0.4}
	ladder := exactly(truth, powersOf(4, 4, 14)...)
	ladder.Runs[5].Loss *= 1.2
	robust, squares := Fit(ladder, FitSettings{Huber: 1e-3}), Fit(ladder, FitSettings{})
	within(t, "E with Huber", robust.Law.E, 2, 5e-3)
	if math.Abs(squares.Law.E-2) < 2*math.Abs(robust.Law.E-2) {
		t.Errorf("least squares is as robust: E %g, Huber %g", squares.Law.E, robust.Law.E)
	}
}

func TestUnusableLossesAreLeftOutAndCounted(t *testing.T) {
	truth := Law{E: 2, A: 30, Alpha: 0.4}
	ladder := exactly(truth, powersOf(4, 4, 10)...)
	clean := Fit(ladder, FitSettings{}).Law
	ladder.Runs = append(ladder.Runs,
		Run{FLOPs: 1e9, Loss: math.NaN()}, Run{FLOPs: 1e9, Loss: math.Inf(1)}, Run{FLOPs: 1e9, Loss: 3, Diverged: true},
		Run{FLOPs: 1e9, Loss: 0}, Run{Loss: 3}, Run{FLOPs: math.Inf(1), Loss: 3})
	r := Fit(ladder, FitSettings{})
	if want := (Excluded{Diverged: 1, Missing: 1, Infinite: 1, NotPositive: 1, NoSize: 2}); r.Excluded != want {
		t.Errorf("left out %+v, want %+v", r.Excluded, want)
	}
	if r.Law != clean {
		t.Errorf("%v, want %v", r.Law, clean)
	}
	if !strings.Contains(r.String(), "6 runs left out") {
		t.Errorf("the summary does not say so:\n%v", r)
	}
}

func TestFitsThatCannotBe(t *testing.T) {
	two := exactly(Law{E: 2, A: 30, Alpha: 0.4}, 1e3, 1e4)
	two.Runs = append(two.Runs, two.Runs...)
	if got, want := dataError(t, func() { Fit(two, FitSettings{}) }), "scaling: a power law with a floor needs at least 3 sizes; exact has 2 by FLOPs"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	// Losses that rise or stay have no power law.
	for _, slope := range []float64{0.1, 0} {
		l := &Ladder{}
		for k := range 6 {
			l.Runs = append(l.Runs, Run{FLOPs: math.Pow(10, float64(k)), Loss: 2 + slope*float64(k)})
		}
		r := Fit(l, FitSettings{})
		if r.Status != AtBound || r.Status.Err() == nil || len(r.Warnings) == 0 {
			t.Errorf("slope %g: %v, %v, warnings %q", slope, r.Law, r.Status, r.Warnings)
		}
	}
	// A straight line in the logarithms has no floor to be found.
	rng := rand.New(rand.NewPCG(1, 1))
	straight := exactly(Law{Form: Power, A: 9, Alpha: 0.1}, powersOf(3, 5, 12)...)
	for i := range straight.Runs {
		straight.Runs[i].Loss *= 1 + 0.003*rng.NormFloat64()
	}
	r := Fit(straight, FitSettings{})
	if r.FloorKnown || !strings.Contains(strings.Join(r.Warnings, "\n"), "floor is not identified") {
		t.Errorf("a floor of %g is taken for known; warnings %q", r.Law.E, r.Warnings)
	}
	if p := r.FloorProfile(5); p.Interval.Low != 0 || !p.Interval.Contains(r.Law.E) {
		t.Errorf("profile %v of a line without a floor", p)
	}
}

func TestFloorProfile(t *testing.T) {
	r := Fit(chinchilla(t), FitSettings{Form: Chinchilla})
	p := r.FloorProfile(4)
	if !r.FloorKnown || !p.Interval.Contains(1.7839) || p.Interval.Low < 1.7 || p.Interval.High > 1.87 {
		t.Errorf("%v, ratio %g", p, r.FloorRatio)
	}
	for i, o := range p.Objectives {
		if o < r.Objective*(1-1e-9) {
			t.Errorf("with the floor at %g the objective is %g, below the minimum %g", p.Floors[i], o, r.Objective)
		}
	}
	within(t, "ratio", p.Objectives[0]/r.Objective, r.FloorRatio, 1e-2)
}

// The profile of a Huber loss of noisy runs falls to one minimum and rises again: each
// fit with the floor held found its own minimum.
func TestFloorProfileHasOneValley(t *testing.T) {
	truth := Law{Form: Chinchilla, E: 1.8172, A: 482.01, Alpha: 0.3478, B: 2085.43, Beta: 0.3658}
	rng := rand.New(rand.NewPCG(1, 0))
	ladder := &Ladder{}
	for _, c := range []float64{6e18, 3e19, 1e20, 6e20, 3e21} {
		for k := -6; k <= 6; k++ {
			n := truth.Optimal(c).Params * math.Pow(1.3, float64(k))
			d := c / 6 / n
			ladder.Runs = append(ladder.Runs, Run{Params: n, Tokens: d, Loss: truth.Loss(n, d) * (1 + 0.005*rng.NormFloat64())})
		}
	}
	r := Fit(ladder, FitSettings{Form: Chinchilla})
	p := r.FloorProfile(25)
	if p.Status != Converged || !p.Interval.Contains(truth.E) {
		t.Errorf("%v, %v", p, p.Status)
	}
	for k := 1; k < len(p.Floors); k++ {
		falls := p.Objectives[k] < p.Objectives[k-1]
		if p.Floors[k] < r.Law.E && !falls || p.Floors[k-1] > r.Law.E && falls {
			t.Errorf("between floors %g and %g the objective goes from %g to %g", p.Floors[k-1], p.Floors[k], p.Objectives[k-1], p.Objectives[k])
		}
	}
}

func TestBootstrapOverRunsAndSeeds(t *testing.T) {
	truth := Law{E: 2, A: 100, Alpha: 0.5}
	rng := rand.New(rand.NewPCG(7, 7))
	seeds, single := &Ladder{}, &Ladder{}
	for _, x := range powersOf(10, 2, 7) {
		for seed := range uint64(3) {
			r := Run{FLOPs: x, Seed: seed, Loss: truth.At(x) * (1 + 0.01*rng.NormFloat64())}
			seeds.Runs = append(seeds.Runs, r)
			if seed == 0 {
				single.Runs = append(single.Runs, r)
			}
		}
	}
	for _, c := range []struct {
		ladder *Ladder
		rule   string
	}{{seeds, "seeds"}, {single, "residuals"}} {
		s := FitSettings{Bootstrap: 200, Seed: 3}
		r, again := Fit(c.ladder, s), Fit(c.ladder, s)
		if r.Resampling != c.rule || len(r.Resamples) != 200 {
			t.Fatalf("%d resamples of %q, want %q", len(r.Resamples), r.Resampling, c.rule)
		}
		if !reflect.DeepEqual(r.Resamples, again.Resamples) {
			t.Error("the same seed gives other resamples")
		}
		alpha := r.Interval(func(l Law) float64 { return l.Alpha })
		if !alpha.Contains(0.5) || alpha.High-alpha.Low > 0.2 {
			t.Errorf("%s: α %v for 0.5", c.rule, alpha)
		}
	}
	r := Fit(chinchilla(t), FitSettings{Form: Chinchilla, Bootstrap: 60})
	if e := r.Interval(func(l Law) float64 { return l.E }); r.Resampling != "runs" || !e.Contains(r.Law.E) || e.High-e.Low > 0.2 || e.High-e.Low < 0.02 {
		t.Errorf("E %v from resampled %s", e, r.Resampling)
	}
	exact := Fit(exactly(truth, 1e2, 1e3, 1e4), FitSettings{Bootstrap: 10})
	if len(exact.Resamples) != 0 || !strings.Contains(exact.String(), "no bootstrap") {
		t.Errorf("a bootstrap without residuals:\n%v", exact)
	}
}

func TestFitRate(t *testing.T) {
	var rates, losses []float64
	for k := -4; k <= 4; k++ {
		rate := 0.01 * math.Pow(math.Sqrt2, float64(k))
		u := math.Log(rate / 0.012)
		rates, losses = append(rates, rate), append(losses, 3+0.2*u*u)
	}
	losses = append(losses, math.Inf(1), math.NaN())
	rates = append(rates, 1, 2)
	r := FitRate(rates, losses)
	within(t, "rate", r.Rate, 0.012, 1e-12)
	within(t, "loss", r.Loss, 3, 1e-12)
	within(t, "curvature", r.Curvature, 0.2, 1e-11)
	if r.Edge || r.Excluded != 2 || r.Used != 5 {
		t.Errorf("%+v", r)
	}
	if r := FitRate([]float64{1, 2, 4}, []float64{3, 2, 1}); !r.Edge || r.Rate != 4 {
		t.Errorf("the optimum lies beyond the grid: %+v", r)
	}
	if got := dataError(t, func() { FitRate([]float64{1, 2, 3}, []float64{1, 2, math.Inf(1)}) }); !strings.Contains(got, "there are 2") {
		t.Errorf("two rates: %q", got)
	}
}
