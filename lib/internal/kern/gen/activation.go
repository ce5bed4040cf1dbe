package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An activation emits, at the head of a function, its constants, and returns what
// emits for one register its value and, called later, its derivative.
type activation func(d decay) func(x reg.VecVirtual) (y reg.VecVirtual, derivative func() reg.VecVirtual)

// activations writes a function for each nonlinearity; activation_portable.go has
// the formulas.
func activations(f *family) {
	for _, a := range []struct {
		name string
		emit activation
	}{
		{"gelu", gelu}, {"relu", relu}, {"silu", silu}, {"tanh", tanh}, {"softplus", softplus}, {"celu", celu}, {"linear", linear},
	} {
		f.each32(func(s *loops) { activate(s, a.name, a.emit) })
	}
}

// activate writes y = act(z + bias) and d = act' over rows; bias and d may be nil.
func activate(s *loops, name string, emit activation) {
	s.begin(name, "func(y, d, z, bias []E, rows, cols int)")
	y, d, z, bias := s.base("y"), s.base("d"), s.base("z"), s.base("bias")
	rows, cols := s.integer("rows"), s.integer("cols")
	s.held = 2 // more leave no registers for two vectors at a time
	act := emit(s.decay())
	e := s.columnTail(cols)
	s.toBytes(cols)
	row := s.label("row")
	s.Label(row)
	s.columns(cols, e, s.atATime(), func(j reg.GPVirtual, vectors int, e *tail) {
		x, v := s.registers(vectors), s.registers(vectors)
		for u := range x {
			s.loadPart(indexed(z, j, u*s.width()), e, x[u])
		}
		unbiased, value := s.label("unbiased"), s.label("value")
		s.jumpIfZero(bias, unbiased)
		for u := range x {
			b := s.register()
			s.loadPart(indexed(bias, j, u*s.width()), e, b)
			s.add(b, x[u], x[u])
		}
		s.Label(unbiased)
		derivative := make([]func() reg.VecVirtual, vectors)
		s.interleave(vectors, func(u int) {
			v[u], derivative[u] = act(x[u])
			s.storePart(v[u], e, indexed(y, j, u*s.width()))
		})
		s.jumpIfZero(d, value)
		s.interleave(vectors, func(u int) {
			s.storePart(derivative[u](), e, indexed(d, j, u*s.width()))
		})
		s.Label(value)
	})
	s.ADDQ(cols, y)
	s.ADDQ(cols, z)
	next := s.label("next")
	s.jumpIfZero(d, next)
	s.ADDQ(cols, d)
	s.Label(next)
	s.DECQ(rows)
	s.JNZ(operand.LabelRef(row))
	s.end()
}

// minusSize returns -|x|.
func (d decay) minusSize(x reg.VecVirtual) reg.VecVirtual {
	t := d.register()
	d.or(d.pattern(0x80000000), x, t)
	return t
}

// whereNegative is the mask of the lanes of x with their sign set.
func (s *loops) whereNegative(x reg.VecVirtual) (m tail) {
	if s.zmm {
		m.k = s.K()
		s.VPMOVD2M(x, m.k)
		return m
	}
	return tail{y: x}
}

// logistic returns σ(x) and σ(-x), for |x| within the bound of exp.
func (d decay) logistic(x reg.VecVirtual) (s, r reg.VecVirtual) {
	small := d.exp(d.minusSize(x))
	sum := d.register()
	d.add(d.one, small, sum)
	large := d.reciprocal(sum)
	d.mul(large, small, small)
	negative := d.whereNegative(x)
	s, r = d.register(), d.register()
	d.choose(negative, small, large, s)
	d.choose(negative, large, small, r)
	return s, r
}

func gelu(d decay) func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
	const scale, cubic = 2 * 0.7978845608028654, 0.044715
	end := 10.03 // where u is 88.0
	if d.zmm {
		end = 16
	}
	low, high := d.number(-end), d.number(end)
	c0, c1, c2 := d.number(scale), d.number(scale*cubic), d.number(3*scale*cubic)
	return func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
		y, cut, square, u := d.register(), d.register(), d.register(), d.register()
		d.atLeast(low, x, y)
		d.atMost(high, y, cut)
		d.mul(cut, cut, square)
		d.copyOf(c1, u)
		d.fma213(c0, square, u)
		d.mul(cut, u, u)
		s, r := d.logistic(u)
		d.mul(s, y, y)
		return y, func() reg.VecVirtual {
			slope := d.register()
			d.copyOf(c2, slope)
			d.fma213(c0, square, slope)
			d.mul(cut, r, r)
			d.fma213(d.one, r, slope)
			d.mul(s, slope, slope)
			return slope
		}
	}
}

func silu(d decay) func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
	end := 88.0
	if d.zmm {
		end = 128
	}
	low, high := d.number(-end), d.number(end)
	return func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
		y, cut := d.register(), d.register()
		d.atLeast(low, x, y)
		d.atMost(high, y, cut)
		s, r := d.logistic(cut)
		d.mul(s, y, y)
		return y, func() reg.VecVirtual {
			d.fma213(d.one, cut, r)
			d.mul(s, r, r)
			return r
		}
	}
}

func tanh(d decay) func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
	two, four := d.number(2), d.number(4)
	return func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
		t := d.minusSize(x)
		d.add(t, t, t)
		e, less := d.expAndLess(d.bounded(t))
		sum := d.register()
		d.add(two, less, sum)
		r := d.reciprocal(sum)
		y := d.register()
		d.mul(r, less, y)
		d.and(d.pattern(0x7fffffff), y, y)
		d.and(d.pattern(0x80000000), x, x)
		d.or(x, y, y)
		return y, func() reg.VecVirtual {
			d.mul(r, r, r)
			d.mul(four, e, e)
			d.mul(r, e, e)
			return e
		}
	}
}

func softplus(d decay) func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
	two, zero := d.number(2), d.number(0)
	var series []operand.Op
	for _, c := range []float64{2, 0.66666416, 0.40021527, 0.28001805, 0.28011987} {
		series = append(series, d.number(c))
	}
	return func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
		e, sum := d.exp(d.bounded(d.minusSize(x))), d.register()
		d.add(two, e, sum)
		t := d.reciprocal(sum)
		d.mul(e, t, t)
		w, y, rest := d.register(), d.registers(1), d.register()
		d.mul(t, t, w)
		d.horner(y, []reg.VecVirtual{w}, series)
		d.atLeast(zero, x, rest)
		d.fma213(rest, t, y[0])
		return y[0], func() reg.VecVirtual {
			d.add(d.one, e, sum)
			large := d.reciprocal(sum)
			d.mul(large, e, e)
			d.choose(d.whereNegative(x), e, large, e)
			return e
		}
	}
}

func celu(d decay) func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
	zero := d.inRegister(0)
	return func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
		cut := d.register()
		d.atMost(zero, x, cut)
		e, less := d.expAndLess(d.bounded(cut))
		positive := d.where(greaterThan, zero, x)
		d.choose(positive, x, less, less)
		return less, func() reg.VecVirtual {
			one := d.register()
			d.copyOf(d.one, one)
			d.choose(positive, one, e, e)
			return e
		}
	}
}

func relu(d decay) func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
	const notLessOrEqual = 0x16
	zero, one := d.inRegister(0), d.inRegister(1)
	return func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
		positive, y := d.where(notLessOrEqual, zero, x), d.register()
		d.choose(positive, x, zero, y)
		return y, func() reg.VecVirtual {
			d.choose(positive, one, zero, x)
			return x
		}
	}
}

func linear(d decay) func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
	one := d.inRegister(1)
	return func(x reg.VecVirtual) (reg.VecVirtual, func() reg.VecVirtual) {
		return x, func() reg.VecVirtual { return one }
	}
}
