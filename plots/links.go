package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// link carries a mass between two points.
type link struct {
	from, to [2]float64
	weight   float64 // mass over that of the darkest links, at most 1
}

// links draws lines whose opacity and width grow with their mass.
type links []link

func (g links) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	for _, l := range g {
		g.line(c, vg.Point{X: toX(l.from[0]), Y: toY(l.from[1])}, vg.Point{X: toX(l.to[0]), Y: toY(l.to[1])}, l.weight)
	}
}

func (g links) line(c draw.Canvas, from, to vg.Point, weight float64) {
	if !c.Contains(from) || !c.Contains(to) {
		return // beyond axes that the user narrowed
	}
	// Many links are fainter, so that crowds of them do not all turn black.
	crowd := min(1, math.Pow(400/float64(len(g)+1), 0.4))
	style := draw.LineStyle{Color: alpha(ink, 0.04+0.6*crowd*weight), Width: vg.Length(0.6 + 0.8*weight)}
	if img, ok := bitmap(c); ok {
		const perPoint = float64(dpi) / 72
		h := float64(img.Rect.Dy())
		segment(img, float64(from.X)*perPoint, h-float64(from.Y)*perPoint, float64(to.X)*perPoint, h-float64(to.Y)*perPoint,
			float64(style.Width)*perPoint, style.Color.(color.NRGBA))
		return
	}
	c.StrokeLine2(style, from.X, from.Y, to.X, to.Y)
}

func (g links) thumb(c draw.Canvas) {
	y := c.Center().Y
	g.line(c, vg.Point{X: c.Min.X, Y: y}, vg.Point{X: c.Max.X, Y: y}, 1)
}

// heaviest returns about the most heaviest links of a plan, lightest first so
// that the heavy ones end on top, and the share of all mass that they carry.
func heaviest(plan *mat.Dense, from, to [][2]float64, most int) (kept links, share float64) {
	largest, top := mat.Max(plan), crest(plan)
	threshold := cutoff(plan, largest, most)
	var bins [levels]links
	carried, total := 0.0, 0.0
	n, _ := plan.Dims()
	for i := range n {
		for j, v := range plan.RawRowView(i) {
			total += v
			if k := level(v, largest); k >= threshold {
				bins[k] = append(bins[k], link{from[i], to[j], min(1, v/top)})
				carried += v
			}
		}
	}
	for _, bin := range bins {
		kept = append(kept, bin...)
	}
	return kept, carried / total
}

// levels is the number of classes in which masses are sorted, 128 to a factor
// of ten: much cheaper than sorting all entries of a large plan.
const levels = 1024

// level is the class of a mass, levels-1 for the largest, -1 for none worth
// drawing.
func level(v, largest float64) int {
	if v <= 0 {
		return -1
	}
	return max(-1, levels-1+int(math.Floor(128*math.Log10(v/largest))))
}

// cutoff is the lowest class such that no more than most masses are in it or
// above it; the highest class always counts.
func cutoff(plan *mat.Dense, largest float64, most int) int {
	var sizes [levels]int
	n, _ := plan.Dims()
	for i := range n {
		for _, v := range plan.RawRowView(i) {
			if k := level(v, largest); k >= 0 {
				sizes[k]++
			}
		}
	}
	k, sum := levels-1, sizes[levels-1]
	for k > 0 && sum+sizes[k-1] <= most {
		k--
		sum += sizes[k]
	}
	return k
}
