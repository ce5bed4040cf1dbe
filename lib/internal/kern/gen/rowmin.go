package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rowmin writes the searches in rows of costs.
func rowmin(f *family) {
	f.eachLoops(minDiff)
	f.eachLoops(minRows)
	f.eachLoops(func(s *loops) { find(s, true) })
	f.eachLoops(func(s *loops) {
		if s.bits == 64 {
			find(s, false)
			shorten(s)
		}
	})
}

// minDiff writes min_j (c_j - p_j) and whether a difference is NaN, two of which
// one comparison tests.
func minDiff(s *loops) {
	s.begin("minDiff", "func(c, p *E, n int) (value E, nan int)")
	c, p, n := s.integer("c"), s.integer("p"), s.integer("n")
	e := s.columnTail(n)
	s.toBytes(n)
	infinity := s.inRegister(math.Inf(1))
	least := s.registers(4)
	for _, v := range least {
		s.move(infinity, v)
	}
	seen := s.noLanes()
	s.columns(n, e, 4, func(j reg.GPVirtual, vectors int, e *tail) {
		t, q := s.registers(vectors), s.register()
		for u, t := range t {
			s.loadPart(indexed(c, j, u*s.width()), e, t)
			if e == nil {
				s.sub(indexed(p, j, u*s.width()), t, t)
			} else {
				s.loadPart(indexed(p, j, 0), e, q)
				s.sub(q, t, t)
			}
			s.keepPart(e, t, infinity)
			s.min(least[u], t, least[u])
		}
		for u := 0; u < vectors; u += 2 {
			s.either(seen, s.where(unordered, t[u], t[min(u+1, vectors-1)]))
		}
	})
	s.min(least[1], least[0], least[0])
	s.min(least[3], least[2], least[2])
	s.min(least[2], least[0], least[0])
	s.reduce(least[0], s.min)
	s.storeFirst(least[0], s.result(0))
	s.MOVQ(s.lanesSet(seen), s.result(1))
	s.end()
}

// find writes the first j with c_j - p_j = value, or c_j without differences, and
// -1 for none. Lanes beyond the edge may match, but they come last.
func find(s *loops, differences bool) {
	name, signature := "find", "func(x *E, n int, value E) (at int)"
	if differences {
		name, signature = "findDiff", "func(c, p *E, n int, value E) (at int)"
	}
	s.begin(name, signature)
	var c, p reg.GPVirtual
	if differences {
		c, p = s.integer("c"), s.integer("p")
	} else {
		c = s.integer("x")
	}
	n, index, lane := s.integer("n"), s.GP64(), s.GP64()
	e := s.columnTail(n)
	s.toBytes(n)
	value := s.register()
	s.broadcast(s.parameter("value"), value)
	s.columns(n, e, 1, func(j reg.GPVirtual, _ int, e *tail) {
		t, q := s.register(), s.register()
		s.loadPart(indexed(c, j, 0), e, t)
		if differences {
			s.loadPart(indexed(p, j, 0), e, q)
			s.sub(q, t, t)
		}
		set := s.lanesSet(s.where(equal, value, t))
		s.MOVQ(j, index)
		s.MOVL(set.As32(), lane.As32())
		s.TESTL(lane.As32(), lane.As32())
		s.JNE(operand.LabelRef("found"))
	})
	missing := s.label("missing")
	s.Label(missing)
	s.MOVQ(operand.I32(-1), index)
	s.MOVQ(index, s.result(0))
	s.end()
	s.Label("found")
	s.BSFL(lane.As32(), lane.As32())
	s.SHRQ(operand.U8(math.Ilogb(float64(s.size()))), index)
	s.ADDQ(lane, index)
	s.Load(s.Param("n"), n)
	s.CMPQ(index, n)
	s.JGE(operand.LabelRef(missing))
	s.MOVQ(index, s.result(0))
	s.end()
}

// shorten writes slack_j = min(slack_j, c_j - p_j + base) with from_j = row where it
// fell, and the least slack.
func shorten(s *loops) {
	s.begin("shorten", "func(slack *E, from *int, c, p *E, n int, base E, row int) (value E)")
	slack, from, c, p, n := s.integer("slack"), s.integer("from"), s.integer("c"), s.integer("p"), s.integer("n")
	e := s.columnTail(n)
	s.toBytes(n)
	base, row, infinity := s.register(), s.register(), s.inRegister(math.Inf(1))
	s.broadcast(s.parameter("base"), base)
	s.broadcast(s.parameter("row"), row)
	least := s.inRegister(math.Inf(1))
	s.columns(n, e, 2, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			t, old, q := s.register(), s.register(), s.register()
			s.loadPart(indexed(c, j, u*s.width()), e, t)
			s.loadPart(indexed(p, j, u*s.width()), e, q)
			s.loadPart(indexed(slack, j, u*s.width()), e, old)
			s.sub(q, t, t)
			s.add(base, t, t)
			s.keepPart(e, t, infinity)
			lower := s.where(lessThan, old, t)
			s.min(old, t, old)
			s.storePart(old, e, indexed(slack, j, u*s.width()))
			s.storeLower(row, lower, e, indexed(from, j, u*s.width()))
			s.keepPart(e, old, infinity)
			s.min(least, old, least)
		}
	})
	s.reduce(least, s.min)
	s.storeFirst(least, s.result(0))
	s.end()
}

// storeLower stores the lanes of a mask. With AVX2 a whole vector is faster than
// a masked store.
func (s *loops) storeLower(v reg.VecVirtual, lanes tail, e *tail, to operand.Mem) {
	if s.zmm || e != nil {
		s.storeMasked(v, lanes, to)
		return
	}
	t := s.register()
	s.move(to, t)
	s.choose(lanes, v, t, t)
	s.move(t, to)
}

// minRows writes dst_j = min(dst_j, c_ij) over the rows of c.
func minRows(s *loops) {
	s.begin("minRows", "func(dst, c *E, ld, rows, m int)")
	dst, c, ld, n, m := s.integer("dst"), s.integer("c"), s.integer("ld"), s.integer("rows"), s.integer("m")
	rest := s.columnTail(m)
	s.toBytes(m, ld)
	s.blocks(n, func(rows int) {
		row := s.rowPointers(c, ld, rows)
		s.columns(m, rest, 2, func(j reg.GPVirtual, vectors int, e *tail) {
			for u := range vectors {
				least, x := s.register(), s.register()
				s.loadPart(indexed(dst, j, u*s.width()), e, least)
				for _, row := range row {
					s.loadPart(indexed(row, j, u*s.width()), e, x)
					s.min(least, x, least)
				}
				s.storePart(least, e, indexed(dst, j, u*s.width()))
			}
		})
		s.skipRows(c, ld, rows)
	})
	s.end()
}
