package plots

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// maxCells is the largest number of cells each way that a heat map shows: about
// what a figure has pixels for. Larger matrices are summed in blocks.
const maxCells = 400

// heat is a heat map of a matrix with rows from the top. It covers -0.5 to m-0.5
// across and -0.5 to n-0.5 down.
type heat struct {
	cells *mat.Dense // masses
	n, m  int        // shape of the matrix, of which cells may be block sums
	top   float64    // mass with the darkest colour
	log   bool
}

func newHeat(plan *mat.Dense, log bool) heat {
	n, m := plan.Dims()
	h := heat{cells: plan, n: n, m: m, log: log}
	if rows, cols := min(n, maxCells), min(m, maxCells); rows < n || cols < m {
		h.cells = mat.NewDense(rows, cols, nil)
		for i := range n {
			to := h.cells.RawRowView(i * rows / n)
			for j, v := range plan.RawRowView(i) {
				to[j*cols/m] += v
			}
		}
	}
	h.top = mat.Max(h.cells)
	if !log {
		h.top = crest(h.cells)
	}
	return h
}

// crest is the mass at which colours and line widths stop growing: the largest,
// unless a few percent of all mass lies in far larger entries than the rest,
// which would leave that rest pale.
func crest(masses *mat.Dense) float64 {
	largest := mat.Max(masses)
	var held [levels]float64 // mass by class of size
	total := 0.0
	n, _ := masses.Dims()
	for i := range n {
		for _, v := range masses.RawRowView(i) {
			total += v
			if k := level(v, largest); k >= 0 {
				held[k] += v
			}
		}
	}
	const above = 0.03 // share of the mass that may saturate
	k, sum := levels-1, held[levels-1]
	for k > 0 && sum <= above*total {
		k--
		sum += held[k]
	}
	top := largest * math.Pow(10, float64(k+1-levels+1)/128) // upper end of class k
	if top > largest/1.5 {
		return largest
	}
	return top
}

// decades is how far a logarithmic scale reaches down from the largest mass.
const decades = 6

// share is where on the colour scale a mass lies.
func (h heat) share(v float64) float64 {
	if h.log {
		return max(0, 1+math.Log10(v/h.top)/decades)
	}
	return min(1, v/h.top)
}

func (h heat) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	area := vg.Rectangle{
		Min: vg.Point{X: toX(-0.5), Y: toY(float64(h.n) - 0.5)},
		Max: vg.Point{X: toX(float64(h.m) - 0.5), Y: toY(-0.5)},
	}
	rows, cols := h.cells.Dims()
	at := func(across, down float64) color.NRGBA {
		return shade(h.share(h.cells.At(min(int(down*float64(rows)), rows-1), min(int(across*float64(cols)), cols-1))))
	}
	paint(c, area, at, h.grain())
	c.StrokeLines(draw.LineStyle{Color: axisInk, Width: 0.75}, []vg.Point{
		area.Min, {X: area.Max.X, Y: area.Min.Y}, area.Max, {X: area.Min.X, Y: area.Max.Y}, area.Min,
	})
}

// grain is the number of pixels with which a vector graphic shows the map: whole
// multiples of the cells, as viewers blur what they enlarge.
func (h heat) grain() image.Point {
	rows, cols := h.cells.Dims()
	return image.Pt(cols*max(1, 2*maxCells/cols), rows*max(1, 2*maxCells/rows))
}

// paint fills an area with the colours of a function of the position in it,
// 0 to 1 from the left and from the top. Bitmaps take them pixel by pixel.
func paint(c draw.Canvas, area vg.Rectangle, at func(across, down float64) color.NRGBA, grain image.Point) {
	img, ok := bitmap(c)
	if !ok {
		out := image.NewNRGBA(image.Rectangle{Max: grain})
		for y := range grain.Y {
			for x := range grain.X {
				out.SetNRGBA(x, y, at((float64(x)+0.5)/float64(grain.X), (float64(y)+0.5)/float64(grain.Y)))
			}
		}
		c.DrawImage(area, out)
		return
	}
	const perPoint = float64(dpi) / 72
	height := float64(img.Rect.Dy())
	x0, x1 := float64(area.Min.X)*perPoint, float64(area.Max.X)*perPoint
	y0, y1 := height-float64(area.Max.Y)*perPoint, height-float64(area.Min.Y)*perPoint
	inside := image.Rect(int(math.Round(x0)), int(math.Round(y0)), int(math.Round(x1)), int(math.Round(y1))).Intersect(img.Rect)
	for y := inside.Min.Y; y < inside.Max.Y; y++ {
		down := min(max((float64(y)+0.5-y0)/(y1-y0), 0), 1)
		for x := inside.Min.X; x < inside.Max.X; x++ {
			v := at(min(max((float64(x)+0.5-x0)/(x1-x0), 0), 1), down)
			img.SetRGBA(x, y, color.RGBA(v))
		}
	}
}

// barWidth is the room for the colour bar with its labels.
const barWidth = vg.Length(84)

// bar draws the colour scale beside the map.
func (h heat) bar(c draw.Canvas) {
	const (
		gap   = vg.Length(14)
		width = vg.Length(14)
	)
	area := vg.Rectangle{Min: vg.Point{X: c.Min.X + gap, Y: c.Min.Y}, Max: vg.Point{X: c.Min.X + gap + width, Y: c.Max.Y}}
	paint(c, area, func(_, down float64) color.NRGBA {
		return shade(1 - down)
	}, image.Pt(1, 256))
	c.StrokeLines(draw.LineStyle{Color: axisInk, Width: 0.75}, []vg.Point{
		area.Min, {X: area.Max.X, Y: area.Min.Y}, area.Max, {X: area.Min.X, Y: area.Max.Y}, area.Min,
	})
	axis := newPlot("", "", "").Y
	style := axis.Tick.Label
	style.XAlign, style.YAlign = draw.XLeft, draw.YCenter
	ticks, height, label := h.scale()
	for _, t := range ticks {
		if t.IsMinor() {
			continue
		}
		y := c.Min.Y + vg.Length(height(t.Value))*c.Size().Y
		c.StrokeLine2(axis.Tick.LineStyle, area.Max.X, y, area.Max.X+4, y)
		c.FillText(style, vg.Point{X: area.Max.X + 8, Y: y + 0.2*style.Font.Size}, t.Label)
	}
	style.Font = sans(tickSize)
	style.XAlign, style.YAlign = draw.XCenter, draw.YBottom
	style.Rotation = math.Pi / 2
	c.FillText(style, vg.Point{X: c.Max.X - 2, Y: c.Center().Y}, label)
}

// scale returns the ticks of the colour bar, where on it a value stands, and
// its label, which takes up a power of ten that would make all labels long.
func (h heat) scale() (ticks []plot.Tick, height func(float64) float64, label string) {
	if h.log {
		low := h.top * math.Pow(10, -decades)
		return logTicks{}.Ticks(low, h.top), func(v float64) float64 { return 1 + math.Log10(v/h.top)/decades }, "mass"
	}
	unit, label := 1.0, "mass"
	if h.top < 0.01 || h.top >= 1e4 {
		e := int(math.Floor(math.Log10(h.top)))
		unit = math.Pow(10, float64(e))
		label = minus("mass × 10^" + strconv.Itoa(-e))
	}
	return linearTicks{}.Ticks(0, h.top/unit), func(v float64) float64 { return v * unit / h.top }, label
}

// note says in the caption how colours stand for masses, where that is not
// plainly by their share of the largest.
func (h heat) note() string {
	switch largest := mat.Max(h.cells); {
	case h.log:
		return fmt.Sprintf("; colours are logarithmic over %d decades", decades)
	case h.top < largest:
		return fmt.Sprintf("; colours end at a mass of %.2g, the largest is %.2g", h.top, largest)
	default:
		return ""
	}
}
