package monge

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/ot"
)

// frame is the pair of coordinates in which methods that learn potentials work,
//
//	x' = A^½ (x - m₁) / s,  y' = A^-½ (y - m₂) / s,
//
// with A the matrix of the optimal map between the normal laws of source and target.
// It keeps products up to a factor, ⟨x', y'⟩ = ⟨x - m₁, y - m₂⟩/s², and with them which
// maps are optimal for |x-y|²; both measures have mean 0 and the same covariance, of
// trace d, and the linear optimal map is the identity, from which networks start.
type frame struct {
	d              int
	m1, m2         []float64
	source, target *mat.Dense // A^½/s and A^-½/s
	toTarget       *mat.Dense // s A^½, from target coordinates back
	toSource       *mat.Dense // s A^-½
	scale          float64    // s²
}

// newFrame returns the frame of two clouds. Directions that one cloud does not have
// are scaled by at most 10³ against the others.
func newFrame(x, y *mat.Dense) *frame {
	p, q := ot.GaussianOf(x, nil), ot.GaussianOf(y, nil)
	d := len(p.Mean)
	r := ot.Bures(p, q)
	var eigen mat.EigenSym
	if !eigen.Factorize(r.A, true) {
		panic("monge: the eigenvalues of a linear map could not be found")
	}
	values := eigen.Values(nil)
	most := values[d-1]
	if !(most > 0) {
		most = 1
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	power := func(e, factor float64) *mat.Dense {
		var scaled mat.Dense
		scaled.Apply(func(_, j int, v float64) float64 {
			return factor * v * math.Pow(max(values[j], 1e-6*most), e)
		}, &vectors)
		out := mat.NewDense(d, d, nil)
		out.Mul(&scaled, vectors.T())
		return out
	}
	root, inverse := power(0.5, 1), power(-0.5, 1)
	// The larger of the two traces, which are one where A was not cut off.
	s := math.Sqrt(max(traceOf(root, p.Cov), traceOf(inverse, q.Cov)) / float64(d))
	if !(s > 0) {
		s = 1
	}
	f := &frame{d: d, m1: p.Mean, m2: q.Mean, scale: s * s}
	f.source, f.target = power(0.5, 1/s), power(-0.5, 1/s)
	f.toTarget, f.toSource = power(0.5, s), power(-0.5, s)
	return f
}

// traceOf returns tr(B S B) for symmetric B.
func traceOf(b *mat.Dense, s *mat.SymDense) float64 {
	var bs, bsb mat.Dense
	bs.Mul(b, s)
	bsb.Mul(&bs, b)
	return mat.Trace(&bsb)
}

// pushThrough returns z taken to coordinates by in, moved by push, and taken back.
func pushThrough(z *mat.Dense, from []float64, in *mat.Dense, push func(*mat.Dense) *mat.Dense, out *mat.Dense, to []float64) *mat.Dense {
	n, d := z.Dims()
	moved := mat.NewDense(n, d, nil)
	moved.Apply(func(_, j int, v float64) float64 { return v - from[j] }, z)
	var inside mat.Dense
	inside.Mul(moved, in)
	moved.Mul(push(&inside), out)
	moved.Apply(func(_, j int, v float64) float64 { return v + to[j] }, moved)
	return moved
}

// forward returns the map of the potential's gradient, from source to target.
func (f *frame) forward(push func(*mat.Dense) *mat.Dense) func(*mat.Dense) *mat.Dense {
	return func(z *mat.Dense) *mat.Dense { return pushThrough(z, f.m1, f.source, push, f.toTarget, f.m2) }
}

// backward returns the map of the potential's gradient, from target to source.
func (f *frame) backward(push func(*mat.Dense) *mat.Dense) func(*mat.Dense) *mat.Dense {
	return func(z *mat.Dense) *mat.Dense { return pushThrough(z, f.m2, f.target, push, f.toSource, f.m1) }
}

// squared returns W₂² between the points of a batch, given by their moments about m₁
// and m₂, that a value of J in coordinates implies.
func (f *frame) squared(j float64, x, y []float64) float64 {
	n := len(x) / f.d
	sum := 0.0
	for k := range n {
		for l := range f.d {
			u, v, move := x[k*f.d+l]-f.m1[l], y[k*f.d+l]-f.m2[l], f.m1[l]-f.m2[l]
			sum += u*u + v*v + move*(move+2*(u-v))
		}
	}
	return sum/float64(n) - 2*f.scale*j
}
