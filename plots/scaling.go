package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gaspard/lib/job"
	"gaspard/lib/scaling"
)

// ScalingSettings says how [Scaling] draws. The zero value is the default.
type ScalingSettings struct {
	// Axis is the size along the horizontal axis, unless a comparison says which.
	Axis scaling.Axis
	// Fits are laws to draw, the k-th in the colour of the k-th ladder. A law of two
	// sizes is drawn as its loss at the best allocation of each amount of compute.
	Fits []*scaling.FitResult
	// Comparison draws its laws instead of Fits, up to its horizon, the crossing with
	// its interval, and puts the verdict into the caption.
	Comparison *scaling.Comparison
	Reach      float64 // The size up to which laws are drawn; 0 means the horizon or the largest size.

	Title          string
	XLabel, YLabel string
}

// Scaling draws losses against size on logarithmic axes: a pale dot for each run, a
// mark for the mean of each size unless the law is of two sizes, and the laws as lines, dashed beyond what
// they were fitted to, with bands of 95 % of their resamples. The crossing of a comparison is a
// vertical line with its interval as a band. Runs that cannot be drawn, since they
// diverged or have no loss, are counted in the caption.
//
// Scaling panics with a sentence if there are more fits than ladders or a law of two
// sizes is to be drawn against anything but FLOPs, and with a *job.DataError if no
// run can be drawn.
func Scaling(ladders []*scaling.Ladder, s ScalingSettings) *Figure {
	v := newScalingView(ladders, s)
	p := newPlot(s.Title, orElse(s.XLabel, v.axis.String()), orElse(s.YLabel, "loss"))
	p.Add(rules{x: true, y: true})
	f := &frame{plot: p}
	for k := range v.ladders {
		v.addLaw(k, p)
	}
	for k, l := range v.ladders {
		v.addPoints(k, p)
		t := trace{colour: colourOf(k), marks: true}
		width := lineThumb
		thumb := t.thumb
		if v.fits[k] == nil {
			c := cloud{colour: colourOf(k), radius: markRadius}
			width, thumb = discThumb, c.thumb
		}
		f.legend = append(f.legend, key{orElse(l.Recipe, fmt.Sprintf("ladder %d", k+1)), width, thumb})
	}
	setRanges(p, v.all)
	logAxis(&p.X, v.all, 0)
	logAxis(&p.Y, v.all, 1)
	if c := s.Comparison; c != nil && !math.IsNaN(c.Crossing) {
		g := crossing{at: c.Crossing, low: c.Interval.Low, high: c.Interval.High}
		p.Add(g)
		f.legend = append(f.legend, key{"crossing, 95 %", discThumb, g.thumb})
	}
	return f.figure(v.caption())
}

func colourOf(k int) color.NRGBA { return curveColours[k%len(curveColours)] }

// scalingView is what a figure of ladders shows.
type scalingView struct {
	ladders []*scaling.Ladder
	fits    []*scaling.FitResult // nil where a ladder has none
	s       ScalingSettings
	axis    scaling.Axis
	scales  [][]scaling.Scale
	runs    int
	out     int
	low     float64 // the smallest and largest size of a run
	high    float64
	reach   float64
	all     [][2]float64
}

func newScalingView(ladders []*scaling.Ladder, s ScalingSettings) *scalingView {
	const most = 100
	if len(ladders) == 0 || len(ladders) > most {
		panic(fmt.Sprintf("plots: %d ladders, want 1 to %d", len(ladders), most))
	}
	v := &scalingView{ladders: ladders, s: s, axis: s.Axis, fits: make([]*scaling.FitResult, len(ladders)), low: math.Inf(1)}
	fits := s.Fits
	if c := s.Comparison; c != nil {
		if len(ladders) != 2 {
			panic(fmt.Sprintf("plots: a comparison of 2 ladders with %d to draw", len(ladders)))
		}
		v.axis, fits = c.Axis, []*scaling.FitResult{c.FitA, c.FitB}
	}
	if len(fits) > len(ladders) {
		panic(fmt.Sprintf("plots: %s for %s", count(len(fits), "fit"), count(len(ladders), "ladder")))
	}
	copy(v.fits, fits)
	for k, l := range ladders {
		if l == nil {
			panic(fmt.Sprintf("plots: ladder %d is nil", k))
		}
		if r := v.fits[k]; r != nil && (r.Law.Form.OfSizes() && v.axis != scaling.ByFLOPs || !r.Law.Form.OfSizes() && r.Axis != v.axis) {
			panic(fmt.Sprintf("plots: the law of ladder %d cannot be drawn against %v", k, v.axis))
		}
		scales, out := l.Scales(v.axis)
		v.scales = append(v.scales, scales)
		v.out += out.Total()
		for _, sc := range scales {
			v.runs += len(sc.Runs)
			v.low, v.high = math.Min(v.low, sc.X), math.Max(v.high, sc.X)
			for _, r := range sc.Runs {
				v.all = append(v.all, [2]float64{sc.X, r.Loss})
			}
		}
	}
	if v.runs == 0 {
		panic(job.BadData("plots: none of the %s has a loss and a size by %v", count(v.out, "run"), v.axis))
	}
	v.reach = math.Max(v.high, s.Reach)
	if c := s.Comparison; c != nil && s.Reach == 0 {
		v.reach = math.Max(v.high, c.Horizon)
	}
	return v
}

// lossOf is the loss of a law at a size.
func lossOf(l scaling.Law, x float64) float64 {
	if l.Form.OfSizes() {
		return l.Optimal(x).Loss
	}
	return l.At(x)
}

// addLaw draws the law of ladder k: a line up to the largest size that it was fitted
// to, dashes beyond, and the band of its resamples.
func (v *scalingView) addLaw(k int, p *plot.Plot) {
	r := v.fits[k]
	if r == nil {
		return
	}
	const points = 120
	high := math.Min(math.Max(r.High, v.low), v.reach)
	line := func(from, to float64) [][2]float64 {
		var run [][2]float64
		for i := range points {
			x := from * math.Pow(to/from, float64(i)/(points-1))
			if y := lossOf(r.Law, x); y > 1/largest && y < largest {
				run = append(run, [2]float64{x, y})
			}
		}
		return run
	}
	within := line(v.low, high)
	t := trace{runs: [][][2]float64{within}, colour: colourOf(k)}
	v.all = append(v.all, within...)
	var beyond [][2]float64
	if v.reach > high*(1+1e-9) {
		beyond = line(high, v.reach)
		v.all = append(v.all, beyond...)
	}
	if len(r.Resamples) > 0 {
		t.band = []strip{v.band(r, append(slices.Clone(within), beyond...))}
		p.Add(bandOf(t))
	}
	p.Add(t)
	if len(beyond) > 0 {
		p.Add(trace{runs: [][][2]float64{beyond}, colour: colourOf(k), dashes: []vg.Length{5, 4}})
	}
}

// band holds the middle 95 % of the resampled laws at the sizes of a line.
func (v *scalingView) band(r *scaling.FitResult, line [][2]float64) strip {
	var b strip
	for i, q := range line {
		if i%6 != 0 && i != len(line)-1 {
			continue
		}
		x := q[0]
		var losses []float64
		for _, l := range r.Resamples {
			if l.Form.OfSizes() && !(l.A > 0 && l.B > 0 && l.Alpha > 0 && l.Beta > 0) {
				continue // a resample without an optimum
			}
			losses = append(losses, lossOf(l, x))
		}
		if len(losses) == 0 {
			continue
		}
		slices.Sort(losses)
		at := func(q float64) float64 { return losses[int(math.Round(q*float64(len(losses)-1)))] }
		b.low = append(b.low, [2]float64{x, at(0.025)})
		b.high = append(b.high, [2]float64{x, at(0.975)})
	}
	return b
}

// addPoints draws the runs and means of ladder k.
func (v *scalingView) addPoints(k int, p *plot.Plot) {
	grid := v.fits[k] != nil && v.fits[k].Law.Form.OfSizes()
	var runs, means [][2]float64
	for _, sc := range v.scales[k] {
		for _, r := range sc.Runs {
			if len(sc.Runs) > 1 || grid {
				runs = append(runs, [2]float64{sc.X, r.Loss})
			}
		}
		means = append(means, [2]float64{sc.X, sc.Mean})
	}
	if grid { // models of several sizes share an amount of compute: no mean
		p.Add(newCloud(runs, colourOf(k), 1))
		return
	}
	p.Add(cloud{xy: runs, colour: alpha(colourOf(k), 0.35), radius: 2.5})
	marks := cloud{xy: means, colour: colourOf(k), radius: markRadius + 0.5, rim: true}
	if len(means) > 60 {
		marks = newCloud(means, colourOf(k), 1)
	}
	p.Add(marks)
}

func (v *scalingView) caption() string {
	var b strings.Builder
	sizes := map[float64]bool{}
	for _, scales := range v.scales {
		for _, sc := range scales {
			sizes[sc.X] = true
		}
	}
	fmt.Fprintf(&b, "%s of %s at %s", count(v.runs, "run"), count(len(v.ladders), "ladder"), count(len(sizes), "size"))
	if v.out > 0 {
		fmt.Fprintf(&b, "; %s left out, diverged or without a loss or size", count(v.out, "run"))
	}
	b.WriteByte('.')
	if c := v.s.Comparison; c != nil {
		fmt.Fprintf(&b, " %v", c.Verdict)
		if !math.IsNaN(c.Crossing) {
			fmt.Fprintf(&b, " at %.4g, 95 %% %v", c.Crossing, c.Interval)
		}
		fmt.Fprintf(&b, "; %s is ahead at the largest size.", c.Leader)
	}
	return b.String()
}

// crossing is a vertical line with a band.
type crossing struct{ at, low, high float64 }

func (g crossing) Plot(c draw.Canvas, p *plot.Plot) {
	toX, _ := p.Transforms(&c)
	clip := func(x float64, beyond vg.Length) vg.Length {
		if !(x > p.X.Min) || !(x < p.X.Max) {
			return beyond
		}
		return toX(x)
	}
	left, right := clip(g.low, c.Min.X), clip(g.high, c.Max.X)
	if g.low < p.X.Max && g.high > p.X.Min {
		c.FillPolygon(alpha(ink, 0.10), []vg.Point{{X: left, Y: c.Min.Y}, {X: right, Y: c.Min.Y}, {X: right, Y: c.Max.Y}, {X: left, Y: c.Max.Y}})
	}
	if g.at > p.X.Min && g.at < p.X.Max {
		c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.2, Dashes: []vg.Length{3, 3}}, toX(g.at), c.Min.Y, toX(g.at), c.Max.Y)
	}
}

func (g crossing) thumb(c draw.Canvas) {
	c.FillPolygon(alpha(ink, 0.10), []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}})
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.2}, c.Center().X, c.Min.Y, c.Center().X, c.Max.Y)
}
