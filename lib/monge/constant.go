package monge

import (
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/ot"
)

// Constant returns the map that takes every point to the mean of the cloud y (m×d).
// Of the maps that know nothing of x it is the one closest to any map onto y, at a
// mean squared distance of the variance of y, which is a score of 100 % where errors
// are measured by that: a learned map that does not beat it has learned nothing.
func Constant(y *mat.Dense) *Map {
	checkCloud("y", y)
	mean := ot.GaussianOf(y, nil).Mean
	return Func("constant map", len(mean), func(z *mat.Dense) *mat.Dense {
		n, d := z.Dims()
		out := mat.NewDense(n, d, nil)
		for i := range n {
			out.SetRow(i, mean)
		}
		return out
	})
}
