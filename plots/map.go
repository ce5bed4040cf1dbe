package plots

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// MapSettings says how [Map] draws. The zero value is the default.
type MapSettings struct {
	Arrows  int     // Arrows from source to pushed points; 0 means 30, negative none.
	Title   string  // Above the picture; "" means none.
	Epsilon float64 // Named in the caption if positive.

	Source, Target, Pushed string // Names in the legend; "" means "source", "target", "pushed".
	XLabel, YLabel         string // Of the axes; "" means none, or the principal axis.
}

// Map draws the source x (n×d) and the target y (m×d) and, unless tx is nil,
// the pushed points tx (n×d) with arrows from some of the source points to
// where they go. Both axes have the same unit of length. Points of more than
// two dimensions are projected on the first two principal axes of the target;
// points on a line are drawn as three rows, source at the bottom.
//
// Row i of tx must be the image of row i of x. Arrows are taken at even
// distances through the rows.
func Map(x, y, tx *mat.Dense, s MapSettings) *Figure {
	n, d := checkCloud("the source", x)
	m, dy := checkCloud("the target", y)
	checkColumns("the source", d, "the target", dy)
	if tx != nil {
		k, dt := checkCloud("the pushed cloud", tx)
		checkColumns("the pushed cloud", dt, "the source", d)
		if k != n {
			panic(fmt.Sprintf("plots: the pushed cloud has %s, the source has %d", count(k, "point"), n))
		}
	}
	v := view(y, x, tx, s)
	p := newPlot(s.Title, v.xlabel, v.ylabel)
	// Points that coincide show as rings: the later drawn, the smaller.
	source, target := newCloud(v.source, blue, 1), newCloud(v.target, orange, 1.3)
	f := &frame{plot: p, scale: widen, legend: []key{
		{orElse(s.Source, "source"), discThumb, source.thumb},
		{orElse(s.Target, "target"), discThumb, target.thumb},
	}}
	p.Add(rules{x: true, y: d > 1}, target, source)
	if tx != nil {
		pushed := newCloud(v.pushed, green, 0.72)
		p.Add(pushed)
		f.legend = append(f.legend, key{orElse(s.Pushed, "pushed"), discThumb, pushed.thumb})
		if a := sampleArrows(v.source, v.pushed, s.Arrows); len(a.from) > 0 {
			p.Add(a)
			f.legend = append(f.legend, key{"map", lineThumb, a.thumb})
		}
	}
	all := append(append(append([][2]float64(nil), v.source...), v.target...), v.pushed...)
	setRanges(p, all)
	if d == 1 {
		f.inRows(v.rows)
	}
	return f.figure(mapCaption(n, m, d, tx != nil, v.share, s))
}

// look is what a map shows in the plane.
type look struct {
	source, target, pushed [][2]float64
	xlabel, ylabel         string
	share                  float64 // of the target's variance in a projection
	rows                   int     // in one dimension
}

func view(y, x, tx *mat.Dense, s MapSettings) look {
	v := look{xlabel: s.XLabel, ylabel: s.YLabel, share: 1}
	var to func(*mat.Dense) [][2]float64
	switch _, d := y.Dims(); {
	case d == 1:
		v.source, v.rows = inRow(x, 0), 2
		if tx != nil {
			v.pushed, v.rows = inRow(tx, 1), 3
		}
		v.target = inRow(y, float64(v.rows-1))
		return v
	case d == 2:
		to = pairs
	default:
		q := principal(y)
		to, v.share = q.at, q.share
		v.xlabel = orElse(v.xlabel, "first principal axis of the target")
		v.ylabel = orElse(v.ylabel, "second principal axis")
	}
	v.source, v.target = to(x), to(y)
	if tx != nil {
		v.pushed = to(tx)
	}
	return v
}

// inRows makes the vertical axis one of rows at heights 0, 1, ..., which need
// no numbers.
func (f *frame) inRows(rows int) {
	f.scale = free
	y := &f.plot.Y
	y.Min, y.Max = -0.3, float64(rows)-0.7
	y.Tick.Marker = plot.ConstantTicks{}
	y.LineStyle.Width = 0
}

// inRow places points on a line around one height. They are spread a little
// up and down, so that crowds show; multiples of the golden ratio spread any
// number of neighbours evenly.
func inRow(x *mat.Dense, height float64) [][2]float64 {
	n, _ := x.Dims()
	xy := make([][2]float64, n)
	for i := range xy {
		_, level := math.Modf(float64(i) * math.Phi)
		xy[i] = [2]float64{x.At(i, 0), height + 0.2*(level-0.5)}
	}
	return xy
}

func newCloud(xy [][2]float64, colour color.NRGBA, size vg.Length) cloud {
	radius, opacity := pointLook(len(xy))
	return cloud{xy: xy, colour: alpha(colour, opacity), radius: size * radius, rim: len(xy) <= 60}
}

// sampleArrows picks rows at even distances, so that a cloud sorted by groups
// shows arrows in each.
func sampleArrows(from, to [][2]float64, most int) arrows {
	if most == 0 {
		most = 30
	}
	k := min(max(most, 0), len(from))
	a := arrows{colour: alpha(ink, 0.75)}
	for i := range k {
		j := i * len(from) / k
		a.from, a.to = append(a.from, from[j]), append(a.to, to[j])
	}
	return a
}

func setRanges(p *plot.Plot, xy [][2]float64) {
	lo, hi := xy[0], xy[0]
	for _, q := range xy {
		for k := range q {
			lo[k], hi[k] = math.Min(lo[k], q[k]), math.Max(hi[k], q[k])
		}
	}
	p.X.Min, p.X.Max = padded(lo[0], hi[0], 0.04)
	p.Y.Min, p.Y.Max = padded(lo[1], hi[1], 0.04)
}

func mapCaption(n, m, d int, pushed bool, share float64, s MapSettings) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s", count(n, "source point"), count(m, "target point"))
	if pushed {
		b.WriteString(", and where the map sends the source")
	}
	b.WriteString(epsilonNote(s.Epsilon))
	b.WriteString(projectionNote(d, share))
	b.WriteString(".")
	return b.String()
}

func projectionNote(d int, share float64) string {
	if d <= 2 {
		return ""
	}
	return fmt.Sprintf("; projected from %d dimensions on the first two principal axes of the target, which hold %.0f%% of its variance", d, 100*share)
}

func epsilonNote(epsilon float64) string {
	if epsilon > 0 {
		return fmt.Sprintf("; ε = %.3g", epsilon)
	}
	return ""
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
