package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// matvec writes products of a stored matrix with vectors, four rows at a time: the
// products of four rows share the loads of v, or the loads and stores of the sums.
func matvec(f *family) {
	f.eachLoops(rowDots)
	f.eachLoops(addRows)
}

// rowDots writes out_i = Σ_j k_ij v_j with eight sums in four rows, so that the
// latency of addition is hidden.
func rowDots(s *loops) {
	s.begin("rowDots", "func(out, k *E, ld, rows int, v *E, m int)")
	out, k, ld, n, v, m := s.integer("out"), s.integer("k"), s.integer("ld"), s.integer("rows"), s.integer("v"), s.integer("m")
	e := s.columnTail(m)
	s.toBytes(m, ld)
	s.blocks(n, func(rows int) {
		row := s.rowPointers(k, ld, rows)
		unroll := 2
		if rows == 1 {
			unroll = 4
		}
		acc := s.registers(rows * unroll)
		s.clear(acc...)
		s.columns(m, e, unroll, func(j reg.GPVirtual, vectors int, e *tail) {
			x, y := s.register(), s.register()
			for u := range vectors {
				s.loadPart(indexed(v, j, u*s.width()), e, x)
				for i, row := range row {
					from := indexed(row, j, u*s.width())
					if e == nil {
						s.fma231(from, x, acc[u*rows+i])
						continue
					}
					s.loadPart(from, e, y)
					s.fma231(y, x, acc[u*rows+i])
				}
			}
		})
		for i := rows; i < len(acc); i++ {
			s.add(acc[i], acc[i%rows], acc[i%rows])
		}
		if rows == 1 {
			s.reduce(acc[0], s.add)
			s.storeFirst(acc[0], at(out, 0))
		} else {
			s.storeSums(acc, at(out, 0))
		}
		s.ADDQ(operand.U32(rows*s.size()), out)
		s.skipRows(k, ld, rows)
	})
	s.end()
}

// addRows writes dst_j += Σ_i u_i k_ij.
func addRows(s *loops) {
	s.begin("addRows", "func(dst, k *E, ld, rows int, u *E, m int)")
	dst, k, ld, n, u, m := s.integer("dst"), s.integer("k"), s.integer("ld"), s.integer("rows"), s.integer("u"), s.integer("m")
	e := s.columnTail(m)
	s.toBytes(m, ld)
	s.blocks(n, func(rows int) {
		row, factor := s.rowPointers(k, ld, rows), s.registers(rows)
		for i, w := range factor {
			s.broadcast(at(u, i*s.size()), w)
		}
		s.columns(m, e, 2, func(j reg.GPVirtual, vectors int, e *tail) {
			sum, x := s.registers(vectors), s.register()
			for v, sum := range sum {
				s.loadPart(indexed(dst, j, v*s.width()), e, sum)
			}
			for i, row := range row {
				for v, sum := range sum {
					from := indexed(row, j, v*s.width())
					if e == nil {
						s.fma231(from, factor[i], sum)
						continue
					}
					s.loadPart(from, e, x)
					s.fma231(x, factor[i], sum)
				}
			}
			for v, sum := range sum {
				s.storePart(sum, e, indexed(dst, j, v*s.width()))
			}
		})
		s.ADDQ(operand.U32(rows*s.size()), u)
		s.skipRows(k, ld, rows)
	})
	s.end()
}
