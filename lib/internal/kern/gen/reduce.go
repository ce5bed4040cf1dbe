package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// reduce writes the reductions of a slice: four registers of interleaved results,
// which are combined in pairs and then across their lanes.
func reduce(f *family) {
	f.each32(func(s *loops) {
		s.reduction("sum", "func(x []E) E", false, func(acc, x, _ reg.VecVirtual) { s.add(x, acc, acc) })
	})
	f.each32(func(s *loops) {
		s.reduction("dot", "func(x, y []E) E", true, func(acc, x, y reg.VecVirtual) { s.fma231(y, x, acc) })
	})
	f.each32(sumSquares)
}

// combineAll leaves in the first register the combination of all.
func (s *loops) combineAll(acc []reg.VecVirtual, combine func(y, x, dst operand.Op)) {
	for len(acc) > 1 {
		half := len(acc) / 2
		for i, a := range acc[:half] {
			combine(acc[half+i], a, a)
		}
		acc = acc[:half]
	}
	s.reduce(acc[0], combine)
}

func (s *loops) reduction(name, signature string, two bool, op func(acc, x, y reg.VecVirtual)) {
	s.begin(name, signature)
	x, n := s.base("x"), s.length("x")
	var y reg.GPVirtual
	if two {
		y = s.base("y")
	}
	e := s.columnTail(n)
	s.toBytes(n)
	acc := s.registers(together)
	s.clear(acc...)
	s.columns(n, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			a, b := s.register(), s.register()
			s.loadPart(indexed(x, j, u*s.width()), e, a)
			if two {
				s.loadPart(indexed(y, j, u*s.width()), e, b)
			}
			op(acc[u], a, b)
		}
	})
	s.combineAll(acc, s.add)
	s.storeFirst(acc[0], s.result(0))
	s.end()
}

// sumSquares writes Σ x² in float64, the halves of a register apart.
func sumSquares(s *loops) {
	s.begin("sumSquares", "func(x []E) float64")
	x, n := s.base("x"), s.length("x")
	e := s.columnTail(n)
	s.toBytes(n)
	double := &loops{vector: vector{s.family, s.zmm, 64}}
	acc := s.registers(together)
	s.clear(acc...)
	s.columns(n, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			v, low, high := s.register(), s.register(), s.register()
			s.loadPart(indexed(x, j, u*s.width()), e, v)
			if s.zmm {
				s.VEXTRACTF64X4(operand.U8(1), v, high.AsY())
				s.VCVTPS2PD(v.AsY(), low)
				s.VCVTPS2PD(high.AsY(), high)
			} else {
				s.VEXTRACTF128(operand.U8(1), v, high.AsX())
				s.VCVTPS2PD(v.AsX(), low)
				s.VCVTPS2PD(high.AsX(), high)
			}
			double.fma231(low, low, acc[u])
			double.fma231(high, high, acc[(u+1)%together])
		}
	})
	double.combineAll(acc, double.add)
	double.storeFirst(acc[0], s.result(0))
	s.end()
}
