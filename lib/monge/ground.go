package monge

import (
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
)

// ground is the cost of the gap as training needs it: whole matrices and whole
// gradients at a time.
type ground struct{ c cost.Cost }

// euclidean reports whether the cost is |x-y|; otherwise it is |x-y|².
func (g ground) euclidean() bool { return g.c == cost.Euclidean() }

// pull adds to grad (m×d) the gradient by y of mean_i c(x_i, y_i) - ⟨P, C⟩, with P the
// plan of s, whose kernel it overwrites.
func (g ground) pull(grad []float64, s solver, x, y []float64, d int) {
	n := len(y) / d
	if !g.euclidean() {
		s.pullColumns(grad, -2)
		for i := range grad {
			grad[i] += 2 / float64(n) * (y[i] - x[i])
		}
		return
	}
	s.divide()
	s.pullColumns(grad, -1)
	for i := range n {
		if r := s.cost(i, i); r > 0 {
			for l := range d {
				grad[i*d+l] += (y[i*d+l] - x[i*d+l]) / (float64(n) * r)
			}
		}
	}
}

// mean is the mean cost between the rows of two clouds.
func (g ground) mean(x, y *mat.Dense) float64 {
	c := g.c.Matrix(x, y).RawMatrix().Data
	sum := 0.0
	for _, v := range c {
		sum += v
	}
	return sum / float64(len(c))
}

// meanSquareWithin is the mean of |y_i-y_j|² over all pairs: twice the total
// variance.
func meanSquareWithin(y *mat.Dense) float64 {
	n, d := y.Dims()
	sum := 0.0
	for l := range d {
		mean, square := 0.0, 0.0
		for i := range n {
			mean += y.At(i, l)
		}
		mean /= float64(n)
		for i := range n {
			square += (y.At(i, l) - mean) * (y.At(i, l) - mean)
		}
		sum += square
	}
	return 2 * sum / float64(n)
}
