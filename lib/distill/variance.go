package distill

import (
	"fmt"
	"strings"

	"gaspard/lib/fdiv"
)

// VarianceTable is what [WeightVariance] returns.
type VarianceTable struct {
	Delta []float64
	Rows  []VarianceRow
}

// VarianceRow is the spread of the weights of one divergence, by distance.
type VarianceRow struct {
	Divergence *fdiv.Divergence
	Normalised []float64 // Var_q(h)/E_q[h]²
	Mean       []float64 // E_q[h]
}

// WeightVariance is the normalised variance of h between p = N(0, 1) and
// q = N(δ, 1) (xu:25, figure 4a), in closed form where there is one and by
// quadrature elsewhere. deltas nil means 0.5, 1, 2, 3; no divergences means all
// that have a weight.
func WeightVariance(deltas []float64, divergences ...*fdiv.Divergence) *VarianceTable {
	if deltas == nil {
		deltas = []float64{0.5, 1, 2, 3}
	}
	if len(divergences) == 0 {
		for _, d := range fdiv.All() {
			if d.HasWeight() {
				divergences = append(divergences, d)
			}
		}
	}
	t := &VarianceTable{Delta: deltas}
	for _, d := range divergences {
		row := VarianceRow{Divergence: d}
		for _, delta := range deltas {
			v := d.WeightVariance(fdiv.Normal(0, 1), fdiv.Normal(delta, 1))
			row.Normalised, row.Mean = append(row.Normalised, v.Normalised), append(row.Mean, v.Mean)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// String prints the table.
func (t *VarianceTable) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-10s", "Var/E²")
	for _, d := range t.Delta {
		fmt.Fprintf(&b, " %12s", fmt.Sprintf("δ = %g", d))
	}
	for _, r := range t.Rows {
		fmt.Fprintf(&b, "\n%-10s", r.Divergence.Name)
		for _, v := range r.Normalised {
			fmt.Fprintf(&b, " %12.6g", v)
		}
	}
	return b.String()
}
