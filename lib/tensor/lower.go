package tensor

// inst is an operation of a compiled expression: that of a node, or of two that
// are better done together.
type inst struct {
	v    *Var // whose value it computes
	op   opKind
	args []*Var
	act  Activation
}

// lower returns the operations that out needs, in order.
func lower(out *Var) []*inst {
	nodes := out.graph.nodes
	needed, uses := make([]bool, len(nodes)), make([]int, len(nodes))
	needed[out.index] = true
	for i := out.index; i >= 0; i-- {
		if !needed[i] {
			continue
		}
		for _, a := range nodes[i].args {
			needed[a.index] = true
			uses[a.index]++
		}
	}
	var code []*inst
	for i, v := range nodes {
		if !needed[i] || len(v.args) == 0 {
			continue
		}
		in := &inst{v: v, op: v.op, args: v.args, act: v.act}
		if z := v.args[0]; v.op == opActivate && v.order == 0 && z.op == opAffine && uses[z.index] == 1 {
			// A layer: the activation follows the product while that is in cache.
			in.op, in.args = opAffine, z.args
			code[position(code, z)] = nil
		}
		code = append(code, in)
	}
	kept := code[:0]
	for _, in := range code {
		if in != nil {
			kept = append(kept, in)
		}
	}
	return kept
}

// position returns where in code v is computed.
func position(code []*inst, v *Var) int {
	for i, in := range code {
		if in != nil && in.v == v {
			return i
		}
	}
	panic("tensor: a value is used before it is computed")
}

// reads tells which values the backward pass of an operation reads: those of
// which arguments, and its own.
func (in *inst) reads(want []bool) (args []bool, own bool) {
	args = make([]bool, len(in.args))
	if !want[in.v.index] {
		return args, false
	}
	wants := func(k int) bool { return want[in.args[k].index] }
	switch in.op {
	case opMatMul, opMatMulT, opAffine, opMul:
		args[0], args[1] = wants(1), wants(0)
	case opDiv:
		args[0], args[1] = wants(1), true
	case opMax, opMin:
		args[0], args[1] = true, true
	case opSquare, opAbs, opLog, opPow, opSin, opCos, opAttention:
		args[0] = true
	case opSqrt, opExp, opSoftmax, opInverse:
		own = true
	case opRowNorms, opLogSumExp:
		args[0], own = true, true
	case opLayerNorm:
		args[1] = true
	}
	return args, own
}

// memory is how many numbers an operation keeps from its forward to its backward
// moment, and how many it needs as scratch in either.
type memory struct{ saved, forward, backward int }

func (in *inst) memory(want []bool, train bool, at placement) memory {
	v, size := in.v, in.v.rows*in.v.cols
	train = train && want[v.index]
	var m memory
	switch in.op {
	case opAffine:
		w := in.args[1]
		if train && in.act != Linear {
			m.saved = size
		}
		if !(at.outside && w.op == opParam) {
			if narrow(w) {
				m.forward = w.rows * w.cols
			}
			if train {
				m.backward = w.rows * w.cols
			}
		}
		if train && narrow(w) {
			m.backward += w.rows * w.cols
		}
	case opMatMul, opMatMulT:
		a, b := in.args[0], in.args[1]
		if in.op == opMatMulT {
			m.forward = b.rows * b.cols / v.count
		}
		if train {
			m.backward = max(a.rows*a.cols, b.rows*b.cols) / v.count
		}
	case opActivate:
		if train {
			m.saved = size
		}
		if v.order > 0 {
			m.forward = 3 * slopeBlock
		}
	case opLayerNorm:
		m.saved = roundUp(size) + v.rows
	case opCrossEntropy:
		if train {
			m.saved = in.args[0].rows * in.args[0].cols
		}
	case opSoftmax:
		if train {
			m.backward = size
		}
	case opAttention:
		m = attentionMemory(v, train)
	}
	return m
}

// narrow reports whether a layer of weights w has so few outputs that its
// products are sums along the rows of the transpose.
func narrow(w *Var) bool { return w.cols <= 4 && w.rows > w.cols }
