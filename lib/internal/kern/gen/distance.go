package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// distance writes the distances between clouds: tiles of four rows by two vectors
// of columns, whose sums stay in registers while the coordinates pass.
func distance(f *family) {
	f.eachLoops(distances)
}

func distances(s *loops) {
	s.begin("distances", "func(c *E, ldc int, x *E, n, d int, yt *E, m, root int)")
	c, ldc, x, n, y, m := s.integer("c"), s.integer("ldc"), s.integer("x"), s.integer("n"), s.integer("yt"), s.integer("m")
	e := s.columnTail(m)
	point := s.integer("d")
	s.toBytes(m, ldc, point)
	s.blocks(n, func(rows int) {
		s.columns(m, e, 2, func(j reg.GPVirtual, vectors int, e *tail) {
			s.distanceTile(rows, vectors, e, x, point, m, indexed(y, j, 0), indexed(c, j, 0), ldc)
		})
		s.skipRows(x, point, rows)
		s.skipRows(c, ldc, rows)
	})
	s.end()
}

// distanceTile writes a tile. A row of x has point bytes, a coordinate of all y m.
func (s *loops) distanceTile(rows, vectors int, e *tail, x, point, m reg.Register, y, c operand.Mem, ldc reg.Register) {
	sum, to := s.registers(rows*vectors), s.registers(vectors)
	from, difference := s.register(), s.register()
	s.clear(sum...)
	xl, yl, count, three := s.GP64(), s.GP64(), s.GP64(), s.GP64()
	s.MOVQ(x, xl)
	s.LEAQ(y, yl)
	s.Load(s.Param("d"), count)
	s.LEAQ(operand.Mem{Base: point, Index: point, Scale: 2}, three)
	loop := s.label("coordinates")
	s.Label(loop)
	for v, to := range to {
		s.loadPart(at(yl, v*s.width()), e, to)
	}
	for i := range rows {
		s.broadcast(rowOf(xl, point, three, i), from)
		for v, to := range to {
			s.sub(to, from, difference)
			s.fma231(difference, difference, sum[i*vectors+v])
		}
	}
	s.ADDQ(operand.U32(s.size()), xl)
	s.ADDQ(m, yl)
	s.DECQ(count)
	s.JNZ(operand.LabelRef(loop))

	plain := s.label("squared")
	s.CMPQ(s.parameter("root"), operand.U8(0))
	s.JEQ(operand.LabelRef(plain))
	for _, sum := range sum {
		s.sqrt(sum, sum)
	}
	s.Label(plain)
	s.LEAQ(c, yl)
	s.LEAQ(operand.Mem{Base: ldc, Index: ldc, Scale: 2}, three)
	for i := range rows {
		for v := range vectors {
			row := rowOf(yl, ldc, three, i)
			row.Disp = v * s.width()
			s.storePart(sum[i*vectors+v], e, row)
		}
	}
}

// rowOf is the start of row i of up to four, with the row length and three times it.
func rowOf(first, length, three reg.Register, i int) operand.Mem {
	switch i {
	case 0:
		return at(first, 0)
	case 3:
		return indexed(first, three, 0)
	}
	return operand.Mem{Base: first, Index: length, Scale: uint8(i)}
}
