package tensor

import "fmt"

// Tangent returns J v, the derivative of out as x moves along v, as an expression:
// forward mode. Shapes: v as x, the result as out. Where the rows of out depend on
// the same rows of x alone, as in a network on points, row i of the result is the
// Jacobian at point i times row i of v.
//
// The result may be part of a loss, so that a penalty on derivatives is
// differentiable by parameters: its gradient holds one derivative more. v counts as
// given, even if it depends on x. Tangent panics with a sentence if an operation
// between x and out has no derivative as an expression: cross-entropy and attention.
func Tangent(out, x, v *Var) *Var {
	checkDerivative("Tangent", out, x, v, x)
	t := make(map[*Var]*Var)
	t[x] = v
	for _, y := range between(x, out) {
		if y != x {
			if d := y.tangent(t); d != nil {
				t[y] = d
			}
		}
	}
	if t[out] == nil {
		return out.graph.filled(out.rows, out.cols, 0)
	}
	return t[out]
}

// checkDerivative panics unless direction has the shape of like.
func checkDerivative(name string, out, x, direction, like *Var) {
	if direction.rows != like.rows || direction.cols != like.cols {
		panic(fmt.Sprintf("tensor: %s along %d×%d where %d×%d is needed", name, direction.rows, direction.cols, like.rows, like.cols))
	}
	if x.graph != out.graph || direction.graph != out.graph {
		panic("tensor: an operation mixes variables of two graphs")
	}
}

// between returns the nodes through which out depends on x, in order; x and out
// are among them if it does.
func between(x, out *Var) []*Var {
	nodes := out.graph.nodes
	depends, needed := make([]bool, len(nodes)), make([]bool, len(nodes))
	depends[x.index], needed[out.index] = true, true
	for i := x.index + 1; i <= out.index; i++ {
		for _, a := range nodes[i].args {
			depends[i] = depends[i] || depends[a.index]
		}
	}
	for i := out.index; i >= 0; i-- {
		if needed[i] {
			for _, a := range nodes[i].args {
				needed[a.index] = true
			}
		}
	}
	var path []*Var
	for i, v := range nodes {
		if depends[i] && needed[i] {
			path = append(path, v)
		}
	}
	return path
}

// tangent returns the tangent of y given those of the nodes before, which have
// none where they do not move.
func (y *Var) tangent(t map[*Var]*Var) *Var {
	a := y.args[0]
	ta := t[a]
	switch y.op {
	case opMatMul, opMatMulT, opAffine, opAdd, opSub, opMul, opDiv, opMax, opMin:
		b := y.args[1]
		return y.binaryTangent(a, b, ta, t[b], t)
	case opConcatColumns, opConcatRows:
		parts := make([]*Var, len(y.args))
		for i, p := range y.args {
			if parts[i] = t[p]; parts[i] == nil {
				parts[i] = y.graph.filled(p.rows, p.cols, 0)
			}
		}
		return y.graph.add(&Var{op: y.op, rows: y.rows, cols: y.cols, args: parts})
	case opLayerNorm:
		return y.layerNormTangent(t)
	}
	if ta == nil {
		return nil
	}
	if slope := y.slope(); slope != nil {
		return slope.Mul(ta)
	}
	switch y.op {
	case opScale:
		return ta.Scale(y.scalar)
	case opShift:
		return ta
	case opStop, opSign, opAtLeast:
		return nil
	case opSum, opRowSums, opColumnSums, opTranspose, opReshape, opColumns, opRows, opGather:
		linear := *y
		linear.args = []*Var{ta}
		return y.graph.add(&linear)
	case opRowNorms:
		return a.Mul(ta).RowSums().Mul(y.inverse())
	case opLogSumExp:
		return a.Softmax().Mul(ta).RowSums()
	case opSoftmax:
		return softmaxDerivative(y, ta)
	}
	panic(y.noDerivative())
}

// softmaxDerivative is J t, which is Jᵀ t, for y = softmax of the rows.
func softmaxDerivative(y, t *Var) *Var {
	return y.Mul(t.Sub(y.Mul(t).RowSums()))
}

func (y *Var) noDerivative() string {
	names := map[opKind]string{opCrossEntropy: "cross-entropy", opAttention: "attention", opGather: "an embedding by its table"}
	return fmt.Sprintf("tensor: no derivative of %s as an expression", names[y.op])
}

// slope returns the derivative of an entrywise operation of one argument, nil for
// other operations and those that are linear.
func (y *Var) slope() *Var {
	a := y.args[0]
	switch y.op {
	case opActivate:
		if y.order+1 > maxOrder {
			panic(fmt.Sprintf("tensor: derivative %d of an activation", y.order+1))
		}
		return a.activate(y.act, y.order+1)
	case opSquare:
		return a.Scale(2)
	case opSqrt:
		return y.inverse().Scale(0.5)
	case opAbs:
		return a.sign()
	case opInverse:
		return y.Square().Scale(-1)
	case opExp:
		return y
	case opLog:
		return a.inverse()
	case opPow:
		return a.Pow(y.scalar - 1).Scale(y.scalar)
	case opSin:
		return a.Cos()
	case opCos:
		return a.Sin().Scale(-1)
	}
	return nil
}

// binaryTangent is tangent for the products and the entrywise operations of two
// arguments; ta and tb may be nil.
func (y *Var) binaryTangent(a, b, ta, tb *Var, t map[*Var]*Var) *Var {
	var left, right *Var
	switch y.op {
	case opAffine, opMatMul, opMatMulT:
		if ta != nil {
			left = y.productOf(ta, b)
		}
		if tb != nil {
			right = y.productOf(a, tb)
		}
		if y.op == opAffine {
			right = sum(right, t[y.args[2]])
		}
	case opMul:
		if ta != nil {
			left = ta.Mul(b)
		}
		if tb != nil {
			right = a.Mul(tb)
		}
	default:
		left, right = ta, tb
		da, db := y.factors()
		if ta != nil && da != nil {
			left = ta.Mul(da)
		}
		if tb != nil && db != nil {
			right = tb.Mul(db)
		}
	}
	return expand(sum(left, right), y.rows, y.cols)
}

// factors returns the entrywise derivatives of a sum, difference, quotient,
// maximum or minimum by its two arguments; nil stands for 1.
func (y *Var) factors() (da, db *Var) {
	a, b := y.args[0], y.args[1]
	switch y.op {
	case opSub:
		return nil, y.graph.filled(1, 1, -1)
	case opDiv:
		inverse := y.graph.filled(1, 1, 1).Div(b)
		return inverse, y.Mul(inverse).Scale(-1)
	case opMax:
		first := a.Sub(b).atLeast()
		return first, first.Scale(-1).Shift(1)
	case opMin:
		first := b.Sub(a).atLeast()
		return first, first.Scale(-1).Shift(1)
	}
	return nil, nil
}

// productOf returns the product of a and b of y's kind.
func (y *Var) productOf(a, b *Var) *Var {
	if y.op == opMatMulT {
		return a.MatMulTBatch(b, y.count)
	}
	return a.MatMulBatch(b, y.count)
}

// sum adds where both are there.
func sum(a, b *Var) *Var {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return a.Add(b)
}

// expand repeats v, if it is there, to the given shape.
func expand(v *Var, rows, cols int) *Var {
	if v == nil || v.rows == rows && v.cols == cols {
		return v
	}
	return v.Add(v.graph.filled(rows, cols, 0))
}

// normalised returns xhat and 1/σ of the rows of a layer norm's argument.
func normalised(x *Var) (xhat, rstd *Var) {
	c := x.Sub(rowMeans(x))
	rstd = rowMeans(c.Square()).Shift(layerNormEpsilon).Sqrt().inverse()
	return c.Mul(rstd), rstd
}

func rowMeans(x *Var) *Var { return x.RowSums().Scale(1 / float64(x.cols)) }

// normalisedDerivative is J t, which is Jᵀ t, for x ↦ xhat.
func normalisedDerivative(xhat, rstd, t *Var) *Var {
	return t.Sub(rowMeans(t)).Sub(xhat.Mul(rowMeans(xhat.Mul(t)))).Mul(rstd)
}

func (y *Var) layerNormTangent(t map[*Var]*Var) *Var {
	x, gain, bias := y.args[0], y.args[1], y.args[2]
	xhat, rstd := normalised(x)
	var out *Var
	if t[x] != nil {
		out = normalisedDerivative(xhat, rstd, t[x]).Mul(gain)
	}
	if t[gain] != nil {
		out = sum(out, xhat.Mul(t[gain]))
	}
	return expand(sum(out, t[bias]), y.rows, y.cols)
}
