package tensor

// liveness says which buffers an expression needs and for how long.
type liveness struct {
	needed, used         []bool
	values, grads, saved []*buffer // by node, nil where there is none
	bornAt               [][]int   // by node: nodes whose adjoint starts at its backward moment
	all                  []*buffer
}

// backwardReads tells which values the backward pass of an operation reads: its
// arguments', its own.
func backwardReads(op opKind) (args, own bool) {
	switch op {
	case opMatMul, opAffine, opMul, opDiv, opSquare, opAbs, opLog, opPow:
		return true, false
	case opSqrt, opExp:
		return false, true
	case opRowNorms:
		return true, true
	}
	return false, false
}

func newLiveness(out *Var, train bool) *liveness {
	nodes := out.graph.nodes
	n := len(nodes)
	l := &liveness{
		needed: make([]bool, n), used: make([]bool, n), bornAt: make([][]int, n),
		values: make([]*buffer, n), grads: make([]*buffer, n), saved: make([]*buffer, n),
	}
	l.needed[out.index] = true
	lastUse := make([]int, n) // the last node that takes this one as argument
	for i := n - 1; i >= 0; i-- {
		if !l.needed[i] {
			continue
		}
		for _, a := range nodes[i].args {
			l.needed[a.index] = true
			l.used[a.index] = true
			lastUse[a.index] = max(lastUse[a.index], i)
		}
	}
	want := out.graph.wantsGrad()
	for i, v := range nodes {
		if v.op != opParam && v.op != opConst {
			l.addValue(v, out, train, lastUse[i])
		}
		if train && want[i] && v.op != opParam {
			l.addGrad(v, out, lastUse[i])
		}
		if l.needed[i] && (v.op == opActivate || v.op == opAffine && v.act != Linear) {
			to := i
			if train {
				to = 2*n - 1 - i
			}
			l.saved[i] = l.make(v.rows*v.cols, i, to)
		}
	}
	return l
}

// addValue reserves the value of v, from its forward moment (the start, for an
// input) to the last one that reads it (the end, for an input or the output).
func (l *liveness) addValue(v, out *Var, train bool, lastUse int) {
	n, i := len(l.needed), v.index
	input := v.op == opInput || v.op == opData
	if input || v == out {
		from := i
		if input {
			from = -1
		}
		l.values[i] = l.make(v.rows*v.cols, from, 2*n)
		return
	}
	if !l.needed[i] {
		return
	}
	to := lastUse
	if train {
		if _, own := backwardReads(v.op); own {
			to = max(to, 2*n-1-i)
		}
		for j := i + 1; j < n; j++ {
			user := out.graph.nodes[j]
			if args, _ := backwardReads(user.op); args && l.needed[j] && uses(user, v) {
				to = max(to, 2*n-1-j)
			}
		}
	}
	l.values[i] = l.make(v.rows*v.cols, i, to)
}

func uses(user, v *Var) bool {
	for _, a := range user.args {
		if a == v {
			return true
		}
	}
	return false
}

// addGrad reserves the adjoint of v, from the first backward moment that adds
// to it to its own (the end, for an input).
func (l *liveness) addGrad(v, out *Var, lastUse int) {
	n, i := len(l.needed), v.index
	to := 2*n - 1 - i
	if v.op == opInput {
		to = 2 * n
	}
	switch {
	case v == out:
		l.grads[i] = l.make(v.rows*v.cols, n-1, to)
	case l.used[i]:
		l.grads[i] = l.make(v.rows*v.cols, 2*n-1-lastUse, to)
		l.bornAt[lastUse] = append(l.bornAt[lastUse], i)
	case v.op == opInput:
		l.grads[i] = l.make(v.rows*v.cols, -1, to)
	}
}

func (l *liveness) make(size, from, to int) *buffer {
	b := &buffer{size: size, from: from, to: to}
	l.all = append(l.all, b)
	return b
}
