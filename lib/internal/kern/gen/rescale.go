package main

import (
	"math"

	"github.com/mmcloughlin/avo/reg"
)

// rescale writes the update of Sinkhorn's scalings and their range.
func rescale(f *family) {
	f.eachLoops(rescaleStep)
	f.eachLoops(halfway)
	f.eachLoops(quotient)
	f.eachLoops(ends)
}

func rescaleStep(s *loops) {
	s.begin("rescale", "func(next, u, sums *E, n int, weight E) (err E)")
	next, u, sums, n := s.integer("next"), s.integer("u"), s.integer("sums"), s.integer("n")
	e := s.columnTail(n)
	s.toBytes(n)
	weight := s.register()
	s.broadcast(s.parameter("weight"), weight)
	err := s.errors()
	s.columns(n, e, 1, func(j reg.GPVirtual, _ int, e *tail) {
		sum, old := s.register(), s.register()
		s.loadPart(indexed(sums, j, 0), e, sum)
		s.loadPart(indexed(u, j, 0), e, old)
		err.add(e, old, sum, weight)
		s.div(sum, weight, sum)
		s.storePart(sum, e, indexed(next, j, 0))
	})
	s.reduce(err.sum, s.add)
	s.storeFirst(err.sum, s.result(0))
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

// halfway writes the step for symmetric problems.
func halfway(s *loops) {
	s.begin("halfway", "func(next, u, sums *E, n int, weight E) (err E)")
	next, u, sums, n := s.integer("next"), s.integer("u"), s.integer("sums"), s.integer("n")
	e := s.columnTail(n)
	s.toBytes(n)
	weight := s.register()
	s.broadcast(s.parameter("weight"), weight)
	err := s.errors()
	s.columns(n, e, 1, func(j reg.GPVirtual, _ int, e *tail) {
		sum, old, plain := s.register(), s.register(), s.register()
		s.loadPart(indexed(sums, j, 0), e, sum)
		s.loadPart(indexed(u, j, 0), e, old)
		err.add(e, old, sum, weight)
		s.div(sum, weight, plain)
		s.mul(plain, old, plain)
		s.sqrt(plain, plain)
		s.storePart(plain, e, indexed(next, j, 0))
	})
	s.reduce(err.sum, s.add)
	s.storeFirst(err.sum, s.result(0))
	s.end()
}

// errorSum is a sum of |u sum - weight|.
type errorSum struct {
	*loops
	sum, magnitude, nothing reg.VecVirtual
}

func (s *loops) errors() errorSum {
	e := errorSum{s, s.register(), s.loaded(s.pattern(1<<(s.bits-1) - 1)), s.register()}
	s.clear(e.sum, e.nothing)
	return e
}

func (e errorSum) add(part *tail, u, sum, weight reg.VecVirtual) {
	t := e.register()
	e.mul(sum, u, t)
	e.sub(weight, t, t)
	e.and(e.magnitude, t, t)
	e.keepPart(part, t, e.nothing)
	e.loops.add(t, e.sum, e.sum)
}

// quotient writes k = c > 0 ? k/c : 0. The comparison is of 0 with c, in the order
// that is false for NaN.
func quotient(s *loops) {
	s.begin("quotient", "func(k, c *E, n int)")
	k, c, n := s.integer("k"), s.integer("c"), s.integer("n")
	e := s.columnTail(n)
	s.toBytes(n)
	nothing := s.register()
	s.clear(nothing)
	s.columns(n, e, 2, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			x, by := s.register(), s.register()
			s.loadPart(indexed(k, j, u*s.width()), e, x)
			s.loadPart(indexed(c, j, u*s.width()), e, by)
			s.div(by, x, x)
			s.choose(s.where(greaterThan, nothing, by), x, nothing, x)
			s.storePart(x, e, indexed(k, j, u*s.width()))
		}
	})
	s.end()
}
