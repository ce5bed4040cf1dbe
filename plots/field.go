package plots

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// FieldSettings says how [Field] draws. A cloud or both corners are needed; the rest may
// stay zero.
type FieldSettings struct {
	X, Y   *mat.Dense // Source (n×2) and target (m×2), drawn under the arrows; nil means none.
	Lo, Hi []float64  // Corners of the grid, 2 numbers each; nil means around the source, or else the target.
	Grid   int        // Arrows along the longer side; 0 means 22.
	// Scale is the length of an arrow over that of the displacement; 0 means as long as the
	// cells of the grid allow.
	Scale float64
	// Velocity says that the function gives displacements, not where points go.
	Velocity bool
	Title    string // Above the picture; "" means none.

	Source, Target string // Names in the legend; "" means "source", "target".
	XLabel, YLabel string // Of the axes; "" means none.
}

// Field draws the displacement T(z) - z of a map of the plane, or a velocity, as arrows on
// a grid. The function takes and gives the rows of k×2 matrices, as monge.Map.Push does; it
// is called once, on the caller's goroutine. Arrows start where the point is; the caption
// tells their scale and the longest displacement.
func Field(push func(z *mat.Dense) *mat.Dense, s FieldSettings) *Figure {
	if push == nil {
		panic("plots: Field needs a function; it is nil")
	}
	if s.Grid < 0 || s.Grid > 200 || !(s.Scale >= 0) || math.IsInf(s.Scale, 1) {
		panic(fmt.Sprintf("plots: a field with Grid %d and Scale %g; Grid is 0 to 200, Scale at least 0", s.Grid, s.Scale))
	}
	lo, hi := fieldCorners(s)
	z, cell := fieldGrid(lo, hi, s.Grid)
	k, _ := z.Dims()
	image := push(mat.DenseCopyOf(z))
	if rows, d := checkCloud("the field", image); rows != k || d != 2 {
		panic(fmt.Sprintf("plots: the field turned %d×2 into %d×%d", k, rows, d))
	}
	moves, longest := make([][2]float64, k), 0.0
	for i := range moves {
		for j := range 2 {
			moves[i][j] = image.At(i, j)
			if !s.Velocity {
				moves[i][j] -= z.At(i, j)
			}
		}
		longest = max(longest, math.Hypot(moves[i][0], moves[i][1]))
	}
	scale := s.Scale
	if scale == 0 {
		scale = 1
		if longest > 0 {
			scale = 1.3 * cell / longest
		}
	}
	field := arrows{colour: alpha(ink, 0.8)}
	for i, from := range pairs(z) {
		field.from = append(field.from, from)
		field.to = append(field.to, [2]float64{from[0] + scale*moves[i][0], from[1] + scale*moves[i][1]})
	}
	what := "displacement"
	if s.Velocity {
		what = "velocity"
	}
	caption := fmt.Sprintf("%s at %s of a grid, drawn at %.3g times its length; the longest is %.3g.", what, count(k, "point"), scale, longest)
	return fieldFigure(s, field, what, caption)
}

// fieldFigure lays the arrows over the clouds.
func fieldFigure(s FieldSettings, field arrows, what, caption string) *Figure {
	p := newPlot(s.Title, s.XLabel, s.YLabel)
	p.Add(rules{x: true, y: true})
	f := &frame{plot: p, scale: shrink}
	all := append(append([][2]float64(nil), field.from...), field.to...)
	add := func(x *mat.Dense, c cloud, name string) {
		if x == nil {
			return
		}
		c.colour.A /= 2
		p.Add(c)
		all = append(all, c.xy...)
		f.legend = append(f.legend, key{name, discThumb, c.thumb})
	}
	if s.X != nil {
		add(s.X, newCloud(pairs(s.X), blue, 1), orElse(s.Source, "source"))
	}
	if s.Y != nil {
		add(s.Y, newCloud(pairs(s.Y), orange, 1), orElse(s.Target, "target"))
	}
	p.Add(field)
	f.legend = append(f.legend, key{what, lineThumb, field.thumb})
	setRanges(p, all)
	return f.figure(caption)
}

// fieldCorners is the box of the arrows: as given, or a little wider than a cloud.
func fieldCorners(s FieldSettings) (lo, hi []float64) {
	for name, x := range map[string]*mat.Dense{"X": s.X, "Y": s.Y} {
		if x == nil {
			continue
		}
		if _, d := checkCloud(name, x); d != 2 {
			panic(fmt.Sprintf("plots: %s has %s; Field draws the plane", name, count(d, "column")))
		}
	}
	if s.Lo != nil || s.Hi != nil {
		if len(s.Lo) != 2 || len(s.Hi) != 2 || !(s.Lo[0] < s.Hi[0]) || !(s.Lo[1] < s.Hi[1]) ||
			math.Max(largestOf(s.Lo), largestOf(s.Hi)) > largest {
			panic(fmt.Sprintf("plots: Lo is %v and Hi %v; both need two numbers, Lo the smaller ones", s.Lo, s.Hi))
		}
		return s.Lo, s.Hi
	}
	x := s.X
	if x == nil {
		x = s.Y
	}
	if x == nil {
		panic("plots: Field needs X, Y, or Lo and Hi, to know where to draw")
	}
	lo, hi = make([]float64, 2), make([]float64, 2)
	for k := range 2 {
		c := mat.Col(nil, k, x)
		lo[k], hi[k] = math.Inf(1), math.Inf(-1)
		for _, v := range c {
			lo[k], hi[k] = min(lo[k], v), max(hi[k], v)
		}
		lo[k], hi[k] = padded(lo[k], hi[k], 0.1)
	}
	return lo, hi
}

func largestOf(v []float64) (most float64) {
	for _, x := range v {
		most = math.Max(most, math.Abs(x))
	}
	return most
}

// fieldGrid is the centres of nearly square cells that fill the box, and their side.
func fieldGrid(lo, hi []float64, most int) (z *mat.Dense, cell float64) {
	if most == 0 {
		most = 22
	}
	width, height := hi[0]-lo[0], hi[1]-lo[1]
	cell = max(width, height) / float64(most)
	if !(cell > 0) {
		panic(job.BadData("plots: a field over a box of %g by %g", width, height))
	}
	nx, ny := max(1, int(math.Round(width/cell))), max(1, int(math.Round(height/cell)))
	z = mat.NewDense(nx*ny, 2, nil)
	for i := range nx * ny {
		z.Set(i, 0, lo[0]+(float64(i%nx)+0.5)*width/float64(nx))
		z.Set(i, 1, lo[1]+(float64(i/nx)+0.5)*height/float64(ny))
	}
	return z, cell
}
