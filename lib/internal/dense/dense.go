// Package dense gives the kernels the numbers of gonum's matrices, whose rows may lie
// apart in memory.
package dense

import (
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/kern"
)

// Contiguous returns x itself if no gaps are between its rows, and otherwise a copy
// without them.
func Contiguous(x *mat.Dense) *mat.Dense {
	if raw := x.RawMatrix(); raw.Stride == raw.Cols {
		return x
	}
	return mat.DenseCopyOf(x)
}

// Rows is the elements of x row by row: its own where they lie so, or a copy.
func Rows(x *mat.Dense) []float64 { return Contiguous(x).RawMatrix().Data }

// Columns is a copy of the elements of x column by column: of points, the coordinates
// one after the other.
func Columns(x *mat.Dense) []float64 {
	raw := x.RawMatrix()
	out := make([]float64, raw.Rows*raw.Cols)
	if len(out) > 0 {
		kern.Transpose64(out, raw.Rows, raw.Data, raw.Stride, raw.Rows, raw.Cols)
	}
	return out
}

// Symmetric is (A + Aᵀ)/2, for products that are symmetric but for rounding.
func Symmetric(a *mat.Dense) *mat.SymDense {
	n, _ := a.Dims()
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			s.SetSym(i, j, (a.At(i, j)+a.At(j, i))/2)
		}
	}
	return s
}
