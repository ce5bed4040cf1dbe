package tensor

// liveness says which buffers a compiled expression needs and for how long. With
// N nodes, node i runs forward at moment i and backward at moment 2N-1-i.
type liveness struct {
	code          []*inst
	want          []bool
	lastUse       []int     // by node: the last node that takes it as argument; -1 for none
	values, grads []*buffer // by node, nil where there is none
	saved, fw, bw []*buffer // by position in code
	all           []*buffer
	nodes         int
	train         bool
	placement
}

// placement says what a plan need not do alone.
type placement struct {
	// For a shard of a batch: inputs and gradients are bound before each pass, and
	// the transposes of parameters are made before.
	outside bool
	// For a batch that is one shard: large operations run on all cores.
	parallel bool
}

// newLiveness plans the expression out.
func newLiveness(out *Var, train bool, at placement) *liveness {
	nodes := out.graph.nodes
	n := len(nodes)
	l := &liveness{
		code: lower(out), want: out.graph.wantsGrad(), lastUse: make([]int, n), nodes: n,
		values: make([]*buffer, n), grads: make([]*buffer, n), train: train, placement: at,
	}
	for i := range l.lastUse {
		l.lastUse[i] = -1
	}
	for _, in := range l.code {
		for _, a := range in.args {
			l.lastUse[a.index] = in.v.index
		}
	}
	lastRead := l.lastReads()
	for _, v := range nodes {
		if (v.op == opInput || v.op == opData) && !at.outside {
			l.values[v.index] = l.make(v.rows*v.cols, -1, 2*n)
		}
		if v.op == opInput && train {
			l.addGrad(v, out)
		}
	}
	for _, in := range l.code {
		v, i := in.v, in.v.index
		to := lastRead[i]
		if v == out {
			to = 2 * n
		}
		l.values[i] = l.make(v.rows*v.cols, i, to)
		if train && l.want[i] {
			l.addGrad(v, out)
		}
		m := in.memory(l.want, train, at)
		end := i
		if train {
			end = 2*n - 1 - i
		}
		l.saved = append(l.saved, l.make(m.saved, i, end))
		l.fw = append(l.fw, l.make(m.forward, i, i))
		l.bw = append(l.bw, l.make(m.backward, 2*n-1-i, 2*n-1-i))
	}
	return l
}

// lastReads returns, by node, the last moment at which its value is read.
func (l *liveness) lastReads() []int {
	last := make([]int, l.nodes)
	for i := range last {
		last[i] = max(i, l.lastUse[i])
	}
	if !l.train {
		return last
	}
	for _, in := range l.code {
		args, own := in.reads(l.want)
		back := 2*l.nodes - 1 - in.v.index
		if own {
			last[in.v.index] = max(last[in.v.index], back)
		}
		for k, a := range in.args {
			if args[k] {
				last[a.index] = max(last[a.index], back)
			}
		}
	}
	return last
}

// addGrad reserves the adjoint of v, from the first backward moment that adds
// to it to its own (the end, for an input).
func (l *liveness) addGrad(v, out *Var) {
	n, i := l.nodes, v.index
	to := 2*n - 1 - i
	if v.op == opInput {
		to = 2 * n
	}
	from := -1 // of an input that nothing uses
	switch {
	case v == out:
		from = n - 1
	case l.lastUse[i] >= 0:
		from = 2*n - 1 - l.lastUse[i]
	}
	l.grads[i] = l.make(v.rows*v.cols, from, to)
}

func (l *liveness) make(size, from, to int) *buffer {
	if size == 0 {
		return nil
	}
	b := &buffer{size: size, from: from, to: to}
	l.all = append(l.all, b)
	return b
}
