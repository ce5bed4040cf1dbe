package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gemmNarrow writes the kernels of products with few columns: sums along k, for 4
// rows or 1 at a time and as many columns as the registers hold.
func gemmNarrow(f *family) {
	f.eachMasked(func(v masked) {
		cols := 4
		if !v.zmm {
			cols = 2
		}
		for c := 1; c <= cols; c++ {
			for _, rows := range []int{4, 1} {
				dots{masked: v, rows: rows, cols: c}.write()
			}
		}
	})
}

// dots is the kernel of rows×cols sums along k.
type dots struct {
	masked
	rows, cols int

	a, lda, lda3, b, ldb, ldb3 reg.GPVirtual
	acc                        []reg.VecVirtual // rows×cols
}

func (d dots) write() {
	e := d.float()
	d.function(fmt.Sprintf("dots%s_%dx%d", d.suffix(), d.rows, d.cols),
		fmt.Sprintf("func(c *%s, rc, cc int, a *%s, lda int, b *%s, ldb, k, groups int, add bool)", e, e, e))
	end := d.flushDenormals(d.bits == 32)
	load := func(name string) reg.GPVirtual { return d.Load(d.Param(name), d.GP64()).(reg.GPVirtual) }
	c, rc, start, count := load("c"), load("rc"), load("a"), load("groups")
	d.lda, d.ldb = load("lda"), load("ldb")
	d.lda3, d.ldb3 = d.times3(d.lda), d.times3(d.ldb)
	over := load("k")
	d.ANDQ(operand.U8(d.lanes()-1), over)
	last := d.firstLanes(over)
	for range d.rows * d.cols {
		d.acc = append(d.acc, d.register())
	}
	d.a, d.b = d.GP64(), d.GP64()

	d.Label("group")
	d.MOVQ(start, d.a)
	d.Load(d.Param("b"), d.b)
	for _, x := range d.acc {
		d.clear(x)
	}
	k := load("k")
	d.SUBQ(operand.U8(d.lanes()), k)
	d.JL(operand.LabelRef("rest"))
	d.Label("terms")
	d.terms(nil)
	d.SUBQ(operand.U8(d.lanes()), k)
	d.JGE(operand.LabelRef("terms"))
	d.Label("rest")
	d.ADDQ(operand.U8(d.lanes()), k)
	d.JZ(operand.LabelRef("sum"))
	d.terms(last)
	d.Label("sum")
	cc, at := load("cc"), d.GP64()
	add, err := d.Param("add").Resolve()
	if err != nil {
		panic(err)
	}
	for j := range d.cols {
		var sums []reg.VecVirtual
		for i := range d.rows {
			sums = append(sums, d.acc[i*d.cols+j])
		}
		d.MOVQ(c, at)
		d.column(j, d.reduce(sums), at, rc, add.Addr)
		if j < d.cols-1 {
			d.ADDQ(cc, c)
		}
	}
	// From the last column of these rows to the first of the next.
	for range d.cols - 1 {
		d.SUBQ(cc, c)
	}
	d.LEAQ(operand.Mem{Base: c, Index: rc, Scale: uint8(d.rows)}, c)
	d.LEAQ(operand.Mem{Base: start, Index: d.lda, Scale: uint8(d.rows)}, start)
	d.DECQ(count)
	d.JNZ(operand.LabelRef("group"))
	end()
}

func (d dots) times3(x reg.GPVirtual) reg.GPVirtual {
	y := d.GP64()
	d.LEAQ(operand.Mem{Base: x, Index: x, Scale: 2}, y)
	return y
}

// terms adds the products of one register of k.
func (d dots) terms(m mask) {
	column := make([]reg.VecVirtual, d.cols)
	for j := range column {
		column[j] = d.register()
		d.load(strided(d.b, d.ldb, d.ldb3, j), m, column[j])
	}
	for i := range d.rows {
		x := d.register()
		d.load(strided(d.a, d.lda, d.lda3, i), m, x)
		for j := range column {
			d.fma231(x, column[j], d.acc[i*d.cols+j])
		}
	}
	d.ADDQ(operand.U8(d.width()), d.a)
	d.ADDQ(operand.U8(d.width()), d.b)
}

// strided is base + i·stride for i up to 3.
func strided(base, stride, stride3 reg.GPVirtual, i int) operand.Mem {
	m := operand.Mem{Base: base}
	switch i {
	case 1:
		m.Index, m.Scale = stride, 1
	case 2:
		m.Index, m.Scale = stride, 2
	case 3:
		m.Index, m.Scale = stride3, 1
	}
	return m
}

// reduce returns a register whose first lanes are the sums of the lanes of 4
// registers, or whose first lane is that of one.
func (d dots) reduce(x []reg.VecVirtual) reg.VecVirtual {
	if len(x) == 1 {
		s := d.halve(x[0])
		if d.bits == 32 {
			d.pairs32(s, s)
			t := d.XMM()
			d.VPSHUFD(operand.U8(0b01), s.AsX(), t)
			d.VADDSS(t, s.AsX(), s.AsX())
			return s
		}
		t := d.XMM()
		d.VUNPCKHPD(s.AsX(), s.AsX(), t)
		d.VADDSD(t, s.AsX(), s.AsX())
		return s
	}
	if d.bits == 32 {
		d.interleave32(x[0], x[1])
		d.interleave32(x[2], x[3])
		d.interleave64(x[0], x[2], d.VADDPS)
		return d.halve(x[0])
	}
	d.interleave64(x[0], x[1], d.VADDPD)
	d.interleave64(x[2], x[3], d.VADDPD)
	if d.zmm {
		d.fold(x[0])
		d.fold(x[2])
	}
	low, high := d.YMM(), d.YMM()
	if d.zmm {
		d.VSHUFF64X2(operand.U8(0), x[2].AsY(), x[0].AsY(), low)
		d.VSHUFF64X2(operand.U8(3), x[2].AsY(), x[0].AsY(), high)
	} else {
		d.VPERM2F128(operand.U8(0x20), x[2], x[0], low)
		d.VPERM2F128(operand.U8(0x31), x[2], x[0], high)
	}
	d.VADDPD(low, high, low)
	return low
}

// pairs32 adds the upper two lanes of the first four of x to the lower two.
func (d dots) pairs32(x, to reg.VecVirtual) {
	t := d.XMM()
	d.VUNPCKHPD(x.AsX(), x.AsX(), t)
	d.VADDPS(t, x.AsX(), to.AsX())
}

// interleave32 leaves in x, per 128 bits, two sums of x, y, x, y.
func (d dots) interleave32(x, y reg.VecVirtual) {
	low, high := d.register(), d.register()
	d.VUNPCKLPS(y, x, low)
	d.VUNPCKHPS(y, x, high)
	d.VADDPS(low, high, x)
}

// interleave64 leaves in x, per 128 bits, the sum of x's halves and that of y's.
func (d dots) interleave64(x, y reg.VecVirtual, add func(...operand.Op)) {
	low, high := d.register(), d.register()
	d.VUNPCKLPD(y, x, low)
	d.VUNPCKHPD(y, x, high)
	add(low, high, x)
}

// fold adds the upper half of a ZMM register to the lower.
func (d dots) fold(x reg.VecVirtual) {
	t := d.YMM()
	d.VEXTRACTF64X4(operand.U8(1), x, t)
	d.add(t, x.AsY(), x.AsY())
}

// halve adds up the parts of 128 bits.
func (d dots) halve(x reg.VecVirtual) reg.VecVirtual {
	if d.zmm {
		d.fold(x)
	}
	t := d.second128(x)
	d.add(t, x.AsX(), x.AsX())
	return x
}

// second128 returns bits 128 to 255. The VEX form cannot name registers above 15,
// which the other level has.
func (d dots) second128(x reg.VecVirtual) reg.VecVirtual {
	t := d.XMM()
	if d.zmm {
		d.VEXTRACTF32X4(operand.U8(1), x.AsY(), t)
	} else {
		d.VEXTRACTF128(operand.U8(1), x, t)
	}
	return t
}

// column stores the first lanes of x, rc apart from at on.
func (d dots) column(j int, x reg.VecVirtual, at, rc reg.GPVirtual, add operand.Mem) {
	for _, adding := range []bool{false, true} {
		if !adding {
			d.CMPB(add, operand.U8(0))
			d.JNE(operand.LabelRef(fmt.Sprintf("add%d", j)))
		} else {
			d.Label(fmt.Sprintf("add%d", j))
		}
		for i := range d.rows {
			y := d.lane(x, i)
			to := operand.Mem{Base: at}
			if adding {
				t := d.XMM()
				pick(d.masked, d.VADDSS, d.VADDSD)(to, y, t)
				y = t
			}
			pick(d.masked, d.VMOVSS, d.VMOVSD)(y, to)
			if i < d.rows-1 {
				d.ADDQ(rc, at)
			}
		}
		if !adding {
			d.JMP(operand.LabelRef(fmt.Sprintf("stored%d", j)))
		}
	}
	d.Label(fmt.Sprintf("stored%d", j))
}

// lane returns a register with lane i < 4 of x in front.
func (d dots) lane(x reg.VecVirtual, i int) reg.Register {
	if d.bits == 64 && i >= 2 {
		x = d.second128(x)
		i -= 2
	}
	if i == 0 {
		return x.AsX()
	}
	t := d.XMM()
	if d.bits == 32 {
		d.VPSHUFD(operand.U8(i), x.AsX(), t)
	} else {
		d.VUNPCKHPD(x.AsX(), x.AsX(), t)
	}
	return t
}
