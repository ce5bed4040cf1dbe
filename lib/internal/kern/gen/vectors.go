package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vectors chooses the instructions for an element type and a register width.
type vectors struct {
	*family
	bits        int         // of an element
	wide        bool        // ZMM rather than YMM
	laneNumbers operand.Mem // see numberLanes
}

func (v vectors) element() string { return fmt.Sprintf("float%d", v.bits) }

func (v vectors) bytes() int {
	if v.wide {
		return 64
	}
	return 32
}

func (v vectors) lanes() int { return v.bytes() * 8 / v.bits }

func (v vectors) suffix() string {
	if v.wide {
		return fmt.Sprintf("ZMM%d", v.bits)
	}
	return fmt.Sprintf("YMM%d", v.bits)
}

func (v vectors) register() reg.VecVirtual {
	if v.wide {
		return v.ZMM()
	}
	return v.YMM()
}

func (v vectors) zero(x reg.VecVirtual) {
	if v.wide {
		v.VPXORD(x, x, x)
	} else {
		v.VXORPS(x, x, x)
	}
}

// pick returns the instruction for the element type, whatever its operands.
func pick[F any](v vectors, single, double F) F {
	if v.bits == 32 {
		return single
	}
	return double
}

func (v vectors) fma(x, y, sum operand.Op) {
	pick(v, v.VFMADD231PS, v.VFMADD231PD)(x, y, sum)
}

func (v vectors) add(x, y, sum operand.Op) { pick(v, v.VADDPS, v.VADDPD)(x, y, sum) }

func (v vectors) move(from, to operand.Op) { pick(v, v.VMOVUPS, v.VMOVUPD)(from, to) }

func (v vectors) broadcast(from, to operand.Op) { pick(v, v.VBROADCASTSS, v.VBROADCASTSD)(from, to) }

// mask is what keeps lanes beyond the last column out of a load or store: an
// opmask, or for YMM registers a vector of signs. The nil mask lets all pass.
type mask operand.Op

// firstLanes returns the mask of the first n lanes; the register n is used up.
func (v vectors) firstLanes(n reg.GPVirtual) mask {
	if v.wide {
		all, k := v.GP64(), v.K()
		v.MOVQ(operand.I32(-1), all)
		v.BZHIQ(n, all, all)
		v.KMOVW(all.As32(), k)
		return k
	}
	// Lane i passes iff n > i.
	m := v.YMM()
	v.VMOVD(n.As32(), m.AsX())
	if v.bits == 32 {
		v.VPBROADCASTD(m.AsX(), m)
		v.VPCMPGTD(v.laneNumbers, m, m)
	} else {
		v.VPBROADCASTQ(m.AsX(), m)
		v.VPCMPGTQ(v.laneNumbers, m, m)
	}
	return m
}

// numberLanes puts a table 0, 1, 2, ... into the data of the file.
func (v *vectors) numberLanes() {
	v.laneNumbers = v.StaticGlobal(fmt.Sprintf("lanes%d", v.bits))
	v.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 256 / v.bits {
		if v.bits == 32 {
			v.AddDatum(4*i, operand.U32(uint32(i)))
		} else {
			v.AddDatum(8*i, operand.U64(uint64(i)))
		}
	}
}

func (v vectors) load(from operand.Mem, m mask, to reg.VecVirtual) {
	switch {
	case m == nil:
		v.move(from, to)
	case v.wide:
		pick(v, v.VMOVUPS_Z, v.VMOVUPD_Z)(from, m, to)
	default:
		pick(v, v.VMASKMOVPS, v.VMASKMOVPD)(from, m, to)
	}
}

func (v vectors) store(from reg.VecVirtual, m mask, to operand.Mem) {
	switch {
	case m == nil:
		v.move(from, to)
	case v.wide:
		pick(v, v.VMOVUPS, v.VMOVUPD)(from, m, to)
	default:
		pick(v, v.VMASKMOVPS, v.VMASKMOVPD)(from, m, to)
	}
}
