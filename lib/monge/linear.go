package monge

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"gaspard/lib/job"
)

// Linear returns the optimal map, for the cost |x-y|², between the normal
// distributions with the means and covariances of the clouds x (n×d) and y
// (m×d):
//
//	T(z) = m₂ + A (z - m₁),  A = S₁^-½ (S₁^½ S₂ S₁^½)^½ S₁^-½
//
// and A S₁ A = S₂. It is the yardstick that any learned map should beat, and a
// good [Settings.Start]. Directions in which x does not vary go to
// the mean of y.
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
	m1, s1 := moments(x)
	m2, s2 := moments(y)
	a := buresMap(s1, s2)
	return Func("linear map", d, func(z *mat.Dense) *mat.Dense {
		rows, _ := z.Dims()
		out := mat.NewDense(rows, d, nil)
		out.Apply(func(_, j int, v float64) float64 { return v - m1[j] }, z)
		out.Mul(out, a)
		out.Apply(func(_, j int, v float64) float64 { return v + m2[j] }, out)
		return out
	})
}

// moments returns the mean and covariance of the rows of x.
func moments(x *mat.Dense) ([]float64, *mat.SymDense) {
	_, d := x.Dims()
	mean := make([]float64, d)
	for j := range mean {
		mean[j] = stat.Mean(mat.Col(nil, j, x), nil)
	}
	var s mat.SymDense
	stat.CovarianceMatrix(&s, x, nil)
	return mean, &s
}

// buresMap returns the symmetric matrix A of [Linear].
func buresMap(s1, s2 *mat.SymDense) *mat.Dense {
	root, inverse := rootAndInverse(s1)
	var middle mat.Dense
	middle.Mul(root, s2)
	middle.Mul(&middle, root)
	root2, _ := rootAndInverse(symmetrised(&middle))
	var a mat.Dense
	a.Mul(inverse, root2)
	a.Mul(&a, inverse)
	return &a
}

func symmetrised(a *mat.Dense) *mat.SymDense {
	d, _ := a.Dims()
	s := mat.NewSymDense(d, nil)
	for i := range d {
		for j := i; j < d; j++ {
			s.SetSym(i, j, (a.At(i, j)+a.At(j, i))/2)
		}
	}
	return s
}

// rootAndInverse returns s^½ and s^-½ of a positive semidefinite matrix.
// Eigenvalues that are zero up to rounding stay so in the inverse.
func rootAndInverse(s *mat.SymDense) (root, inverse *mat.Dense) {
	d := s.SymmetricDim()
	var e mat.EigenSym
	if !e.Factorize(s, true) {
		panic(job.BadData("monge: the eigenvalues of a covariance matrix could not be found"))
	}
	values := e.Values(nil)
	var q mat.Dense
	e.VectorsTo(&q)
	floor := values[d-1] * float64(d) * 1e-14
	r, inv := make([]float64, d), make([]float64, d)
	for i, v := range values {
		if v > floor {
			r[i] = math.Sqrt(v)
			inv[i] = 1 / r[i]
		}
	}
	assemble := func(diag []float64) *mat.Dense {
		var a mat.Dense
		a.Mul(&q, mat.NewDiagDense(d, diag))
		a.Mul(&a, q.T())
		return &a
	}
	return assemble(r), assemble(inv)
}
