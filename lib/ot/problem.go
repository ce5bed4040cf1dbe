// Package ot solves the Kantorovich problem: exactly, on the line and the circle by
// sorting, and with entropic regularisation; and what is cheaper than that: sliced
// distances and the transport of normal laws. [Solve] chooses a method.
//
// Notation: a and b are the weights of n and m points, C the n×m cost matrix, P
// a plan with row sums a and column sums b, f and g the dual potentials, ε the
// regularisation. KL and entropies are in nats.
package ot

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
)

// Problem is what to transport, and at what cost. Make one with [Points] or
// [Matrix], then set its fields.
type Problem struct {
	A, B []float64 // Weights of the n and m points, probabilities; nil means uniform.
	Cost cost.Cost // Ground cost between points; the zero value is |x-y|². Unused with Matrix.

	x, y *mat.Dense
	c    *mat.Dense
}

// Points is the problem between the rows of x (n×d) and of y (m×d). The matrices
// are kept, not copied. It panics if x and y have different numbers of columns.
func Points(x, y *mat.Dense) *Problem {
	_, dx := x.Dims()
	if _, dy := y.Dims(); dx != dy {
		panic(fmt.Sprintf("ot: x has %d columns, y has %d", dx, dy))
	}
	return &Problem{x: x, y: y}
}

// Matrix is the problem with a given n×m cost matrix, which is kept.
func Matrix(c *mat.Dense) *Problem { return &Problem{c: c} }

// Dims returns the numbers of points n and m.
func (p *Problem) Dims() (n, m int) {
	if p.c != nil {
		return p.c.Dims()
	}
	n, _ = p.x.Dims()
	m, _ = p.y.Dims()
	return n, m
}

// Validate returns what is wrong with the data, as a [*job.DataError]: empty
// clouds, values that are not finite, weights that are not probabilities. The
// solvers panic with the same error.
func (p *Problem) Validate() error { return p.validate(true) }

// validate checks that weights sum to one only if asked.
func (p *Problem) validate(balanced bool) error {
	for _, m := range []struct {
		name string
		data *mat.Dense
	}{{"x", p.x}, {"y", p.y}, {"the cost matrix", p.c}} {
		if m.data == nil {
			continue
		}
		if err := checkFinite(m.name, m.data); err != nil {
			return err
		}
	}
	if p.c == nil {
		for _, points := range []*mat.Dense{p.x, p.y} {
			if err := p.Cost.Validate(points); err != nil {
				return err
			}
		}
	}
	if !balanced {
		return p.checkBoth(checkMasses)
	}
	return p.checkBoth(checkWeights)
}

func checkFinite(name string, x *mat.Dense) error {
	n, d := x.Dims()
	if n == 0 || d == 0 {
		return job.BadData("ot: %s is empty", name)
	}
	for i := range n {
		for j, v := range x.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return job.BadData("ot: %s has %v at row %d, column %d", name, v, i+1, j+1)
			}
		}
	}
	return nil
}

// checkBoth checks the weights of both sides.
func (p *Problem) checkBoth(check func(name string, w []float64, n int) error) error {
	n, m := p.Dims()
	if err := check("a", p.A, n); err != nil {
		return err
	}
	return check("b", p.B, m)
}

// checkWeights says what keeps w from being probabilities; nil are.
func checkWeights(name string, w []float64, n int) error {
	if err := checkMasses(name, w, n); err != nil || w == nil {
		return err
	}
	if sum := floats.Sum(w); math.Abs(sum-1) > 1e-6 {
		return job.BadData("ot: the weights %s sum to %.6g, not to 1; divide them by their sum", name, sum)
	}
	return nil
}

// checkMasses allows any total.
func checkMasses(name string, w []float64, n int) error {
	if w == nil {
		return nil
	}
	if len(w) != n {
		return job.BadData("ot: %s has %d weights for %d points", name, len(w), n)
	}
	for i, v := range w {
		if !(v >= 0) || math.IsInf(v, 1) {
			return job.BadData("ot: %s has the weight %v at %d; weights are at least 0", name, v, i+1)
		}
	}
	if sum := floats.Sum(w); !(sum > 0) || math.IsInf(sum, 1) {
		return job.BadData("ot: the weights %s sum to %v", name, sum)
	}
	return nil
}

// costMatrix returns C, computing it for points.
func (p *Problem) costMatrix() *mat.Dense {
	if p.c != nil {
		return p.c
	}
	return p.Cost.Matrix(p.x, p.y)
}

// costRows returns what fills blocks of whole rows of C, for several workers.
func (p *Problem) costRows() func(worker int, c []float64, from, to int) {
	if p.c == nil {
		return p.Cost.Blocks(p.x, p.y).Fill
	}
	_, m := p.c.Dims()
	return func(_ int, c []float64, from, to int) {
		for i := from; i < to; i++ {
			copy(c[(i-from)*m:], p.c.RawRowView(i))
		}
	}
}

// weights returns w, or uniform ones for nil.
func weights(w []float64, n int) []float64 {
	if w != nil {
		return w
	}
	w = make([]float64, n)
	for i := range w {
		w[i] = 1 / float64(n)
	}
	return w
}

// mustBeValid panics with what Validate finds. Soft marginals take any weights.
func (p *Problem) mustBeValid(s Settings) {
	if err := p.validate(!s.unbalanced()); err != nil {
		panic(err)
	}
}

// Dim returns the number of coordinates of the points, 0 for a cost matrix.
func (p *Problem) Dim() int {
	if p.x == nil {
		return 0
	}
	_, d := p.x.Dims()
	return d
}
