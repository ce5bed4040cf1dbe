package scaling

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"gaspard/lib/job"
)

// FitSettings holds the parameters of [Fit]. The zero value fits a power law with a
// floor against FLOPs.
type FitSettings struct {
	Form Form
	Axis Axis // The size, for forms of one.

	// Huber is δ of the loss of ln L residuals: the fit minimises their sum of Huber
	// losses. 0 means 1e-3 for forms of two sizes and least squares for forms of one;
	// +Inf means least squares of ln L for both.
	Huber float64
	// Absolute makes least squares of PowerFloor and Power minimise errors of L
	// rather than relative ones.
	Absolute bool

	Bootstrap int          // Resamples for intervals; 0 means none, 1000 is usual.
	Seed      uint64       // Of the bootstrap.
	Job       *job.Monitor // Progress and cancellation; nil means the process's own.
}

func (s FitSettings) withDefaults() FitSettings {
	if s.Form < PowerFloor || s.Form > Kaplan {
		panic(fmt.Sprintf("scaling: there is no form %d", int(s.Form)))
	}
	if s.Huber < 0 || math.IsNaN(s.Huber) {
		panic(fmt.Sprintf("scaling: Huber is %v; it must be positive, or 0 for the default", s.Huber))
	}
	if s.Bootstrap < 0 {
		panic(fmt.Sprintf("scaling: Bootstrap is %d", s.Bootstrap))
	}
	projected := s.Form == PowerFloor || s.Form == Power
	if s.Absolute && (!projected || s.Huber > 0) {
		panic("scaling: Absolute is for least squares of PowerFloor and Power")
	}
	if s.Huber == 0 && !projected {
		s.Huber = 1e-3
		if s.Form == Broken {
			s.Huber = math.Inf(1)
		}
	}
	return s
}

// Status says how a fit ended.
type Status int

const (
	Converged      Status = iota // A minimum was found inside the bounds.
	AtBound                      // An exponent or a factor is at its bound: the losses do not fall as the form does.
	FloorAtZero                  // The floor is at its bound 0.
	IterationLimit               // The steps were not enough.
)

// String names the status.
func (s Status) String() string {
	return [...]string{"converged", "at a bound", "floor at its bound 0", "iteration limit reached"}[s]
}

// Err returns nil if the fit can be used as it stands, and otherwise what is wrong.
func (s Status) Err() error {
	switch s {
	case AtBound:
		return errors.New("scaling: an exponent or a factor is at its bound; the losses do not fall as this form does")
	case IterationLimit:
		return errors.New("scaling: the fit has not converged; it may have more parameters than the data can tell apart")
	}
	return nil
}

// FitResult is a law with its numbers and what there is to know about how far to
// trust it.
type FitResult struct {
	Law    Law
	Recipe string
	Axis   Axis // The size of a law of one.

	Objective     float64 // What was minimised, at its minimum.
	ObjectiveRule string  // What that is.
	RMS           float64 // Root of the mean squared residual of ln L, over points.
	Points        int     // Sizes for a law of one size, runs for one of two.
	Low, High     float64 // Smallest and largest size that the fit saw; 6ND for a law of two.
	Excluded      Excluded

	// FloorRatio is the objective with the floor held at 0 over that of the fit. The
	// floor is known only if it exceeds FloorNeeds, by an F test at 95 %. NaN for
	// forms without a floor, and where there are no residuals to test by.
	FloorRatio, FloorNeeds float64
	FloorKnown             bool

	Resamples  []Law  // Of the bootstrap.
	Resampling string // What was drawn anew.

	Warnings []string
	Elapsed  time.Duration
	Status   Status
	Settings FitSettings

	data *fitData
}

// fitData is what a fit sees.
type fitData struct {
	runs   []Run   // one per point: any run of the size, for its sizes
	scales []Scale // of forms of one size
	x      []float64
	y, w   []float64
}

// Fit fits a law to a ladder.
//
// Forms of one size see the mean loss of each size, weighted by the number of runs;
// PowerFloor and Power minimise Σ ((L - L_obs)/L_obs)² by variable projection, with
// E ≥ 0, A ≥ 0 and α from 0.01 to 4. Forms of two sizes see every run, take their
// start from variable projection over a grid of exponents, and minimise
//
//	Σ Huber_δ(ln L - ln L_obs),
//
// the sum, not the mean, by Newton's method until a step no longer pays.
//
// Time: 0.1 ms for a ladder, a quarter of a second for a few hundred runs of two sizes;
// the bootstrap runs on all cores and gives the same numbers on any number of them.
//
// Fit panics with a sentence if a setting is out of range, and with a
// [*job.DataError] if the ladder has fewer sizes than the form needs: 2 for Power, 3
// for PowerFloor, 6 for Broken, 4 and 5 runs for Kaplan and Chinchilla. Runs without
// a usable loss are left out and counted in Excluded.
//
// Sources: hoffmann:22, appendix D.3, and besiroglu:24 for the objective; golub:73 for
// variable projection.
func Fit(l *Ladder, s FitSettings) *FitResult {
	start := time.Now()
	s = s.withDefaults()
	r := &FitResult{Recipe: l.Recipe, Axis: s.Axis, Settings: s}
	r.data, r.Excluded = collect(l, s)
	d := r.data
	r.Points = len(d.y)
	solver := newSolver(d, s)
	r.Law, r.Objective, r.Status = solver.fit(d.y, d.w, nil)
	r.ObjectiveRule = s.objectiveRule()
	sum := 0.0
	r.Low = math.Inf(1)
	for i, run := range d.runs {
		x := 6 * run.Params * run.Tokens
		if !s.Form.OfSizes() {
			x = d.x[i]
		}
		r.Low, r.High = math.Min(r.Low, x), math.Max(r.High, x)
		e := math.Log(r.Law.of(run, s.Axis) / d.y[i])
		sum += e * e
	}
	r.RMS = math.Sqrt(sum / float64(len(d.y)))
	r.judgeFloor(solver)
	r.Warnings = r.warnings()
	if s.Bootstrap > 0 {
		r.bootstrap()
	}
	r.Elapsed = time.Since(start)
	return r
}

// collect takes the points of a fit from a ladder.
func collect(l *Ladder, s FitSettings) (*fitData, Excluded) {
	d := &fitData{}
	var out Excluded
	if s.Form.OfSizes() {
		d.runs, out = l.Usable(ByParams, ByTokens)
		if need := s.Form.parameters(); len(d.runs) < need {
			panic(job.BadData("scaling: a %v law needs at least %d runs; %s has %d%s", s.Form, need, l.name(), len(d.runs), noted(out)))
		}
		for _, r := range d.runs {
			d.y, d.w = append(d.y, r.Loss), append(d.w, 1)
		}
		return d, out
	}
	d.scales, out = l.needScales(s.Axis, s.Form.parameters(), "a "+s.Form.String())
	for _, sc := range d.scales {
		d.runs = append(d.runs, sc.Runs[0])
		d.x, d.y, d.w = append(d.x, sc.X), append(d.y, sc.Mean), append(d.w, float64(len(sc.Runs)))
	}
	return d, out
}

func noted(out Excluded) string {
	if out.Total() == 0 {
		return ""
	}
	return " (left out: " + out.String() + ")"
}

func (s FitSettings) objectiveRule() string {
	switch {
	case s.Huber == 0 && s.Absolute:
		return "sum of squared errors"
	case s.Huber == 0:
		return "sum of squared relative errors"
	case math.IsInf(s.Huber, 1):
		return "half the sum of squares of ln L residuals"
	}
	return fmt.Sprintf("sum of Huber losses of ln L residuals, δ = %g", s.Huber)
}

// judgeFloor compares the fit with one whose floor is 0.
func (r *FitResult) judgeFloor(solver *solver) {
	r.FloorRatio, r.FloorNeeds = math.NaN(), math.NaN()
	if r.Law.Form == Power || r.Law.Form == Kaplan {
		return
	}
	free := r.Points - r.Law.Form.parameters()
	if free < 1 {
		return
	}
	r.FloorNeeds = 1 + distuv.F{D1: 1, D2: float64(free)}.Quantile(0.95)/float64(free)
	_, without, _ := solver.floorHeld(r.data.y, r.data.w, 0, r.Law)
	r.FloorRatio = math.Max(without, r.Objective) / r.Objective
	if without == 0 && r.Objective == 0 {
		r.FloorRatio = 1
	}
	r.FloorKnown = r.FloorRatio > r.FloorNeeds
}

func (r *FitResult) warnings() []string {
	var w []string
	add := func(format string, args ...any) { w = append(w, fmt.Sprintf(format, args...)) }
	if r.Points <= r.Law.Form.parameters() {
		add("%d points for %d parameters: there are no residuals to judge the fit by", r.Points, r.Law.Form.parameters())
	} else if !r.Law.Form.OfSizes() && r.Points < 5 {
		add("fewer than 5 sizes")
	}
	if r.Status == AtBound {
		add("an exponent or a factor is at its bound: the losses do not fall as this form does")
	}
	if !math.IsNaN(r.FloorRatio) && !r.FloorKnown {
		add("the floor is not identified: holding it at 0 makes the objective only %.3g times as large", r.FloorRatio)
	}
	if out := r.Excluded.Total(); out > 0 {
		add("%d runs left out: %s", out, r.Excluded)
	}
	return w
}

// Interval returns where 95 % of the resamples have a quantity. It panics if the fit
// was made without a bootstrap.
func (r *FitResult) Interval(quantity func(Law) float64) Interval {
	if len(r.Resamples) == 0 {
		panic("scaling: the fit has no resamples; set Bootstrap")
	}
	values := make([]float64, len(r.Resamples))
	for i, l := range r.Resamples {
		values[i] = quantity(l)
	}
	return percentiles(values, 0.95)
}

// String is a summary in four lines, and one per warning.
func (r *FitResult) String() string {
	var b strings.Builder
	name := r.Recipe
	if name != "" {
		name += ": "
	}
	fmt.Fprintf(&b, "%s%v\n", name, r.Law)
	against := "N and D"
	if !r.Law.Form.OfSizes() {
		against = "x = " + r.Axis.String()
	}
	fmt.Fprintf(&b, "%d points against %s, %d runs left out; residuals of ln L %.2g\n", r.Points, against, r.Excluded.Total(), r.RMS)
	fmt.Fprintf(&b, "%s %.6g", r.ObjectiveRule, r.Objective)
	if !math.IsNaN(r.FloorRatio) {
		fmt.Fprintf(&b, ", %.3g times as large without a floor", r.FloorRatio)
	}
	b.WriteByte('\n')
	verdict := r.Status.String()
	if r.Status == IterationLimit {
		verdict = "NOT CONVERGED: " + r.Status.Err().Error()[len("scaling: "):]
	}
	b.WriteString(verdict)
	if len(r.Resamples) > 0 {
		fmt.Fprintf(&b, "; 95 %% of %d resamples of %s: α %v", len(r.Resamples), r.Resampling, r.Interval(func(l Law) float64 { return l.Alpha }))
		if r.Law.Form == Chinchilla {
			fmt.Fprintf(&b, ", β %v", r.Interval(func(l Law) float64 { return l.Beta }))
		}
		if !math.IsNaN(r.FloorRatio) {
			fmt.Fprintf(&b, ", E %v", r.Interval(func(l Law) float64 { return l.E }))
		}
	}
	for _, w := range r.Warnings {
		b.WriteString("\nwarning: " + w)
	}
	return b.String()
}
