package monge

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
	"gaspard/lib/ot"
)

// Linear returns the optimal map, for the cost |x-y|², between the normal
// distributions with the means and covariances of the clouds x (n×d) and y
// (m×d):
//
//	T(z) = m₂ + A (z - m₁),  A = S₁^-½ (S₁^½ S₂ S₁^½)^½ S₁^-½
//
// and A S₁ A = S₂, by [ot.Bures]. It is the yardstick that any learned map should
// beat, and a good [Settings.Start]. Directions in which x does not vary go to the
// mean of y.
//
// Source: gelbrich:90; peyre:19, remark 2.31.
func Linear(x, y *mat.Dense) *Map {
	checkCloud("x", x)
	checkCloud("y", y)
	n, d := x.Dims()
	m, dy := y.Dims()
	if d != dy {
		panic(fmt.Sprintf("monge: x has %d columns, y has %d", d, dy))
	}
	if n < 2 || m < 2 {
		panic(job.BadData("monge: a linear map needs at least two points of each cloud, not %d and %d", n, m))
	}
	r := ot.Bures(ot.GaussianOf(x, nil), ot.GaussianOf(y, nil))
	return Func("linear map", d, r.Push)
}
