package plots

import (
	"image/color"
	"math"

	xfont "golang.org/x/image/font"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The colours of Okabe and Ito, which people with any of the common colour
// deficiencies tell apart, in the order in which curves take them.
var (
	blue    = color.NRGBA{0, 114, 178, 255}
	orange  = color.NRGBA{230, 159, 0, 255}
	green   = color.NRGBA{0, 158, 115, 255}
	red     = color.NRGBA{213, 94, 0, 255}
	purple  = color.NRGBA{204, 121, 167, 255}
	sky     = color.NRGBA{86, 180, 233, 255}
	ink     = color.NRGBA{38, 38, 38, 255}
	axisInk = color.NRGBA{110, 110, 110, 255}
	gridInk = color.NRGBA{232, 232, 232, 255}
)

var curveColours = []color.NRGBA{blue, red, green, orange, purple, sky, ink}

// curveDashes set apart the curves that share a colour once all are in use.
var curveDashes = [][]vg.Length{nil, {7, 3}, {2, 3}, {9, 3, 2, 3}}

const (
	titleSize = font.Length(17)
	labelSize = font.Length(14)
	tickSize  = font.Length(12)
	margin    = vg.Length(10)
)

func sans(size font.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

func alpha(c color.NRGBA, a float64) color.NRGBA {
	c.A = uint8(math.Round(255 * min(max(a, 0), 1)))
	return c
}

// newPlot is an empty plot in the style of this package: sans-serif letters
// that can be read from the back of a room, quiet axes.
func newPlot(title, xlabel, ylabel string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.Title.Padding = 8
	p.Title.TextStyle.Font = sans(titleSize)
	p.Title.TextStyle.Font.Weight = xfont.WeightBold
	p.Title.TextStyle.Color = ink
	p.Legend.TextStyle.Font = sans(labelSize)
	p.Legend.TextStyle.Color = ink
	p.X.Label.Text, p.Y.Label.Text = xlabel, ylabel
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding = 0
		a.Label.Padding = 6
		a.Label.TextStyle.Font = sans(labelSize)
		a.Label.TextStyle.Color = ink
		a.Tick.Label.Font = sans(tickSize)
		a.Tick.Label.Color = ink
		a.Tick.Length = 5
		a.Tick.LineStyle = draw.LineStyle{Color: axisInk, Width: 0.75}
		a.LineStyle = draw.LineStyle{Color: axisInk, Width: 0.75}
		a.Tick.Label.Handler = raised{a.Tick.Label.Handler}
		a.Tick.Marker = linearTicks{}
	}
	return p
}

// rules draws a line across the data area at each labelled tick.
type rules struct{ x, y bool }

func (g rules) Plot(c draw.Canvas, p *plot.Plot) {
	style := draw.LineStyle{Color: gridInk, Width: 0.75}
	toX, toY := p.Transforms(&c)
	if g.x {
		for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
			if x := toX(t.Value); !t.IsMinor() && c.ContainsX(x) {
				c.StrokeLine2(style, x, c.Min.Y, x, c.Max.Y)
			}
		}
	}
	if g.y {
		for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
			if y := toY(t.Value); !t.IsMinor() && c.ContainsY(y) {
				c.StrokeLine2(style, c.Min.X, y, c.Max.X, y)
			}
		}
	}
}
