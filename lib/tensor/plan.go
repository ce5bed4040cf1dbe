package tensor

import "fmt"

// step is one operation of a plan, bound to its buffers. backward adds to the
// adjoints of the arguments and may overwrite its own.
type step[T real] interface {
	forward()
	backward()
}

// plan is a compiled expression.
type plan[T real] struct {
	graph  *Graph
	out    *Var
	values [][]T // by node; nil where not kept
	grads  [][]T
	steps  []step[T]
	clears [][][]T // by step: adjoints born at its backward moment
	idle   [][]T   // adjoints of inputs on which the output does not depend
	train  bool
}

// compile lays out and binds the expression out. Parameters are read from
// params; with train, the backward pass adds their gradients to grads.
func compile[T real](out *Var, params, grads []T, train bool) *plan[T] {
	g := out.graph
	if len(params) != g.params || train && len(grads) != g.params {
		panic(fmt.Sprintf("tensor: the expression has %d parameters, the arrays %d and %d", g.params, len(params), len(grads)))
	}
	n := len(g.nodes)
	p := &plan[T]{graph: g, out: out, train: train, values: make([][]T, n), grads: make([][]T, n)}
	l := newLiveness(out, train)
	arena := make([]T, layout(l.all))
	cut := func(b *buffer) []T {
		if b == nil {
			return nil
		}
		return arena[b.offset : b.offset+b.size : b.offset+b.size]
	}
	for i, v := range g.nodes {
		p.values[i], p.grads[i] = cut(l.values[i]), cut(l.grads[i])
		switch v.op {
		case opParam:
			p.values[i] = params[v.offset : v.offset+v.rows*v.cols]
			if train {
				p.grads[i] = grads[v.offset : v.offset+v.rows*v.cols]
			}
		case opConst:
			p.values[i] = make([]T, len(v.values))
			for j, c := range v.values {
				p.values[i][j] = T(c)
			}
		}
	}
	for i, v := range g.nodes {
		if l.needed[i] && len(v.args) > 0 {
			p.steps = append(p.steps, p.bind(v, cut(l.saved[i])))
			p.clears = append(p.clears, nil)
			for _, j := range l.bornAt[i] {
				last := len(p.clears) - 1
				p.clears[last] = append(p.clears[last], p.grads[j])
			}
		} else if v.op == opInput && !l.used[i] && v != out {
			p.idle = append(p.idle, p.grads[i])
		}
	}
	return p
}

// bind makes the operation of node v; saved is its buffer for a derivative.
func (p *plan[T]) bind(v *Var, saved []T) step[T] {
	y, dy := p.values[v.index], p.grads[v.index]
	arg := func(k int) (matrix[T], *Var) {
		a := v.args[k]
		return matrix[T]{p.values[a.index], p.grads[a.index], a.rows, a.cols}, a
	}
	x, _ := arg(0)
	out := matrix[T]{y, dy, v.rows, v.cols}
	switch v.op {
	case opMatMul:
		w, _ := arg(1)
		return &matmul[T]{x: x, w: w, y: out}
	case opAffine:
		w, _ := arg(1)
		b, _ := arg(2)
		return &affine[T]{x: x, w: w, b: b, y: out, act: v.act, d: saved}
	case opActivate:
		return &activate[T]{x: x, y: out, act: v.act, d: saved}
	case opAdd, opSub, opMul, opDiv:
		w, _ := arg(1)
		return newBinary(v.op, x, w, out)
	case opSum, opRowSums:
		return &rowSums[T]{x: x, y: out, all: v.op == opSum}
	case opRowNorms:
		return &rowNorms[T]{x: x, y: out}
	}
	return &unary[T]{op: v.op, x: x, y: out, c: T(v.scalar), power: v.scalar}
}

// matrix is a value with its adjoint; d is nil where no gradient is wanted.
type matrix[T real] struct {
	v, d       []T
	rows, cols int
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
	dy := p.grads[p.out.index]
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
		for _, d := range p.clears[i] {
			clear(d)
		}
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
	return p.grads[v.index]
}

func (p *plan[T]) own(v *Var) {
	if v.graph != p.graph || v.index >= len(p.values) {
		panic("tensor: the variable does not belong to this plan")
	}
}
