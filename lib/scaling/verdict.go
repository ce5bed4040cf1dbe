package scaling

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Verdict is the answer of [Compare].
type Verdict int

const (
	// Undetermined: none of the others; the reasons say which condition failed.
	Undetermined Verdict = iota
	// CrossingObserved: two measured sizes differ significantly with opposite signs.
	CrossingObserved
	// CrossingPredicted: significant differences of one sign, also at the largest
	// size; at least 95 % of the resamples cross between it and the horizon; the
	// interval is at most a decade; the back-tests get the signs right; at least two
	// forms agree.
	CrossingPredicted
	// NoCrossing: a significant difference at the largest size; at most 5 % of the
	// resamples cross before the horizon; the difference there excludes 0. It never
	// means that there is none further out.
	NoCrossing
	// Tie: no significant difference at any size or at the three largest, or all
	// differences below the smallest relevant effect.
	Tie
)

// String is the verdict in capitals.
func (v Verdict) String() string {
	switch v {
	case Undetermined:
		return "UNDETERMINED"
	case CrossingObserved:
		return "CROSSING OBSERVED"
	case CrossingPredicted:
		return "CROSSING PREDICTED"
	case NoCrossing:
		return "NO CROSSING WITHIN THE HORIZON"
	case Tie:
		return "TIE"
	}
	return fmt.Sprintf("Verdict(%d)", int(v))
}

// bracket finds the last two neighbouring significant sizes with opposite signs and
// counts all such pairs.
func (p *pair) bracket() (from, to, count int) {
	from, to = -1, -1
	before := -1
	for i, d := range p.c.Differences {
		if !d.Significant {
			continue
		}
		if before >= 0 && p.delta[before]*d.Delta < 0 {
			from, to = before, i
			count++
		}
		before = i
	}
	return from, to, count
}

func (p *pair) observed() int {
	from, _, _ := p.bracket()
	return from
}

// observedRoot is where the differences within the bracket change sign last; NaN if
// there is no bracket.
func (p *pair) observedRoot() float64 {
	from, to, _ := p.bracket()
	if from < 0 {
		return math.NaN()
	}
	seen := dataCrossings(p.u[from:to+1], p.delta[from:to+1])
	return seen[len(seen)-1]
}

// fieller, for a crossing that was observed, is the interval of the root of a line through the four sizes nearest to
// a size.
func (p *pair) fieller(x float64) Interval {
	n := min(4, len(p.u))
	from, best := 0, math.Inf(1)
	for k := 0; k+n <= len(p.u); k++ {
		mid := (p.u[k] + p.u[k+n-1]) / 2
		if d := math.Abs(mid - math.Log(x)); d < best {
			from, best = k, d
		}
	}
	u, delta, se := p.u[from:from+n], p.delta[from:from+n], make([]float64, n)
	for i := range se {
		// Exact losses have no errors, and no line through them has weights.
		se[i] = math.Max(p.se[from+i], 1e-12*math.Abs(p.c.Differences[from+i].A))
	}
	return fitLine(u, delta, se).fieller(p.quantile(), 0.95)
}

// backTests predicts the largest one and two sizes from the others.
func (p *pair) backTests() {
	c := p.c
	for held := 1; held <= 2; held++ {
		n := len(c.Differences) - held
		if n < 3 {
			return
		}
		edge := c.Differences[n].X * (1 - 1e-6)
		fit := FitSettings{Axis: p.s.Axis, Absolute: p.s.Absolute, Job: p.s.Job}
		a, b := Fit(p.a.Between(p.s.Axis, 0, edge), fit).Law, Fit(p.b.Between(p.s.Axis, 0, edge), fit).Law
		t := BackTest{HeldOut: held}
		for _, d := range c.Differences[n:] {
			predicted := a.At(d.X) - b.At(d.X)
			t.X, t.Predicted, t.Measured = append(t.X, d.X), append(t.Predicted, predicted), append(t.Measured, d.Delta)
			t.ErrorA = math.Max(t.ErrorA, math.Abs(a.At(d.X)/d.A-1))
			t.ErrorB = math.Max(t.ErrorB, math.Abs(b.At(d.X)/d.B-1))
			if d.Significant {
				t.Tested++
				if predicted*d.Delta > 0 {
					t.Right++
				}
			}
		}
		c.BackTests = append(c.BackTests, t)
	}
}

// forms counts the models that cross beyond the data within a decade of the laws.
func (p *pair) forms() int {
	c := p.c
	if !(c.LawRoot > p.top && c.LawRoot <= c.Horizon) {
		return 0
	}
	count := 1
	near := func(roots []float64) {
		for _, x := range roots {
			if x > p.top && math.Abs(math.Log10(x/c.LawRoot)) <= 1 {
				count++
				return
			}
		}
	}
	near(c.SharedRoots)
	if p.source != fromNothing {
		se := make([]float64, len(p.se))
		for i := range se {
			se[i] = math.Max(p.se[i], 1e-12*c.Differences[i].A)
		}
		if c.Horizon > p.top {
			near(quadraticRoots(p.u, p.delta, se, math.Log(p.top), math.Log(c.Horizon)))
		}
	}
	return count
}

// condition is something a verdict needs, and how it stands.
type condition struct {
	holds bool
	text  string
}

func (p *pair) decide() {
	c := p.c
	c.FormsAgree = p.forms()
	c.Bracket, c.Fieller, c.LeverArm = unknown(0.95), unknown(0.95), math.NaN()
	if p.tie() || p.seen() {
		return
	}
	predicted, none := p.conditions()
	switch {
	case all(predicted):
		c.Verdict = CrossingPredicted
		c.Crossing, c.Interval, c.Fieller = c.LawRoot, c.LawRange, p.tangent.fieller(1.96, 0.95)
		c.Fieller.Low, c.Fieller.High = c.Fieller.Low*c.LawRoot, c.Fieller.High*c.LawRoot
		c.LeverArm = c.Crossing / p.top
		c.Reasons = texts(predicted, true)
		c.Reasons = append(c.Reasons, fmt.Sprintf("the crossing is %.3g times beyond the largest size", c.LeverArm))
	case all(none):
		c.Verdict = NoCrossing
		c.Reasons = append(texts(none, true), fmt.Sprintf("none below %.4g, which says nothing about larger sizes", c.Horizon))
	default:
		c.Verdict = Undetermined
		for _, t := range texts(predicted, false) {
			c.Reasons = append(c.Reasons, "no crossing is predicted: "+t)
		}
		for _, t := range texts(none, false) {
			c.Reasons = append(c.Reasons, "none can be excluded: "+t)
		}
	}
}

func all(conditions []condition) bool {
	for _, c := range conditions {
		if !c.holds {
			return false
		}
	}
	return true
}

func texts(conditions []condition, holds bool) []string {
	var out []string
	for _, c := range conditions {
		if c.holds == holds {
			out = append(out, c.text)
		}
	}
	return out
}

// tie decides for Tie where that is the verdict.
func (p *pair) tie() bool {
	c := p.c
	if p.source == fromNothing {
		return false
	}
	from := len(c.Differences) // the smallest size from which on nothing is significant
	small := c.Settings.Effect > 0
	for _, d := range c.Differences {
		small = small && math.Abs(d.Delta) < c.Settings.Effect
	}
	for from > 0 && math.Abs(c.Differences[from-1].Z) < 2 {
		from--
	}
	switch {
	case small:
		c.Reasons = []string{fmt.Sprintf("all differences are below the smallest relevant effect %.4g", c.Settings.Effect)}
	case from == 0:
		c.Reasons = []string{"no size has a difference of two standard errors"}
	case len(c.Differences)-from >= 3:
		c.Reasons = []string{fmt.Sprintf("from %.4g on, %d sizes, no difference has two standard errors; below, there are some that do",
			c.Differences[from].X, len(c.Differences)-from)}
	default:
		return false
	}
	c.Verdict = Tie
	c.Reasons = append(c.Reasons, fmt.Sprintf("at the largest size %.3g would have been noticed", c.Detectable))
	return true
}

// seen decides for CrossingObserved where that is the verdict.
func (p *pair) seen() bool {
	c := p.c
	from, to, count := p.bracket()
	if from < 0 {
		return false
	}
	a, b := c.Differences[from], c.Differences[to]
	c.Verdict = CrossingObserved
	c.Crossing = p.observedRoot()
	// What a straight line misses is no noise, and no resample knows of it.
	bent := cubicCrossing(p.u, p.delta, c.Crossing)
	c.Interval.Low, c.Interval.High = math.Min(c.Interval.Low, bent), math.Max(c.Interval.High, bent)
	c.Bracket = Interval{a.X, b.X, 0.95}
	c.Fieller = p.fieller(c.Crossing)
	c.LeverArm = c.Crossing / p.top
	c.Reasons = []string{fmt.Sprintf("%s is ahead at %.4g (z = %.1f) and %s at %.4g (z = %.1f)",
		leader(c.A, c.B, a.Delta), a.X, math.Abs(a.Z), leader(c.A, c.B, b.Delta), b.X, math.Abs(b.Z))}
	if count > 1 {
		c.Reasons = append(c.Reasons, fmt.Sprintf("this is the last of %d changes", count))
	}
	return true
}

// conditions are what CrossingPredicted and NoCrossing need.
func (p *pair) conditions() (predicted, none []condition) {
	c := p.c
	last := c.Differences[len(c.Differences)-1]
	significant := 0
	for _, d := range c.Differences {
		if d.Significant {
			significant++
		}
	}
	top := condition{last.Significant, "the difference at the largest size is significant"}
	if !top.holds {
		top.text = "the difference at the largest size is not significant"
		if p.source == fromNothing {
			top.text = "there is nothing to tell a difference from noise by: no seeds, no Noise, and residuals of the laws that are none"
			if r := math.Max(residual(c.FitA), residual(c.FitB)); r > misfit {
				top.text += fmt.Sprintf(", since a law misses by %.0f %%", 100*r)
			}
		}
	}
	sign := condition{2*significant > len(c.Differences), fmt.Sprintf("%d of %d sizes differ significantly, all with one sign", significant, len(c.Differences))}
	share := condition{c.RootShare >= 0.95, fmt.Sprintf("%.0f %% of the resamples cross before the horizon", 100*c.RootShare)}
	width := condition{c.LawRange.Decades() <= 1, fmt.Sprintf("the interval of the crossing spans %.2f decades", c.LawRange.Decades())}
	if math.IsNaN(c.LawRoot) {
		width.text = "the laws do not cross"
	} else if !c.LawRange.Bounded() {
		width.text = "the interval of the crossing is not bounded"
	}
	tested, right := 0, 0
	for _, t := range c.BackTests {
		tested += t.Tested
		right += t.Right
	}
	back := condition{tested > 0 && right == tested, fmt.Sprintf("back-tests get %d of %d signs right", right, tested)}
	if tested == 0 {
		back.text = "there are too few sizes for a back-test"
	}
	forms := condition{c.FormsAgree >= 2, fmt.Sprintf("%d of 3 forms cross there", c.FormsAgree)}
	predicted = []condition{top, sign, share, width, back, forms}
	few := condition{c.RootShare <= 0.05 && p.source != fromNothing, fmt.Sprintf("%.0f %% of the resamples cross before the horizon", 100*c.RootShare)}
	apart := condition{c.AtHorizonRange.Low > 0 || c.AtHorizonRange.High < 0, "the laws differ at the horizon"}
	if !apart.holds {
		apart.text = "the difference at the horizon may be 0"
	}
	return predicted, []condition{top, few, apart}
}

// warn lists what should keep a reader from trusting the verdict.
func (p *pair) warn() {
	c := p.c
	add := func(format string, args ...any) { c.Warnings = append(c.Warnings, fmt.Sprintf(format, args...)) }
	if c.LeverArm > 10 {
		add("the crossing is %.3g times beyond the data: intervals cannot know what the formula misses", c.LeverArm)
	} else if c.Horizon > 10*p.top*(1+1e-9) {
		add("the horizon is %.3g times beyond the data: intervals cannot know what the formula misses", c.Horizon/p.top)
	}
	if n := len(c.Differences); n < 5 {
		add("only %d sizes in common", n)
	}
	if p.source == fromResiduals {
		add("a size without two seeds: noise is taken from the residuals of the laws, %.2g %% and %.2g %% of the loss, which hold what the laws miss",
			100*residual(c.FitA), 100*residual(c.FitB))
	}
	for _, side := range []struct {
		name   string
		ladder *Ladder
		fit    *FitResult
	}{{c.A, p.a, c.FitA}, {c.B, p.b, c.FitB}} {
		p.warnOf(side.name, side.ladder, side.fit)
	}
	if d := math.Abs(c.FitA.Law.E - c.FitB.Law.E); d > math.Abs(p.delta[len(p.delta)-1]) {
		add("the floors %.4g and %.4g are further apart than the losses at the largest size (%.3g): on the same data they should be one; with one floor %s",
			c.FitA.Law.E, c.FitB.Law.E, math.Abs(p.delta[len(p.delta)-1]), p.sharedSays())
	}
	beyond := 0
	for _, root := range c.Roots {
		if root > p.top {
			beyond++
		}
	}
	if beyond > 0 && len(c.Roots) > 1 {
		add("the laws cross %d times, %d of them beyond the data: a second crossing out there is usually an artefact", len(c.Roots), beyond)
	}
	if p.a.Tuning != p.b.Tuning {
		add("the recipes were tuned differently: %q and %q", p.a.Tuning, p.b.Tuning)
	}
	if p.s.Axis == ByFLOPs && p.a.Compute != p.b.Compute {
		add("compute is counted differently: %q and %q", p.a.Compute, p.b.Compute)
	}
	if p.source != fromNothing && c.Verdict != Tie && c.PredictedLeader != c.Leader && c.Verdict != CrossingPredicted {
		add("at the horizon the laws see %s ahead, at the largest size it is %s", c.PredictedLeader, c.Leader)
	}
}

func (p *pair) sharedSays() string {
	c := p.c
	s := "the laws do not cross"
	if n := len(c.SharedRoots); n > 0 {
		s = fmt.Sprintf("they cross at %.4g", c.SharedRoots[n-1])
	}
	if !math.IsNaN(c.SharedP) {
		s += fmt.Sprintf(" (F test against it: p = %.2g)", c.SharedP)
	}
	return s
}

// warnOf lists what is suspicious about one ladder.
func (p *pair) warnOf(name string, l *Ladder, fit *FitResult) {
	c := p.c
	add := func(format string, args ...any) {
		c.Warnings = append(c.Warnings, name+": "+fmt.Sprintf(format, args...))
	}
	scales := fit.data.scales
	if n := len(scales) - len(c.Differences); n > 0 {
		add("%d sizes that the other does not have", n)
	}
	if out := fit.Excluded; out.Total() > 0 {
		add("%d runs left out: %v", out.Total(), out)
	}
	switch fit.Status {
	case AtBound:
		add("the exponent or the factor of its law is at a bound")
	case FloorAtZero:
		add("the floor of its law is at its bound 0")
	}
	if !math.IsNaN(fit.FloorRatio) && !fit.FloorKnown {
		add("its floor is not identified, so do not read it, nor a crossing that hangs on it")
	}
	rises := 0
	for k := 1; k < len(scales); k++ {
		if scales[k].Mean > scales[k-1].Mean {
			rises++
		}
	}
	if k := len(scales) - 1; k > 0 && scales[k].Mean > scales[k-1].Mean {
		add("the loss turns up at the largest size: no law of this form sees what comes")
	} else if rises > 0 {
		add("the loss is not monotone")
	}
	if grown, times := varianceGrows(scales); grown {
		add("seeds scatter %.1f times as much at the two largest sizes as below: an instability may be on its way", times)
	}
	edges := 0
	for _, r := range l.Runs {
		if r.RateAtEdge {
			edges++
		}
	}
	if edges > 0 {
		add("%d runs have their best learning rate at the edge of what was tried", edges)
	}
}

// varianceGrows tests whether losses of seeds scatter more, relative to the loss, at
// the two largest sizes than at the others: an F test at 1 %, and at least twice the
// deviation.
func varianceGrows(scales []Scale) (bool, float64) {
	var sum [2]float64
	var df [2]float64
	for k, s := range scales {
		n := float64(len(s.Runs))
		if n < 2 {
			continue
		}
		top := 0
		if k >= len(scales)-2 {
			top = 1
		}
		sum[top] += (n - 1) * s.SD * s.SD / (s.Mean * s.Mean)
		df[top] += n - 1
	}
	if df[0] == 0 || df[1] == 0 || sum[1] == 0 {
		return false, 0
	}
	ratio := (sum[1] / df[1]) / (sum[0] / df[0])
	return ratio > 4 && ratio > distuv.F{D1: df[1], D2: df[0]}.Quantile(0.99), math.Sqrt(ratio)
}
