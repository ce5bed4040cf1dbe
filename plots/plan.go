package plots

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"

	"gaspard/lib/job"
)

// PlanSettings says how [Plan] draws. The zero value is the default.
type PlanSettings struct {
	X, Y    *mat.Dense // The points of the rows and columns, to draw links instead of a heat map.
	Log     bool       // Heat map: colour by the logarithm of the mass, over six decades.
	Links   int        // Links: draw about this many of the heaviest; 0 means 3000.
	Title   string     // Above the picture; "" means none.
	Epsilon float64    // Named in the caption if positive.

	Source, Target string // Names of the two sides; "" means "source", "target".
}

// Plan draws a coupling, an n×m matrix of masses. Without points it is a heat
// map with row 0 on top; more than 400 rows or columns are summed in blocks, and
// the caption says so. With the points X (n×d) and Y (m×d) it draws each mass as
// a link whose opacity and width grow with it, on equal axes; points of one or
// of more than two dimensions are drawn as [Map] draws them.
//
// The caption says over how many columns the mass of a row spreads: exp of the
// mean entropy of the rows, each taken as a distribution and weighted by its
// mass. It is 1 for a map. Entries below -1e-9 times the largest and plans
// without mass panic with a *job.DataError.
func Plan(plan *mat.Dense, s PlanSettings) *Figure {
	plan, total := checkPlan(plan)
	n, m := plan.Dims()
	if (s.X == nil) != (s.Y == nil) {
		panic("plots: Plan needs both X and Y to draw links, or neither to draw a heat map")
	}
	if s.Links < 0 {
		panic(fmt.Sprintf("plots: Links is %d; it must be positive, or 0 for the default", s.Links))
	}
	caption := fmt.Sprintf("Coupling of %s with %s, total mass %.4g; the mass of a %s point spreads over %.1f %s points%s",
		count(n, orElse(s.Source, "source")+" point"), count(m, orElse(s.Target, "target")+" point"),
		total, orElse(s.Source, "source"), spread(plan, total), orElse(s.Target, "target"), epsilonNote(s.Epsilon))
	if s.X != nil {
		return planLinks(plan, s, caption)
	}
	h := newHeat(plan, s.Log)
	p := newPlot(s.Title, orElse(s.Target, "target")+" point", orElse(s.Source, "source")+" point")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.5, float64(m)-0.5, -0.5, float64(n)-0.5
	p.Y.Scale = plot.InvertedScale{Normalizer: plot.LinearScale{}}
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Tick.Marker = linearTicks{whole: true}
		a.LineStyle.Width = 0
		a.Padding = 4
	}
	p.Add(h)
	f := &frame{plot: p, right: h.bar, rightWidth: barWidth}
	if ratio := float64(n) / float64(m); ratio > 1.0/3 && ratio < 3 {
		f.scale = shrink
	}
	if rows, cols := h.cells.Dims(); rows < n || cols < m {
		caption += fmt.Sprintf("; summed in %d x %d blocks", rows, cols)
	}
	return f.figure(caption + h.note() + ".")
}

// checkPlan refuses what is not a coupling, and returns one without the tiny
// negative entries that rounding leaves, with its total mass.
func checkPlan(plan *mat.Dense) (clean *mat.Dense, total float64) {
	n, _ := checkCloud("the plan", plan)
	largest, least := mat.Max(plan), mat.Min(plan)
	if largest <= 0 {
		panic(job.BadData("plots: the plan has no mass"))
	}
	if least < -1e-9*largest {
		panic(job.BadData("plots: the plan holds %.3g, and masses cannot be negative", least))
	}
	clean = plan
	if least < 0 {
		clean = mat.DenseCopyOf(plan)
		clean.Apply(func(_, _ int, v float64) float64 { return math.Max(v, 0) }, plan)
	}
	for i := range n {
		for _, v := range clean.RawRowView(i) {
			total += v
		}
	}
	return clean, total
}

// spread is exp(Σ_i a_i H(P_i/a_i) / Σ a_i), with a the row sums of the plan.
func spread(plan *mat.Dense, total float64) float64 {
	n, _ := plan.Dims()
	sum := 0.0
	for i := range n {
		row, mass := plan.RawRowView(i), 0.0
		for _, v := range row {
			mass += v
		}
		for _, v := range row {
			if v > 0 {
				sum -= v / total * math.Log(v/mass)
			}
		}
	}
	return math.Exp(sum)
}

func planLinks(plan *mat.Dense, s PlanSettings, caption string) *Figure {
	const defaultLinks = 3000
	n, m := plan.Dims()
	nx, d := checkCloud("X", s.X)
	my, dy := checkCloud("Y", s.Y)
	checkColumns("X", d, "Y", dy)
	if nx != n || my != m {
		panic(fmt.Sprintf("plots: the plan is %d x %d, X has %s and Y %s", n, m, count(nx, "row"), count(my, "row")))
	}
	v := view(s.Y, s.X, nil, MapSettings{})
	most := s.Links
	if most == 0 {
		most = defaultLinks
	}
	lines, share := heaviest(plan, v.source, v.target, most)
	p := newPlot(s.Title, v.xlabel, v.ylabel)
	source, target := newCloud(v.source, blue, 1), newCloud(v.target, orange, 1)
	source.colour.A, target.colour.A = 255, 255
	p.Add(rules{x: true, y: d > 1}, lines, target, source)
	setRanges(p, append(append([][2]float64(nil), v.source...), v.target...))
	f := &frame{plot: p, scale: widen, legend: []key{
		{orElse(s.Source, "source"), discThumb, source.thumb},
		{orElse(s.Target, "target"), discThumb, target.thumb},
		{"mass", lineThumb, lines.thumb},
	}}
	if d == 1 {
		f.inRows(v.rows)
	}
	var b strings.Builder
	b.WriteString(caption)
	if share < 0.9995 {
		fmt.Fprintf(&b, "; drawn are the %d heaviest links, with %.3g%% of the mass", len(lines), 100*share)
	}
	b.WriteString(projectionNote(d, v.share))
	b.WriteString(".")
	return f.figure(b.String())
}
