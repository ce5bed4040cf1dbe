package tensor

import "fmt"

// MatMul returns the matrix product v w, of shape (n×k)(k×m) = n×m.
func (v *Var) MatMul(w *Var) *Var {
	if v.cols != w.rows {
		panic(fmt.Sprintf("tensor: product of %d×%d and %d×%d", v.rows, v.cols, w.rows, w.cols))
	}
	return v.graph.add(&Var{op: opMatMul, rows: v.rows, cols: w.cols, args: []*Var{v, w}, count: 1})
}

// MatMulT returns v wᵀ, of shape (n×k)(m×k)ᵀ = n×m: the products of the rows of v
// with those of w, such as the logits of a model whose output is tied to its
// embedding.
func (v *Var) MatMulT(w *Var) *Var {
	if v.cols != w.cols {
		panic(fmt.Sprintf("tensor: product of %d×%d and the transpose of %d×%d", v.rows, v.cols, w.rows, w.cols))
	}
	return v.graph.add(&Var{op: opMatMulT, rows: v.rows, cols: w.rows, args: []*Var{v, w}, count: 1})
}

// MatMulBatch returns count products, of consecutive rows: of v, count·n×k, and
// w, count·k×m, both cut into count equal parts, the result being count·n×m.
func (v *Var) MatMulBatch(w *Var, count int) *Var {
	if count < 1 || v.rows%count != 0 || w.rows%count != 0 || v.cols != w.rows/count {
		panic(fmt.Sprintf("tensor: %d products of %d×%d and %d×%d", count, v.rows, v.cols, w.rows, w.cols))
	}
	return v.graph.add(&Var{op: opMatMul, rows: v.rows, cols: w.cols, args: []*Var{v, w}, count: count})
}

// MatMulTBatch is [Var.MatMulBatch] with each part of w, count·m×k, transposed:
// the result is count·n×m.
func (v *Var) MatMulTBatch(w *Var, count int) *Var {
	if count < 1 || v.rows%count != 0 || w.rows%count != 0 || v.cols != w.cols {
		panic(fmt.Sprintf("tensor: %d products of %d×%d and the transpose of %d×%d", count, v.rows, v.cols, w.rows, w.cols))
	}
	return v.graph.add(&Var{op: opMatMulT, rows: v.rows, cols: w.rows / count, args: []*Var{v, w}, count: count})
}

// Affine returns act(x w + b), one layer of a network. Shapes: x n×k, w k×m, b
// 1×m, the result n×m; act applies to each entry.
func Affine(x, w, b *Var, act Activation) *Var {
	if x.cols != w.rows || b.rows != 1 || b.cols != w.cols {
		panic(fmt.Sprintf("tensor: layer of input %d×%d, weights %d×%d, bias %d×%d",
			x.rows, x.cols, w.rows, w.cols, b.rows, b.cols))
	}
	act.check()
	z := x.graph.add(&Var{op: opAffine, rows: x.rows, cols: w.cols, args: []*Var{x, w, b}, act: Linear, count: 1})
	if act == Linear {
		return z
	}
	// Compiling joins the two, unless a derivative wants z too.
	return z.Activate(act)
}

// Activate applies act to each entry.
func (v *Var) Activate(act Activation) *Var {
	act.check()
	return v.activate(act, 0)
}

// Slope returns act' at each entry, the derivative of the activation.
func (v *Var) Slope(act Activation) *Var {
	act.check()
	return v.activate(act, 1)
}

func (v *Var) activate(act Activation, order int) *Var {
	return v.graph.add(&Var{op: opActivate, rows: v.rows, cols: v.cols, args: []*Var{v}, act: act, order: order})
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

// Max returns the larger of v and w, entry by entry; equal entries pass their
// gradient to v.
func (v *Var) Max(w *Var) *Var { return v.binary(opMax, w) }

// Min returns the smaller of v and w, entry by entry; equal entries pass their
// gradient to v.
func (v *Var) Min(w *Var) *Var { return v.binary(opMin, w) }

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

// Sin returns the entrywise sine.
func (v *Var) Sin() *Var { return v.unary(opSin, 0) }

// Cos returns the entrywise cosine.
func (v *Var) Cos() *Var { return v.unary(opCos, 0) }

// Pow returns the entrywise power v^p; entries must not be negative unless p
// is an integer. Its derivative at 0 counts as 0 where p < 1.
func (v *Var) Pow(p float64) *Var { return v.unary(opPow, p) }

// Stop returns v with no gradient: a constant to the backward pass.
func (v *Var) Stop() *Var { return v.unary(opStop, 0) }

// The parts from which derivatives are written: the sign, with sign 0 at 0; the
// inverse, with inverse and derivative 0 at 0; and where an entry is at least 0.
func (v *Var) sign() *Var    { return v.unary(opSign, 0) }
func (v *Var) inverse() *Var { return v.unary(opInverse, 0) }
func (v *Var) atLeast() *Var { return v.unary(opAtLeast, 0) }

func (v *Var) unary(op opKind, c float64) *Var {
	return v.graph.add(&Var{op: op, rows: v.rows, cols: v.cols, args: []*Var{v}, scalar: c})
}

// Sum returns the 1×1 sum of all entries.
func (v *Var) Sum() *Var { return v.reduced(opSum, 1, 1) }

// Mean returns the 1×1 mean of all entries.
func (v *Var) Mean() *Var { return v.Sum().Scale(1 / float64(v.rows*v.cols)) }

// RowSums returns the n×1 sums of the rows.
func (v *Var) RowSums() *Var { return v.reduced(opRowSums, v.rows, 1) }

// ColumnSums returns the 1×m sums of the columns.
func (v *Var) ColumnSums() *Var { return v.reduced(opColumnSums, 1, v.cols) }

// RowNorms returns the n×1 Euclidean norms of the rows; the gradient of the
// norm at 0 counts as 0.
func (v *Var) RowNorms() *Var { return v.reduced(opRowNorms, v.rows, 1) }

// LogSumExp returns the n×1 logarithms of the sums of the exponentials of the
// rows, without overflow.
func (v *Var) LogSumExp() *Var { return v.reduced(opLogSumExp, v.rows, 1) }

func (v *Var) reduced(op opKind, rows, cols int) *Var {
	return v.graph.add(&Var{op: op, rows: rows, cols: cols, args: []*Var{v}})
}
