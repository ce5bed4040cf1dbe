package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// layerNorm writes layer normalisation and its derivative, a row at a time.
func layerNorm(f *family) {
	f.each32(layerNormForward)
	f.each32(layerNormBackward)
}

// oneOver returns 1/n for an integer, in the lowest element.
func (s *loops) oneOver(n reg.GPVirtual) reg.VecVirtual {
	v, one := s.register(), s.inRegister(1)
	s.clear(v)
	s.VCVTSI2SSQ(n, v.AsX(), v.AsX())
	s.VDIVSS(v.AsX(), one.AsX(), v.AsX())
	return v
}

// everywhere repeats the lowest element.
func (s *loops) everywhere(v reg.VecVirtual) { s.broadcast(v.AsX(), v) }

func layerNormForward(s *loops) {
	s.begin("layerNorm", "func(y, xhat, rstd, x, gain, bias []E, rows, cols int, eps E)")
	y, xhat, rstd, x := s.base("y"), s.base("xhat"), s.base("rstd"), s.base("x")
	gain, bias, rows, cols := s.base("gain"), s.base("bias"), s.integer("rows"), s.integer("cols")
	e := s.columnTail(cols)
	share, one := s.oneOver(cols), s.inRegister(1)
	s.toBytes(cols)
	row := s.label("row")
	s.Label(row)

	acc := s.registers(together)
	s.clear(acc...)
	s.columns(cols, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			v := s.register()
			s.loadPart(indexed(x, j, u*s.width()), e, v)
			s.add(v, acc[u], acc[u])
		}
	})
	s.combineAll(acc, s.add)
	mean := s.register()
	s.VMULSS(share.AsX(), acc[0].AsX(), acc[0].AsX())
	s.broadcast(acc[0].AsX(), mean)

	zero := s.register()
	s.clear(acc...)
	s.clear(zero)
	s.columns(cols, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			v := s.register()
			s.loadPart(indexed(x, j, u*s.width()), e, v)
			s.sub(mean, v, v)
			s.keepPart(e, v, zero)
			s.fma231(v, v, acc[u])
		}
	})
	s.combineAll(acc, s.add)
	r, scale := acc[0], s.register()
	s.VMULSS(share.AsX(), r.AsX(), r.AsX())
	s.VADDSS(s.parameter("eps"), r.AsX(), r.AsX())
	s.VSQRTSS(r.AsX(), r.AsX(), r.AsX())
	s.VDIVSS(r.AsX(), one.AsX(), r.AsX())
	s.storeFirst(r, at(rstd, 0))
	s.broadcast(r.AsX(), scale)

	s.columns(cols, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		v, w := s.registers(vectors), s.registers(vectors)
		for u := range v {
			s.loadPart(indexed(x, j, u*s.width()), e, v[u])
			s.loadPart(indexed(gain, j, u*s.width()), e, w[u])
			s.sub(mean, v[u], v[u])
			s.mul(scale, v[u], v[u])
			s.storePart(v[u], e, indexed(xhat, j, u*s.width()))
			s.mul(w[u], v[u], v[u])
		}
		without := s.label("unbiased")
		s.jumpIfZero(bias, without)
		for u := range v {
			s.loadPart(indexed(bias, j, u*s.width()), e, w[u])
			s.add(w[u], v[u], v[u])
		}
		s.Label(without)
		for u := range v {
			s.storePart(v[u], e, indexed(y, j, u*s.width()))
		}
	})

	for _, pointer := range []reg.Register{y, xhat, x} {
		s.ADDQ(cols, pointer)
	}
	s.ADDQ(operand.U32(s.size()), rstd)
	s.DECQ(rows)
	s.JNZ(operand.LabelRef(row))
	s.end()
}

func layerNormBackward(s *loops) {
	s.begin("layerNormBackward", "func(dx, dgain, dbias, dy, xhat, rstd, gain []E, rows, cols int)")
	dx, dgain, dbias, dy := s.base("dx"), s.base("dgain"), s.base("dbias"), s.base("dy")
	xhat, rstd, gain, cols := s.base("xhat"), s.base("rstd"), s.base("gain"), s.integer("cols")
	rows := s.integer("rows")
	e := s.columnTail(cols)
	share := s.oneOver(cols)
	s.toBytes(cols)
	row, next := s.label("row"), s.label("next")
	s.Label(row)

	// Sums of h = gain∘dy and of h∘xhat, and those down the columns.
	sum, dot := s.registers(2), s.registers(2)
	s.clear(append(sum, dot...)...)
	s.columns(cols, e, 2, func(j reg.GPVirtual, vectors int, e *tail) {
		v, h, w := s.registers(vectors), s.registers(vectors), s.register()
		for u := range v {
			s.loadPart(indexed(dy, j, u*s.width()), e, v[u])
			s.loadPart(indexed(xhat, j, u*s.width()), e, h[u])
			s.loadPart(indexed(gain, j, u*s.width()), e, w)
			s.mul(v[u], w, w)
			s.add(w, sum[u], sum[u])
			s.fma231(h[u], w, dot[u])
		}
		ungained, unbiased := s.label("ungained"), s.label("unbiased")
		s.jumpIfZero(dgain, ungained)
		for u := range v {
			s.loadPart(indexed(dgain, j, u*s.width()), e, w)
			s.fma231(h[u], v[u], w)
			s.storePart(w, e, indexed(dgain, j, u*s.width()))
		}
		s.Label(ungained)
		s.jumpIfZero(dbias, unbiased)
		for u := range v {
			s.loadPart(indexed(dbias, j, u*s.width()), e, w)
			s.add(v[u], w, w)
			s.storePart(w, e, indexed(dbias, j, u*s.width()))
		}
		s.Label(unbiased)
	})
	s.jumpIfZero(dx, next)
	s.combineAll(sum, s.add)
	s.combineAll(dot, s.add)
	a, b, scale := sum[0], dot[0], s.register()
	for _, v := range []reg.VecVirtual{a, b} {
		s.VMULSS(share.AsX(), v.AsX(), v.AsX())
		s.everywhere(v)
	}
	s.broadcast(at(rstd, 0), scale)

	s.columns(cols, e, 2, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			v, h, w := s.register(), s.register(), s.register()
			s.loadPart(indexed(dy, j, u*s.width()), e, v)
			s.loadPart(indexed(xhat, j, u*s.width()), e, h)
			s.loadPart(indexed(gain, j, u*s.width()), e, w)
			s.mul(w, v, v)
			s.sub(a, v, v)
			s.fnma231(b, h, v)
			s.loadPart(indexed(dx, j, u*s.width()), e, w)
			s.fma231(scale, v, w)
			s.storePart(w, e, indexed(dx, j, u*s.width()))
		}
	})
	s.ADDQ(cols, dx)
	s.Label(next)
	s.ADDQ(cols, dy)
	s.ADDQ(cols, xhat)
	s.ADDQ(operand.U32(s.size()), rstd)
	s.DECQ(rows)
	s.JNZ(operand.LabelRef(row))
	s.end()
}
