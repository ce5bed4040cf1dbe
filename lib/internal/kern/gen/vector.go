package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vector emits the instructions of one width, YMM or ZMM, and one type, float32 or
// float64, so that a kernel is written once for all four. Operands are in the order
// of Go's assembler: the destination last.
type vector struct {
	*family
	zmm  bool
	bits int // 32 or 64
}

// vectors calls write for float32 and float64 in AVX2, then in AVX-512, with the
// suffix that the names of the functions take: YMM32, YMM64, ZMM32, ZMM64.
func (f *family) vectors(write func(v vector, suffix string)) {
	for _, zmm := range []bool{false, true} {
		for _, bits := range []int{32, 64} {
			name := "YMM"
			if zmm {
				name = "ZMM"
			}
			write(vector{f, zmm, bits}, fmt.Sprint(name, bits))
		}
	}
}

// lanes is the number of elements in a register, size the bytes of an element.
func (v vector) lanes() int { return v.width() / v.size() }
func (v vector) size() int  { return v.bits / 8 }

// width is the bytes of a register.
func (v vector) width() int {
	if v.zmm {
		return 64
	}
	return 32
}

// float is the Go type of an element.
func (v vector) float() string { return fmt.Sprint("float", v.bits) }

// register allocates a register; registers several.
func (v vector) register() reg.VecVirtual {
	if v.zmm {
		return v.ZMM()
	}
	return v.YMM()
}

func (v vector) registers(n int) []reg.VecVirtual {
	list := make([]reg.VecVirtual, n)
	for i := range list {
		list[i] = v.register()
	}
	return list
}

// constant is a value repeated through 32 bytes of read-only memory: an operand of
// AVX2 as it stands and of AVX-512 by its first element.
type constant struct{ operand.Mem }

// constant places a number in the file's data, once per value. Bit patterns are
// emitted, because avo prints a float with an integral value as an integer.
func (v vector) constant(x float64) constant {
	if v.bits == 32 {
		return v.pattern(uint64(math.Float32bits(float32(x))))
	}
	return v.pattern(math.Float64bits(x))
}

// pattern is constant for given bits.
func (v vector) pattern(bits uint64) constant {
	name := fmt.Sprintf("c%d_%0*x", v.bits, v.bits/4, bits)
	if m, ok := v.data[name]; ok {
		return constant{m}
	}
	m := v.StaticGlobal(name)
	v.DataAttributes(attr.RODATA | attr.NOPTR)
	for range 32 / v.size() {
		if v.bits == 32 {
			v.AppendDatum(operand.U32(bits))
		} else {
			v.AppendDatum(operand.U64(bits))
		}
	}
	v.data[name] = m
	return constant{m}
}

// inRegister loads a constant.
func (v vector) inRegister(x float64) reg.VecVirtual { return v.loaded(v.constant(x)) }

func (v vector) loaded(c constant) reg.VecVirtual {
	r := v.register()
	v.setTo(c, r)
	return r
}

// setTo loads a constant into a given register.
func (v vector) setTo(c constant, dst reg.VecVirtual) {
	switch {
	case !v.zmm:
		v.VMOVUPS(c.Mem, dst)
	case v.bits == 32:
		v.VBROADCASTSS(c.Mem, dst)
	default:
		v.VBROADCASTSD(c.Mem, dst)
	}
}

// instruction is one avo method for each type, plain and with an embedded
// broadcast of its first operand.
type instruction struct{ s, d, sBroadcast, dBroadcast func(...operand.Op) }

func (v vector) emit(i instruction, ops ...operand.Op) {
	plain, broadcast := i.s, i.sBroadcast
	if v.bits == 64 {
		plain, broadcast = i.d, i.dBroadcast
	}
	if c, ok := ops[0].(constant); ok {
		ops[0] = c.Mem
		if v.zmm {
			plain = broadcast
		}
	}
	plain(ops...)
}

// The first operand of the following may be a constant.

func (v vector) add(y, x, dst operand.Op) { // dst = x + y
	v.emit(instruction{v.VADDPS, v.VADDPD, v.VADDPS_BCST, v.VADDPD_BCST}, y, x, dst)
}

func (v vector) sub(y, x, dst operand.Op) { // dst = x − y
	v.emit(instruction{v.VSUBPS, v.VSUBPD, v.VSUBPS_BCST, v.VSUBPD_BCST}, y, x, dst)
}

func (v vector) mul(y, x, dst operand.Op) { // dst = x y
	v.emit(instruction{v.VMULPS, v.VMULPD, v.VMULPS_BCST, v.VMULPD_BCST}, y, x, dst)
}

func (v vector) div(y, x, dst operand.Op) { // dst = x / y
	v.emit(instruction{v.VDIVPS, v.VDIVPD, v.VDIVPS_BCST, v.VDIVPD_BCST}, y, x, dst)
}

func (v vector) max(y, x, dst operand.Op) { // dst = max(x, y); y if either is NaN
	v.emit(instruction{v.VMAXPS, v.VMAXPD, v.VMAXPS_BCST, v.VMAXPD_BCST}, y, x, dst)
}

func (v vector) min(y, x, dst operand.Op) { // dst = min(x, y); y if either is NaN
	v.emit(instruction{v.VMINPS, v.VMINPD, v.VMINPS_BCST, v.VMINPD_BCST}, y, x, dst)
}

func (v vector) fma213(y, x, dst operand.Op) { // dst = dst x + y
	v.emit(instruction{v.VFMADD213PS, v.VFMADD213PD, v.VFMADD213PS_BCST, v.VFMADD213PD_BCST}, y, x, dst)
}

func (v vector) fma231(y, x, dst operand.Op) { // dst += x y
	v.emit(instruction{v.VFMADD231PS, v.VFMADD231PD, v.VFMADD231PS_BCST, v.VFMADD231PD_BCST}, y, x, dst)
}

func (v vector) fnma231(y, x, dst operand.Op) { // dst −= x y
	v.emit(instruction{v.VFNMADD231PS, v.VFNMADD231PD, v.VFNMADD231PS_BCST, v.VFNMADD231PD_BCST}, y, x, dst)
}

func (v vector) and(y, x, dst operand.Op) {
	v.emit(instruction{v.VANDPS, v.VANDPD, v.VANDPS_BCST, v.VANDPD_BCST}, y, x, dst)
}

func (v vector) or(y, x, dst operand.Op) {
	v.emit(instruction{v.VORPS, v.VORPD, v.VORPS_BCST, v.VORPD_BCST}, y, x, dst)
}

// addInteger adds the bits of x and y as integers.
func (v vector) addInteger(y, x, dst operand.Op) {
	v.emit(instruction{v.VPADDD, v.VPADDQ, v.VPADDD_BCST, v.VPADDQ_BCST}, y, x, dst)
}

// shiftLeft and shiftRight shift the bits of each element.
func (v vector) shiftLeft(by int, x, dst operand.Op) {
	v.emit(instruction{s: v.VPSLLD, d: v.VPSLLQ}, operand.U8(by), x, dst)
}

func (v vector) shiftRight(by int, x, dst operand.Op) {
	v.emit(instruction{s: v.VPSRLD, d: v.VPSRLQ}, operand.U8(by), x, dst)
}

// move copies a register or memory to another.
func (v vector) move(src, dst operand.Op) { v.emit(instruction{s: v.VMOVUPS, d: v.VMOVUPD}, src, dst) }

// clear sets registers to 0, by an instruction of their full width: of a narrower one
// avo believes that the upper part lives since the function began.
func (v vector) clear(list ...reg.VecVirtual) {
	for _, r := range list {
		v.VXORPS(r, r, r)
	}
}

// Horner evaluates x = c[0] + c[1] r + c[2] r² + …, with operands as coefficients.
func (v vector) horner(x, r []reg.VecVirtual, c []operand.Op) {
	last := len(c) - 1
	for i := range x {
		v.copyOf(c[last], x[i])
	}
	for k := last - 1; k >= 0; k-- {
		for i := range x {
			v.fma213(c[k], r[i], x[i])
		}
	}
}

// copyOf puts a constant or a register into dst.
func (v vector) copyOf(src operand.Op, dst reg.VecVirtual) {
	if c, ok := src.(constant); ok {
		v.setTo(c, dst)
		return
	}
	v.move(src, dst)
}

// constants are operands for numbers: registers while fewer than inRegisters have
// been taken, memory after that.
func (v vector) constants(inRegisters int, numbers []float64) []operand.Op {
	list := make([]operand.Op, len(numbers))
	for i, x := range numbers {
		if i < inRegisters {
			list[i] = v.inRegister(x)
		} else {
			list[i] = v.constant(x)
		}
	}
	return list
}

// tail is the mask of the first n lanes, in a mask register of AVX-512 or in a
// vector of AVX2.
type tail struct {
	k reg.OpmaskVirtual
	y reg.VecVirtual
}

// tailOf makes the mask of the first n lanes, 0 ≤ n ≤ lanes. It overwrites CX.
func (v vector) tailOf(n reg.GPVirtual) tail {
	if v.zmm {
		bits := v.GP64()
		v.MOVQ(n, reg.RCX)
		v.MOVQ(operand.U32(1), bits)
		v.SHLQ(reg.CL, bits)
		v.DECQ(bits)
		k := v.K()
		v.KMOVW(bits.As32(), k)
		return tail{k: k}
	}
	const name = "tails"
	table, ok := v.data[name]
	if !ok {
		table = v.StaticGlobal(name)
		v.DataAttributes(attr.RODATA | attr.NOPTR)
		for _, word := range []uint32{math.MaxUint32, 0} {
			for range 8 {
				v.AppendDatum(operand.U32(word))
			}
		}
		v.data[name] = table
	}
	at, y := v.GP64(), v.YMM()
	v.LEAQ(table.Offset(32), at)
	v.MOVQ(n, reg.RCX)
	v.NEGQ(reg.RCX)
	v.VMOVUPS(operand.Mem{Base: at, Index: reg.RCX, Scale: uint8(v.size())}, y)
	return tail{y: y}
}

// loadMasked loads the lanes of t and sets the others to 0, without touching their
// memory; storeMasked writes them alone.
func (v vector) loadMasked(src operand.Mem, t tail, dst reg.VecVirtual) {
	switch {
	case v.zmm && v.bits == 32:
		v.VMOVUPS_Z(src, t.k, dst)
	case v.zmm:
		v.VMOVUPD_Z(src, t.k, dst)
	case v.bits == 32:
		v.VMASKMOVPS(src, t.y, dst)
	default:
		v.VMASKMOVPD(src, t.y, dst)
	}
}

func (v vector) storeMasked(src reg.VecVirtual, t tail, dst operand.Mem) {
	switch {
	case v.zmm && v.bits == 32:
		v.VMOVUPS(src, t.k, dst)
	case v.zmm:
		v.VMOVUPD(src, t.k, dst)
	case v.bits == 32:
		v.VMASKMOVPS(src, t.y, dst)
	default:
		v.VMASKMOVPD(src, t.y, dst)
	}
}

// flushDenormals takes denormal numbers for 0, if it is to, until the end of the function,
// which what it returns writes. Some processors take a hundred times longer for each, and
// where numbers fall off like exponentials there are many of them: in sums of 2^t for small
// ε, and in networks far out on the tails of their units.
func (v vector) flushDenormals(flush bool) (end func()) {
	leave := func() {
		v.VZEROUPPER()
		v.RET()
	}
	if !flush {
		return leave
	}
	const flushAndDenormalsAreZero = 0x8040
	control := v.AllocLocal(8)
	v.STMXCSR(control)
	bits := v.GP32()
	v.MOVL(control, bits)
	v.ORL(operand.U32(flushAndDenormalsAreZero), bits)
	v.MOVL(bits, control.Offset(4))
	v.LDMXCSR(control.Offset(4))
	return func() {
		v.LDMXCSR(control) // as they were
		leave()
	}
}
