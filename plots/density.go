package plots

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gaspard/lib/job"
)

// DensitySettings says how [Density] draws. Samples or both corners are needed;
// the rest may stay zero.
type DensitySettings struct {
	Samples *mat.Dense // Points (n×2) drawn under the contours; nil means none.
	Lo, Hi  []float64  // Corners of the picture (2 each); nil means around the samples.
	Masses  []float64  // What each contour encloses, between 0 and 1; nil means 0.5, 0.8, 0.95.
	Title   string     // Above the picture; "" means none.

	Law, Sample    string // Names in the legend; "" means "density", "samples".
	XLabel, YLabel string // Of the axes; "" means none.
}

// Density draws contours of a density in the plane, given by its logarithm at the
// rows of a matrix (k×2); a constant may be missing. Contours are those of the
// regions of highest density that hold the given shares of the mass within the
// picture, by sums over a grid of 160×160 points. The caption tells how many of
// the samples lie in the widest of them, which for samples of this law is about
// its share of the mass.
//
// The function is called twice at most, and on the caller's goroutine. A value
// that is NaN or +Inf, and a density that is zero on the whole grid, panic with a
// *job.DataError.
func Density(logDensity func(x *mat.Dense) []float64, s DensitySettings) *Figure {
	if logDensity == nil {
		panic("plots: Density needs the logarithm of a density; it is nil")
	}
	if s.Masses == nil {
		s.Masses = []float64{0.5, 0.8, 0.95}
	}
	masses := slices.Sorted(slices.Values(s.Masses))
	if len(masses) == 0 || !(masses[0] > 0) || !(masses[len(masses)-1] < 1) {
		panic(fmt.Sprintf("plots: Masses are %v; each must lie between 0 and 1", s.Masses))
	}
	lo, hi := densityCorners(s)
	g := newDensityGrid(logDensity, lo, hi)
	levels := g.levels(masses)
	slices.Reverse(levels)

	p := newPlot(s.Title, s.XLabel, s.YLabel)
	p.Add(rules{x: true, y: true})
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = lo[0], hi[0], lo[1], hi[1]
	f := &frame{plot: p, scale: shrink}
	if s.Samples != nil {
		points := newCloud(pairs(s.Samples), orange, 1)
		p.Add(points)
		f.legend = append(f.legend, key{orElse(s.Sample, "samples"), discThumb, points.thumb})
	}
	c := plotter.NewContour(g, levels, nil)
	c.LineStyles = c.LineStyles[:0]
	for i := range levels {
		c.LineStyles = append(c.LineStyles, draw.LineStyle{Color: blue, Width: 0.8 + 1.2*vg.Length(i)/vg.Length(len(levels))})
	}
	p.Add(c)
	f.legend = append(f.legend, key{orElse(s.Law, "density"), lineThumb, func(t draw.Canvas) {
		t.StrokeLine2(c.LineStyles[len(levels)-1], t.Min.X, t.Center().Y, t.Max.X, t.Center().Y)
	}})
	return f.figure(densityCaption(logDensity, s, masses, g, levels[0]))
}

// densityCorners checks the settings and returns the corners of the picture.
func densityCorners(s DensitySettings) (lo, hi [2]float64) {
	if s.Samples != nil {
		_, d := checkCloud("the cloud of samples", s.Samples)
		if d != 2 {
			panic(fmt.Sprintf("plots: the samples have %s; Density draws in the plane", count(d, "column")))
		}
	}
	switch {
	case s.Lo == nil && s.Hi == nil && s.Samples != nil:
		for k := range lo {
			column := mat.Col(nil, k, s.Samples)
			lo[k], hi[k] = padded(slices.Min(column), slices.Max(column), 0.12)
		}
		return lo, hi
	case s.Lo == nil && s.Hi == nil:
		panic("plots: Density needs Samples, or the corners Lo and Hi of the picture")
	case len(s.Lo) != 2 || len(s.Hi) != 2:
		panic(fmt.Sprintf("plots: Lo and Hi have %d and %d coordinates; the picture needs 2 of each", len(s.Lo), len(s.Hi)))
	}
	lo, hi = [2]float64(s.Lo), [2]float64(s.Hi)
	for k := range lo {
		if !(lo[k] < hi[k]) || math.Abs(lo[k]) > largest || math.Abs(hi[k]) > largest {
			panic(fmt.Sprintf("plots: the picture goes from %g to %g in coordinate %d", lo[k], hi[k], k))
		}
	}
	return lo, hi
}

// densityGrid is a log density at the middles of the cells of a grid, moved so
// that its largest value is 0.
type densityGrid struct {
	x, y []float64
	log  []float64 // row by row of y
}

// densityFloor bounds log densities from below: contours interpolate between
// neighbours, which -Inf does not allow.
const densityFloor = -700

func newDensityGrid(logDensity func(*mat.Dense) []float64, lo, hi [2]float64) *densityGrid {
	const side = 160
	g := &densityGrid{x: make([]float64, side), y: make([]float64, side)}
	for i := range side {
		t := (float64(i) + 0.5) / side
		g.x[i], g.y[i] = lo[0]+t*(hi[0]-lo[0]), lo[1]+t*(hi[1]-lo[1])
	}
	at := mat.NewDense(side*side, 2, nil)
	for i := range side * side {
		at.Set(i, 0, g.x[i%side])
		at.Set(i, 1, g.y[i/side])
	}
	g.log = evaluate(logDensity, at)
	top := slices.Max(g.log)
	if math.IsInf(top, -1) {
		panic(job.BadData("plots: the density is zero in the whole picture, from (%.3g, %.3g) to (%.3g, %.3g)", lo[0], lo[1], hi[0], hi[1]))
	}
	for i, v := range g.log {
		g.log[i] = max(v-top, densityFloor)
	}
	return g
}

// evaluate returns a copy of what the function gives, without NaN and +Inf.
func evaluate(logDensity func(*mat.Dense) []float64, at *mat.Dense) []float64 {
	v := slices.Clone(logDensity(at))
	if n, _ := at.Dims(); len(v) != n {
		panic(fmt.Sprintf("plots: the log density gave %s for %s", count(len(v), "value"), count(n, "point")))
	}
	for i, l := range v {
		if math.IsNaN(l) || math.IsInf(l, 1) {
			panic(job.BadData("plots: the log density is %g at (%.3g, %.3g)", l, at.At(i, 0), at.At(i, 1)))
		}
	}
	return v
}

// levels returns the log densities above which the given shares of the grid's
// mass lie, masses ascending.
func (g *densityGrid) levels(masses []float64) []float64 {
	sorted := slices.Clone(g.log)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	total := 0.0
	for _, l := range sorted {
		total += math.Exp(l)
	}
	levels := make([]float64, 0, len(masses))
	sum, i := 0.0, 0
	for _, m := range masses {
		for i < len(sorted)-1 && sum+math.Exp(sorted[i]) < m*total {
			sum += math.Exp(sorted[i])
			i++
		}
		levels = append(levels, sorted[i])
	}
	return levels
}

// cut is the share of the mass that lies in the outermost cells.
func (g *densityGrid) cut() float64 {
	edge, total := 0.0, 0.0
	cols, rows := g.Dims()
	for i, l := range g.log {
		total += math.Exp(l)
		if c, r := i%cols, i/cols; c == 0 || r == 0 || c == cols-1 || r == rows-1 {
			edge += math.Exp(l)
		}
	}
	return edge / total
}

// The methods of a plotter.GridXYZ.

func (g *densityGrid) Dims() (c, r int)   { return len(g.x), len(g.y) }
func (g *densityGrid) X(c int) float64    { return g.x[c] }
func (g *densityGrid) Y(r int) float64    { return g.y[r] }
func (g *densityGrid) Z(c, r int) float64 { return g.log[r*len(g.x)+c] }

func densityCaption(logDensity func(*mat.Dense) []float64, s DensitySettings, masses []float64, g *densityGrid, level float64) string {
	var b strings.Builder
	percent := make([]string, len(masses))
	for i, m := range masses {
		percent[i] = fmt.Sprintf("%.3g", 100*m)
	}
	fmt.Fprintf(&b, "%s around %s%% of the mass", count(len(masses), "contour"), strings.Join(percent, ", "))
	if s.Samples != nil {
		// The grid's logs are moved; its own value at its highest cell tells how far.
		top := slices.Index(g.log, 0)
		highest := mat.NewDense(1, 2, []float64{g.x[top%len(g.x)], g.y[top/len(g.x)]})
		var at mat.Dense
		at.Stack(highest, s.Samples)
		v := evaluate(logDensity, &at)
		inside := 0
		for _, l := range v[1:] {
			if l-v[0] >= level {
				inside++
			}
		}
		fmt.Fprintf(&b, "; the widest holds %d of %s", inside, count(len(v)-1, "sample"))
	}
	if cut := g.cut(); cut > 0.002 {
		fmt.Fprintf(&b, "; the picture cuts the density off: %.2g%% of what it holds lies at its edge", 100*cut)
	}
	return b.String() + "."
}
