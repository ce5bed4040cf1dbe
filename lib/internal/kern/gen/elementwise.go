package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// each32 calls write for float32 in both widths: the arithmetic of networks, for which
// denormal numbers are 0.
func (f *family) each32(write func(s *loops)) {
	f.eachLoops(func(s *loops) {
		if s.bits == 32 {
			s.flushes = true
			write(s)
		}
	})
}

// base loads the address of a slice's elements, length their number.
func (s *loops) base(name string) reg.GPVirtual {
	r := s.GP64()
	s.Load(s.Param(name).Base(), r)
	return r
}

func (s *loops) length(name string) reg.GPVirtual {
	r := s.GP64()
	s.Load(s.Param(name).Len(), r)
	return r
}

// elementwise writes the operations that go from two numbers to one.
func elementwise(f *family) {
	type op = func(s *loops, dst, a, b reg.VecVirtual)
	for _, k := range []struct {
		name string
		op   op
	}{
		{"add", func(s *loops, dst, a, b reg.VecVirtual) { s.add(b, a, dst) }},
		{"sub", func(s *loops, dst, a, b reg.VecVirtual) { s.sub(b, a, dst) }},
		{"mul", func(s *loops, dst, a, b reg.VecVirtual) { s.mul(b, a, dst) }},
		{"div", func(s *loops, dst, a, b reg.VecVirtual) { s.div(b, a, dst) }},
	} {
		f.each32(func(s *loops) { s.entries(k.name, false, k.op) })
	}
	f.each32(func(s *loops) {
		s.entries("mulAdd", true, func(s *loops, dst, a, b reg.VecVirtual) { s.fma231(b, a, dst) })
	})
	f.each32(func(s *loops) { s.scaled("axpy", true, func(c, x, dst reg.VecVirtual) { s.fma231(c, x, dst) }) })
	f.each32(func(s *loops) { s.scaled("scale", false, func(c, x, dst reg.VecVirtual) { s.mul(c, x, dst) }) })
	f.each32(func(s *loops) { s.unary("square", nil, func(_, x reg.VecVirtual) { s.mul(x, x, x) }) })
	f.each32(func(s *loops) { s.unary("sqrt", nil, func(_, x reg.VecVirtual) { s.sqrt(x, x) }) })
	f.each32(func(s *loops) {
		allButSign := func() reg.VecVirtual { return s.loaded(s.pattern(0x7fffffff)) }
		s.unary("abs", allButSign, func(mask, x reg.VecVirtual) { s.and(mask, x, x) })
	})
}

// together is how many registers the loops of this file and of reduce.go take at a time.
const together = 4

// entries writes dst = op(a, b), where op finds what dst was if it is asked for.
func (s *loops) entries(name string, old bool, op func(s *loops, dst, a, b reg.VecVirtual)) {
	s.begin(name, "func(dst, a, b []E)")
	dst, a, b, n := s.base("dst"), s.base("a"), s.base("b"), s.length("dst")
	e := s.columnTail(n)
	s.toBytes(n)
	s.columns(n, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		d, x, y := s.registers(vectors), s.registers(vectors), s.registers(vectors)
		for u := range vectors {
			s.loadPart(indexed(a, j, u*s.width()), e, x[u])
			s.loadPart(indexed(b, j, u*s.width()), e, y[u])
			if old {
				s.loadPart(indexed(dst, j, u*s.width()), e, d[u])
			}
		}
		for u := range vectors {
			op(s, d[u], x[u], y[u])
			s.storePart(d[u], e, indexed(dst, j, u*s.width()))
		}
	})
	s.end()
}

// scaled writes dst = op(c, x), where op finds what dst was if it is asked for.
func (s *loops) scaled(name string, old bool, op func(c, x, dst reg.VecVirtual)) {
	s.begin(name, "func(dst []E, c E, x []E)")
	dst, x, n, c := s.base("dst"), s.base("x"), s.length("dst"), s.register()
	s.broadcast(s.parameter("c"), c)
	e := s.columnTail(n)
	s.toBytes(n)
	s.columns(n, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			v, d := s.register(), s.register()
			s.loadPart(indexed(x, j, u*s.width()), e, v)
			if old {
				s.loadPart(indexed(dst, j, u*s.width()), e, d)
			}
			op(c, v, d)
			s.storePart(d, e, indexed(dst, j, u*s.width()))
		}
	})
	s.end()
}

// unary writes dst = op(x), where op works in place, with a constant if given.
func (s *loops) unary(name string, constant func() reg.VecVirtual, op func(c, x reg.VecVirtual)) {
	s.begin(name, "func(dst, x []E)")
	dst, x, n := s.base("dst"), s.base("x"), s.length("dst")
	var c reg.VecVirtual
	if constant != nil {
		c = constant()
	}
	e := s.columnTail(n)
	s.toBytes(n)
	s.columns(n, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			v := s.register()
			s.loadPart(indexed(x, j, u*s.width()), e, v)
			op(c, v)
			s.storePart(v, e, indexed(dst, j, u*s.width()))
		}
	})
	s.end()
}

// jumpIfZero jumps to a label if a register is 0, as that of a nil slice is.
func (s *loops) jumpIfZero(r reg.GPVirtual, label string) {
	s.TESTQ(r, r)
	s.JZ(operand.LabelRef(label))
}
