// Package cost holds the ground costs c(x, y) of transport problems.
//
// Notation: x and y are points of R^d, or clouds of n and m of them as rows of
// matrices.
package cost

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/dense"
	"gaspard/lib/internal/kern"
)

// Cost is a ground cost c(x, y) on R^d. The zero value is [SqEuclidean]. Costs
// are comparable.
type Cost struct {
	kind kind
}

type kind int

const (
	sqEuclidean kind = iota
	euclidean
)

// SqEuclidean is |x-y|², without a half.
func SqEuclidean() Cost { return Cost{sqEuclidean} }

// Euclidean is the norm |x-y|.
func Euclidean() Cost { return Cost{euclidean} }

// String gives the formula.
func (c Cost) String() string {
	return [...]string{sqEuclidean: "|x-y|²", euclidean: "|x-y|"}[c.kind]
}

// At returns c(x, y) of two points. It panics if their lengths differ.
func (c Cost) At(x, y []float64) float64 {
	if len(x) != len(y) {
		panic(fmt.Sprintf("cost: a point has %d coordinates, the other %d", len(x), len(y)))
	}
	s := 0.0
	for k, v := range x {
		d := v - y[k]
		s += d * d
	}
	if c.kind == euclidean {
		return math.Sqrt(s)
	}
	return s
}

// AddGrad adds w ∇_x c(x, y), the gradient by the first point times a weight, to
// dst. Where the norm is not differentiable, at x = y, its gradient is 0. By
// symmetry the gradient by y is AddGrad(dst, w, y, x).
func (c Cost) AddGrad(dst []float64, w float64, x, y []float64) {
	scale := 2 * w
	if c.kind == euclidean {
		r := c.At(x, y)
		if r == 0 {
			return
		}
		scale = w / r
	}
	for k, v := range x {
		dst[k] += scale * (v - y[k])
	}
}

// Matrix returns C[i,j] = c(x_i, y_j), n×m, for the rows of x (n×d) and y (m×d). An entry
// may differ from [Cost.At] in its last places.
func (c Cost) Matrix(x, y *mat.Dense) *mat.Dense {
	n, d := x.Dims()
	m, dy := y.Dims()
	if d != dy {
		panic(fmt.Sprintf("cost: x has %d columns, y has %d", d, dy))
	}
	if n == 0 || m == 0 {
		return &mat.Dense{}
	}
	out := mat.NewDense(n, m, nil)
	points, coordinates := dense.Rows(x), dense.Columns(y)
	costs := out.RawMatrix().Data
	block := max(4, blockTerms/(m*d)&^3) // the kernel takes four rows at a time
	kern.Run(0, (n+block-1)/block, func(_, k int) {
		from, to := k*block, min(n, (k+1)*block)
		kern.Distances64(costs[from*m:to*m], m, points[from*d:to*d], d, coordinates, c.kind == euclidean)
	})
	return out
}

// blockTerms is the number of coordinates from which on it pays to share out the rows
// of a matrix: some 5 µs of work.
const blockTerms = 1 << 16

// Displacement returns c(x_i, y_i) for the rows of two clouds of one shape.
func (c Cost) Displacement(x, y *mat.Dense) []float64 {
	n, d := x.Dims()
	if m, dy := y.Dims(); n != m || d != dy {
		panic(fmt.Sprintf("cost: x is %d×%d, y is %d×%d", n, d, m, dy))
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = c.At(x.RawRowView(i), y.RawRowView(i))
	}
	return out
}
