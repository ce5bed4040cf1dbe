package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// softmax writes the softmax of rows and its derivative.
func softmax(f *family) {
	f.each32(softmaxForward)
	f.each32(softmaxBackward)
}

// softmaxForward writes p = softmax(scale z) over the first valid + i grow entries
// of row i, and 0 beyond. With stats it also stores the maximum of scale z and the
// sum of exponentials, side by side; p may be nil, for these alone.
func softmaxForward(s *loops) {
	s.begin("softmax", "func(p, z, stats []E, rows, cols, valid, grow int, scale E)")
	p, z, stats := s.base("p"), s.base("z"), s.base("stats")
	rows, cols, valid := s.integer("rows"), s.integer("cols"), s.integer("valid")
	s.held = 4
	d := s.decay()
	lowest, zero, scale, top, share := s.inRegister(math.Inf(-1)), s.inRegister(0), s.register(), s.register(), s.register()
	s.broadcast(s.parameter("scale"), scale)
	row, whole, rest := s.label("row"), s.label("whole"), s.label("rest")
	s.toBytes(cols)
	s.Label(row)
	n := s.GP64()
	s.MOVQ(valid, n)
	e := s.columnTail(n)
	s.toBytes(n)
	s.CMPQ(n, operand.U32(s.width()))
	s.JGE(operand.LabelRef(whole))

	// A row within one register.
	v := s.register()
	s.loadMasked(at(z, 0), e, v)
	s.mul(scale, v, v)
	s.choose(e, v, lowest, v)
	s.move(v, top)
	s.reduce(top, s.max)
	s.everywhere(top)
	s.sub(top, v, v)
	x, sum := d.exp(d.bounded(v)), s.register()
	s.choose(e, x, zero, x)
	s.move(x, sum)
	s.reduce(sum, s.add)
	s.softmaxStats(stats, top, sum)
	s.jumpIfZero(p, rest)
	s.shareOf(d, sum, share)
	s.mul(share, x, x)
	s.storeMasked(x, e, at(p, 0))
	s.JMP(operand.LabelRef(rest))

	s.Label(whole)
	s.softmaxRow(d, p, z, stats, n, e, lowest, zero, scale, top, share, rest)
	s.Label(rest)
	next, later := s.label("next"), s.label("later")
	s.jumpIfZero(p, later)
	s.CMPQ(n, cols)
	s.JGE(operand.LabelRef(next))
	s.clearBeyond(p, n, cols, zero)
	s.Label(next)
	s.ADDQ(cols, p)
	s.Label(later)
	s.ADDQ(cols, z)
	s.ADDQ(s.parameter("grow"), valid)
	s.DECQ(rows)
	s.JNZ(operand.LabelRef(row))
	s.end()
}

// softmaxRow writes a row in three passes: maximum, exponentials and sum, shares.
func (s *loops) softmaxRow(d decay, p, z, stats, n reg.GPVirtual, e tail, lowest, zero, scale, top, share reg.VecVirtual, rest string) {
	acc := s.registers(together)
	for _, a := range acc {
		s.move(lowest, a)
	}
	s.columns(n, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			v := s.register()
			s.loadPart(indexed(z, j, u*s.width()), e, v)
			s.mul(scale, v, v)
			s.keepPart(e, v, lowest)
			s.max(v, acc[u], acc[u])
		}
	})
	s.combineAll(acc, s.max)
	s.broadcast(acc[0].AsX(), top)

	sum := s.registers(s.atATime())
	s.clear(sum...)
	s.columns(n, e, len(sum), func(j reg.GPVirtual, vectors int, e *tail) {
		x := s.registers(vectors)
		s.interleave(vectors, func(u int) {
			v := s.register()
			s.loadPart(indexed(z, j, u*s.width()), e, v)
			s.mul(scale, v, v)
			s.sub(top, v, v)
			x[u] = d.exp(d.bounded(v))
			s.keepPart(e, x[u], zero)
			s.add(x[u], sum[u], sum[u])
		})
		without := s.label("unstored")
		s.jumpIfZero(p, without)
		for u := range x {
			s.storePart(x[u], e, indexed(p, j, u*s.width()))
		}
		s.Label(without)
	})
	s.combineAll(sum, s.add)
	s.softmaxStats(stats, top, sum[0])
	s.jumpIfZero(p, rest)
	s.shareOf(d, sum[0], share)
	s.columns(n, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			v := s.register()
			s.loadPart(indexed(p, j, u*s.width()), e, v)
			s.mul(share, v, v)
			s.storePart(v, e, indexed(p, j, u*s.width()))
		}
	})
}

// softmaxStats stores the lowest elements of two registers, unless nobody asks.
func (s *loops) softmaxStats(stats reg.GPVirtual, top, sum reg.VecVirtual) {
	without := s.label("unasked")
	s.jumpIfZero(stats, without)
	s.storeFirst(top, at(stats, 0))
	s.storeFirst(sum, at(stats, s.size()))
	s.ADDQ(operand.U32(2*s.size()), stats)
	s.Label(without)
}

// shareOf sets all of share to 1 over the lowest element of sum.
func (s *loops) shareOf(d decay, sum, share reg.VecVirtual) {
	s.copyOf(d.one, share)
	s.VDIVSS(sum.AsX(), share.AsX(), sum.AsX())
	s.broadcast(sum.AsX(), share)
}

// clearBeyond sets to 0 what lies between from and to bytes of a row.
func (s *loops) clearBeyond(p, from, to reg.GPVirtual, zero reg.VecVirtual) {
	first, bytes, count := s.GP64(), s.GP64(), s.GP64()
	s.LEAQ(indexed(p, from, 0), first)
	s.MOVQ(to, bytes)
	s.SUBQ(from, bytes)
	s.MOVQ(bytes, count)
	s.SHRQ(operand.U8(2), count)
	e := s.columnTail(count)
	s.columns(bytes, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			s.storePart(zero, e, indexed(first, j, u*s.width()))
		}
	})
}

// softmaxBackward writes dz = scale p∘(dp - Σ p dp).
func softmaxBackward(s *loops) {
	s.begin("softmaxBackward", "func(dz, p, dp []E, rows, cols int, scale E)")
	dz, p, dp, rows, cols := s.base("dz"), s.base("p"), s.base("dp"), s.integer("rows"), s.integer("cols")
	scale, dot := s.register(), s.register()
	s.broadcast(s.parameter("scale"), scale)
	e := s.columnTail(cols)
	s.toBytes(cols)
	row := s.label("row")
	s.Label(row)
	acc := s.registers(together)
	s.clear(acc...)
	s.columns(cols, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			v, w := s.register(), s.register()
			s.loadPart(indexed(p, j, u*s.width()), e, v)
			s.loadPart(indexed(dp, j, u*s.width()), e, w)
			s.fma231(w, v, acc[u])
		}
	})
	s.combineAll(acc, s.add)
	s.broadcast(acc[0].AsX(), dot)
	s.columns(cols, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			v, w := s.register(), s.register()
			s.loadPart(indexed(p, j, u*s.width()), e, v)
			s.loadPart(indexed(dp, j, u*s.width()), e, w)
			s.sub(dot, w, w)
			s.mul(scale, v, v)
			s.mul(v, w, w)
			s.storePart(w, e, indexed(dz, j, u*s.width()))
		}
	})
	for _, pointer := range []reg.Register{dz, p, dp} {
		s.ADDQ(cols, pointer)
	}
	s.DECQ(rows)
	s.JNZ(operand.LabelRef(row))
	s.end()
}
