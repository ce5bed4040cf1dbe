package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// adam writes the update of Adam.
func adam(f *family) {
	f.each32(func(s *loops) {
		s.begin("adam", "func(p, m, v, grad []E, step *E)")
		s.adamUpdate()
		s.end()
	})
}

// updatesAtATime is how many vectors are updated in a turn: the more, the longer the
// runs in which the many arrays are read.
func (s *loops) updatesAtATime() int {
	if s.zmm {
		return 4
	}
	return 2
}

// adamUpdate writes the loop over the parameters.
func (s *loops) adamUpdate() {
	p, m, v, grad, n, step := s.base("p"), s.base("m"), s.base("v"), s.base("grad"), s.length("grad"), s.integer("step")
	c := s.registers(5) // Beta1, Beta2, Step, Epsilon, Keep
	for i, c := range c {
		s.broadcast(at(step, i*s.size()), c)
	}
	beta1, beta2, rate, epsilon, keep := c[0], c[1], c[2], c[3], c[4]
	rest1, rest2 := s.inRegister(1), s.inRegister(1)
	s.sub(beta1, rest1, rest1)
	s.sub(beta2, rest2, rest2)
	e := s.columnTail(n)
	s.toBytes(n)
	s.columns(n, e, s.updatesAtATime(), func(j reg.GPVirtual, vectors int, e *tail) {
		for u, x := range s.registers(vectors) {
			at := func(base reg.GPVirtual) operand.Mem { return indexed(base, j, u*s.width()) }
			old, mean, square := s.register(), s.register(), s.register()
			s.loadPart(at(grad), e, x)
			s.loadPart(at(m), e, mean)
			s.loadPart(at(v), e, square)
			s.loadPart(at(p), e, old)
			s.mul(beta1, mean, mean)
			s.fma231(rest1, x, mean)
			s.storePart(mean, e, at(m))
			s.mul(x, x, x)
			s.mul(beta2, square, square)
			s.fma231(rest2, x, square)
			s.storePart(square, e, at(v))
			s.sqrt(square, square)
			s.add(epsilon, square, square)
			s.div(square, mean, mean)
			s.mul(keep, old, old)
			s.fnma231(rate, mean, old)
			s.storePart(old, e, at(p))
		}
	})
}
