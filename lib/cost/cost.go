// Package cost holds the ground costs c(x, y) of transport problems.
//
// Every cost is taken wherever one is: by the solvers of ot, by the Monge gap and by
// the fits of monge. A cost of your own is written on whole blocks of pairs and
// differentiated from that; see [Func] and [Displacement].
//
// Notation: x and y are points of R^d, or clouds of n and m of them as rows of
// matrices; z = x-y; h is the function of z that a translation-invariant cost is, h*
// its conjugate.
package cost

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// Cost is a ground cost c(x, y) on R^d. The zero value is [SqEuclidean]. Costs are
// comparable: those of one formula and parameter are equal, while [Mahalanobis],
// [Func] and the like make a new cost with each call.
type Cost struct {
	kind   kind
	p      float64 // of |x-y|_p^p, or γ
	k      int     // of the k-overlap norm
	metric *metric
	user   *function
}

type kind int

const (
	sqEuclidean kind = iota
	euclidean
	absolute
	pNorm
	mahalanobis
	cosine
	sphere
	elasticL1
	elasticSTVS
	elasticKOverlap
	user
)

// SqEuclidean is |x-y|², without a half.
func SqEuclidean() Cost { return Cost{} }

// Euclidean is the norm |x-y|.
func Euclidean() Cost { return Cost{kind: euclidean} }

// L1 is |x-y|₁, the sum of the absolute differences.
func L1() Cost { return Cost{kind: absolute} }

// PNorm is |x-y|_p^p, the sum of the p-th powers of the absolute differences, for
// p ≥ 1: with p = 1 it is [L1], with p = 2 [SqEuclidean].
func PNorm(p float64) Cost {
	switch {
	case !(p >= 1) || math.IsInf(p, 0):
		panic(fmt.Sprintf("cost: |x-y|_p^p with p = %v; p must be at least 1", p))
	case p == 1:
		return L1()
	case p == 2:
		return SqEuclidean()
	}
	return Cost{kind: pNorm, p: p}
}

// String gives the formula, or the name of a user's cost.
func (c Cost) String() string {
	p := strconv.FormatFloat(c.p, 'g', -1, 64)
	switch c.kind {
	case euclidean:
		return "|x-y|"
	case absolute:
		return "|x-y|₁"
	case pNorm:
		return "|x-y|_" + p + "^" + p
	case mahalanobis:
		return "(x-y)ᵀM(x-y)"
	case cosine:
		return "1-cos(x,y)"
	case sphere:
		return "arccos⟨x,y⟩"
	case elasticL1:
		return "|x-y|²/2 + " + p + "|x-y|₁"
	case elasticSTVS:
		return "|x-y|²/2 + STVS(" + p + ")"
	case elasticKOverlap:
		return fmt.Sprintf("|x-y|²/2 + %s·overlap(%d)", p, c.k)
	case user:
		return c.user.name
	}
	return "|x-y|²"
}

// At returns c(x, y) of two points. It panics with a sentence if their lengths differ
// and with a [*job.DataError] on points the cost cannot take; see [Cost.Validate].
// For many pairs [Cost.Matrix] and [Cost.Blocks] are faster.
func (c Cost) At(x, y []float64) float64 {
	c.checkPair(x, y)
	return c.at(x, y)
}

func (c Cost) at(x, y []float64) float64 {
	switch c.kind {
	case mahalanobis:
		return c.metric.at(x, y)
	case cosine:
		return cosineAt(x, y)
	case sphere:
		return angle(x, y)
	case elasticKOverlap:
		return kOverlapAt(x, y, c.p, c.k)
	case user:
		return c.user.at(x, y)
	case sqEuclidean, euclidean:
		s := 0.0
		for l, v := range x {
			z := v - y[l]
			s += z * z
		}
		if c.kind == euclidean {
			return math.Sqrt(s)
		}
		return s
	}
	s := 0.0
	for l, v := range x {
		s += c.term(v - y[l])
	}
	return s
}

// AddGrad adds w ∇_x c(x, y), the gradient by the first point times a weight, to
// dst. Where the cost is not differentiable, as a norm is at x = y and the geodesic
// distance at antipodal points too, the gradient counts as 0, coordinate by coordinate
// where the cost is a sum over them.
func (c Cost) AddGrad(dst []float64, w float64, x, y []float64) {
	c.checkPair(x, y)
	c.checkGradient(dst, x)
	if c.kind == user {
		c.user.addGrad(dst, nil, w, x, y)
		return
	}
	c.addGrad(dst, w, x, y)
}

// AddGradY adds w ∇_y c(x, y), the gradient by the second point, to dst.
func (c Cost) AddGradY(dst []float64, w float64, x, y []float64) {
	c.checkPair(x, y)
	c.checkGradient(dst, x)
	if c.kind == user {
		c.user.addGrad(nil, dst, w, x, y)
		return
	}
	// All but the users' are symmetric.
	c.addGrad(dst, w, y, x)
}

// addGrad is AddGrad for costs that are not a user's.
func (c Cost) addGrad(dst []float64, w float64, x, y []float64) {
	scale := 2 * w
	switch c.kind {
	case sqEuclidean:
	case euclidean:
		r := c.at(x, y)
		if r == 0 {
			return
		}
		scale = w / r
	case mahalanobis:
		c.metric.addGrad(dst, w, x, y)
		return
	case cosine:
		addCosineGrad(dst, w, x, y)
		return
	case sphere:
		addAngleGrad(dst, w, x, y)
		return
	case elasticKOverlap:
		addKOverlapGrad(dst, w, x, y, c.p, c.k)
		return
	default:
		for l, v := range x {
			dst[l] += w * c.slope(v-y[l])
		}
		return
	}
	for l, v := range x {
		dst[l] += scale * (v - y[l])
	}
}

func (c Cost) checkPair(x, y []float64) {
	if len(x) != len(y) {
		panic(fmt.Sprintf("cost: a point has %d coordinates, the other %d", len(x), len(y)))
	}
	c.checkDimension(len(x))
	for _, v := range [][]float64{x, y} {
		if err := c.checkPoint(v, 0); err != nil {
			panic(err)
		}
	}
}

func (c Cost) checkGradient(dst, x []float64) {
	if len(dst) != len(x) {
		panic(fmt.Sprintf("cost: a gradient of %d coordinates for points of %d", len(dst), len(x)))
	}
}

func (c Cost) checkDimension(d int) {
	if c.kind == mahalanobis && d != c.metric.d {
		panic(fmt.Sprintf("cost: M is %d×%d, the points have %d columns", c.metric.d, c.metric.d, d))
	}
}

// Matrix returns C[i,j] = c(x_i, y_j), n×m, for the rows of x (n×d) and y (m×d). An entry
// may differ from [Cost.At] in its last places.
//
// It panics with a sentence if the columns differ in number and with a
// [*job.DataError] on points the cost cannot take, or where a user's cost is not
// finite. Ctrl-C is answered between blocks of rows.
func (c Cost) Matrix(x, y *mat.Dense) *mat.Dense {
	b := c.Blocks(x, y)
	if b.n == 0 || b.m == 0 {
		return &mat.Dense{}
	}
	defer b.release()
	out := mat.NewDense(b.n, b.m, nil)
	costs := out.RawMatrix().Data
	var monitor *job.Monitor
	rows := max(4, blockTerms/(b.m*b.d)&^3) // the kernel takes four rows at a time
	const together = 16
	for first := 0; first < b.n; first += together * rows {
		monitor.Check()
		last := min(b.n, first+together*rows)
		kern.Run(0, (last-first+rows-1)/rows, func(worker, k int) {
			from := first + k*rows
			to := min(last, from+rows)
			b.Fill(worker, costs[from*b.m:to*b.m], from, to)
		})
	}
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
	c.checkDimension(d)
	c.mustTake(x)
	c.mustTake(y)
	out := make([]float64, n)
	if c.kind == user {
		c.user.displacement(out, x, y)
		return out
	}
	for i := range out {
		out[i] = c.at(x.RawRowView(i), y.RawRowView(i))
	}
	return out
}
