package cost

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/dense"
	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// metric is the M of a Mahalanobis cost.
type metric struct {
	d       int
	m       []float64  // d×d
	root    *mat.Dense // d×rank, with M = root rootᵀ
	across  []float64  // rootᵀ
	inverse []float64  // d×d; nil where M is singular
}

// Mahalanobis is (x-y)ᵀM(x-y) for a positive semidefinite d×d matrix M, which is
// copied; for the distance of statistics M is the inverse of a covariance. It panics
// with a sentence if M has a negative eigenvalue beyond rounding, or vanishes.
func Mahalanobis(m *mat.SymDense) Cost {
	d := m.SymmetricDim()
	t := &metric{d: d, m: make([]float64, d*d)}
	for i := range d {
		for j := range d {
			t.m[i*d+j] = m.At(i, j)
			if v := t.m[i*d+j]; math.IsNaN(v) || math.IsInf(v, 0) {
				panic(job.BadData("cost: M has %v at row %d, column %d", v, i+1, j+1))
			}
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(m, true) {
		panic(job.BadData("cost: the eigenvalues of M were not found"))
	}
	values, vectors := eigen.Values(nil), new(mat.Dense) // in rising order
	eigen.VectorsTo(vectors)
	rounding := values[d-1] * float64(d) * 0x1p-50
	if !(values[d-1] > 0) || values[0] < -rounding {
		panic(fmt.Sprintf("cost: M has the eigenvalues %.3g to %.3g; none may be negative, nor all 0", values[0], values[d-1]))
	}
	null := 0
	for values[null] <= rounding {
		null++
	}
	t.root = mat.NewDense(d, d-null, nil)
	for k := null; k < d; k++ {
		for i := range d {
			t.root.Set(i, k-null, vectors.At(i, k)*math.Sqrt(values[k]))
		}
	}
	t.across = dense.Columns(t.root)
	if null == 0 {
		t.invert(values, vectors)
	}
	return Cost{kind: mahalanobis, metric: t}
}

func (t *metric) invert(values []float64, vectors *mat.Dense) {
	t.inverse = make([]float64, t.d*t.d)
	for i := range t.d {
		for j := range t.d {
			for k, v := range values {
				t.inverse[i*t.d+j] += vectors.At(i, k) * vectors.At(j, k) / v
			}
		}
	}
}

// at sums squares, so that rounding makes no cost negative.
func (t *metric) at(x, y []float64) float64 {
	raw, sum := t.root.RawMatrix(), 0.0
	for k := range raw.Cols {
		s := 0.0
		for l, v := range x {
			s += (v - y[l]) * raw.Data[l*raw.Stride+k]
		}
		sum += s * s
	}
	return sum
}

func (t *metric) addGrad(dst []float64, w float64, x, y []float64) {
	for i := range dst {
		s := 0.0
		for l, v := range x {
			s += t.m[i*t.d+l] * (v - y[l])
		}
		dst[i] += 2 * w * s
	}
}

// Cosine is 1 - cos of the angle between x and y, from 0 to 2. The points must not be
// at the origin.
func Cosine() Cost { return Cost{kind: cosine} }

// cosineAt is half the squared distance of the directions, exact where they are close.
func cosineAt(x, y []float64) float64 {
	rx, ry := norm(x), norm(y)
	s := 0.0
	for l, v := range x {
		z := v/rx - y[l]/ry
		s += z * z
	}
	return s / 2
}

// addCosineGrad is -(v - u⟨u,v⟩)/|x| for the directions u and v, with ⟨u,v⟩ = 1 - c.
func addCosineGrad(dst []float64, w float64, x, y []float64) {
	rx, ry := norm(x), norm(y)
	c := cosineAt(x, y)
	for l, v := range x {
		u := v / rx
		dst[l] -= w / rx * (y[l]/ry - u + u*c)
	}
}

func norm(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	if s < 0x1p-900 || s > 0x1p900 { // where squares may have lost places
		s = 0
		for _, v := range x {
			s = math.Hypot(s, v)
		}
		return s
	}
	return math.Sqrt(s)
}

// Embed returns points E(x), n×r, with c(x, y) = |E(x)-E(y)|², and whether the cost has
// them, for no points too: [SqEuclidean], whose E(x) is x itself, [Mahalanobis] and
// [Cosine] do. It panics with a [*job.DataError] on points the cost cannot take.
func (c Cost) Embed(x *mat.Dense) (*mat.Dense, bool) {
	n, d := x.Dims()
	switch c.kind {
	case sqEuclidean:
		return x, true
	case mahalanobis, cosine:
		if n == 0 {
			return &mat.Dense{}, true
		}
	default:
		return nil, false
	}
	if c.kind == cosine {
		c.mustTake(x)
		return directions(x, math.Sqrt2), true
	}
	c.checkDimension(d)
	_, rank := c.metric.root.Dims()
	e := mat.NewDense(n, rank, nil)
	// A product of matrices might round equal rows apart.
	for i := range n {
		kern.RowDots64(e.RawRowView(i), c.metric.across, d, x.RawRowView(i))
	}
	return e, true
}

// AddEmbedGrad adds to dst, n×d, the gradient by x of a function of the points E(x) of
// [Cost.Embed], of which grad, n×r, is that by E(x): Σ_k grad_ik ∇E_k(x_i) to row i. It
// panics with a sentence if the shapes differ or the cost has no such points.
func (c Cost) AddEmbedGrad(dst, grad, x *mat.Dense) {
	n, d := x.Dims()
	r := d
	if c.kind == mahalanobis {
		c.checkDimension(d)
		_, r = c.metric.root.Dims()
	}
	rows, cols := dst.Dims()
	rowsBy, colsBy := grad.Dims()
	switch {
	case c.kind != sqEuclidean && c.kind != mahalanobis && c.kind != cosine:
		panic(fmt.Sprintf("cost: AddEmbedGrad of %v, which is no |E(x)-E(y)|²", c))
	case rows != n || cols != d || rowsBy != n || colsBy != r:
		panic(fmt.Sprintf("cost: a gradient of %d×%d from one of %d×%d, for %d points of %d coordinates and %d when embedded", rows, cols, rowsBy, colsBy, n, d, r))
	case n == 0:
		return
	case c.kind == mahalanobis:
		root, to := c.metric.across, dst.RawMatrix()
		kern.Gemm64(to.Data, to.Stride, dense.Rows(grad), r, 1, root, d, n, d, r, true)
		return
	case c.kind == sqEuclidean:
		dst.Add(dst, grad)
		return
	}
	for i := range n {
		addDirectionGrad(dst.RawRowView(i), grad.RawRowView(i), x.RawRowView(i), math.Sqrt2)
	}
}

// addDirectionGrad adds the gradient by x of a function of u/scale, u = x/|x|, of which g
// is that by u/scale: what of it is orthogonal to u, over scale |x|.
func addDirectionGrad(dst, g, x []float64, scale float64) {
	r, along := norm(x), 0.0
	for l, v := range x {
		along += g[l] * (v / r)
	}
	for l, v := range x {
		dst[l] += (g[l] - along*(v/r)) / r / scale
	}
}

// directions returns the rows of x divided by their norms and by scale.
func directions(x *mat.Dense, scale float64) *mat.Dense {
	e := mat.DenseCopyOf(dense.Contiguous(x))
	n, _ := e.Dims()
	for i := range n {
		row := e.RawRowView(i)
		r := norm(row)
		for l := range row {
			row[l] = row[l] / r / scale
		}
	}
	return e
}

// Validate returns what is wrong with the rows of x for this cost, as a
// [*job.DataError] that names the first such row: a point at the origin for
// [Cosine], one that is not on the unit sphere to 1e-4 for [Sphere]. Other costs take
// every point; whether values are finite is for others to check.
func (c Cost) Validate(x *mat.Dense) error {
	if c.kind != cosine && c.kind != sphere {
		return nil
	}
	n, _ := x.Dims()
	for i := range n {
		if err := c.checkPoint(x.RawRowView(i), i+1); err != nil {
			return err
		}
	}
	return nil
}

// checkPoint is Validate for the point that stands in the given row; 0 for none.
func (c Cost) checkPoint(x []float64, row int) error {
	if c.kind != cosine && c.kind != sphere {
		return nil
	}
	at := ""
	if row > 0 {
		at = fmt.Sprintf(" at row %d", row)
	}
	switch r := norm(x); {
	case c.kind == cosine && r == 0:
		return job.BadData("cost: the point%s is 0, which has no direction; the cosine needs one", at)
	case c.kind == sphere && !(math.Abs(r-1) <= sphereTol):
		return job.BadData("cost: the point%s has norm %.6g, but the geodesic cost is of the unit sphere; divide points by their norms", at, r)
	}
	return nil
}

func (c Cost) mustTake(x *mat.Dense) {
	if err := c.Validate(x); err != nil {
		panic(err)
	}
}
