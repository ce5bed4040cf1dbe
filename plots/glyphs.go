package plots

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// cloud draws points as discs.
type cloud struct {
	xy     [][2]float64
	colour color.NRGBA
	radius vg.Length
	rim    bool // a thin white edge, which keeps large neighbours apart
}

// pointLook chooses radius and opacity for n points: many points are small and
// translucent, so that density shows as shade.
func pointLook(n int) (radius vg.Length, opacity float64) {
	size := math.Max(float64(n), 20)
	radius = vg.Length(math.Max(1.2, 5.2*math.Pow(20/size, 0.27)))
	opacity = math.Max(0.30, math.Min(0.9, 0.9*math.Pow(100/size, 0.28)))
	return radius, opacity
}

func (g cloud) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	for _, q := range g.xy {
		g.dot(c, vg.Point{X: toX(q[0]), Y: toY(q[1])})
	}
}

func (g cloud) dot(c draw.Canvas, at vg.Point) {
	if !c.Contains(at) {
		return // beyond axes that the user narrowed
	}
	if g.rim {
		disc(c, at, g.radius+0.5, color.NRGBA{255, 255, 255, g.colour.A})
	}
	disc(c, at, g.radius, g.colour)
}

func (g cloud) thumb(c draw.Canvas) {
	g.radius = max(g.radius, 4)
	g.colour.A = max(g.colour.A, 200)
	disc(c, c.Center(), g.radius, g.colour)
}

// disc fills a circle. On bitmaps it sets the pixels itself: a general path
// fill takes ten times as long, which is felt from a few thousand points on.
func disc(c draw.Canvas, at vg.Point, radius vg.Length, colour color.NRGBA) {
	if img, ok := bitmap(c); ok {
		dot(img, float64(at.X)*dpi/72, float64(img.Rect.Dy())-float64(at.Y)*dpi/72, float64(radius)*dpi/72, colour)
		return
	}
	path := make(vg.Path, 0, 3)
	path.Move(vg.Point{X: at.X + radius, Y: at.Y})
	path.Arc(at, radius, 0, 2*math.Pi)
	path.Close()
	c.SetColor(colour)
	c.Fill(path)
}

// bitmap finds the image under a canvas of this package's resolution.
func bitmap(c draw.Canvas) (*image.RGBA, bool) {
	under := c.Canvas
	for {
		switch v := under.(type) {
		case draw.Canvas:
			under = v.Canvas
		case *vgimg.Canvas:
			img, ok := v.Image().(*image.RGBA)
			return img, ok && v.DPI() == dpi
		default:
			return nil, false
		}
	}
}

// dot blends a disc with centre x, y (pixels, y downwards) into img. A pixel's
// coverage is taken from its centre's distance to the edge.
func dot(img *image.RGBA, x, y, radius float64, c color.NRGBA) {
	x, y = x-0.5, y-0.5 // coordinates of pixel centres
	b := img.Rect
	x0, x1 := max(b.Min.X, int(math.Floor(x-radius))), min(b.Max.X-1, int(math.Ceil(x+radius)))
	y0, y1 := max(b.Min.Y, int(math.Floor(y-radius))), min(b.Max.Y-1, int(math.Ceil(y+radius)))
	for py := y0; py <= y1; py++ {
		row := img.Pix[img.PixOffset(b.Min.X, py):]
		for px := x0; px <= x1; px++ {
			dx, dy := float64(px)-x, float64(py)-y
			cover := radius + 0.5 - math.Sqrt(dx*dx+dy*dy)
			if cover <= 0 {
				continue
			}
			a := uint32(math.Min(cover, 1)*float64(c.A) + 0.5)
			q := row[4*(px-b.Min.X) : 4*(px-b.Min.X)+4 : 4*(px-b.Min.X)+4]
			q[0] = blend(q[0], c.R, a)
			q[1] = blend(q[1], c.G, a)
			q[2] = blend(q[2], c.B, a)
			q[3] = blend(q[3], 255, a)
		}
	}
}

func blend(under, over uint8, a uint32) uint8 {
	return uint8((uint32(over)*a + uint32(under)*(255-a) + 127) / 255)
}

// arrows draws an arrow from each from[i] to to[i].
type arrows struct {
	from, to [][2]float64
	colour   color.NRGBA
}

func (g arrows) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	for i, a := range g.from {
		b := g.to[i]
		g.arrow(c, vg.Point{X: toX(a[0]), Y: toY(a[1])}, vg.Point{X: toX(b[0]), Y: toY(b[1])})
	}
}

func (g arrows) arrow(c draw.Canvas, from, to vg.Point) {
	const (
		width = vg.Length(1.1)
		head  = vg.Length(7.5)
		open  = 0.36 // half the head's width over its length
	)
	along := to.Sub(from)
	length := vg.Length(math.Hypot(float64(along.X), float64(along.Y)))
	if length < 1 {
		return // a point that stays has no direction
	}
	unit := along.Scale(1 / length)
	h := min(head, 0.6*length)
	neck := to.Sub(unit.Scale(h))
	side := vg.Point{X: -unit.Y, Y: unit.X}.Scale(h * open)
	c.StrokeLine2(draw.LineStyle{Color: g.colour, Width: width}, from.X, from.Y, neck.X, neck.Y)
	c.FillPolygon(g.colour, []vg.Point{to, neck.Add(side), neck.Sub(side)})
}

func (g arrows) thumb(c draw.Canvas) {
	y := c.Center().Y
	g.arrow(c, vg.Point{X: c.Min.X, Y: y}, vg.Point{X: c.Max.X, Y: y})
}
