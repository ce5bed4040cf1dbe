package scaling

import (
	"fmt"
	"math"
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
	// the residuals of the laws, if these are below 5 %.
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
	// sizes of Bracket if it was observed, by a straight line through the differences
	// at its neighbours; else where the laws cross beyond the data.
	Crossing float64
	Bracket  Interval
	Interval Interval // Of Crossing, by the bootstrap: of the data, and where cubics through them cross, if it was observed, else of the laws.
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

	source   noiseSource
	df       int
	top      float64 // the largest size that both have
	u, delta []float64
	se       []float64
	tangent  line // of the laws at their crossing, in ln(x/LawRoot)
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
