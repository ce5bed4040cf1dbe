package scaling

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gaspard/lib/job"
)

var (
	problem = Spectrum{Data: 1.5, Target: 2, Noise: 0.25}
	blue    = Recipe{Name: "blue", Rate: Constant(0.1)}
	red     = Recipe{Name: "red", Rate: Rule{Rate: 0.1, Anchor: 64, Power: 1}}
	root    = Recipe{Name: "sqrt", Rate: Rule{Rate: 0.1, Anchor: 64, Power: 0.5}}
	quarter = Recipe{Name: "quarter", Rate: Constant(0.025)}
)

// Losses by an independent program, to all its digits.
func TestExactLossesOfFourRules(t *testing.T) {
	params := []int{8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024}
	for _, c := range []struct {
		recipe Recipe
		losses []float64
	}{
		{blue, []float64{0.42581717, 0.38584802, 0.36492017, 0.34310308, 0.33170110, 0.31975676, 0.31345846, 0.30678924, 0.30323193, 0.29942631, 0.29737808, 0.29517262, 0.29398044, 0.29269470, 0.29200028}},
		{red, []float64{math.Inf(1), 2.83136010, 0.73190024, 0.44977459, 0.38095051, 0.33237387, 0.31345846, 0.29743132, 0.29037437, 0.28388859, 0.28084274, 0.27791782, 0.27649788, 0.27510454, 0.27441737}},
		{root, []float64{0.55499292, 0.45840138, 0.41293587, 0.36892723, 0.34717271, 0.32504693, 0.31345846, 0.30095515, 0.29401367, 0.28614966, 0.28160073, 0.27628722, 0.27313896, 0.26939709, 0.26714958}},
		{quarter, []float64{0.50154231, 0.44148526, 0.40816868, 0.37148273, 0.35114238, 0.32861392, 0.31607329, 0.30213687, 0.29435594, 0.28568968, 0.28084274, 0.27543802, 0.27241290, 0.26903844, 0.26714958}},
	} {
		l := problem.Ladder(c.recipe, params, nil)
		for k, r := range l.Runs {
			if want := c.losses[k]; math.IsInf(want, 1) {
				if !math.IsInf(r.Loss, 1) || !r.Diverged {
					t.Errorf("%s at %g: loss %g, diverged %v, but its rate is beyond stability", l.Recipe, r.Params, r.Loss, r.Diverged)
				}
			} else {
				within(t, l.Recipe, r.Loss, want, 6e-9)
			}
			if n := float64(params[k]); r.FLOPs != 20*n*n || r.Params != n || r.Tokens != 20*n {
				t.Errorf("sizes of %+v", r)
			}
		}
	}
}

// The recipes change places where an independent program says, and where they must.
func TestExactCrossings(t *testing.T) {
	sizes := func(lo, hi int) []int {
		var n []int
		for k := lo; k <= hi; k++ {
			n = append(n, k)
		}
		return n
	}
	crossing := func(a, b Recipe, lo, hi int) float64 {
		n := sizes(lo, hi)
		la, lb := problem.Ladder(a, n, nil), problem.Ladder(b, n, nil)
		var u, delta []float64
		for k := range n {
			u = append(u, math.Log(float64(n[k])))
			d := la.Runs[k].Loss - lb.Runs[k].Loss
			if math.Abs(d) < 1e-14 {
				d = 0
			}
			delta = append(delta, d)
		}
		roots := dataCrossings(u, delta)
		if len(roots) != 1 {
			t.Fatalf("%s and %s cross at %v", a.Name, b.Name, roots)
		}
		return roots[0]
	}
	within(t, "blue and quarter", crossing(blue, quarter, 71, 75), 73.286, 1e-3)
	within(t, "red and sqrt", crossing(red, root, 290, 294), 292.11, 1e-2)
	within(t, "red and quarter", crossing(red, quarter, 53, 57), 54.97, 1e-2)
	within(t, "sqrt and quarter", crossing(root, quarter, 18, 21), 19.68, 1e-2)
	within(t, "sqrt and quarter", crossing(root, quarter, 147, 150), 148.1, 5e-2)
	at64 := problem.Train(64, blue, nil).Loss - problem.Train(64, red, nil).Loss
	within(t, "blue less red at the anchor", at64, 0, 1e-15)
}

// Extrapolation of exact curves finds exact crossings beyond the data.
func TestCompareOnTheExactLaboratory(t *testing.T) {
	s := CompareSettings{Absolute: true, Bootstrap: 200}
	sizes := []int{8, 12, 16, 24, 32}
	c := Compare(problem.Ladder(blue, sizes, nil), problem.Ladder(quarter, sizes, nil), s)
	if c.Verdict != CrossingPredicted || c.Leader != "blue" || c.PredictedLeader != "quarter" {
		t.Errorf("%v", c)
	}
	within(t, "decades from the true crossing", math.Log10(c.Crossing/1.0742e5), 0.0058, 3e-4)

	sizes = []int{64, 96, 128, 192}
	c = Compare(problem.Ladder(red, sizes, nil), problem.Ladder(root, sizes, nil), s)
	within(t, "red and sqrt", c.LawRoot/1.694e6, 1, 1e-3)

	// Near the edge of stability red is no power law. What a law misses there must not
	// pass for noise, in which all differences drown: with noise named, the last of two
	// crossings is seen.
	sizes = []int{12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384}
	redAll, rootAll := problem.Ladder(red, sizes, nil), problem.Ladder(root, sizes, nil)
	if c = Compare(redAll, rootAll, s); c.Verdict != Undetermined || !strings.Contains(strings.Join(c.Reasons, " "), "since a law misses by") {
		t.Errorf("%v", c)
	}
	s.Noise = 1e-9
	if c = Compare(redAll, rootAll, s); c.Verdict != CrossingObserved || math.Abs(math.Log(c.Crossing/1.7066e6)) > 0.05 {
		t.Errorf("%v", c)
	}
}

func TestLargestRateAndKappa(t *testing.T) {
	steep := Spectrum{Data: 0.7, Target: 2, Noise: 0.25}
	for _, c := range []struct {
		params int
		kappa  float64
	}{{64, 0.45682}, {256, 0.75628}, {512, 0.95975}, {768, 1.09991}} {
		within(t, "kappa", steep.Kappa(c.params, 0.1, 1), c.kappa, 6e-6)
		edge := steep.LargestRate(c.params, 1)
		within(t, "kappa at the edge", steep.Kappa(c.params, edge, 1), 1, 1e-9)
		if got := steep.Train(c.params, Recipe{Rate: Constant(0.1), TokensPerParam: 1}, nil); got.Diverged != (c.kappa >= 1) {
			t.Errorf("%v", got)
		}
	}
	for _, c := range []struct {
		params int
		edge   float64
	}{{64, 0.21}, {256, 0.131}} {
		within(t, "largest rate", steep.LargestRate(c.params, 1), c.edge, 6e-3)
	}
	// Long training at a constant rate ends at Floor/(1 - κ).
	r := problem.Train(16, Recipe{Rate: Constant(0.1), TokensPerParam: 4000}, nil)
	within(t, "asymptote", r.Loss, r.Floor/(1-r.Kappa), 1e-9)
	if problem.Kappa(4, 1.2, 1) != math.Inf(1) {
		t.Error("a rate beyond 1 is stable")
	}
	within(t, "tail from 1", tail(2, 0), math.Pi*math.Pi/6, 1e-14)
	within(t, "tail of 1.5 from 20", tail(1.5, 20), 0.4416932772419, 1e-12)
	within(t, "tail from 300", tail(2, 299)-tail(2, 300), 1.0/90000, 1e-16)
}

func TestBestRateIsFarBelowTheLargest(t *testing.T) {
	for _, c := range []struct {
		params     int
		rate, loss float64
	}{{16, 0.0743, 0.36234}, {64, 0.0526, 0.30467}, {256, 0.0312, 0.27993}} {
		var rates []float64
		for k := -26; k <= -2; k++ {
			rates = append(rates, math.Pow(2, float64(k)/4))
		}
		losses := problem.Sweep(c.params, Recipe{}, rates, nil)
		best := 0
		for k := range losses {
			if losses[k] < losses[best] {
				best = k
			}
		}
		within(t, "best rate", rates[best], c.rate, 6e-5)
		within(t, "its loss", losses[best], c.loss, 6e-6)
		fit := FitRate(rates, losses)
		if fit.Edge || fit.Loss > losses[best]+1e-6 || math.Abs(math.Log2(fit.Rate/c.rate)) > 0.25 {
			t.Errorf("parabola: %v", fit)
		}
	}
}

// At fixed data and a fixed rate the loss is U-shaped in the batch.
func TestBatchSizes(t *testing.T) {
	for _, c := range []struct {
		batch            int
		tenth, fourTenth float64
	}{{1, .2929, .7233}, {4, .2677, .2973}, {16, .2746, .2685}, {64, .3069, .2747}, {1024, .6018, .3904}} {
		for rate, want := range map[float64]float64{0.1: c.tenth, 0.4: c.fourTenth} {
			r := problem.Train(256, Recipe{Rate: Constant(rate), Batch: c.batch, TokensPerParam: 80}, nil)
			within(t, "loss", r.Loss, want, 6e-5)
			if r.Tokens != 20480 {
				t.Errorf("%d tokens", r.Tokens)
			}
		}
	}
}

func TestL2OnlineHelpsOnlyWhereTheRateIsTooLarge(t *testing.T) {
	noisy := Spectrum{Data: 1.2, Target: 1.5, Noise: 4}
	for mu, want := range map[float64]float64{0: 5.184, 0.01: 5.074} {
		within(t, "loss at a large rate", noisy.Train(256, Recipe{Rate: Constant(0.1), L2: mu}, nil).Loss, want, 6e-4)
	}
	rates := []float64{}
	for k := -26; k <= -2; k++ {
		rates = append(rates, math.Pow(2, float64(k)/4))
	}
	for mu, want := range map[float64]float64{0: .29009, 1e-3: .29129, 1e-2: .30558, 1e-1: .42791} {
		best := math.Inf(1)
		for _, l := range problem.Sweep(128, Recipe{L2: mu}, rates, nil) {
			best = math.Min(best, l)
		}
		within(t, "loss with the rate tuned", best, want, 6e-6)
	}
	// Under a constant rate, decay of η μ is L2 of μ; with a schedule it is not.
	a := problem.Train(32, Recipe{Rate: Constant(0.05), L2: 0.02}, nil).Loss
	b := problem.Train(32, Recipe{Rate: Constant(0.05), Decay: 0.001}, nil).Loss
	within(t, "decay as L2", a, b, 1e-13)
}

// The recursion is what random descents do on average.
func TestDescentsAgreeWithTheirExpectation(t *testing.T) {
	p := Spectrum{Data: 1.2, Target: 1.5, Noise: 0.25}
	r := Recipe{Rate: Constant(0.1), Batch: 2, L2: 0.05}
	exact := p.Train(20, r, nil)
	within(t, "loss", exact.Loss, 0.87428, 1e-5)
	if exact.Steps != 200 {
		t.Errorf("%d steps", exact.Steps)
	}
	for _, r := range []Recipe{r, {Rate: Constant(0.2), Batch: 3, Decay: 0.01, Cosine: true}} {
		got := p.Simulate(20, r, 1000, 3, nil)
		want := p.Train(20, r, nil).Loss
		if math.Abs(got.Mean-want) > 4*got.SE || got.SE > 0.01 {
			t.Errorf("%v: simulated %v, expected %g", r, got, want)
		}
	}
}

func TestLaboratoriesCanBeCancelled(t *testing.T) {
	m := job.New(nil)
	m.Cancel()
	for name, f := range map[string]func(){
		"train":  func() { problem.Train(1024, blue, m) },
		"ladder": func() { problem.Ladder(blue, []int{1024, 1024, 1024}, m) },
		"ridge": func() {
			problem.Ridge(64, 64, []float64{0.1}, RidgeSettings{Draws: 1000, Job: m})
		},
	} {
		if err := job.Catch(f); !errors.Is(err, job.ErrCancelled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
