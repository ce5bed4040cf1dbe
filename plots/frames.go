package plots

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// FrameSettings says how [Frames] and [Frame] draw. The zero value is the default.
type FrameSettings struct {
	Times []float64 // When, from 0 to 1, of Frames; nil means 0, 1/4, 1/2, 3/4 and 1.
	Title string    // Above the picture; "" means none.

	Source, Target, Moving string // Names in the legend; "" means "source", "target", "on the way".
}

// Frames draws a strip of pictures of the displacement interpolation (1-t) x + t T(x)
// between the source x (n×d) and its image tx (n×d), above the target y (m×d) in pale,
// where it may be nil. Along an optimal map for |x-y|² it is the geodesic between the two
// laws (mccann:97), and no two points meet on the way. All pictures show the same part of
// the plane; points of more than two dimensions are projected as [Map] does, by the axes
// of the target, or else of the image.
//
// Row i of tx must be the image of row i of x.
func Frames(x, y, tx *mat.Dense, s FrameSettings) *Figure {
	if s.Times == nil {
		s.Times = []float64{0, 0.25, 0.5, 0.75, 1}
	}
	if len(s.Times) == 0 || len(s.Times) > 20 {
		panic(fmt.Sprintf("plots: %d Times; there must be 1 to 20", len(s.Times)))
	}
	v, caption := frameView(x, y, tx)
	panels := make([]*frame, len(s.Times))
	for i, t := range s.Times {
		panels[i] = v.frame(t, s, fmt.Sprintf("t = %.3g", t))
		panels[i].asPanel(i == 0)
	}
	head, last := v.frame(0, s, s.Title), v.frame(1, s, "").legend
	head.legend = append(head.legend, last[len(last)-1])
	fig := newFigure(nil, caption+".", func(c draw.Canvas) { drawStrip(c, head, panels) })
	return fig.Resize(60+230*len(panels), 360)
}

// Frame draws one moment t of [Frames], from 0 to 1, as a picture of its own. Saved one
// after the other, for t along a grid, they make a film: all show the same part of the
// plane.
func Frame(x, y, tx *mat.Dense, t float64, s FrameSettings) *Figure {
	v, caption := frameView(x, y, tx)
	return v.frame(t, s, s.Title).figure(fmt.Sprintf("%s at t = %.3g.", caption, t))
}

// frameView checks and projects the clouds.
func frameView(x, y, tx *mat.Dense) (look, string) {
	n, d := checkCloud("the source", x)
	k, dt := checkCloud("the image", tx)
	checkColumns("the image", dt, "the source", d)
	if k != n {
		panic(fmt.Sprintf("plots: the image has %s, the source has %d", count(k, "point"), n))
	}
	axes := tx
	if y != nil {
		_, dy := checkCloud("the target", y)
		checkColumns("the target", dy, "the source", d)
		axes = y
	}
	v := view(axes, x, tx, MapSettings{})
	if d == 1 {
		v.pushed, v.target = inRow(tx, 0), inRow(axes, 0)
		v.rows = 1
	}
	if y == nil {
		v.target = nil
	}
	return v, count(n, "point") + " on the way from the source to where the map sends them" + projectionNote(d, v.share)
}

// frame is the picture at time t.
func (v look) frame(t float64, s FrameSettings, title string) *frame {
	if !(t >= 0 && t <= 1) {
		panic(fmt.Sprintf("plots: the time %g; it must be from 0 to 1", t))
	}
	p := newPlot(title, v.xlabel, v.ylabel)
	p.Add(rules{x: true, y: v.rows == 0})
	moved := make([][2]float64, len(v.source))
	for i, a := range v.source {
		b := v.pushed[i]
		moved[i] = [2]float64{(1-t)*a[0] + t*b[0], (1-t)*a[1] + t*b[1]}
	}
	moving := newCloud(moved, between(blue, green, t), 1)
	f := &frame{plot: p, scale: shrink}
	name := orElse(s.Moving, "on the way")
	if t == 0 {
		name = orElse(s.Source, "source")
	}
	if v.target != nil {
		target := newCloud(v.target, orange, 1)
		target.colour.A /= 3
		p.Add(target)
		f.legend = append(f.legend, key{orElse(s.Target, "target"), discThumb, target.thumb})
	}
	f.legend = append(f.legend, key{name, discThumb, moving.thumb})
	p.Add(moving)
	setRanges(p, append(append(append([][2]float64(nil), v.source...), v.target...), v.pushed...))
	if v.rows > 0 {
		f.inRows(v.rows)
	}
	return f
}

// asPanel makes the picture one of a strip: without a legend and axis labels, for which
// there is no room, with a small title, and but for the leftmost without numbers on the
// vertical axis, which are the same.
func (f *frame) asPanel(leftmost bool) {
	f.legend = nil
	f.plot.Title.TextStyle.Font = sans(labelSize)
	f.plot.Title.Padding = 2
	f.plot.X.Label.Text, f.plot.Y.Label.Text = "", ""
	if !leftmost {
		f.plot.Y.Tick.Label.Color = color.Transparent
	}
}

// between mixes two colours.
func between(a, b color.NRGBA, t float64) color.NRGBA {
	mix := func(u, v uint8) uint8 { return uint8(math.Round((1-t)*float64(u) + t*float64(v))) }
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// drawStrip draws title and legend of head once, and the pictures side by side below.
func drawStrip(c draw.Canvas, head *frame, panels []*frame) {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	c.Max.Y -= margin / 2
	if head.plot.Title.Text != "" {
		c.Max.Y -= drawTitle(c, head.plot)
	}
	c.Max.Y -= head.drawLegend(c, head.plot)
	width := c.Size().X / vg.Length(len(panels))
	for i, p := range panels {
		part := c
		part.Min.X = c.Min.X + vg.Length(i)*width
		part.Max.X = part.Min.X + width
		p.draw(part)
	}
}
