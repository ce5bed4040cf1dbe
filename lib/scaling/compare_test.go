package scaling

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func laddered(name string, x, losses []float64) *Ladder {
	l := &Ladder{Recipe: name}
	for i := range x {
		l.Runs = append(l.Runs, Run{FLOPs: x[i], Loss: losses[i]})
	}
	return l
}

// noisy is a ladder of three seeds on a law, with relative noise.
func noisy(name string, law Law, x []float64, sigma float64, rng *rand.Rand) *Ladder {
	l := &Ladder{Recipe: name}
	for _, c := range x {
		for seed := range uint64(3) {
			l.Runs = append(l.Runs, Run{FLOPs: c, Seed: seed, Loss: law.At(c) * (1 + sigma*rng.NormFloat64())})
		}
	}
	return l
}

// evenly are n sizes from 10^lo to 10^hi.
func evenly(lo, hi float64, n int) []float64 {
	var x []float64
	for k := range n {
		x = append(x, math.Pow(10, lo+(hi-lo)*float64(k)/float64(n-1)))
	}
	return x
}

func warned(c *Comparison, what string) bool {
	return strings.Contains(strings.Join(c.Warnings, "\n"), what)
}

func TestCrossingsOfLaws(t *testing.T) {
	for _, c := range []struct {
		a, b  Law
		roots []float64
	}{
		{Law{E: 2, A: 100, Alpha: .5}, Law{E: 2, A: 10, Alpha: .25}, []float64{1e4}},
		{Law{E: 1.8, A: 30, Alpha: .5}, Law{E: 2, A: 10, Alpha: .5}, []float64{1e4}},
		{Law{E: 2.1, A: 100, Alpha: .5}, Law{E: 2, A: 11, Alpha: .25}, []float64{1e4, 1e8}},
		{Law{E: 2.4, A: 100, Alpha: .5}, Law{E: 2, A: 11, Alpha: .25}, nil},
		{Law{E: 2, A: 10, Alpha: .3}, Law{E: 2, A: 12, Alpha: .3}, nil},
		{Law{E: 1.7, A: 50, Alpha: .3}, Law{E: 2, A: 20, Alpha: .25}, []float64{262672.03}},
		{Law{E: 2, A: 10, Alpha: .3}, Law{E: 2, A: 10, Alpha: .3}, nil},
		{Law{E: 2}, Law{E: 2}, nil},
		{Law{E: 2}, Law{E: 3}, nil},
	} {
		got := Crossings(c.a, c.b, 1, 1e12)
		if len(got) != len(c.roots) {
			t.Errorf("%v and %v cross at %v, want %v", c.a, c.b, got, c.roots)
			continue
		}
		for k := range got {
			within(t, "root / known root", got[k]/c.roots[k], 1, 1e-8)
		}
	}
	// A crossing on a size at which the laws are compared is one, and found.
	if got := Crossings(Law{E: 2, A: 100, Alpha: .5}, Law{E: 2, A: 10, Alpha: .25}, 1e2, 1e6); len(got) != 1 {
		t.Errorf("crossings %v", got)
	}
}

// A line of known covariance: the interval holds exactly the sizes at which the
// difference is within t standard errors of 0.
func TestFieller(t *testing.T) {
	l := line{b0: -4, b1: 2, v00: 0.04, v01: -0.01, v11: 0.01}
	i := l.fieller(2, 0.95)
	for _, x := range []float64{i.Low, i.High} {
		u := math.Log(x)
		within(t, "squared difference over variance", math.Pow(l.b0+l.b1*u, 2)/(l.v00+2*u*l.v01+u*u*l.v11), 4, 1e-9)
	}
	if !i.Contains(math.Exp(2)) || !i.Bounded() {
		t.Errorf("interval %v of a root at %g", i, math.Exp(2))
	}
	l.b1 = 0.1
	if i := l.fieller(2, 0.95); i.Bounded() {
		t.Errorf("a slope within its errors gives %v", i)
	}
	fitted := fitLine([]float64{0, 1, 2, 3}, []float64{-1, 0, 1, 2}, []float64{.1, .1, .1, .1})
	within(t, "b0", fitted.b0, -1, 1e-12)
	within(t, "b1", fitted.b1, 1, 1e-12)
	within(t, "variance of the slope", fitted.v11, 0.01/5, 1e-12)
}

// Straight lines between sizes are off where the difference bends; cubics find the
// root of a cubic.
func TestCubicCrossing(t *testing.T) {
	u := []float64{0, 1, 2, 3, 4, 5}
	var delta []float64
	for _, v := range u {
		delta = append(delta, (v-2.7)*(1+0.3*v+0.1*v*v))
	}
	straight := dataCrossings(u, delta)[0]
	if math.Abs(math.Log(straight)-2.7) < 0.01 {
		t.Fatal("the test needs a bend")
	}
	within(t, "root", math.Log(cubicCrossing(u, delta, straight)), 2.7, 1e-9)
	within(t, "root among three sizes", math.Log(cubicCrossing(u[2:5], delta[2:5], straight)), 2.7, 0.02)
}

// One truth whose crossing is at 1e4, seen from below, across it and from afar.
func TestVerdictsOnLawsWithNoise(t *testing.T) {
	one, two := Law{E: 2, A: 100, Alpha: .5}, Law{E: 2, A: 10, Alpha: .25}
	for _, test := range []struct {
		name    string
		a, b    Law
		x       []float64
		sigma   float64
		s       CompareSettings
		verdict Verdict
	}{
		{"across", one, two, evenly(2, 6, 9), .01, CompareSettings{}, CrossingObserved},
		{"from below", one, two, evenly(1.5, 3.5, 9), .003, CompareSettings{}, CrossingPredicted},
		{"too noisy", one, two, evenly(1.5, 3.5, 9), .05, CompareSettings{}, Undetermined},
		{"near horizon", one, two, evenly(0.5, 2.5, 9), .002, CompareSettings{Horizon: 1e3}, NoCrossing},
		{"one law", one, one, evenly(1.5, 3.5, 9), .01, CompareSettings{}, Tie},
		{"small effect", one, Law{E: 2.01, A: 100, Alpha: .5}, evenly(1.5, 3.5, 9), 1e-4, CompareSettings{Effect: .05}, Tie},
	} {
		rng := rand.New(rand.NewPCG(12, 4))
		test.s.Bootstrap = 200
		a, b := noisy("one", test.a, test.x, test.sigma, rng), noisy("two", test.b, test.x, test.sigma, rng)
		c := Compare(a, b, test.s)
		if c.Verdict != test.verdict || len(c.Reasons) == 0 {
			t.Errorf("%s: %v", test.name, c)
			continue
		}
		if !strings.Contains(c.String(), test.verdict.String()) {
			t.Errorf("the summary hides the verdict:\n%v", c)
		}
		if test.verdict == CrossingObserved || test.verdict == CrossingPredicted {
			if !c.Interval.Contains(1e4) || c.Interval.Decades() > 0.4 || !c.Fieller.Contains(1e4) {
				t.Errorf("%s: the crossing is at 1e4, not %v (Fieller %v)", test.name, c.Interval, c.Fieller)
			}
		}
		// Exchanging the recipes exchanges nothing but the names.
		back := Compare(b, a, test.s)
		if back.Verdict != c.Verdict || back.Leader != c.Leader {
			t.Errorf("%s: the other way round %v, %s ahead", test.name, back.Verdict, back.Leader)
		}
		again := Compare(a, b, test.s)
		if again.Interval != c.Interval && c.Interval.Bounded() || again.AtHorizonRange != c.AtHorizonRange {
			t.Errorf("%s: the same seed gives other intervals", test.name)
		}
	}
}

// Best loss per compute of language models of three recipes, from the repository of
// porian:24 (MIT), as read from its summary tables.
var (
	porianFLOPs = []float64{1.25e16, 2.5e16, 5e16, 1e17, 2e17, 4e17, 8e17, 1.6e18, 3.2e18, 6.4e18, 1.28e19, 2.56e19}
	porianLong  = []float64{5.21479, 4.79011, 4.44035, 4.18657, 3.98084, 3.81384, 3.65517, 3.51503, 3.40418, 3.29873, 3.18891, 3.10247}
	porianShort = []float64{5.26551, 4.88024, 4.43851, 4.17371, 3.94949, 3.77616, 3.60812, 3.45820, 3.32497, 3.20114, 3.08690, 2.98313}
	porianTuned = []float64{4.54324, 4.36440, 4.20115, 4.03735, 3.89894, 3.76409, 3.63184, 3.50996, 3.40055, 3.29056, 3.19040, 3.09488}
)

func TestPublishedLadders(t *testing.T) {
	long, short, tuned := laddered("long", porianFLOPs, porianLong), laddered("short", porianFLOPs, porianShort), laddered("tuned", porianFLOPs, porianTuned)
	s := CompareSettings{Noise: 0.004, Bootstrap: 200}

	c := Compare(tuned, short, s)
	if c.Verdict != CrossingObserved || c.Leader != "short" {
		t.Errorf("%v", c)
	}
	within(t, "crossing of tuned and short", c.Crossing/5.06e17, 1, 3e-3)
	if !c.Interval.Contains(c.Crossing) || !c.Fieller.Contains(c.Crossing) || !c.Bracket.Contains(c.Crossing) {
		t.Errorf("%g in %v, %v, %v", c.Crossing, c.Bracket, c.Interval, c.Fieller)
	}
	if !warned(c, "the floors") {
		t.Errorf("floors of %g and %g on the same data without a warning", c.FitA.Law.E, c.FitB.Law.E)
	}

	c = Compare(long, short, s)
	within(t, "crossing of long and short", c.Crossing/4.93e16, 1, 3e-3)

	c = Compare(tuned, long, s)
	if c.Verdict != Tie {
		t.Errorf("four changes of sign within the noise are no crossing: %v", c)
	}

	// From the first sizes alone the laws cross once more where the data do not. The
	// tool must not tell the story with confidence.
	trap := Compare(tuned.Between(ByFLOPs, 0, 2e17), short.Between(ByFLOPs, 0, 2e17), s)
	if trap.Verdict != Undetermined || trap.Leader != "tuned" {
		t.Errorf("%v", trap)
	}
	trap = Compare(tuned.Between(ByFLOPs, 0, 1.6e18), short.Between(ByFLOPs, 0, 1.6e18), s)
	if !warned(trap, "usually an artefact") || !warned(trap, "at the horizon the laws see tuned ahead, at the largest size it is short") {
		t.Errorf("a second crossing beyond the data without a warning: %q", trap.Warnings)
	}
}

// Means and deviations over three seeds of small networks by width, of which one
// becomes unstable.
func TestAnInstabilityOnItsWay(t *testing.T) {
	width := []float64{16, 24, 32, 48, 64, 96, 128, 192, 256}
	seeds := func(name string, mean, sd []float64) *Ladder {
		l := &Ladder{Recipe: name}
		for i := range mean {
			for k := range 3 {
				l.Runs = append(l.Runs, Run{Params: width[i], Loss: mean[i] + float64(k-1)*sd[i], Seed: uint64(k)})
			}
		}
		return l
	}
	blue := seeds("blue", []float64{3.3271, 3.2714, 3.2239, 3.1351, 3.0738, 3.0077, 2.9660, 2.9639, 2.9957},
		[]float64{.008, .009, .004, .009, .002, .007, .004, .048, .048})
	red := seeds("red", []float64{3.4375, 3.3387, 3.2592, 3.1366, 3.0738, 3.0049, 2.9439, 2.9019, 2.8773},
		[]float64{.004, .012, .013, .011, .002, .011, .004, .004, .007})
	c := Compare(blue, red, CompareSettings{Axis: ByParams, Bootstrap: 200})
	if c.Verdict != CrossingObserved || c.Leader != "red" || !warned(c, "blue: seeds scatter") || !warned(c, "blue: the loss turns up") {
		t.Errorf("%v", c)
	}
	if warned(c, "red: seeds scatter") {
		t.Error("red is taken for unstable")
	}
	// Up to the anchor width, where both are the same run, nothing may be predicted.
	low := Compare(blue.Between(ByParams, 0, 64), red.Between(ByParams, 0, 64), CompareSettings{Axis: ByParams, Bootstrap: 200})
	if low.Verdict != Undetermined {
		t.Errorf("%v", low)
	}
}

func TestEdgesOfComparison(t *testing.T) {
	x := evenly(3, 7, 7)
	law := Law{E: 2, A: 30, Alpha: 0.3}
	a, b := exactly(law, x...), exactly(law, x...)
	if c := Compare(a, b, CompareSettings{Bootstrap: 50}); c.Verdict != Tie || len(c.Roots) != 0 || c.Leader != "neither" || c.A == c.B {
		t.Errorf("one curve twice: %v", c)
	}
	flat := laddered("flat", x, []float64{2, 2, 2, 2, 2, 2, 2})
	if c := Compare(flat, laddered("flat too", x, []float64{2, 2, 2, 2, 2, 2, 2}), CompareSettings{Bootstrap: 50}); c.Verdict != Tie || !warned(c, "at a bound") {
		t.Errorf("constant curves: %v", c)
	}

	// A crossing exactly on a size, in two units of compute.
	one, two := Law{E: 2, A: 100, Alpha: .5}, Law{E: 2, A: 10, Alpha: .25}
	on := evenly(2, 6, 9)
	inFLOPs := Compare(exactly(one, on...), exactly(two, on...), CompareSettings{Noise: .01, Bootstrap: 200})
	la, lb := exactly(one, on...), exactly(two, on...)
	for i := range la.Runs {
		la.Runs[i].FLOPs *= 1e15
		lb.Runs[i].FLOPs *= 1e15
	}
	scaled := Compare(la, lb, CompareSettings{Noise: .01, Bootstrap: 200})
	if inFLOPs.Verdict != CrossingObserved || scaled.Verdict != CrossingObserved {
		t.Fatalf("%v\n%v", inFLOPs, scaled)
	}
	within(t, "crossing", inFLOPs.LawRoot, 1e4, 1)
	within(t, "crossing in units", scaled.Crossing/inFLOPs.Crossing, 1e15, 1e3)

	// What is to be warned of.
	c, d := exactly(one, 1e2, 1e3, 1e4, 1e5), exactly(two, 1e2, 1e3, 1e4, 1e5, 1e6)
	c.Recipe, d.Recipe = "c", "d"
	c.Runs[1].RateAtEdge = true
	c.Tuning, d.Compute = "by hand", "6ND"
	c.Runs = append(c.Runs, Run{FLOPs: 1e6, Loss: math.Inf(1)})
	w := Compare(c, d, CompareSettings{Noise: .01, Bootstrap: 50, Horizon: 1e8})
	for _, want := range []string{
		"horizon is 1e+03 times beyond the data", "only 4 sizes in common", "d: 1 sizes that the other does not have",
		"c: 1 runs left out: 1 with an infinite loss", "c: 1 runs have their best learning rate at the edge",
		"tuned differently", "compute is counted differently",
	} {
		if !warned(w, want) {
			t.Errorf("no warning of %q in %q", want, w.Warnings)
		}
	}
	if got := dataError(t, func() { Compare(exactly(one, 1e2, 1e3, 1e4), exactly(two, 1e3, 1e4, 1e5), CompareSettings{}) }); !strings.Contains(got, "have 2 sizes by FLOPs in common") {
		t.Errorf("two sizes in common: %q", got)
	}
	// Three sizes without seeds leave nothing to judge by.
	bare := Compare(exactly(one, 1e2, 1e3, 1e4), exactly(two, 1e2, 1e3, 1e4), CompareSettings{})
	if bare.Verdict != Undetermined || !strings.Contains(strings.Join(bare.Reasons, " "), "nothing to tell a difference from noise by") {
		t.Errorf("%v", bare)
	}
}

// Pairing takes out what the seeds have in common.
func TestPairedSeedsSeeSmallerDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	law := Law{E: 2, A: 30, Alpha: 0.3}
	a, b := &Ladder{Recipe: "a"}, &Ladder{Recipe: "b"}
	for _, x := range evenly(3, 7, 6) {
		for seed := range uint64(3) {
			shared := 1 + 0.02*rng.NormFloat64()
			a.Runs = append(a.Runs, Run{FLOPs: x, Seed: seed, Loss: law.At(x) * shared})
			b.Runs = append(b.Runs, Run{FLOPs: x, Seed: seed, Loss: (law.At(x) + 0.02) * shared * (1 + 0.0005*rng.NormFloat64())})
		}
	}
	paired := Compare(a, b, CompareSettings{Bootstrap: 50})
	slices.Reverse(b.Runs)
	if again := Compare(a, b, CompareSettings{Bootstrap: 50}); !reflect.DeepEqual(again.Differences, paired.Differences) {
		t.Error("the order of runs matters")
	}
	for i := range b.Runs {
		b.Runs[i].Seed += 100
	}
	apart := Compare(a, b, CompareSettings{Bootstrap: 50})
	if paired.LeaderZ > -5 || math.Abs(apart.LeaderZ) > 3 || !paired.Differences[0].Paired || apart.Differences[0].Paired {
		t.Errorf("z %.1f in pairs, %.1f apart", paired.LeaderZ, apart.LeaderZ)
	}
}

// BenchmarkCoverage measures how often the interval of the laws' crossing holds the
// true one, 1e4, or is not bounded and says so. Run it with -benchtime 500x.
func BenchmarkCoverage(b *testing.B) {
	one, two := Law{E: 2, A: 100, Alpha: .5}, Law{E: 2, A: 10, Alpha: .25}
	for _, cell := range []struct{ lo, hi, sigma float64 }{
		{2, 6, .01}, {2, 6, .03}, {1.5, 3.5, .003}, {1.5, 3.5, .01}, {1.5, 3.5, .03},
		{0, 3, .003}, {0, 3, .01}, {0, 2, .003}, {0, 2, .01},
	} {
		b.Run(fmt.Sprintf("10^%g-10^%g/%g%%", cell.lo, cell.hi, 100*cell.sigma), func(b *testing.B) {
			x := evenly(cell.lo, cell.hi, 9)
			var covers, unbounded, wrong int
			var widths []float64
			verdicts := map[Verdict]int{}
			for k := range b.N {
				rng := rand.New(rand.NewPCG(1, uint64(k)))
				c := Compare(noisy("one", one, x, cell.sigma, rng), noisy("two", two, x, cell.sigma, rng),
					CompareSettings{Bootstrap: 200, Seed: uint64(k)})
				verdicts[c.Verdict]++
				switch {
				case !c.LawRange.Bounded():
					unbounded++
				case c.LawRange.Contains(1e4):
					covers++
				}
				widths = append(widths, math.Min(c.LawRange.Decades(), 99))
				located := c.Verdict == CrossingPredicted || c.Verdict == CrossingObserved
				if located && !c.Interval.Contains(1e4) || c.Verdict == NoCrossing && c.Horizon > 1e4 {
					wrong++
				}
			}
			slices.Sort(widths)
			share := func(n int) float64 { return 100 * float64(n) / float64(b.N) }
			b.ReportMetric(share(covers), "%covers")
			b.ReportMetric(share(unbounded), "%unbounded")
			b.ReportMetric(widths[len(widths)/2], "decades")
			b.ReportMetric(share(verdicts[CrossingPredicted]+verdicts[CrossingObserved]), "%located")
			b.ReportMetric(share(wrong), "%wrong")
		})
	}
}
