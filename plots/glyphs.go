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
	for py := int(math.Floor(y - radius)); py <= int(math.Ceil(y+radius)); py++ {
		for px := int(math.Floor(x - radius)); px <= int(math.Ceil(x+radius)); px++ {
			dx, dy := float64(px)-x, float64(py)-y
			if cover := radius + 0.5 - math.Sqrt(dx*dx+dy*dy); cover > 0 {
				mix(img, px, py, c, cover)
			}
		}
	}
}

// segment blends a straight line of the given width into img, in pixels with y
// downwards. It walks along the longer direction and takes a pixel's coverage
// from its centre's distances to the sides and ends.
func segment(img *image.RGBA, x0, y0, x1, y1, width float64, c color.NRGBA) {
	x0, y0, x1, y1 = x0-0.5, y0-0.5, x1-0.5, y1-0.5 // coordinates of pixel centres
	dx, dy := x1-x0, y1-y0
	length := math.Hypot(dx, dy)
	if length == 0 {
		return
	}
	ux, uy := dx/length, dy/length
	half := width / 2
	steep := math.Abs(dy) > math.Abs(dx)
	a0, a1, slope, start := x0, x1, uy/ux, y0
	if steep {
		a0, a1, slope, start = y0, y1, ux/uy, x0
	}
	reach := (half + 1) * math.Hypot(1, slope)
	for a := int(math.Floor(min(a0, a1) - 1)); a <= int(math.Ceil(max(a0, a1)+1)); a++ {
		middle := start + slope*(float64(a)-a0)
		for b := int(math.Ceil(middle - reach)); b <= int(math.Floor(middle+reach)); b++ {
			px, py := a, b
			if steep {
				px, py = b, a
			}
			rx, ry := float64(px)-x0, float64(py)-y0
			across := half + 0.5 - math.Abs(rx*uy-ry*ux)
			along := rx*ux + ry*uy
			cover := min(across, 1, width) * min(along+0.5, length-along+0.5, 1)
			if across > 0 && cover > 0 {
				mix(img, px, py, c, cover)
			}
		}
	}
}

// mix blends a colour into a pixel, if there is such a pixel.
func mix(img *image.RGBA, x, y int, c color.NRGBA, cover float64) {
	if !(image.Point{X: x, Y: y}.In(img.Rect)) {
		return
	}
	a := uint32(math.Min(cover, 1)*float64(c.A) + 0.5)
	q := img.Pix[img.PixOffset(x, y):]
	q = q[:4:4]
	q[0] = blend(q[0], c.R, a)
	q[1] = blend(q[1], c.G, a)
	q[2] = blend(q[2], c.B, a)
	q[3] = blend(q[3], 255, a)
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
