package plots

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gaspard/lib/job"
)

// SphereSettings says how [Sphere] draws. The zero value is the default.
type SphereSettings struct {
	View   []float64 // Where the eye is, 3 numbers; nil means a little aside from the middle of the points.
	Arrows int       // Arrows from source to pushed points; 0 means 30, negative none.
	Title  string    // Above the picture; "" means none.

	Source, Target, Pushed string // Names in the legend; "" means "source", "target", "pushed".
}

// Sphere draws the source x (n×3), the target y (m×3) and, unless tx is nil, the pushed
// points tx (n×3) on the unit sphere, seen from far away, with arrows along the great
// circles from some of the source points to where they go. What lies on the hidden side is
// drawn lighter. Meridians and parallels are 30° apart, and the third axis points up.
//
// Row i of tx must be the image of row i of x. Points whose length differs from 1 by more
// than 1e-3 panic with a [*job.DataError]: they are not on the sphere.
func Sphere(x, y, tx *mat.Dense, s SphereSettings) *Figure {
	n, m := checkSphere("the source", x), checkSphere("the target", y)
	all := []*mat.Dense{x, y}
	if tx != nil {
		if k := checkSphere("the pushed cloud", tx); k != n {
			panic(fmt.Sprintf("plots: the pushed cloud has %s, the source has %d", count(k, "point"), n))
		}
		all = append(all, tx)
	}
	eye := lookFrom(s.View, all)
	p := newPlot(s.Title, "", "")
	p.HideAxes()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -1.05, 1.05, -1.05, 1.05
	source, target := newCloud(eye.project(x), blue, 1), newCloud(eye.project(y), orange, 1.3)
	f := &frame{plot: p, scale: shrink, legend: []key{
		{orElse(s.Source, "source"), discThumb, source.thumb},
		{orElse(s.Target, "target"), discThumb, target.thumb},
	}}
	g := globe{eye: eye, clouds: []globeCloud{{target, y}, {source, x}}}
	caption := fmt.Sprintf("%s, %s on the sphere", count(n, "source point"), count(m, "target point"))
	if tx != nil {
		pushed := newCloud(eye.project(tx), green, 0.72)
		g.clouds = append(g.clouds, globeCloud{pushed, tx})
		f.legend = append(f.legend, key{orElse(s.Pushed, "pushed"), discThumb, pushed.thumb})
		g.arcs(x, tx, s.Arrows)
		if len(g.paths) > 0 {
			f.legend = append(f.legend, key{"map", lineThumb, arrows{colour: alpha(ink, 0.75)}.thumb})
		}
		caption += ", and where the map sends the source"
	}
	p.Add(g)
	fig := f.figure(caption + "; the far side is lighter.")
	return fig.Resize(DefaultHeight, DefaultHeight)
}

// checkSphere returns the number of rows after making sure that they are unit vectors of R³.
func checkSphere(name string, x *mat.Dense) int {
	n, d := checkCloud(name, x)
	if d != 3 {
		panic(fmt.Sprintf("plots: %s has %s, points of the sphere have 3", name, count(d, "column")))
	}
	for i := range n {
		if r := length3(x.RawRowView(i)); math.Abs(r-1) > 1e-3 {
			panic(job.BadData("plots: row %d of %s has length %.4g; on the unit sphere it is 1", i, name, r))
		}
	}
	return n
}

// eye sees the sphere from infinity: rows are orthonormal, the last towards it.
type eye [3][3]float64

func lookFrom(view []float64, clouds []*mat.Dense) eye {
	var to [3]float64
	switch {
	case view == nil:
		for _, x := range clouds {
			n, _ := x.Dims()
			for i := range n {
				for k, v := range x.RawRowView(i) {
					to[k] += v / float64(n)
				}
			}
		}
		// Aside, as arrows that fan out from the middle show best; clouds all around the
		// sphere have no middle. The first term is shorter than 1, so the sum is not 0.
		r := max(length3(to[:]), 0.3)
		for k, aside := range [3]float64{0.8, -0.5, 0.33} {
			to[k] = 0.9*to[k]/r + aside
		}
	case len(view) != 3 || !(length3(view) > 0) || math.IsInf(length3(view), 1):
		panic(fmt.Sprintf("plots: View is %v; it must be three numbers, not all 0", view))
	default:
		copy(to[:], view)
	}
	r := length3(to[:])
	for k := range to {
		to[k] /= r
	}
	up := [3]float64{0, 0, 1}
	if math.Abs(to[2]) > 0.999 {
		up = [3]float64{0, 1, 0}
	}
	right := cross(up, to)
	r = length3(right[:])
	for k := range right {
		right[k] /= r
	}
	return eye{right, cross(to, right), to}
}

func length3(v []float64) float64 { return math.Hypot(math.Hypot(v[0], v[1]), v[2]) }

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// see gives the place of a point in the picture, and whether it is on the near side.
func (e eye) see(v []float64) (xy [2]float64, near bool) {
	var s [3]float64
	for i := range e {
		for k := range v {
			s[i] += e[i][k] * v[k]
		}
	}
	return [2]float64{s[0], s[1]}, s[2] >= 0
}

func (e eye) project(x *mat.Dense) [][2]float64 {
	n, _ := x.Dims()
	xy := make([][2]float64, n)
	for i := range xy {
		xy[i], _ = e.see(x.RawRowView(i))
	}
	return xy
}

// globe draws the sphere: first what is on its far side, paler, then the near side.
type globe struct {
	eye    eye
	clouds []globeCloud
	paths  [][][]float64 // arrows, as points along great circles
}

type globeCloud struct {
	cloud
	at *mat.Dense
}

// farShare is how much of its opacity what is on the far side keeps.
const farShare = 0.28

// arcs takes great circles at even distances through the rows.
func (g *globe) arcs(x, tx *mat.Dense, most int) {
	if most == 0 {
		most = 30
	}
	n, _ := x.Dims()
	k := min(max(most, 0), n)
	for i := range k {
		g.paths = append(g.paths, greatCircle(x.RawRowView(i*n/k), tx.RawRowView(i*n/k)))
	}
}

// greatCircle is points along the shorter arc from a to b, at most 3° apart. Between
// opposite points it takes one of the many.
func greatCircle(a, b []float64) [][]float64 {
	u := [3]float64{a[0], a[1], a[2]}
	axis := cross(u, [3]float64{b[0], b[1], b[2]})
	sin := length3(axis[:])
	angle := math.Atan2(sin, a[0]*b[0]+a[1]*b[1]+a[2]*b[2])
	if sin < 1e-9 {
		copy(axis[:], complete(a, 3))
		sin = 1
	}
	for k := range axis {
		axis[k] /= sin
	}
	side := cross(axis, u)
	steps := max(1, int(math.Ceil(angle*60/math.Pi)))
	path := make([][]float64, steps+1)
	for i := range path {
		s, c := math.Sincos(angle * float64(i) / float64(steps))
		path[i] = []float64{c*u[0] + s*side[0], c*u[1] + s*side[1], c*u[2] + s*side[2]}
	}
	return path
}

func (g globe) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	place := func(xy [2]float64) vg.Point { return vg.Point{X: toX(xy[0]), Y: toY(xy[1])} }
	disc(c, place([2]float64{}), toX(1)-toX(0), color.NRGBA{247, 248, 250, 255})
	for _, near := range []bool{false, true} {
		g.grid(c, place, near)
		if near {
			g.rim(c, place)
		}
		share := 1.0
		if !near {
			share = farShare
		}
		for _, cloud := range g.clouds {
			dots := cloud.cloud
			dots.colour = alpha(dots.colour, share*float64(dots.colour.A)/255)
			for i, xy := range cloud.xy {
				if _, front := g.eye.see(cloud.at.RawRowView(i)); front == near {
					dots.dot(c, place(xy))
				}
			}
		}
		for _, path := range g.paths {
			g.path(c, place, path, near, share)
		}
	}
}

// path draws the part of an arrow on one side, and its head if that is there.
func (g globe) path(c draw.Canvas, place func([2]float64) vg.Point, path [][]float64, near bool, share float64) {
	head := arrows{colour: alpha(ink, 0.75*share)}
	for i := 1; i < len(path); i++ {
		from, front := g.eye.see(path[i-1])
		to, _ := g.eye.see(path[i])
		if front != near {
			continue
		}
		if i == len(path)-1 {
			// The head needs the length that a last short piece has not.
			if before, _ := g.eye.see(path[max(0, i-3)]); i > 1 {
				from = before
			}
			head.arrow(c, place(from), place(to))
			continue
		}
		c.StrokeLine2(draw.LineStyle{Color: head.colour, Width: 1.1}, place(from).X, place(from).Y, place(to).X, place(to).Y)
	}
}

// grid draws meridians and parallels.
func (g globe) grid(c draw.Canvas, place func([2]float64) vg.Point, near bool) {
	style := draw.LineStyle{Color: color.NRGBA{205, 210, 216, 255}, Width: 0.6}
	if !near {
		style.Color = color.NRGBA{232, 234, 238, 255}
	}
	line := func(at func(t float64) []float64) {
		const pieces = 72
		for i := range pieces {
			from, front := g.eye.see(at(float64(i) / pieces))
			to, _ := g.eye.see(at(float64(i+1) / pieces))
			if front == near {
				c.StrokeLine2(style, place(from).X, place(from).Y, place(to).X, place(to).Y)
			}
		}
	}
	point := func(longitude, latitude float64) []float64 {
		sin, cos := math.Sincos(latitude)
		s, c := math.Sincos(longitude)
		return []float64{cos * c, cos * s, sin}
	}
	for k := range 12 {
		line(func(t float64) []float64 { return point(float64(k)*math.Pi/6, (t-0.5)*math.Pi) })
	}
	for k := -2; k <= 2; k++ {
		line(func(t float64) []float64 { return point(2*math.Pi*t, float64(k)*math.Pi/6) })
	}
}

// rim draws the edge of the sphere.
func (g globe) rim(c draw.Canvas, place func([2]float64) vg.Point) {
	const pieces = 180
	var edge []vg.Point
	for i := range pieces + 1 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / pieces)
		edge = append(edge, place([2]float64{cos, sin}))
	}
	c.StrokeLines(draw.LineStyle{Color: axisInk, Width: 0.9}, edge)
}
