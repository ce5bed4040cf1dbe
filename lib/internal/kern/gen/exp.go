package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// exponential emits exp and 2^x on registers. Make one with [vector.exponential] or
// [vector.power], at the head of a function, outside its loops.
type exponential struct {
	vector
	toBase2, ln2High, ln2Low operand.Op
	coefficients             []operand.Op
}

// The polynomials err least, relatively to the function, on |r| ≤ ln 2 / 2 for exp and
// 0 ≤ r < 1 for 2^x: by 3e-9 and 7.5e-8 in float32, 2e-17 and 4e-18 in float64.
var (
	expPolynomial = map[int][]float64{
		32: {1, 1, 0.49999993432119798495, 0.16666520399055496733, 0.04166839078553312726, 0.0083687451076983933619, 0.0013814540075771540388},
		64: {
			1, 1, 0.50000000000000010262, 0.16666666666666667456, 0.041666666666623991516, 0.0083333333333300513464, 0.0013888888917281793308,
			0.00019841269863105968748, 0.000024801521190217727651, 2.7557268378684192873e-6, 2.7620138719733995569e-7, 2.5100424157005066788e-8,
		},
	}
	exp2Polynomial = map[int][]float64{
		32: {0.99999992506352554303, 0.69315307320018026074, 0.24015361704432342777, 0.055826318053382596044, 0.0089893400904439991338, 0.0018775766751955277752},
		64: {
			0.99999999999999999578, 0.69314718055994652595, 0.2402265069590427773, 0.055504108665901198102, 0.0096181290972450296015, 0.0013333558734919515356,
			0.00015403509283703690565, 0.000015253231141364262538, 1.3207697492090330671e-6, 1.0258188854184174107e-7, 6.5386085534992547268e-9, 6.3014781174337788596e-10,
		},
	}
	// On |r| ≤ 1/2, for processors that round to the nearest integer only.
	exp2Centred = map[int][]float64{
		32: {1.000000075454897193, 0.69314718802622878106, 0.24022107485308337545, 0.055503571142190778186, 0.0096760319183220540794, 0.0013390863364671234381},
		64: {
			0.99999999999999999693, 0.69314718055994530925, 0.24022650695910159567, 0.055504108664821627039, 0.0096181291075872566681, 0.0013333558146406470697,
			0.00015403530463724354209, 0.000015252733841556772589, 1.3215432535912376166e-6, 1.0178057087733941105e-7, 7.0741942972885210056e-9, 4.455817908336064493e-10,
		},
	}
)

// ln 2 in two parts, the first with so few bits that its product with an exponent
// is exact.
var (
	ln2High = map[int]float64{32: 0x1.62e3p-1, 64: 0x1.62e42feep-1}
	ln2Low  = map[int]float64{32: 0x1.2fefa2p-17, 64: 0x1.a39ef35793c76p-33}
	// rounder, added to a number, leaves its nearest integer in the lowest bits.
	rounder = map[int]float64{32: 0x1.8p23, 64: 0x1.8p52}
	// The arguments of exp beyond which the result is 0 or infinite.
	expLow  = map[int]float64{32: -104, 64: -746}
	expHigh = map[int]float64{32: 89, 64: 710}
	// The same of 2^x where denormals are 0.
	exp2Low  = map[int]float64{32: -127, 64: -1023}
	exp2High = map[int]float64{32: 128, 64: 1024}
	mantissa = map[int]int{32: 23, 64: 52}
)

// exponential prepares exp, with up to inRegisters of its 8 or 13 constants held in
// registers and the others in memory.
func (v vector) exponential(inRegisters int) exponential {
	numbers := append([]float64{1, math.Log2E, ln2High[v.bits], ln2Low[v.bits]}, expPolynomial[v.bits][2:]...)
	list := v.constants(inRegisters, numbers)
	return exponential{v, list[1], list[2], list[3], append([]operand.Op{list[0], list[0]}, list[4:]...)}
}

// power prepares 2^x, with up to inRegisters of its 6 or 12 constants in registers.
func (v vector) power(inRegisters int) exponential {
	numbers := exp2Polynomial[v.bits]
	if !v.zmm {
		numbers = exp2Centred[v.bits]
	}
	return exponential{vector: v, coefficients: v.constants(inRegisters, numbers)}
}

// exp replaces each x by its exponential, within 1 ulp: with infinities, zeros and
// denormal numbers as they ought to be, and NaN for NaN. It takes two registers per
// element of x, three in AVX2, and one.
func (e exponential) exp(x ...reg.VecVirtual) {
	e.clamp(expLow, expHigh, x)
	n, p := e.registers(len(x)), e.registers(len(x))
	for i := range x {
		if e.zmm {
			e.mul(e.toBase2, x[i], n[i])
			e.emit(instruction{s: e.VRNDSCALEPS, d: e.VRNDSCALEPD}, operand.U8(8), n[i], n[i])
			continue
		}
		e.setTo(e.constant(rounder[e.bits]), n[i])
		e.fma231(e.toBase2, x[i], n[i])
		e.sub(e.constant(rounder[e.bits]), n[i], n[i])
	}
	for i := range x {
		e.fnma231(e.ln2High, n[i], x[i])
	}
	for i := range x {
		e.fnma231(e.ln2Low, n[i], x[i])
	}
	e.horner(p, x, e.coefficients)
	for i := range x {
		e.scale(n[i], p[i], x[i])
	}
}

// clamp brings x between two bounds; NaN stays, which takes x as the first operand.
func (e exponential) clamp(low, high map[int]float64, x []reg.VecVirtual) {
	bound := e.inRegister(low[e.bits])
	for i := range x {
		e.max(x[i], bound, x[i])
	}
	e.setTo(e.constant(high[e.bits]), bound)
	for i := range x {
		e.min(x[i], bound, x[i])
	}
}

// scale sets dst = p·2^n for integers n. AVX2 does so in two steps, since 2^n alone
// may be beyond the normal numbers where the product is not, and overwrites n and p.
func (e exponential) scale(n, p, dst reg.VecVirtual) {
	if e.zmm {
		e.emit(instruction{s: e.VSCALEFPS, d: e.VSCALEFPD}, n, p, dst)
		return
	}
	half, bits := dst, e.register()
	e.setTo(e.constant(rounder[e.bits]), bits)
	e.fma231(e.constant(0.5), n, bits)
	e.sub(e.constant(rounder[e.bits]), bits, half)
	e.sub(half, n, n)
	e.add(e.constant(rounder[e.bits]), n, n)
	for _, b := range []reg.VecVirtual{bits, n} {
		e.shiftLeft(mantissa[e.bits], b, b)
		e.addInteger(e.constant(1), b, b)
		e.mul(b, p, p)
	}
	e.move(p, dst)
}

// exp2 replaces each x by 2^x, within 3 ulp; NaN gives NaN, overflow infinity, and
// results below the normal numbers may be 0 instead. −Inf gives 0. It takes one
// register per element of x, two in AVX2 and one more.
func (e exponential) exp2(x ...reg.VecVirtual) {
	r := e.registers(len(x))
	if e.zmm {
		for i := range x {
			e.emit(instruction{s: e.VREDUCEPS, d: e.VREDUCEPD}, operand.U8(1), x[i], r[i])
		}
		e.hornerInto(r, e.coefficients)
		for i := range x {
			// The exponent is the floor of x, as the reduction took it.
			e.emit(instruction{s: e.VSCALEFPS, d: e.VSCALEFPD}, x[i], r[i], x[i])
		}
		return
	}
	e.clamp(exp2Low, exp2High, x)
	n := e.registers(len(x))
	for i := range x {
		e.add(e.constant(rounder[e.bits]), x[i], n[i])
	}
	for i := range x {
		e.sub(e.constant(rounder[e.bits]), n[i], r[i])
		e.sub(r[i], x[i], r[i])
		// The bits of n and of 1 add up to 2^n, or to 0 for the lowest n.
		e.shiftLeft(mantissa[e.bits], n[i], n[i])
		e.addInteger(e.constant(1), n[i], n[i])
	}
	e.horner(x, r, e.coefficients)
	for i := range x {
		e.mul(n[i], x[i], x[i])
	}
}

// hornerInto evaluates the polynomial in place of its argument, with one more
// register per element.
func (v vector) hornerInto(r []reg.VecVirtual, c []operand.Op) {
	p := v.registers(len(r))
	v.horner(p, r, c)
	copy(r, p)
}

// expArrays writes the functions over arrays.
func expArrays(f *family) {
	f.vectors(func(v vector, suffix string) {
		held, together := 0, 2
		if v.zmm {
			held, together = 16, 4
		}
		f.function("exp"+suffix, "func(dst, x *"+v.float()+", n int)")
		e := v.exponential(held)
		v.mapArray(together, e.exp)
	})
}

// mapArray is the body of a function(dst, x, n) that applies op to an array, some
// registers together and what is left one by one.
func (v vector) mapArray(together int, op func(x ...reg.VecVirtual)) {
	dst := v.Load(v.Param("dst"), v.GP64())
	src := v.Load(v.Param("x"), v.GP64())
	n := v.Load(v.Param("n"), v.GP64()).(reg.GPVirtual)
	step := func(count int, label, next string) {
		v.Label(label)
		v.CMPQ(n, operand.U32(count*v.lanes()))
		v.JLT(operand.LabelRef(next))
		x := v.registers(count)
		for i := range x {
			v.move(operand.Mem{Base: src, Disp: i * v.width()}, x[i])
		}
		op(x...)
		for i := range x {
			v.move(x[i], operand.Mem{Base: dst, Disp: i * v.width()})
		}
		v.ADDQ(operand.U32(count*v.width()), src)
		v.ADDQ(operand.U32(count*v.width()), dst)
		v.SUBQ(operand.U32(count*v.lanes()), n)
		v.JMP(operand.LabelRef(label))
	}
	step(together, "several", "one")
	step(1, "one", "rest")
	v.Label("rest")
	v.TESTQ(n, n)
	v.JZ(operand.LabelRef("end"))
	mask, x := v.tailOf(n), v.register()
	v.loadMasked(operand.Mem{Base: src}, mask, x)
	op(x)
	v.storeMasked(x, mask, operand.Mem{Base: dst})
	v.Label("end")
	v.VZEROUPPER()
	v.RET()
}
