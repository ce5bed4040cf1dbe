package tensor

import "fmt"

// MatMul returns the matrix product v w, of shape (n×k)(k×m) = n×m.
func (v *Var) MatMul(w *Var) *Var {
	if v.cols != w.rows {
		panic(fmt.Sprintf("tensor: product of %d×%d and %d×%d", v.rows, v.cols, w.rows, w.cols))
	}
	return v.graph.add(&Var{op: opMatMul, rows: v.rows, cols: w.cols, args: []*Var{v, w}})
}

// Affine returns act(x w + b), one layer of a network in one operation. Shapes:
// x n×k, w k×m, b 1×m, the result n×m; act applies to each entry.
func Affine(x, w, b *Var, act Activation) *Var {
	if x.cols != w.rows || b.rows != 1 || b.cols != w.cols {
		panic(fmt.Sprintf("tensor: layer of input %d×%d, weights %d×%d, bias %d×%d",
			x.rows, x.cols, w.rows, w.cols, b.rows, b.cols))
	}
	act.check()
	return x.graph.add(&Var{op: opAffine, rows: x.rows, cols: w.cols, args: []*Var{x, w, b}, act: act})
}

// Activate applies act to each entry.
func (v *Var) Activate(act Activation) *Var {
	act.check()
	return v.graph.add(&Var{op: opActivate, rows: v.rows, cols: v.cols, args: []*Var{v}, act: act})
}

// Add returns v + w. In this and the other entrywise operations of two
// arguments, an argument with one row or one column is repeated to the other's
// shape.
func (v *Var) Add(w *Var) *Var { return v.binary(opAdd, w) }

// Sub returns v - w.
func (v *Var) Sub(w *Var) *Var { return v.binary(opSub, w) }

// Mul returns the entrywise product of v and w.
func (v *Var) Mul(w *Var) *Var { return v.binary(opMul, w) }

// Div returns the entrywise quotient v / w.
func (v *Var) Div(w *Var) *Var { return v.binary(opDiv, w) }

func (v *Var) binary(op opKind, w *Var) *Var {
	rows, okRows := broadcast(v.rows, w.rows)
	cols, okCols := broadcast(v.cols, w.cols)
	if !okRows || !okCols {
		panic(fmt.Sprintf("tensor: entrywise operation of %d×%d and %d×%d", v.rows, v.cols, w.rows, w.cols))
	}
	return v.graph.add(&Var{op: op, rows: rows, cols: cols, args: []*Var{v, w}})
}

// broadcast returns the common size of two sizes of which either may be one.
func broadcast(m, n int) (int, bool) {
	switch {
	case m == 1:
		return n, true
	case n == 1:
		return m, true
	}
	return m, m == n
}

// Scale returns c v.
func (v *Var) Scale(c float64) *Var { return v.unary(opScale, c) }

// Shift returns v + c, with c added to each entry.
func (v *Var) Shift(c float64) *Var { return v.unary(opShift, c) }

// Square returns the entrywise square.
func (v *Var) Square() *Var { return v.unary(opSquare, 0) }

// Sqrt returns the entrywise square root; its derivative at 0 counts as 0, so
// that distances of coincident points have a gradient.
func (v *Var) Sqrt() *Var { return v.unary(opSqrt, 0) }

// Abs returns the entrywise absolute value, with derivative 0 at 0.
func (v *Var) Abs() *Var { return v.unary(opAbs, 0) }

// Exp returns the entrywise exponential.
func (v *Var) Exp() *Var { return v.unary(opExp, 0) }

// Log returns the entrywise natural logarithm.
func (v *Var) Log() *Var { return v.unary(opLog, 0) }

// Pow returns the entrywise power v^p; entries must not be negative unless p
// is an integer. Its derivative at 0 counts as 0 where p < 1.
func (v *Var) Pow(p float64) *Var { return v.unary(opPow, p) }

func (v *Var) unary(op opKind, c float64) *Var {
	return v.graph.add(&Var{op: op, rows: v.rows, cols: v.cols, args: []*Var{v}, scalar: c})
}

// Sum returns the 1×1 sum of all entries.
func (v *Var) Sum() *Var {
	return v.graph.add(&Var{op: opSum, rows: 1, cols: 1, args: []*Var{v}})
}

// Mean returns the 1×1 mean of all entries.
func (v *Var) Mean() *Var { return v.Sum().Scale(1 / float64(v.rows*v.cols)) }

// RowSums returns the n×1 sums of the rows.
func (v *Var) RowSums() *Var {
	return v.graph.add(&Var{op: opRowSums, rows: v.rows, cols: 1, args: []*Var{v}})
}

// RowNorms returns the n×1 Euclidean norms of the rows; the gradient of the
// norm at 0 counts as 0.
func (v *Var) RowNorms() *Var {
	return v.graph.add(&Var{op: opRowNorms, rows: v.rows, cols: 1, args: []*Var{v}})
}
