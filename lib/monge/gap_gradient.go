package monge

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
	"gaspard/lib/ot"
)

// gradientRows is how many rows of a plan the gradient takes at a time.
const gradientRows = 256

// gradients sets the gradients by T(x), given the entropic plan and the best pairing:
//
//	∂M/∂y_i = 1/n ∇_y c(x_i, y_i) - Σ_k P_ki ∇_y c(x_k, y_i),
//
// in which P is held fixed.
func (r *GapResult) gradients(x, tx *mat.Dense, plan *ot.Result, pairing []int, monitor *job.Monitor) {
	n, d := x.Dims()
	r.Grad, r.ExactGrad = mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	w := 1 / float64(n)
	for i := range n {
		grad := r.ExactGrad.RawRowView(i)
		r.Cost.AddGradY(grad, w, x.RawRowView(i), tx.RawRowView(i))
		copy(r.Grad.RawRowView(i), grad)
	}
	for k, i := range pairing {
		if i != k { // of equal pairs nothing is left, not even rounding
			r.Cost.AddGradY(r.ExactGrad.RawRowView(i), -w, x.RawRowView(k), tx.RawRowView(i))
			continue
		}
		clear(r.ExactGrad.RawRowView(i))
	}
	blocks := r.Cost.Blocks(x, tx)
	for from := 0; from < n; from += gradientRows {
		monitor.Check()
		to := min(n, from+gradientRows)
		rows := plan.PlanRows(from, to)
		rows.Scale(-1, rows)
		blocks.AddGradY(0, r.Grad.RawMatrix().Data, rows.RawMatrix().Data, from, to)
	}
}

// exactGap returns the mean displacement, by how much the best pairing is cheaper, and
// that pairing.
func exactGap(c cost.Cost, x, tx *mat.Dense, monitor *job.Monitor) (displacement, gap float64, pairing []int) {
	n, _ := x.Dims()
	for _, v := range c.Displacement(x, tx) {
		displacement += v / float64(n)
	}
	pairing, best := ot.Assignment(c.Matrix(x, tx), monitor)
	// The pairing itself is one of the permutations: below 0 is only rounding.
	return displacement, math.Max(0, displacement-best/float64(n)), pairing
}
