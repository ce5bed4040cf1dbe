package tensor

// Cotangent returns Jᵀ u, the gradient by x of the sum of u ∘ out, as an
// expression: reverse mode. Shapes: u as out, the result as x. Where the rows of out
// depend on the same rows of x alone, row i of the result is the transposed Jacobian
// at point i times row i of u; with a potential for out and ones for u, it is the
// potential's gradient at every point.
//
// The result may be part of a loss, as that of [Tangent]. u counts as given.
// Cotangent panics with a sentence if an operation between x and out has no
// derivative as an expression: cross-entropy, attention, and an embedding by its
// table.
func Cotangent(out, x, u *Var) *Var {
	checkDerivative("Cotangent", out, x, u, out)
	adjoint := make(map[*Var]*Var)
	adjoint[out] = u
	path := between(x, out)
	moves := make(map[*Var]bool)
	for _, y := range path {
		moves[y] = true
	}
	add := func(a *Var, d func() *Var) {
		if moves[a] {
			adjoint[a] = sum(adjoint[a], reduceTo(d(), a.rows, a.cols))
		}
	}
	for i := len(path) - 1; i >= 0; i-- {
		if y := path[i]; y != x && adjoint[y] != nil {
			y.cotangent(adjoint[y], add)
		}
	}
	if !moves[x] || adjoint[x] == nil {
		return out.graph.filled(x.rows, x.cols, 0)
	}
	return adjoint[x]
}

// reduceTo sums v over what was repeated from the given shape.
func reduceTo(v *Var, rows, cols int) *Var {
	if v.rows > rows {
		v = v.ColumnSums()
	}
	if v.cols > cols {
		v = v.RowSums()
	}
	return v
}

// cotangent passes the adjoint u of y to its arguments by add, which asks for an
// expression only where it is wanted.
func (y *Var) cotangent(u *Var, add func(a *Var, d func() *Var)) {
	a := y.args[0]
	if len(y.args) == 1 {
		add(a, func() *Var { return y.unaryCotangent(u) })
		return
	}
	switch y.op {
	case opMatMul, opMatMulT, opAffine:
		y.productCotangent(u, add)
	case opMul:
		add(a, func() *Var { return u.Mul(y.args[1]) })
		add(y.args[1], func() *Var { return u.Mul(a) })
	case opAdd, opSub, opDiv, opMax, opMin:
		da, db := y.factors()
		for k, d := range []*Var{da, db} {
			add(y.args[k], func() *Var {
				if d == nil {
					return u
				}
				return u.Mul(d)
			})
		}
	case opConcatColumns, opConcatRows:
		at := 0
		for _, p := range y.args {
			from := at
			if y.op == opConcatColumns {
				at += p.cols
				add(p, func() *Var { return u.Columns(from, from+p.cols) })
			} else {
				at += p.rows
				add(p, func() *Var { return u.RowRange(from, from+p.rows) })
			}
		}
	case opLayerNorm:
		xhat, rstd := normalised(a)
		add(a, func() *Var { return normalisedDerivative(xhat, rstd, u.Mul(y.args[1])) })
		add(y.args[1], func() *Var { return u.Mul(xhat) })
		add(y.args[2], func() *Var { return u })
	}
}

func (y *Var) productCotangent(u *Var, add func(a *Var, d func() *Var)) {
	a, b, n := y.args[0], y.args[1], y.count
	if y.op == opMatMulT {
		add(a, func() *Var { return u.MatMulBatch(b, n) })
		add(b, func() *Var { return transposeParts(u, n).MatMulBatch(a, n) })
		return
	}
	add(a, func() *Var { return u.MatMulTBatch(b, n) })
	add(b, func() *Var { return transposeParts(a, n).MatMulBatch(u, n) })
	if y.op == opAffine {
		add(y.args[2], func() *Var { return u })
	}
}

// transposeParts transposes each of count consecutive parts of v.
func transposeParts(v *Var, count int) *Var {
	if count == 1 {
		return v.Transpose()
	}
	rows := v.rows / count
	parts := make([]*Var, count)
	for i := range parts {
		parts[i] = v.RowRange(i*rows, (i+1)*rows).Transpose()
	}
	return ConcatRows(parts...)
}

// unaryCotangent returns what the adjoint u of y contributes to that of its only
// argument.
func (y *Var) unaryCotangent(u *Var) *Var {
	a, g := y.args[0], y.graph
	if slope := y.slope(); slope != nil {
		return u.Mul(slope)
	}
	switch y.op {
	case opScale:
		return u.Scale(y.scalar)
	case opShift, opConcatColumns, opConcatRows:
		return u
	case opStop, opSign, opAtLeast:
		return g.filled(a.rows, a.cols, 0)
	case opSum, opRowSums, opColumnSums:
		return expand(u, a.rows, a.cols)
	case opRowNorms:
		return a.Mul(u.Mul(y.inverse()))
	case opLogSumExp:
		return a.Softmax().Mul(u)
	case opSoftmax:
		return softmaxDerivative(y, u)
	case opTranspose:
		return u.Transpose()
	case opReshape:
		return u.Reshape(a.rows, a.cols)
	case opColumns:
		left, right := y.offset, a.cols-y.offset-y.cols
		return framed(u, left, right, ConcatColumns, func(n int) *Var { return g.filled(a.rows, n, 0) })
	case opRows:
		above, below := y.offset, a.rows-y.offset-y.rows
		return framed(u, above, below, ConcatRows, func(n int) *Var { return g.filled(n, a.cols, 0) })
	}
	panic(y.noDerivative())
}

// framed puts so many columns or rows of zeros before and after u.
func framed(u *Var, before, after int, concat func(...*Var) *Var, zeros func(n int) *Var) *Var {
	parts := []*Var{u}
	if before > 0 {
		parts = append([]*Var{zeros(before)}, parts...)
	}
	if after > 0 {
		parts = append(parts, zeros(after))
	}
	return concat(parts...)
}
