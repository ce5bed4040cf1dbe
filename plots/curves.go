package plots

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gaspard/lib/job"
)

// Curve is a line through the points (X[k], Y[k]). X nil stands for 1, 2, 3, ...
// Low and High, if given, are the edges of a band around it, such as the
// smallest and largest value over seeds. All that are given have one length.
type Curve struct {
	Name      string
	X, Y      []float64
	Low, High []float64
}

// CurveSettings says how [Curves] draws. The zero value is the default.
type CurveSettings struct {
	LogX, LogY     bool
	Title          string
	XLabel, YLabel string
}

// Curves draws losses, errors or any other sequences, at most a thousand of
// them, as lines with their bands. Values that are not finite, and on a
// logarithmic axis those that are not positive, are left out: the line breaks
// there, and the caption counts them. If nothing is left to draw, Curves
// panics with a *job.DataError.
//
// Curves of up to 20 points get a mark at each point; of more than 4000, only
// as many extremes as can be seen are drawn.
func Curves(series []Curve, s CurveSettings) *Figure {
	if len(series) == 0 {
		panic(job.BadData("plots: there are no curves to draw"))
	}
	const most = 1000
	if len(series) > most {
		panic(fmt.Sprintf("plots: %d curves, at most %d can be told apart", len(series), most))
	}
	p := newPlot(s.Title, s.XLabel, s.YLabel)
	p.Add(rules{x: true, y: true})
	f := &frame{plot: p}
	var left leftOut
	var bands, lines []plot.Plotter
	var all [][2]float64
	points := 0
	for i, c := range series {
		t := newTrace(c, i, s, &left)
		points = max(points, len(c.Y))
		if c.Name != "" {
			f.legend = append(f.legend, key{c.Name, lineThumb, t.thumb})
		}
		for _, run := range t.runs {
			all = append(all, run...)
		}
		for _, run := range t.band {
			all = append(append(all, run.low...), run.high...)
		}
		bands, lines = append(bands, bandOf(t)), append(lines, t)
	}
	if len(all) == 0 {
		panic(job.BadData("plots: none of the values can be drawn%s", left.why()))
	}
	p.Add(bands...)
	p.Add(lines...)
	setRanges(p, all)
	if s.LogX {
		logAxis(&p.X, all, 0)
	}
	if s.LogY {
		logAxis(&p.Y, all, 1)
	}
	caption := count(len(series), "curve") + " of up to " + count(points, "point")
	if len(series) == 1 {
		caption = "1 curve of " + count(points, "point")
	}
	return f.figure(caption + left.note() + ".")
}

// leftOut counts the values that cannot be drawn.
type leftOut struct{ notFinite, notPositive int }

func (l *leftOut) note() string {
	if l.notFinite+l.notPositive == 0 {
		return ""
	}
	var parts []string
	if l.notFinite > 0 {
		parts = append(parts, fmt.Sprintf("%d not finite", l.notFinite))
	}
	if l.notPositive > 0 {
		parts = append(parts, fmt.Sprintf("%d not positive on a logarithmic axis", l.notPositive))
	}
	return "; " + count(l.notFinite+l.notPositive, "point") + " left out (" + strings.Join(parts, ", ") + ")"
}

func (l *leftOut) why() string { return strings.Replace(l.note(), "; ", ": ", 1) }

// usable reports whether a value can be drawn, and counts it if it cannot.
func (l *leftOut) usable(log bool, values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.Abs(v) > largest {
			l.notFinite++
			return false
		}
	}
	return l.positive(log, values...)
}

func (l *leftOut) positive(log bool, values ...float64) bool {
	for _, v := range values {
		if log && v < 1/largest {
			l.notPositive++
			return false
		}
	}
	return true
}

// trace is a curve split into runs without a gap.
type trace struct {
	runs   [][][2]float64
	band   []strip
	colour color.NRGBA
	dashes []vg.Length
	marks  bool
}

// strip is a stretch of a band without a gap.
type strip struct{ low, high [][2]float64 }

func newTrace(c Curve, index int, s CurveSettings, left *leftOut) trace {
	checkCurve(c)
	n := len(c.Y)
	t := trace{
		colour: curveColours[index%len(curveColours)],
		dashes: curveDashes[index/len(curveColours)%len(curveDashes)],
		marks:  n <= 20,
	}
	var run [][2]float64
	var band strip
	endRun := func() {
		if len(run) > 0 {
			t.runs, run = append(t.runs, thin(run)), nil
		}
	}
	endBand := func() {
		if len(band.low) > 1 {
			t.band = append(t.band, strip{thin(band.low), thin(band.high)})
		}
		band = strip{}
	}
	for k, y := range c.Y {
		x := float64(k + 1)
		if c.X != nil {
			x = c.X[k]
		}
		if !left.usable(false, x, y) || !left.positive(s.LogX, x) || !left.positive(s.LogY, y) {
			endRun()
			endBand()
			continue
		}
		run = append(run, [2]float64{x, y})
		if c.Low == nil {
			continue
		}
		low, high := c.Low[k], c.High[k]
		if !left.usable(s.LogY, low, high) {
			endBand()
			continue
		}
		band.low = append(band.low, [2]float64{x, low})
		band.high = append(band.high, [2]float64{x, high})
	}
	endRun()
	endBand()
	return t
}

func checkCurve(c Curve) {
	for _, other := range []struct {
		name   string
		values []float64
	}{{"X", c.X}, {"Low", c.Low}, {"High", c.High}} {
		if other.values != nil && len(other.values) != len(c.Y) {
			panic(fmt.Sprintf("plots: curve %q has %s in %s, %d in Y", c.Name, count(len(other.values), "value"), other.name, len(c.Y)))
		}
	}
	if (c.Low == nil) != (c.High == nil) {
		panic(fmt.Sprintf("plots: curve %q has one edge of its band; give both Low and High", c.Name))
	}
}

// thin keeps of a long run the first, lowest, highest and last point of each of
// a thousand stretches: more than a screen has columns, so nothing is lost to
// the eye.
func thin(run [][2]float64) [][2]float64 {
	const stretches = 1000
	if len(run) <= 4*stretches {
		return run
	}
	kept := make([][2]float64, 0, 4*stretches)
	for i := range stretches {
		from, to := i*len(run)/stretches, (i+1)*len(run)/stretches
		low, high := from, from
		for k := from; k < to; k++ {
			if run[k][1] < run[low][1] {
				low = k
			}
			if run[k][1] > run[high][1] {
				high = k
			}
		}
		before := from
		kept = append(kept, run[from])
		for _, k := range []int{min(low, high), max(low, high), to - 1} {
			if k > before {
				kept, before = append(kept, run[k]), k
			}
		}
	}
	return kept
}

// logAxis makes an axis logarithmic, padded by a share of its decades.
func logAxis(a *plot.Axis, xy [][2]float64, k int) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, q := range xy {
		l := math.Log(q[k])
		lo, hi = math.Min(lo, l), math.Max(hi, l)
	}
	pad := 0.04 * (hi - lo)
	if hi-lo < 1e-6 {
		pad = math.Ln10 / 2
	}
	a.Min, a.Max = math.Exp(lo-pad), math.Exp(hi+pad)
	a.Scale = plot.LogScale{}
	a.Tick.Marker = logTicks{}
}

func (t trace) style() draw.LineStyle {
	return draw.LineStyle{Color: t.colour, Width: 2, Dashes: t.dashes}
}

const markRadius = vg.Length(3.5)

// Plot draws the line, cut off at the data area if the user narrowed the axes.
func (t trace) Plot(c draw.Canvas, p *plot.Plot) {
	for _, run := range t.runs {
		line := placed(run, c, p)
		c.StrokeLines(t.style(), c.ClipLinesXY(line)...)
		if t.marks || len(run) == 1 {
			for _, at := range line {
				if c.Contains(at) {
					disc(c, at, markRadius, t.colour)
				}
			}
		}
	}
}

func placed(run [][2]float64, c draw.Canvas, p *plot.Plot) []vg.Point {
	toX, toY := p.Transforms(&c)
	out := make([]vg.Point, len(run))
	for k, q := range run {
		out[k] = vg.Point{X: toX(q[0]), Y: toY(q[1])}
	}
	return out
}

func (t trace) thumb(c draw.Canvas) {
	y := c.Center().Y
	if len(t.band) > 0 {
		h := 0.28 * c.Size().Y
		c.FillPolygon(t.shade(), []vg.Point{{X: c.Min.X, Y: y - h}, {X: c.Max.X, Y: y - h}, {X: c.Max.X, Y: y + h}, {X: c.Min.X, Y: y + h}})
	}
	c.StrokeLine2(t.style(), c.Min.X, y, c.Max.X, y)
	if t.marks {
		disc(c, c.Center(), markRadius, t.colour)
	}
}

func (t trace) shade() color.NRGBA { return alpha(t.colour, 0.18) }

// bandOf draws only the band of a trace, so that all bands lie under all lines.
type bandOf trace

func (b bandOf) Plot(c draw.Canvas, p *plot.Plot) {
	for _, s := range b.band {
		edge := placed(s.low, c, p)
		high := placed(s.high, c, p)
		for k := len(high) - 1; k >= 0; k-- {
			edge = append(edge, high[k])
		}
		c.FillPolygon(trace(b).shade(), c.ClipPolygonXY(edge))
	}
}
