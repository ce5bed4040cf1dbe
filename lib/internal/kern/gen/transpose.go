package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose writes, for each register width, a kernel for a row of full squares
// and one for a square that is cut off.
func transpose(f *family) {
	f.eachMasked(func(v masked) {
		squares(v)
		square(v)
	})
}

// squares writes the kernel of count squares side by side.
func squares(v masked) {
	e := v.float()
	v.function("transpose"+v.suffix(), fmt.Sprintf("func(dst *%s, ldd int, src *%s, lds, count int)", e, e))
	load := func(name string) reg.GPVirtual { return v.Load(v.Param(name), v.GP64()).(reg.GPVirtual) }
	dst, ldd, src, lds, count := load("dst"), load("ldd"), load("src"), load("lds"), load("count")
	at := v.GP64()
	v.Label("square")
	v.MOVQ(src, at)
	x := make([]reg.VecVirtual, v.lanes())
	for i := range x {
		x[i] = v.register()
		v.load(operand.Mem{Base: at}, nil, x[i])
		v.ADDQ(lds, at)
	}
	for _, y := range v.transposed(x) {
		v.store(y, nil, operand.Mem{Base: dst})
		v.ADDQ(ldd, dst)
	}
	v.ADDQ(operand.U8(v.width()), src)
	v.DECQ(count)
	v.JNZ(operand.LabelRef("square"))
	v.VZEROUPPER()
	v.RET()
}

// square writes the kernel of the first rows and columns of a square, at least one
// of each. It reads the last row again in place of those below.
func square(v masked) {
	e := v.float()
	v.function("transposeEdge"+v.suffix(), fmt.Sprintf("func(dst *%s, ldd int, src *%s, lds, rows, cols int)", e, e))
	load := func(name string) reg.GPVirtual { return v.Load(v.Param(name), v.GP64()).(reg.GPVirtual) }
	dst, ldd, src, lds, rows, cols := load("dst"), load("ldd"), load("src"), load("lds"), load("rows"), load("cols")
	below, right := v.firstLanes(load("rows")), v.firstLanes(load("cols"))
	x := make([]reg.VecVirtual, v.lanes())
	zero := v.GP64()
	v.XORQ(zero, zero)
	for i := range x {
		x[i] = v.register()
		v.load(operand.Mem{Base: src}, right, x[i])
		v.CMPQ(rows, operand.U8(i+1))
		v.CMOVQLE(zero, lds)
		v.ADDQ(lds, src)
	}
	for _, y := range v.transposed(x) {
		v.store(y, below, operand.Mem{Base: dst})
		v.ADDQ(ldd, dst)
		v.DECQ(cols)
		v.JZ(operand.LabelRef("done"))
	}
	v.Label("done")
	v.VZEROUPPER()
	v.RET()
}

// transposed returns registers with the columns of the square whose rows are x: it
// transposes squares of 2, then 4, within 128 bits, and then the parts of 128 bits.
func (v masked) transposed(x []reg.VecVirtual) []reg.VecVirtual {
	if v.bits == 32 {
		x = v.exchange(x, 1, v.VUNPCKLPS, v.VUNPCKHPS)
		x = v.exchange(x, 2, v.VUNPCKLPD, v.VUNPCKHPD)
		for i := 0; i < len(x); i += 4 {
			x[i+1], x[i+2] = x[i+2], x[i+1]
		}
	} else {
		x = v.exchange(x, 1, v.VUNPCKLPD, v.VUNPCKHPD)
	}
	per := 128 / v.bits // rows of a square within 128 bits
	if !v.zmm {
		y := make([]reg.VecVirtual, len(x))
		for i := range per {
			y[i], y[i+per] = v.YMM(), v.YMM()
			v.VPERM2F128(operand.U8(0x20), x[i+per], x[i], y[i])
			v.VPERM2F128(operand.U8(0x31), x[i+per], x[i], y[i+per])
		}
		return y
	}
	// Even parts of rows i and i+per, and odd ones; then the same two rows of
	// squares apart.
	even, odd := operand.U8(0x88), operand.U8(0xdd)
	y := make([]reg.VecVirtual, len(x))
	for i := range per {
		for h := 0; h < len(x); h += 2 * per {
			y[h+i], y[h+i+per] = v.ZMM(), v.ZMM()
			v.VSHUFF32X4(even, x[h+i+per], x[h+i], y[h+i])
			v.VSHUFF32X4(odd, x[h+i+per], x[h+i], y[h+i+per])
		}
	}
	z := make([]reg.VecVirtual, len(x))
	for i := range 2 * per {
		z[i], z[i+2*per] = v.ZMM(), v.ZMM()
		v.VSHUFF32X4(even, y[i+2*per], y[i], z[i])
		v.VSHUFF32X4(odd, y[i+2*per], y[i], z[i+2*per])
	}
	return z
}

// exchange combines rows i and i+apart with low and high for every i whose bit
// apart is 0; the results go where a transposed square has them.
func (v masked) exchange(x []reg.VecVirtual, apart int, low, high func(...operand.Op)) []reg.VecVirtual {
	y := make([]reg.VecVirtual, len(x))
	for i := range x {
		if i&apart == 0 {
			y[i], y[i+apart] = v.register(), v.register()
			low(x[i+apart], x[i], y[i])
			high(x[i+apart], x[i], y[i+apart])
		}
	}
	return y
}
