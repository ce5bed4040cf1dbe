package main

import "github.com/mmcloughlin/avo/reg"

// adam writes the update of Adam, alone and with the sum of partial gradients.
func adam(f *family) {
	f.each32(func(s *loops) {
		s.begin("adam", "func(p, m, v, grad []E, step *E)")
		update := s.adamUpdate("grad")
		grad := s.base("grad")
		update(func(j reg.GPVirtual, vectors int, e *tail) []reg.VecVirtual {
			x := s.registers(vectors)
			for u := range x {
				s.loadPart(indexed(grad, j, u*s.width()), e, x[u])
			}
			return x
		})
		s.end()
	})
	f.each32(func(s *loops) {
		s.begin("adamParts", "func(p, m, v, dst []E, parts [][]E, step *E)")
		update := s.adamUpdate("dst")
		dst, parts, count := s.base("dst"), s.base("parts"), s.length("parts")
		update(func(j reg.GPVirtual, vectors int, e *tail) []reg.VecVirtual {
			x := s.partsAt(parts, count, j, vectors, e)
			for u := range x {
				s.storePart(x[u], e, indexed(dst, j, u*s.width()))
			}
			return x
		})
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

// adamUpdate loads the parameters and returns what writes the loop, given the
// gradient.
func (s *loops) adamUpdate(first string) func(gradient func(j reg.GPVirtual, vectors int, e *tail) []reg.VecVirtual) {
	p, m, v, n, step := s.base("p"), s.base("m"), s.base("v"), s.length(first), s.integer("step")
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
	return func(gradient func(j reg.GPVirtual, vectors int, e *tail) []reg.VecVirtual) {
		s.columns(n, e, s.updatesAtATime(), func(j reg.GPVirtual, vectors int, e *tail) {
			for u, x := range gradient(j, vectors, e) {
				old, mean, square := s.register(), s.register(), s.register()
				s.loadPart(indexed(m, j, u*s.width()), e, mean)
				s.loadPart(indexed(v, j, u*s.width()), e, square)
				s.loadPart(indexed(p, j, u*s.width()), e, old)
				s.mul(beta1, mean, mean)
				s.fma231(rest1, x, mean)
				s.storePart(mean, e, indexed(m, j, u*s.width()))
				s.mul(x, x, x)
				s.mul(beta2, square, square)
				s.fma231(rest2, x, square)
				s.storePart(square, e, indexed(v, j, u*s.width()))
				s.sqrt(square, square)
				s.add(epsilon, square, square)
				s.div(square, mean, mean)
				s.mul(keep, old, old)
				s.fnma231(rate, mean, old)
				s.storePart(old, e, indexed(p, j, u*s.width()))
			}
		})
	}
}
