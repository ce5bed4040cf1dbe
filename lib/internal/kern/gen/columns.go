package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// columns writes sums down columns: a strip of columns at a time, whose sums stay in
// registers, over all rows.
func columns(f *family) {
	f.each32(func(s *loops) { columnSums(s, true) })
	f.each32(func(s *loops) { columnSums(s, false) })
	f.each32(sumParts)
}

func columnSums(s *loops, multiply bool) {
	name, signature, matrix := "addColumnSums", "func(sums, x []E, rows, cols int)", "x"
	if multiply {
		name, signature, matrix = "mulColumnSums", "func(sums, dy, d []E, rows, cols int)", "dy"
	}
	s.begin(name, signature)
	sums, x, rows, cols := s.base("sums"), s.base(matrix), s.integer("rows"), s.integer("cols")
	var d reg.GPVirtual
	if multiply {
		d = s.base("d")
	}
	e := s.columnTail(cols)
	s.toBytes(cols)
	s.columns(cols, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		acc := s.registers(vectors)
		for u := range acc {
			s.loadPart(indexed(sums, j, u*s.width()), e, acc[u])
		}
		at, left, loop := s.GP64(), s.GP64(), s.label("row")
		s.MOVQ(j, at)
		s.MOVQ(rows, left)
		s.Label(loop)
		for u := range acc {
			v, w := s.register(), s.register()
			s.loadPart(indexed(x, at, u*s.width()), e, v)
			if multiply {
				s.loadPart(indexed(d, at, u*s.width()), e, w)
				s.mul(w, v, v)
				s.storePart(v, e, indexed(x, at, u*s.width()))
			}
			s.add(v, acc[u], acc[u])
		}
		s.ADDQ(cols, at)
		s.DECQ(left)
		s.JNZ(operand.LabelRef(loop))
		for u := range acc {
			s.storePart(acc[u], e, indexed(sums, j, u*s.width()))
		}
	})
	s.end()
}

// sumParts writes the sum of slices.
func sumParts(s *loops) {
	s.begin("sumParts", "func(dst []E, parts [][]E)")
	dst, n := s.base("dst"), s.length("dst")
	parts, count := s.base("parts"), s.length("parts")
	e := s.columnTail(n)
	s.toBytes(n)
	s.columns(n, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		sum := s.partsAt(parts, count, j, vectors, e)
		for u := range sum {
			s.storePart(sum[u], e, indexed(dst, j, u*s.width()))
		}
	})
	s.end()
}

// partsAt returns the sum of some registers of each part, in order of the parts.
func (s *loops) partsAt(parts, count, j reg.GPVirtual, vectors int, e *tail) []reg.VecVirtual {
	const sizeOfSlice = 24
	sum := s.registers(vectors)
	s.clear(sum...)
	slice, left, part := s.GP64(), s.GP64(), s.GP64()
	loop, none := s.label("part"), s.label("parts")
	s.MOVQ(parts, slice)
	s.MOVQ(count, left)
	s.jumpIfZero(left, none)
	s.Label(loop)
	s.MOVQ(at(slice, 0), part)
	for u := range sum {
		v := s.register()
		s.loadPart(indexed(part, j, u*s.width()), e, v)
		s.add(v, sum[u], sum[u])
	}
	s.ADDQ(operand.U32(sizeOfSlice), slice)
	s.DECQ(left)
	s.JNZ(operand.LabelRef(loop))
	s.Label(none)
	return sum
}
