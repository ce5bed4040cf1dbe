package distill

import (
	"testing"

	"gaspard/lib/fdiv"
)

// TestRecovery has the orders of speed and of variance on fewer particles than
// the notebook.
func TestRecovery(t *testing.T) {
	table := Recovery(RecoverySettings{
		Particles: 120, Steps: 200, Marks: []int{200}, Seeds: 1,
		Divergences: []*fdiv.Divergence{fdiv.SoftRKL, fdiv.RKL, fdiv.JS, fdiv.FKL},
	})
	soft, rkl, js, fkl := table.Rows[0], table.Rows[1], table.Rows[2], table.Rows[3]
	if !(soft.Right[0][0] < rkl.Right[0][0] && rkl.Right[0][0] < js.Right[0][0]) {
		t.Errorf("speeds\n%v", table)
	}
	if !(rkl.Variance[0] == 0 && soft.Variance[0] < 0.15 && js.Variance[0] < 0.15 && fkl.Variance[0] > 4*js.Variance[0]) {
		t.Errorf("variances\n%v", table)
	}
	if len(js.Path) != 200 || js.Path[199] != js.Right[0][0] {
		t.Errorf("path of %d steps", len(js.Path))
	}
}
