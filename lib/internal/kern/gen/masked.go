package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// masked is a vector whose loads and stores may be kept to the first lanes.
type masked struct {
	vector
	laneNumbers operand.Mem // see numberLanes
}

// eachMasked calls write for float32 and float64, each in AVX-512, then in AVX2.
func (f *family) eachMasked(write func(v masked)) {
	for _, bits := range []int{32, 64} {
		for _, zmm := range []bool{true, false} {
			v := masked{vector: vector{f, zmm, bits}}
			if !zmm {
				v.numberLanes()
			}
			write(v)
		}
	}
}

// suffix is what the names of the functions take: YMM32, YMM64, ZMM32, ZMM64.
func (v masked) suffix() string {
	if v.zmm {
		return fmt.Sprint("ZMM", v.bits)
	}
	return fmt.Sprint("YMM", v.bits)
}

// pick returns the instruction for the element type, whatever its operands.
func pick[F any](v masked, single, double F) F {
	if v.bits == 32 {
		return single
	}
	return double
}

func (v masked) broadcast(from, to operand.Op) { pick(v, v.VBROADCASTSS, v.VBROADCASTSD)(from, to) }

// mask is what keeps lanes beyond the last column out of a load or store: an
// opmask, or for YMM registers a vector of signs. The nil mask lets all pass.
type mask operand.Op

// firstLanes returns the mask of the first n lanes; the register n is used up.
func (v masked) firstLanes(n reg.GPVirtual) mask {
	if v.zmm {
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
func (v *masked) numberLanes() {
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

func (v masked) load(from operand.Mem, m mask, to reg.VecVirtual) {
	switch {
	case m == nil:
		v.move(from, to)
	case v.zmm:
		pick(v, v.VMOVUPS_Z, v.VMOVUPD_Z)(from, m, to)
	default:
		pick(v, v.VMASKMOVPS, v.VMASKMOVPD)(from, m, to)
	}
}

func (v masked) store(from reg.VecVirtual, m mask, to operand.Mem) {
	switch {
	case m == nil:
		v.move(from, to)
	case v.zmm:
		pick(v, v.VMOVUPS, v.VMOVUPD)(from, m, to)
	default:
		pick(v, v.VMASKMOVPS, v.VMASKMOVPD)(from, m, to)
	}
}
