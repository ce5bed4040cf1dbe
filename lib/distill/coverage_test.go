package distill

import (
	"strings"
	"testing"

	"gaspard/lib/fdiv"
)

// TestCoverage is the headline of xu:25 in one dimension: reverse and softened
// reverse KL drop the minor mode, the others keep it, and the theorem's gradient
// gets to the optimum. The notebook runs all six with three seeds.
func TestCoverage(t *testing.T) {
	table := Coverage(CoverageSettings{Divergences: []*fdiv.Divergence{fdiv.SoftRKL, fdiv.JS}, Steps: 2500, Batch: 256, Seeds: 1})
	for i, want := range []float64{0.003, 0.337} {
		r := table.Rows[i]
		if r.Off() > 0.02 {
			t.Errorf("%s ended %g from its optimum", r.Divergence.Name, r.Off())
		}
		near(t, r.Divergence.Name+" mass on x > 0", r.Right[0], want, 0.004)
	}
	near(t, "target", table.Target, 0.3, 0.001)
	if !strings.Contains(table.String(), "teacher") {
		t.Error(table)
	}
}
