package tensor

import (
	"fmt"
	"slices"
)

// step is one operation of a plan, bound to its buffers. backward adds to the
// adjoints of the arguments, or sets those that are marked so, and may overwrite
// its own.
type step[T real] interface {
	forward()
	backward()
}

// matrix is a value with its adjoint, as one operation sees it; d is nil where no
// gradient is wanted.
type matrix[T real] struct {
	v, d       []T
	rows, cols int
	set        bool // the operation is the first to add to d: what d holds is void
}

// ready makes d fit to be added to.
func (m *matrix[T]) ready() {
	if m.set {
		clear(m.d)
	}
}

// binding says with what memory an expression is compiled.
type binding[T real] struct {
	params, grads []T
	train         bool
	placement
	arena      []T // nil: a new one
	transposes *transposes[T]
}

// plan is a compiled expression.
type plan[T real] struct {
	binding[T]
	graph    *Graph
	out      *Var
	values   [][]T // by node; nil where not kept
	adjoints [][]T
	indices  [][]int32 // by index input
	steps    []step[T]
	operands [][]*matrix[T] // by node: where it is an argument
	leads    []*matrix[T]   // by node: the operand that is first to add to its adjoint
	gathers  []*rows[T]
	idle     [][]T // adjoints of inputs on which the output does not depend
}

// compile lays out and binds the expression out. Parameters are read from
// params; with train, the backward pass adds their gradients to grads.
func compile[T real](out *Var, b binding[T]) *plan[T] {
	g := out.graph
	if len(b.params) != g.params || b.train && !b.outside && len(b.grads) != g.params {
		panic(fmt.Sprintf("tensor: the expression has %d parameters, the arrays %d and %d", g.params, len(b.params), len(b.grads)))
	}
	n := len(g.nodes)
	p := &plan[T]{
		binding: b, graph: g, out: out, values: make([][]T, n), adjoints: make([][]T, n),
		operands: make([][]*matrix[T], n), leads: make([]*matrix[T], n),
	}
	l := newLiveness(out, b.train, b.placement)
	size := layout(l.all)
	if p.arena == nil {
		p.arena = aligned[T](size)
	}
	for i := range g.nodes {
		p.values[i], p.adjoints[i] = p.cut(l.values[i]), p.cut(l.grads[i])
	}
	for _, x := range g.indices {
		if b.outside {
			p.indices = append(p.indices, nil)
		} else {
			p.indices = append(p.indices, make([]int32, x.n))
		}
	}
	p.bindLeaves(l)
	for k, in := range l.code {
		s := p.bind(in, scratch[T]{p.cut(l.saved[k]), p.cut(l.fw[k]), p.cut(l.bw[k])}, l)
		p.steps = append(p.steps, s)
	}
	return p
}

// cut returns the stretch of the arena that b stands for.
func (p *plan[T]) cut(b *buffer) []T {
	if b == nil {
		return nil
	}
	return p.arena[b.offset : b.offset+b.size : b.offset+b.size]
}

// bindLeaves binds what is not computed.
func (p *plan[T]) bindLeaves(l *liveness) {
	for i, v := range p.graph.nodes {
		switch v.op {
		case opParam:
			p.values[i] = p.params[v.offset : v.offset+v.rows*v.cols]
			if p.train && !p.outside {
				p.adjoints[i] = p.grads[v.offset : v.offset+v.rows*v.cols]
			}
		case opConst:
			p.values[i] = make([]T, len(v.values))
			for j, c := range v.values {
				p.values[i][j] = T(c)
			}
		case opInput:
			if p.train && l.lastUse[i] < 0 && v != p.out {
				p.idle = append(p.idle, p.adjoints[i])
			}
		}
	}
}

// scratch is what an operation keeps between the passes and needs within each.
type scratch[T real] struct{ saved, forward, backward []T }

// bind makes the operation of in.
func (p *plan[T]) bind(in *inst, s scratch[T], l *liveness) step[T] {
	v := in.v
	y := &matrix[T]{v: p.values[v.index], d: p.adjoints[v.index], rows: v.rows, cols: v.cols}
	args := make([]*matrix[T], len(in.args))
	var twice [][]T
	for k, a := range in.args {
		m := &matrix[T]{v: p.values[a.index], d: p.adjoints[a.index], rows: a.rows, cols: a.cols}
		if p.train && l.lastUse[a.index] == v.index && l.want[a.index] {
			switch count := occurrences(in.args, a); {
			case count == 1:
				p.leads[a.index] = m
				m.set = a.op != opParam
			case a.op != opParam && slices.Index(in.args, a) == k:
				twice = append(twice, m.d)
			}
		}
		p.operands[a.index] = append(p.operands[a.index], m)
		args[k] = m
	}
	made := p.newStep(in, args, y, s)
	if twice != nil {
		return &cleared[T]{step: made, d: twice}
	}
	return made
}

func occurrences(args []*Var, v *Var) (count int) {
	for _, a := range args {
		if a == v {
			count++
		}
	}
	return count
}

// cleared is an operation that takes one argument twice: both contributions are
// added.
type cleared[T real] struct {
	step[T]
	d [][]T
}

func (s *cleared[T]) backward() {
	for _, d := range s.d {
		clear(d)
	}
	s.step.backward()
}

// newStep makes the operation of in on the given operands.
func (p *plan[T]) newStep(in *inst, args []*matrix[T], y *matrix[T], s scratch[T]) step[T] {
	v, x := in.v, args[0]
	switch in.op {
	case opMatMul, opMatMulT:
		return &matmul[T]{x: x, w: args[1], y: y, count: v.count, transposed: in.op == opMatMulT, scratch: s}
	case opAffine:
		return p.newAffine(in, args, y, s)
	case opActivate:
		return &activate[T]{x: x, y: y, act: v.act, order: v.order, d: s.saved, work: s.forward}
	case opAdd, opSub, opMul, opDiv, opMax, opMin:
		return newBinary(v.op, x, args[1], y)
	case opSum, opRowSums:
		return &rowSums[T]{x: x, y: y, all: v.op == opSum}
	case opColumnSums:
		return &columnSums[T]{x: x, y: y}
	case opRowNorms:
		return &rowNorms[T]{x: x, y: y}
	case opLogSumExp:
		return &logSumExp[T]{x: x, y: y}
	case opSoftmax:
		return &softmax[T]{x: x, y: y, work: s.backward}
	case opTranspose:
		return &transposed[T]{x: x, y: y}
	case opReshape:
		return &blocks[T]{parts: args, whole: y, down: true}
	case opColumns, opRows:
		return &blocks[T]{parts: []*matrix[T]{y}, whole: x, down: v.op == opRows, from: v.offset, split: true}
	case opConcatColumns, opConcatRows:
		return &blocks[T]{parts: args, whole: y, down: v.op == opConcatRows}
	case opGather:
		r := &rows[T]{x: x, y: y, from: v.rowsOf, index: p.indices[v.rowsOf.index]}
		p.gathers = append(p.gathers, r)
		return &gather[T]{r}
	case opCrossEntropy:
		r := &rows[T]{x: x, y: y, from: v.rowsOf, index: p.indices[v.rowsOf.index]}
		p.gathers = append(p.gathers, r)
		return &crossEntropy[T]{rows: r, saved: s.saved}
	case opLayerNorm:
		n := y.rows * y.cols
		return &layerNorm[T]{x: x, gain: args[1], bias: args[2], y: y, xhat: s.saved[:n], rstd: s.saved[roundUp(n):]}
	case opAttention:
		return newAttention(v, x, y, s)
	}
	return &unary[T]{op: v.op, x: x, y: y, c: T(v.scalar), power: v.scalar}
}

// bindValue gives an input its numbers for the passes to come.
func (p *plan[T]) bindValue(v *Var, values []T) {
	p.values[v.index] = values
	for _, m := range p.operands[v.index] {
		m.v = values
	}
}

// bindIndices is bindValue for an index input.
func (p *plan[T]) bindIndices(x *Index, values []int32) {
	p.indices[x.index] = values
	for _, r := range p.gathers {
		if r.from == x {
			r.index = values
		}
	}
}

// bindGrads gives the parameters' gradients their place for the passes to come.
// With set, the next backward pass overwrites what it holds, and otherwise adds.
func (p *plan[T]) bindGrads(grads []T, set bool) {
	for i, v := range p.graph.nodes {
		if v.op != opParam {
			continue
		}
		d := grads[v.offset : v.offset+v.rows*v.cols]
		p.adjoints[i] = d
		for _, m := range p.operands[i] {
			m.d = d
		}
		if lead := p.leads[i]; lead != nil {
			lead.set = set
		} else if set {
			clear(d)
		}
	}
}

func (p *plan[T]) forward() {
	for _, s := range p.steps {
		s.forward()
	}
}

func (p *plan[T]) backward(seed []T) {
	if !p.train {
		panic("tensor: a plan compiled for evaluation has no backward pass")
	}
	dy := p.adjoints[p.out.index]
	switch {
	case seed == nil && len(dy) == 1:
		dy[0] = 1
	case len(seed) != len(dy):
		panic(fmt.Sprintf("tensor: the output has %d entries, its seed %d", len(dy), len(seed)))
	default:
		copy(dy, seed)
	}
	for _, d := range p.idle {
		clear(d)
	}
	for i := len(p.steps) - 1; i >= 0; i-- {
		p.steps[i].backward()
	}
}

func (p *plan[T]) value(v *Var) []T {
	p.own(v)
	switch v.op {
	case opInput, opData, opParam, opConst:
		return p.values[v.index]
	}
	if v != p.out {
		panic("tensor: a plan keeps the values of its inputs, parameters and output only")
	}
	return p.values[v.index]
}

func (p *plan[T]) grad(v *Var) []T {
	p.own(v)
	if !p.train || v.op != opInput && v.op != opParam {
		panic("tensor: a plan keeps the gradients of its inputs and parameters only, and only if compiled for training")
	}
	return p.adjoints[v.index]
}

func (p *plan[T]) index(x *Index) []int32 {
	if x.graph != p.graph || x.index >= len(p.indices) {
		panic("tensor: the indices do not belong to this plan")
	}
	return p.indices[x.index]
}

func (p *plan[T]) own(v *Var) {
	if v.graph != p.graph || v.index >= len(p.values) {
		panic("tensor: the variable does not belong to this plan")
	}
}
