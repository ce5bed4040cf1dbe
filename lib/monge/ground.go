package monge

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
)

// ground is the cost of the gap as training needs it: whole matrices and whole
// gradients at a time.
type ground struct{ c cost.Cost }

// euclidean reports whether the cost is |x-y|; otherwise it is |x-y|².
func (g ground) euclidean() bool { return g.c == cost.Euclidean() }

func (g ground) fill(c, x, y []float64, d int) {
	squaredDistances(c, x, y, d)
	if g.euclidean() {
		for i, v := range c {
			c[i] = math.Sqrt(v)
		}
	}
}

// pull adds to grad (m×d) the gradient by y of mean_i c(x_i, y_i) - ⟨P, C⟩, with P the
// plan of s, which it overwrites.
func (g ground) pull(grad []float64, s *scaling, x, y []float64, d int) {
	n := float64(s.n)
	if !g.euclidean() {
		s.pullColumns(grad, x, y, d, -2)
		for i := range grad {
			grad[i] += 2 / n * (y[i] - x[i])
		}
		return
	}
	s.plan()
	for i := range s.k {
		if s.c[i] > 0 {
			s.k[i] /= s.c[i]
		} else {
			s.k[i] = 0
		}
	}
	s.pullColumns(grad, x, y, d, -1)
	for i := range s.n {
		if r := s.c[i*s.m+i]; r > 0 {
			for l := range d {
				grad[i*d+l] += (y[i*d+l] - x[i*d+l]) / (n * r)
			}
		}
	}
}

// mean is the mean cost between the rows of two clouds.
func (g ground) mean(x, y *mat.Dense) float64 {
	n, d := x.Dims()
	m, _ := y.Dims()
	c := make([]float64, n*m)
	g.fill(c, x.RawMatrix().Data, y.RawMatrix().Data, d)
	sum := 0.0
	for _, v := range c {
		sum += v
	}
	return sum / float64(len(c))
}

// squaredDistances fills c with |x_i - y_j|².
func squaredDistances(c, x, y []float64, d int) {
	m := len(y) / d
	for i := range len(x) / d {
		row := c[i*m : i*m+m]
		if d == 2 {
			x0, x1 := x[2*i], x[2*i+1]
			y := y[:2*len(row)]
			for j := range row {
				z0, z1 := x0-y[2*j], x1-y[2*j+1]
				row[j] = z0*z0 + z1*z1
			}
			continue
		}
		xi := x[i*d : i*d+d]
		for j := range row {
			sum := 0.0
			for l, v := range y[j*d : j*d+d] {
				z := xi[l] - v
				sum += z * z
			}
			row[j] = sum
		}
	}
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

// meanDiagonal is the mean of c_ii for an m×m cost.
func meanDiagonal(c []float64, m int) float64 {
	sum := 0.0
	for i := 0; i < len(c); i += m + 1 {
		sum += c[i]
	}
	return sum / float64(m)
}
