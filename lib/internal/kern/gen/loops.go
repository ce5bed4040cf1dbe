package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// loops writes a function that goes over rows and columns of a matrix.
type loops struct {
	vector
	labels  int
	held    int    // how many more constants number may put into registers
	flushes bool   // whether functions take denormal numbers for 0
	end     func() // ends the function
}

// eachLoops calls write for both widths and types.
func (f *family) eachLoops(write func(s *loops)) {
	f.vectors(func(v vector, _ string) { write(&loops{vector: v}) })
}

// begin starts the function; E in the signature stands for the type.
func (s *loops) begin(name, signature string) {
	width := "YMM"
	if s.zmm {
		width = "ZMM"
	}
	s.labels = 0
	s.function(fmt.Sprint(name, width, s.bits), strings.ReplaceAll(signature, "E", s.float()))
	s.end = s.flushDenormals(s.flushes)
}

// label returns a name that the function has not used.
func (s *loops) label(name string) string {
	s.labels++
	return fmt.Sprint(name, s.labels)
}

// integer loads an integer or a pointer parameter.
func (s *loops) integer(name string) reg.GPVirtual {
	r := s.GP64()
	s.Load(s.Param(name), r)
	return r
}

// parameter is the memory of a parameter, result that of a result.
func (s *loops) parameter(name string) operand.Mem {
	b, err := s.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

func (s *loops) result(i int) operand.Mem {
	b, err := s.ReturnIndex(i).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

func at(base reg.Register, disp int) operand.Mem { return operand.Mem{Base: base, Disp: disp} }

// indexed is the memory at base + index + disp bytes.
func indexed(base, index reg.Register, disp int) operand.Mem {
	return operand.Mem{Base: base, Index: index, Scale: 1, Disp: disp}
}

// toBytes turns numbers of elements into bytes.
func (s *loops) toBytes(counts ...reg.GPVirtual) {
	for _, r := range counts {
		s.SHLQ(operand.U8(math.Ilogb(float64(s.size()))), r)
	}
}

func (s *loops) broadcast(from, to operand.Op) {
	s.emit(instruction{s: s.VBROADCASTSS, d: s.VBROADCASTSD}, from, to)
}

func (s *loops) sqrt(from, to operand.Op) {
	s.emit(instruction{s: s.VSQRTPS, d: s.VSQRTPD}, from, to)
}

// storeFirst stores the lowest element.
func (s *loops) storeFirst(v reg.VecVirtual, to operand.Mem) {
	s.emit(instruction{s: s.VMOVSS, d: s.VMOVSD}, v.AsX(), to)
}

// columnTail is the mask of the columns that are left of n by whole vectors.
func (s *loops) columnTail(n reg.Register) tail {
	rest := s.GP64()
	s.MOVQ(n, rest)
	s.ANDQ(operand.U32(s.lanes()-1), rest)
	return s.tailOf(rest)
}

// loadPart loads the lanes of e and zeros, and all of them if e is nil.
func (s *loops) loadPart(from operand.Mem, e *tail, to reg.VecVirtual) {
	if e == nil {
		s.move(from, to)
		return
	}
	s.loadMasked(from, *e, to)
}

func (s *loops) storePart(from reg.VecVirtual, e *tail, to operand.Mem) {
	if e == nil {
		s.move(from, to)
		return
	}
	s.storeMasked(from, *e, to)
}

// keepPart replaces the lanes of v outside of e by those of other.
func (s *loops) keepPart(e *tail, v, other reg.VecVirtual) {
	if e != nil {
		s.choose(*e, v, other, v)
	}
}

// choose sets dst to yes in the lanes of mask and to no in the others.
func (s *loops) choose(mask tail, yes, no, dst reg.VecVirtual) {
	if s.zmm {
		s.emit(instruction{s: s.VBLENDMPS, d: s.VBLENDMPD}, yes, no, mask.k, dst)
		return
	}
	s.blend(mask.y, yes, no, dst)
}

// where is the mask of the lanes in which x stands in a relation to y.
func (s *loops) where(relation int, y, x reg.VecVirtual) (mask tail) {
	if s.zmm {
		mask.k = s.K()
		s.compare(relation, y, x, mask.k)
		return mask
	}
	mask.y = s.register()
	s.compare(relation, y, x, mask.y)
	return mask
}

// unordered is the relation of NaN to everything, beside those of compare.
const unordered = 0x03

// either widens a mask by the lanes of another.
func (s *loops) either(mask, other tail) {
	if s.zmm {
		s.KORW(other.k, mask.k, mask.k)
		return
	}
	s.or(other.y, mask.y, mask.y)
}

// noLanes is an empty mask.
func (s *loops) noLanes() (mask tail) {
	if s.zmm {
		mask.k = s.K()
		s.KXORW(mask.k, mask.k, mask.k)
		return mask
	}
	mask.y = s.register()
	s.clear(mask.y)
	return mask
}

// lanesSet is a mask as bits.
func (s *loops) lanesSet(mask tail) reg.GPVirtual {
	r := s.GP64()
	switch {
	case s.zmm:
		s.KMOVW(mask.k, r.As32())
	case s.bits == 32:
		s.VMOVMSKPS(mask.y, r.As32())
	default:
		s.VMOVMSKPD(mask.y, r.As32())
	}
	return r
}

// columns writes loops over a row of a number of bytes: by unroll vectors, by single
// ones, and the tail. body gets the offset in bytes, how many vectors to take, and
// the tail or nil.
func (s *loops) columns(bytes reg.Register, rest tail, unroll int, body func(j reg.GPVirtual, vectors int, e *tail)) {
	j, next := s.GP64(), s.GP64()
	s.XORQ(j, j)
	for _, count := range []int{unroll, 1} {
		loop, done := s.label("columns"), s.label("fewer")
		s.Label(loop)
		s.LEAQ(at(j, count*s.width()), next)
		s.CMPQ(next, bytes)
		s.JGT(operand.LabelRef(done))
		body(j, count, nil)
		s.ADDQ(operand.U32(count*s.width()), j)
		s.JMP(operand.LabelRef(loop))
		s.Label(done)
	}
	none := s.label("whole")
	s.CMPQ(j, bytes)
	s.JGE(operand.LabelRef(none))
	body(j, 1, &rest)
	s.Label(none)
}

// blocks writes loops over rows, four and then one at a time; n counts down.
func (s *loops) blocks(n reg.GPVirtual, body func(rows int)) {
	for _, rows := range []int{4, 1} {
		loop, done := s.label("rows"), s.label("fewer")
		s.Label(loop)
		s.CMPQ(n, operand.U32(rows))
		s.JLT(operand.LabelRef(done))
		body(rows)
		s.SUBQ(operand.U32(rows), n)
		s.JMP(operand.LabelRef(loop))
		s.Label(done)
	}
}

// skipRows moves a pointer on by one or four rows.
func (s *loops) skipRows(pointer, length reg.Register, rows int) {
	s.LEAQ(operand.Mem{Base: pointer, Index: length, Scale: uint8(rows)}, pointer)
}

// rowPointers returns the addresses of consecutive rows.
func (s *loops) rowPointers(first, length reg.Register, rows int) []reg.Register {
	pointers := []reg.Register{first}
	for i := 1; i < rows; i++ {
		r := s.GP64()
		s.LEAQ(indexed(pointers[i-1], length, 0), r)
		pointers = append(pointers, r)
	}
	return pointers
}

// reduce combines the lanes of v into its lowest.
func (s *loops) reduce(v reg.VecVirtual, combine func(y, x, dst operand.Op)) {
	t := s.register()
	if s.zmm {
		s.VEXTRACTF64X4(operand.U8(1), v, t.AsY())
		combine(t.AsY(), v.AsY(), v.AsY())
		// The form for all 32 registers.
		s.VEXTRACTF32X4(operand.U8(1), v.AsY(), t.AsX())
	} else {
		s.VEXTRACTF128(operand.U8(1), v.AsY(), t.AsX())
	}
	combine(t.AsX(), v.AsX(), v.AsX())
	if s.bits == 64 {
		s.VPERMILPD(operand.U8(1), v.AsX(), t.AsX())
		combine(t.AsX(), v.AsX(), v.AsX())
		return
	}
	for _, order := range []int{0x4e, 0xb1} {
		s.VPERMILPS(operand.U8(order), v.AsX(), t.AsX())
		combine(t.AsX(), v.AsX(), v.AsX())
	}
}

// storeSums stores the sums over the lanes of four vectors, side by side.
func (s *loops) storeSums(v []reg.VecVirtual, to operand.Mem) {
	if s.zmm {
		t := s.YMM()
		for _, v := range v[:4] {
			s.VEXTRACTF64X4(operand.U8(1), v, t)
			s.add(t, v.AsY(), v.AsY())
		}
	}
	a, b, c, d := v[0].AsY(), v[1].AsY(), v[2].AsY(), v[3].AsY()
	if s.bits == 64 {
		s.VHADDPD(b, a, a)
		s.VHADDPD(d, c, c)
		s.VPERM2F128(operand.U8(0x20), c, a, b)
		s.VPERM2F128(operand.U8(0x31), c, a, d)
		s.VADDPD(d, b, b)
		s.VMOVUPD(b, to)
		return
	}
	s.VHADDPS(b, a, a)
	s.VHADDPS(d, c, c)
	s.VHADDPS(c, a, a)
	s.VEXTRACTF128(operand.U8(1), a, v[1].AsX())
	s.VADDPS(v[1].AsX(), v[0].AsX(), v[0].AsX())
	s.VMOVUPS(v[0].AsX(), to)
}
