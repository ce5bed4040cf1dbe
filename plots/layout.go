package plots

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// proportion says how the two axes of a frame go together.
type proportion int

const (
	free   proportion = iota
	widen             // a unit is as long on both axes: the narrower range grows
	shrink            // likewise, by leaving room empty: the ranges stay
)

// frame lays a plot out: margin, title, a legend above the data instead of on
// it, and equal axes where asked for. The plot itself is never changed by
// drawing, so that a figure draws the same twice and after the user's tweaks.
type frame struct {
	plot   *plot.Plot
	legend []key
	scale  proportion

	// right, if set, draws what stands right of the data, such as a colour bar,
	// into a strip of the given width that is as high as the data area.
	right      func(c draw.Canvas)
	rightWidth vg.Length
}

// key is one entry of the legend.
type key struct {
	name  string
	width vg.Length // of the thumb
	thumb func(c draw.Canvas)
}

func (f *frame) figure(caption string) *Figure { return newFigure(f.plot, caption, f.draw) }

func (f *frame) draw(c draw.Canvas) {
	p := *f.plot
	if p.BackgroundColor != nil {
		c.SetColor(p.BackgroundColor)
		c.Fill(c.Rectangle.Path())
	}
	p.BackgroundColor = nil
	c = draw.Crop(c, margin, -margin, margin, -margin)
	if p.Title.Text != "" {
		c.Max.Y -= drawTitle(c, &p)
		p.Title.Text = ""
	}
	if len(f.legend) > 0 {
		c.Max.Y -= f.drawLegend(c, &p)
	}
	if f.right != nil {
		c.Max.X -= f.rightWidth
	}
	labels := takeLabels(&c, &p)
	data := f.place(&c, &p)
	p.Draw(c)
	labels(data)
	if f.right != nil {
		f.right(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: data.Max.X, Y: data.Min.Y},
			Max: vg.Point{X: data.Max.X + f.rightWidth, Y: data.Max.Y},
		}})
	}
}

// drawTitle writes the title in as large letters, up to its own size, as fit
// the width, and returns the height it took.
func drawTitle(c draw.Canvas, p *plot.Plot) vg.Length {
	style := p.Title.TextStyle
	if w := style.Width(p.Title.Text); w > c.Size().X {
		style.Font.Size *= font.Length(max(0.5, float64(c.Size().X/w)))
	}
	c.FillText(style, vg.Point{X: c.Center().X, Y: c.Max.Y}, p.Title.Text)
	return style.Height(p.Title.Text) + p.Title.Padding
}

// takeLabels takes the labels of the axes away from the plot and makes room for
// them; the function it returns writes them along the middle of the data area.
// The plot itself would reserve room for them wrongly on logarithmic axes.
func takeLabels(c *draw.Canvas, p *plot.Plot) func(data draw.Canvas) {
	x, y := p.X.Label, p.Y.Label
	p.X.Label.Text, p.Y.Label.Text = "", ""
	var below, beside vg.Length
	if x.Text != "" {
		below = x.TextStyle.Height(x.Text) + x.Padding
	}
	if y.Text != "" {
		beside = y.TextStyle.Height(y.Text) + y.Padding
	}
	c.Min.X += beside
	c.Min.Y += below
	return func(data draw.Canvas) {
		// c may have been narrowed since: the labels stay next to the ticks.
		if x.Text != "" {
			x.TextStyle.XAlign, x.TextStyle.YAlign = draw.XCenter, draw.YBottom
			data.FillText(x.TextStyle, vg.Point{X: data.Center().X, Y: c.Min.Y - below + x.TextStyle.FontExtents().Descent}, x.Text)
		}
		if y.Text != "" {
			y.TextStyle.XAlign, y.TextStyle.YAlign = draw.XCenter, draw.YTop
			y.TextStyle.Rotation += math.Pi / 2
			data.FillText(y.TextStyle, vg.Point{X: c.Min.X - beside, Y: data.Center().Y}, y.Text)
		}
	}
}

// place returns the area that data will take within c. For equal axes it first
// changes the ranges of p, or c, so that one unit has one length.
func (f *frame) place(c *draw.Canvas, p *plot.Plot) draw.Canvas {
	// Ranges move ticks, tick labels move the data area: a few rounds settle it.
	if f.scale == widen {
		x0, x1, y0, y1 := p.X.Min, p.X.Max, p.Y.Min, p.Y.Max
		for range 4 {
			area := p.DataCanvas(*c).Size()
			unit := max((x1-x0)/float64(area.X), (y1-y0)/float64(area.Y))
			p.X.Min, p.X.Max = around((x0+x1)/2, unit*float64(area.X))
			p.Y.Min, p.Y.Max = around((y0+y1)/2, unit*float64(area.Y))
		}
	}
	if f.scale != free {
		for range 4 {
			area := p.DataCanvas(*c).Size()
			perX := float64(area.X) / (p.X.Max - p.X.Min)
			perY := float64(area.Y) / (p.Y.Max - p.Y.Min)
			if perX > perY {
				spare := area.X * vg.Length(1-perY/perX)
				c.Min.X += spare / 2
				c.Max.X -= spare / 2
			} else {
				spare := area.Y * vg.Length(1-perX/perY)
				c.Min.Y += spare / 2
				c.Max.Y -= spare / 2
			}
		}
	}
	return p.DataCanvas(*c)
}

func around(middle, width float64) (lo, hi float64) { return middle - width/2, middle + width/2 }

const (
	lineThumb = vg.Length(26)
	discThumb = vg.Length(10)
	thumbGap  = vg.Length(6)
	keyGap    = vg.Length(20)
)

// drawLegend writes the entries in rows along the top of c, centred, and
// returns the height they took.
func (f *frame) drawLegend(c draw.Canvas, p *plot.Plot) vg.Length {
	style := p.Legend.TextStyle
	style.XAlign, style.YAlign = draw.XLeft, draw.YCenter
	lineHeight := style.Font.Size * 1.35
	room := c.Size().X
	var rows [][]key
	var widths []vg.Length
	for _, k := range f.legend {
		w := k.width + thumbGap + style.Width(k.name)
		last := len(rows) - 1
		if last < 0 || widths[last]+keyGap+w > room {
			rows, widths = append(rows, []key{k}), append(widths, w)
			continue
		}
		rows[last] = append(rows[last], k)
		widths[last] += keyGap + w
	}
	for i, row := range rows {
		x := c.Min.X + max(0, (room-widths[i])/2)
		y := c.Max.Y - (vg.Length(i)+0.5)*lineHeight
		for _, k := range row {
			k.thumb(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
				Min: vg.Point{X: x, Y: y - lineHeight/2},
				Max: vg.Point{X: x + k.width, Y: y + lineHeight/2},
			}})
			x += k.width + thumbGap
			// Letters without descenders look centred slightly below the middle.
			c.FillText(style, vg.Point{X: x, Y: y + 0.06*style.Font.Size}, k.name)
			x += style.Width(k.name) + keyGap
		}
	}
	return vg.Length(len(rows))*lineHeight + 8
}

// padded widens a range of data a little, so that nothing sits on the axis. A
// range of one value becomes one around it.
func padded(lo, hi, share float64) (float64, float64) {
	width := hi - lo
	if tiny := 1e-9 * math.Max(math.Abs(lo), math.Abs(hi)); width <= tiny {
		half := math.Max(1, 0.1*math.Abs(lo))
		if lo != 0 && math.Abs(lo) < 1 {
			half = math.Abs(lo) / 2
		}
		return lo - half, hi + half
	}
	return lo - share*width, hi + share*width
}
