package main

import (
	"math"

	"github.com/mmcloughlin/avo/reg"
)

// rescale writes the update of Sinkhorn's scalings and their range.
func rescale(f *family) {
	f.eachLoops(rescaleStep)
	f.eachLoops(ends)
}

func rescaleStep(s *loops) {
	s.begin("rescale", "func(next, u, sums *E, n int, weight, omega E) (err E)")
	next, u, sums, n := s.integer("next"), s.integer("u"), s.integer("sums"), s.integer("n")
	e := s.columnTail(n)
	s.toBytes(n)
	weight, omega, half := s.register(), s.register(), s.inRegister(0.5)
	s.broadcast(s.parameter("weight"), weight)
	s.broadcast(s.parameter("omega"), omega)
	magnitude := s.loaded(s.pattern(1<<(s.bits-1) - 1))
	err, nothing := s.register(), s.register()
	s.clear(err, nothing)
	s.columns(n, e, 1, func(j reg.GPVirtual, _ int, e *tail) {
		sum, old, t, plain := s.register(), s.register(), s.register(), s.register()
		s.loadPart(indexed(sums, j, 0), e, sum)
		s.loadPart(indexed(u, j, 0), e, old)
		s.mul(sum, old, t)
		s.sub(weight, t, t)
		s.and(magnitude, t, t)
		s.keepPart(e, t, nothing)
		s.add(t, err, err)
		s.div(sum, weight, plain)
		s.sub(old, plain, t)
		s.fma231(t, omega, old)
		low, high := s.register(), s.register()
		s.mul(half, plain, low)
		s.add(plain, plain, high)
		inside := s.where(greaterThan, low, old)
		s.both(inside, s.where(lessThan, high, old))
		s.choose(inside, old, plain, plain)
		s.storePart(plain, e, indexed(next, j, 0))
	})
	s.reduce(err, s.add)
	s.storeFirst(err, s.result(0))
	s.end()
}

func ends(s *loops) {
	s.begin("range", "func(x *E, n int) (lo, hi E)")
	x, n := s.integer("x"), s.integer("n")
	e := s.columnTail(n)
	s.toBytes(n)
	lo, hi := s.inRegister(math.Inf(1)), s.inRegister(math.Inf(-1))
	s.columns(n, e, 1, func(j reg.GPVirtual, _ int, e *tail) {
		v, w := s.register(), s.register()
		s.loadPart(indexed(x, j, 0), e, v)
		s.move(v, w)
		s.keepPart(e, v, lo)
		s.keepPart(e, w, hi)
		s.min(lo, v, lo)
		s.max(hi, w, hi)
	})
	s.reduce(lo, s.min)
	s.reduce(hi, s.max)
	s.storeFirst(lo, s.result(0))
	s.storeFirst(hi, s.result(1))
	s.end()
}
