package scaling

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"gaspard/lib/job"
)

// CompareSettings holds the parameters of [Compare]. The zero value is the default.
type CompareSettings struct {
	Axis    Axis
	Horizon float64 // The largest size that is spoken about; 0 means 10 × the largest that both have.
	// Effect is the smallest difference of loss that matters; smaller ones are ties.
	Effect float64
	// Noise is the standard deviation of the loss of one run, for ladders without
	// seeds; 0 means that it is taken from seeds if all sizes have two, and else from
	// the residuals of the laws.
	Noise     float64
	Absolute  bool         // Fit errors of L rather than relative ones.
	Bootstrap int          // Resamples; 0 means 1000.
	Seed      uint64       // Of the bootstrap.
	Job       *job.Monitor // Progress and cancellation; nil means the process's own.
}

func (s CompareSettings) withDefaults() CompareSettings {
	for _, f := range []struct {
		name  string
		value float64
	}{{"Horizon", s.Horizon}, {"Effect", s.Effect}, {"Noise", s.Noise}} {
		if f.value < 0 || math.IsNaN(f.value) || math.IsInf(f.value, 0) {
			panic(fmt.Sprintf("scaling: %s is %g", f.name, f.value))
		}
	}
	if s.Bootstrap < 0 {
		panic(fmt.Sprintf("scaling: Bootstrap is %d", s.Bootstrap))
	}
	if s.Bootstrap == 0 {
		s.Bootstrap = 1000
	}
	return s
}

// BackTest is a prediction of sizes that were held out.
type BackTest struct {
	HeldOut        int       // How many of the largest sizes.
	X              []float64 // These sizes.
	Predicted      []float64 // Differences of the laws fitted without them.
	Measured       []float64
	ErrorA, ErrorB float64 // Largest relative errors of the two laws there.
	Tested, Right  int     // Sizes whose measured difference is significant, and how many of their signs were predicted.
}

// Comparison is the verdict on two ladders with everything that led to it. Delta is
// always A - B: positive where B is better.
type Comparison struct {
	A, B    string
	Axis    Axis
	Verdict Verdict
	Reasons []string // The conditions that decided the verdict.
	// Warnings say what else should keep a reader from trusting the verdict.
	Warnings []string

	// Leader is the recipe with the lower loss at the largest size that both have,
	// the decision that needs no law, and LeaderZ how sure that is. PredictedLeader is
	// the one that the laws see ahead at the horizon.
	Leader, PredictedLeader string
	LeaderZ                 float64

	Differences []Difference // At the sizes that both have.
	NoiseFrom   string
	// Detectable is the difference at the largest size that would have been called
	// significant.
	Detectable float64

	// Crossing is where the two change places, NaN if that cannot be said: between the
	// sizes of Bracket if it was observed, else where the laws cross beyond the data.
	Crossing float64
	Bracket  Interval
	Interval Interval // Of Crossing, by the bootstrap: of the data if it was observed, else of the laws.
	Fieller  Interval // By Fieller's method: of the data near it if it was observed, else of the tangents of the laws.
	LeverArm float64  // Crossing over the largest size that both have.

	FitA, FitB *FitResult
	Roots      []float64 // All crossings of the two laws, from the smallest size to the horizon.
	LawRoot    float64   // The one that the bootstrap followed, beyond the horizon too; NaN if there is none.
	LawRange   Interval  // Of LawRoot; infinite where more than 2.5 % of the resamples have none.
	RootShare  float64   // Resamples with a crossing between the largest size and the horizon.

	Horizon        float64
	AtHorizon      float64 // Delta of the laws at the horizon.
	AtHorizonRange Interval

	// SharedA and SharedB are laws with one floor for both; SharedRoots where they
	// cross, and SharedP the p-value of an F test against separate floors.
	SharedA, SharedB Law
	SharedRoots      []float64
	SharedP          float64

	FormsAgree int // How many of separate floors, a shared floor and a parabola cross beyond the data within a decade of each other.
	BackTests  []BackTest

	Elapsed  time.Duration
	Settings CompareSettings
}

// Compare asks whether two recipes change places as they grow, from ladders of small
// runs, and answers with one of five verdicts; see [Verdict].
//
// The two ladders should have the same sizes and seeds; differences are taken at the
// sizes that both have, in pairs where the seeds agree. Each ladder gets a power law
// with a floor of its own, and both together one with a shared floor. Resamples draw
// seeds anew, in pairs, or else residuals, or noise of the given size; a crossing
// that the data show is drawn by the standard errors of the differences. The
// intervals are at 95 %.
//
// A crossing outside the data is the crossing of two formulas. Compare predicts one
// only if the laws predict the largest sizes from the smaller ones, if other formulas
// agree, and if the resamples do; the warnings say what it did not like. Read Leader
// beside it: taking the better one at the largest size is hard to beat.
//
// Time: about 0.1 s for 1,000 resamples of ladders of ten sizes on two cores.
//
// Compare panics with a sentence if a setting is out of range, and with a
// [*job.DataError] if the ladders have fewer than 3 sizes in common.
//
// Source: xiao:24, section on crossovers, for the question.
func Compare(a, b *Ladder, s CompareSettings) *Comparison {
	start := time.Now()
	s = s.withDefaults()
	p := &pair{a: a, b: b, s: s, c: &Comparison{A: named(a, "A"), B: named(b, "B"), Axis: s.Axis, Settings: s}}
	if p.c.A == p.c.B {
		p.c.A, p.c.B = p.c.A+" (A)", p.c.B+" (B)"
	}
	p.measure()
	p.laws()
	p.bootstrap()
	p.backTests()
	p.decide()
	p.warn()
	p.c.Elapsed = time.Since(start)
	return p.c
}

func named(l *Ladder, other string) string {
	if l.Recipe == "" {
		return other
	}
	return l.Recipe
}

// pair is two ladders while they are compared.
type pair struct {
	a, b *Ladder
	s    CompareSettings
	c    *Comparison

	outA, outB Excluded
	source     noiseSource
	df         int
	top        float64 // the largest size that both have
	u, delta   []float64
	se         []float64
	tangent    line // of the laws at their crossing, in ln(x/LawRoot)
}

// measure fits the laws, since their residuals may be the only noise there is, and
// takes the differences.
func (p *pair) measure() {
	c := p.c
	fit := FitSettings{Axis: p.s.Axis, Absolute: p.s.Absolute, Job: p.s.Job}
	c.FitA, c.FitB = Fit(p.a, fit), Fit(p.b, fit)
	c.Differences = common(c.FitA.data.scales, c.FitB.data.scales)
	if n := len(c.Differences); n < 3 {
		panic(job.BadData("scaling: %s and %s have %d sizes by %v in common; a comparison needs at least 3", c.A, c.B, n, p.s.Axis))
	}
	p.source, p.df = judge(c.Differences, c.FitA.data.scales, c.FitB.data.scales, p.s.Noise, p.s.Effect, residual(c.FitA), residual(c.FitB))
	c.NoiseFrom = string(p.source)
	for _, d := range c.Differences {
		p.u, p.delta, p.se = append(p.u, math.Log(d.X)), append(p.delta, d.Delta), append(p.se, d.SE)
	}
	last := c.Differences[len(c.Differences)-1]
	p.top = last.X
	c.Leader, c.LeaderZ = leader(c.A, c.B, last.Delta), last.Z
	t := math.Max(2, p.quantile())
	c.Detectable = math.Max(t*last.SE, p.s.Effect)
	c.Horizon = p.s.Horizon
	if c.Horizon == 0 {
		c.Horizon = 10 * p.top
	}
	if c.Horizon < p.top {
		panic(fmt.Sprintf("scaling: Horizon is %g, below the largest size %g", c.Horizon, p.top))
	}
}

// quantile is that of the t distribution for intervals at 95 %.
func (p *pair) quantile() float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(max(p.df, 1))}.Quantile(0.975)
}

func leader(a, b string, delta float64) string {
	switch {
	case delta < 0:
		return a
	case delta > 0:
		return b
	}
	return "neither"
}

// residual is the relative scatter of a fit, NaN if there are no degrees of freedom.
func residual(r *FitResult) float64 {
	if r.Points <= 3 {
		return math.NaN()
	}
	return r.RMS * math.Sqrt(float64(r.Points)/float64(r.Points-3))
}

// laws computes what the fitted laws say.
func (p *pair) laws() {
	c := p.c
	la, lb := c.FitA.Law, c.FitB.Law
	if c.Horizon > c.Differences[0].X {
		c.Roots = Crossings(la, lb, c.Differences[0].X, c.Horizon)
	}
	c.AtHorizon = la.At(c.Horizon) - lb.At(c.Horizon)
	c.PredictedLeader = leader(c.A, c.B, c.AtHorizon)
	da, db := c.FitA.data, c.FitB.data
	ba, bb := newPowerBasis(da.x), newPowerBasis(db.x)
	wa, wb := squared(da, p.s.Absolute), squared(db, p.s.Absolute)
	sa, sb := sharedFloor(ba, bb, da.y, wa, db.y, wb)
	c.SharedA, c.SharedB = ba.law(sa), bb.law(sb)
	c.SharedRoots = Crossings(c.SharedA, c.SharedB, c.Differences[0].X, c.Horizon)
	c.SharedP = math.NaN()
	separate := c.FitA.Objective + c.FitB.Objective
	if free := len(da.y) + len(db.y) - 6; free > 0 && separate > 0 {
		f := math.Max(sa.ssr+sb.ssr-separate, 0) / (separate / float64(free))
		c.SharedP = distuv.F{D1: 1, D2: float64(free)}.Survival(f)
	}
	p.follow()
}

// squared are the weights of a fit by least squares.
func squared(d *fitData, absolute bool) []float64 {
	w := make([]float64, len(d.y))
	for i := range w {
		w[i] = d.w[i]
		if !absolute {
			w[i] /= d.y[i] * d.y[i]
		}
	}
	return w
}

// far is how far beyond the horizon, and below the data, roots are followed: an
// interval that ends at the horizon would look better than it is.
const far = 1e4

// follow chooses the root of the laws that the bootstrap follows: the first beyond
// the data, else the last within.
func (p *pair) follow() {
	c := p.c
	c.LawRoot = math.NaN()
	for _, root := range Crossings(c.FitA.Law, c.FitB.Law, c.Differences[0].X/far, c.Horizon*far) {
		if root < c.Differences[0].X && !math.IsNaN(c.LawRoot) {
			continue
		}
		if math.IsNaN(c.LawRoot) || c.LawRoot <= p.top {
			c.LawRoot = root
		}
		if c.LawRoot > p.top {
			break
		}
	}
	// A crossing that the data show is the one to follow.
	if seen := dataCrossings(p.u, p.delta); len(seen) > 0 && p.observed() >= 0 {
		near := seen[len(seen)-1]
		best := math.Inf(1)
		for _, root := range c.Roots {
			if d := math.Abs(math.Log(root / near)); d < best {
				best, c.LawRoot = d, root
			}
		}
	}
}

// outcome is what one resample says.
type outcome struct {
	lawRoot, dataRoot, atHorizon float64
	delta, slope                 float64 // of the laws at LawRoot, by ln x
	beyond                       bool
}

// bootstrap fits both laws to resampled ladders.
func (p *pair) bootstrap() {
	c := p.c
	c.LawRange, c.Interval, c.AtHorizonRange = unknown(0.95), unknown(0.95), unknown(0.95)
	c.Crossing = math.NaN()
	if p.source == fromNothing {
		return
	}
	out := make([]outcome, p.s.Bootstrap)
	observed := p.observedRoot()
	inParallel(len(out), p.s.Job.Named("comparison"), func() func(int) {
		w := p.worker()
		return func(k int) { out[k] = w(draw(p.s.Seed, k), observed) }
	})
	law, data, at := make([]float64, len(out)), make([]float64, len(out)), make([]float64, len(out))
	for k, o := range out {
		law[k], data[k], at[k] = o.lawRoot, o.dataRoot, o.atHorizon
		if o.beyond {
			c.RootShare += 1 / float64(len(out))
		}
	}
	c.AtHorizonRange = percentiles(at, 0.95)
	if !math.IsNaN(c.LawRoot) {
		p.tangent = p.tangentOf(out)
		c.LawRange = percentiles(law, 0.95)
	}
	if !math.IsNaN(observed) {
		c.Interval = percentiles(data, 0.95)
	}
}

// tangentOf is the difference of the laws near their crossing as a line in
// ln(x/LawRoot), with the covariance of the resamples.
func (p *pair) tangentOf(out []outcome) line {
	l := line{}
	l.b0, l.b1 = p.slopeAt(p.c.FitA.Law, p.c.FitB.Law)
	var m0, m1 float64
	n := float64(len(out))
	for _, o := range out {
		m0 += o.delta / n
		m1 += o.slope / n
	}
	for _, o := range out {
		d0, d1 := o.delta-m0, o.slope-m1
		l.v00 += d0 * d0 / n
		l.v01 += d0 * d1 / n
		l.v11 += d1 * d1 / n
	}
	return l
}

// slopeAt returns the difference of two laws at LawRoot and its derivative by ln x.
func (p *pair) slopeAt(a, b Law) (delta, slope float64) {
	const h = 1e-3
	at := func(u float64) float64 {
		x := p.c.LawRoot * math.Exp(u)
		return a.At(x) - b.At(x)
	}
	return at(0), (at(h) - at(-h)) / (2 * h)
}

// worker returns what draws and judges one resample, with memory of its own.
func (p *pair) worker() func(rng *rand.Rand, observed float64) outcome {
	c := p.c
	da, db := c.FitA.data, c.FitB.data
	ba, bb := newPowerBasis(da.x), newPowerBasis(db.x)
	ya, yb := make([]float64, len(da.y)), make([]float64, len(db.y))
	wa, wb := make([]float64, len(da.y)), make([]float64, len(db.y))
	delta := make([]float64, len(c.Differences))
	resample := p.resampler()
	widen := p.quantile() / 1.96 // few seeds know their own scatter badly
	weigh := func(dst, y []float64, d *fitData) {
		for i := range dst {
			dst[i] = d.w[i]
			if !p.s.Absolute {
				dst[i] /= y[i] * y[i]
			}
		}
	}
	return func(rng *rand.Rand, observed float64) outcome {
		resample(rng, ya, yb)
		weigh(wa, ya, da)
		weigh(wb, yb, db)
		la, lb := ba.law(ba.fit(ya, wa, math.NaN())), bb.law(bb.fit(yb, wb, math.NaN()))
		o := outcome{lawRoot: math.Inf(1), dataRoot: math.Inf(1), atHorizon: la.At(c.Horizon) - lb.At(c.Horizon)}
		if !math.IsNaN(c.LawRoot) {
			o.delta, o.slope = p.slopeAt(la, lb)
		}
		for _, root := range Crossings(la, lb, c.Differences[0].X/far, c.Horizon*far) {
			o.beyond = o.beyond || root > p.top && root <= c.Horizon
			o.lawRoot = nearer(o.lawRoot, root, c.LawRoot)
		}
		// The seeds of the one or two sizes next to a crossing may agree by luck; their
		// standard errors have been told by the others what to expect.
		for k, d := range c.Differences {
			delta[k] = d.Delta + d.SE*widen*rng.NormFloat64()
		}
		for _, root := range dataCrossings(p.u, delta) {
			o.dataRoot = nearer(o.dataRoot, root, observed)
		}
		return o
	}
}

// nearer is whichever of two sizes is nearer to a third in the logarithm.
func nearer(old, new, to float64) float64 {
	if math.IsInf(old, 1) || math.Abs(math.Log(new/to)) < math.Abs(math.Log(old/to)) {
		return new
	}
	return old
}

// resampler returns what fills ya and yb with resampled mean losses.
func (p *pair) resampler() func(rng *rand.Rand, ya, yb []float64) {
	da, db := p.c.FitA.data, p.c.FitB.data
	if p.source == fromUser {
		noisy := func(rng *rand.Rand, y []float64, d *fitData) {
			for i := range y {
				y[i] = math.Max(d.y[i]+p.s.Noise/math.Sqrt(d.w[i])*rng.NormFloat64(), 1e-3*d.y[i])
			}
		}
		return func(rng *rand.Rand, ya, yb []float64) {
			noisy(rng, ya, da)
			noisy(rng, yb, db)
		}
	}
	if p.source == fromSeeds {
		partner := make([]int, len(da.y))
		alone := make([]bool, len(db.y))
		for i := range partner {
			partner[i] = -1
		}
		for j := range alone {
			alone[j] = true
		}
		for _, d := range p.c.Differences {
			if d.Paired {
				partner[d.ia], alone[d.ib] = d.ib, false
			}
		}
		sa, sb := make([]Scale, len(da.scales)), make([]Scale, len(db.scales))
		for i, s := range da.scales {
			sa[i] = bySeed(s)
		}
		for i, s := range db.scales {
			sb[i] = bySeed(s)
		}
		return func(rng *rand.Rand, ya, yb []float64) {
			for i, s := range sa {
				if partner[i] < 0 {
					ya[i] = resampleSeeds(rng, s)
				} else {
					ya[i], yb[partner[i]] = resamplePairs(rng, s, sb[partner[i]])
				}
			}
			for j, s := range sb {
				if alone[j] {
					yb[j] = resampleSeeds(rng, s)
				}
			}
		}
	}
	ra, fa := residuals(p.c.FitA)
	rb, fb := residuals(p.c.FitB)
	return func(rng *rand.Rand, ya, yb []float64) {
		for i := range ya {
			ya[i] = fa[i] * math.Max(1+ra[rng.IntN(len(ra))], 1e-3)
		}
		for i := range yb {
			yb[i] = fb[i] * math.Max(1+rb[rng.IntN(len(rb))], 1e-3)
		}
	}
}

// String is a summary: verdict, why, leaders, laws, and one line per warning.
func (c *Comparison) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s against %s: %v", c.A, c.B, c.Verdict)
	if !math.IsNaN(c.Crossing) {
		fmt.Fprintf(&b, " at %v %.4g, 95 %% %v", c.Axis, c.Crossing, c.Interval)
	}
	fmt.Fprintf(&b, "\nbecause %s\n", strings.Join(c.Reasons, "; "))
	last := c.Differences[len(c.Differences)-1]
	fmt.Fprintf(&b, "at the largest size, %.4g, %s is ahead by %.4g (z = %.1f); at the horizon, %.4g, the laws see %s ahead by %.4g (%v)\n",
		last.X, c.Leader, math.Abs(last.Delta), math.Abs(c.LeaderZ), c.Horizon, c.PredictedLeader, math.Abs(c.AtHorizon), absolute(c.AtHorizonRange, c.AtHorizon))
	fmt.Fprintf(&b, "laws: %s; %s", lawName(c.A, c.FitA.Law), lawName(c.B, c.FitB.Law))
	for _, w := range c.Warnings {
		b.WriteString("\nwarning: " + w)
	}
	return b.String()
}

func lawName(name string, l Law) string { return name + " " + strings.TrimPrefix(l.String(), "L = ") }

// absolute turns the interval of a difference into that of its size, signed so that
// a negative end means that the other recipe may lead.
func absolute(i Interval, delta float64) Interval {
	if delta < 0 {
		return Interval{-i.High, -i.Low, i.Level}
	}
	return i
}
