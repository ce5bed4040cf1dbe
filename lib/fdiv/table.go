package fdiv

import (
	"fmt"
	"math"
	"strings"
)

// Property is a row of the table of properties.
type Property struct {
	Divergence *Divergence

	// ModeSeeking is "yes" where h never grows with r, so that an update does
	// not favour what the student misses; "no" where h grows at least like r;
	// "medium" between.
	ModeSeeking string
	// Saturation says whether the divergence is bounded, so that its gradient
	// vanishes when the laws are far apart.
	Saturation string
	// Variance is "none" where h is constant; "low" or "high" as Spread is below
	// or above 5.
	Variance string
	Spread   float64 // Var_q(h)/E_q[h]² for p = N(0, 1) and q = N(2, 1).
}

// PropertyTable is the table of xu:25 (table 1) by definitions that decide, for
// all divergences and not only the six of the paper.
type PropertyTable struct{ Rows []Property }

// Table works the properties out. Without arguments it is the table of [All].
func Table(of ...*Divergence) *PropertyTable {
	if len(of) == 0 {
		of = All()
	}
	t := &PropertyTable{}
	for _, d := range of {
		t.Rows = append(t.Rows, d.Properties())
	}
	return t
}

// Properties works out the row of one divergence. A weight without known tails
// is judged by its values at e^±20.
func (d *Divergence) Properties() Property {
	p := Property{Divergence: d, ModeSeeking: "-", Saturation: "no", Variance: "-", Spread: math.NaN()}
	if !math.IsInf(d.Bound(), 1) {
		p.Saturation = "yes"
	}
	if !d.HasWeight() {
		return p
	}
	zero, inf := d.TailZero, d.TailInf
	if math.IsNaN(zero) || math.IsNaN(inf) {
		w := d.LogWeights([]float64{-20, -19, 19, 20})
		zero, inf = w[1]-w[0], w[3]-w[2]
	}
	switch {
	case zero <= 1e-6 && inf <= 1e-6:
		p.ModeSeeking = "yes"
	case inf >= 1-1e-6:
		p.ModeSeeking = "no"
	default:
		p.ModeSeeking = "medium"
	}
	known := *d
	known.TailZero, known.TailInf = zero, inf
	p.Spread = known.WeightVariance(Normal(0, 1), Normal(2, 1)).Normalised
	switch {
	case p.Spread < 1e-12:
		p.Variance = "none"
	case p.Spread < 5:
		p.Variance = "low"
	default:
		p.Variance = "high"
	}
	return p
}

// String prints the table.
func (t *PropertyTable) String() string {
	var b strings.Builder
	row := func(cells ...string) {
		var r strings.Builder
		for i, c := range cells {
			pad := []int{10, 30, 9, 13, 13, 14, 12, 11, 9, 8}[i]
			r.WriteString(c)
			r.WriteString(strings.Repeat(" ", max(1, pad-len([]rune(c)))))
		}
		b.WriteString(strings.TrimRight(r.String(), " ") + "\n")
	}
	row("", "f(r)", "f(0)", "lim f/r at ∞", "h(r)", "h: r→0, r→∞", "mode-seeking", "saturation", "variance", "dual")
	for _, p := range t.Rows {
		d := p.Divergence
		dual := "-"
		if d.dual != nil {
			dual = d.dual()
		}
		row(d.Name, d.Formula, number(d.AtZero), number(d.Slope), d.WeightFormula,
			number(d.WeightAtZero())+", "+number(d.WeightAtInf()), p.ModeSeeking, p.Saturation, p.Variance, dual)
	}
	b.WriteString("variance: Var(h)/E[h]² below or above 5 for N(0, 1) and N(2, 1); saturation: D is bounded")
	return b.String()
}

func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "-"
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "-∞"
	}
	return fmt.Sprintf("%.3g", v)
}
