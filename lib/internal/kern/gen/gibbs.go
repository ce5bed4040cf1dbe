package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gibbs writes the kernels exp((f_i + p_j - c_ij) · inv), one row after the other.
func gibbs(f *family) { f.eachLoops(gibbsRows) }

// gibbsLeast is the exponent below which the result is 0.
var gibbsLeast = map[int]float64{32: -87, 64: -708}

func gibbsRows(s *loops) {
	s.begin("gibbs", "func(k, c *E, ld, rows int, f, p *E, m int, inv E)")
	k, c, ld, n := s.integer("k"), s.integer("c"), s.integer("ld"), s.integer("rows")
	f, p, m := s.integer("f"), s.integer("p"), s.integer("m")
	rest := s.columnTail(m)
	s.toBytes(ld, m)
	held, together := 0, 2
	if s.zmm {
		held, together = 13, 4
	}
	e := s.exponential(held)
	inv, fi := s.register(), s.register()
	s.broadcast(s.parameter("inv"), inv)
	least := s.inRegister(gibbsLeast[s.bits])
	rows := s.label("rows")
	s.Label(rows)
	s.broadcast(at(f, 0), fi)
	s.columns(m, rest, together, func(j reg.GPVirtual, vectors int, t *tail) {
		x, large := s.registers(vectors), make([]tail, vectors)
		for u, x := range x {
			cost := s.register()
			s.loadPart(indexed(p, j, u*s.width()), t, x)
			s.loadPart(indexed(c, j, u*s.width()), t, cost)
			s.add(fi, x, x)
			s.sub(cost, x, x)
			s.mul(inv, x, x)
			large[u] = s.whereNotLess(least, x)
			s.max(x, least, x) // denormal exponentials would take 20 times as long
		}
		e.exp(x...)
		for u, x := range x {
			s.zeroElsewhere(large[u], x)
			s.storePart(x, t, indexed(k, j, u*s.width()))
		}
	})
	s.ADDQ(operand.U32(s.size()), f)
	s.ADDQ(ld, k)
	s.ADDQ(ld, c)
	s.DECQ(n)
	s.JNZ(operand.LabelRef(rows))
	s.end()
}

// whereNotLess is the mask of the lanes in which x is at least a bound, or NaN.
func (s *loops) whereNotLess(bound, x reg.VecVirtual) (mask tail) {
	const notLess = 0x15
	return s.where(notLess, bound, x)
}

func (s *loops) zeroElsewhere(mask tail, x reg.VecVirtual) {
	switch {
	case !s.zmm:
		s.and(mask.y, x, x)
	case s.bits == 32:
		s.VMOVAPS_Z(x, mask.k, x)
	default:
		s.VMOVAPD_Z(x, mask.k, x)
	}
}
