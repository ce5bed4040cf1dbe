package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// decay emits e^x for x ≤ 0, which needs fewer steps than [exponential]: it cannot
// overflow. AVX2 returns 0 below the normal numbers. Constants are registers in
// AVX-512, memory in AVX2.
type decay struct {
	*loops
	lowest, toBase2, ln2High, ln2Low, one operand.Op
	coefficients                          []operand.Op // of r², r³, ...
}

// number is a constant for the whole function.
func (s *loops) number(x float64) operand.Op {
	if s.zmm {
		return s.inRegister(x)
	}
	return s.constant(x)
}

// decay prepares e^x, at the head of a function.
func (s *loops) decay() decay {
	lowest := -88.0
	if s.zmm {
		lowest = expLow[s.bits]
	}
	d := decay{s, s.number(lowest), s.number(math.Log2E), s.number(ln2High[s.bits]), s.number(ln2Low[s.bits]), s.number(1), nil}
	for _, c := range expPolynomial[s.bits][2:] {
		d.coefficients = append(d.coefficients, s.number(c))
	}
	return d
}

// atLeast sets dst = max(x, bound) and atMost dst = min(x, bound); NaN stays.
func (s *loops) atLeast(bound operand.Op, x, dst reg.VecVirtual) {
	if c, ok := bound.(constant); ok {
		s.setTo(c, dst)
		bound = dst
	}
	s.max(x, bound, dst)
}

func (s *loops) atMost(bound operand.Op, x, dst reg.VecVirtual) {
	if c, ok := bound.(constant); ok {
		s.setTo(c, dst)
		bound = dst
	}
	s.min(x, bound, dst)
}

// split returns r and n of x = n ln 2 + r; in AVX2 it returns 2^n for n.
func (d decay) split(x reg.VecVirtual) (r, n reg.VecVirtual) {
	r, n = d.register(), d.register()
	d.atLeast(d.lowest, x, r)
	power := n
	if d.zmm {
		d.mul(d.toBase2, r, n)
		d.VRNDSCALEPS(operand.U8(8), n, n)
	} else {
		power = d.register()
		d.setTo(d.constant(rounder[d.bits]), n)
		d.fma231(d.toBase2, r, n)
		d.shiftLeft(mantissa[d.bits], n, power)
		d.addInteger(d.constant(1), power, power)
		d.sub(d.constant(rounder[d.bits]), n, n)
	}
	d.fnma231(d.ln2High, n, r)
	d.fnma231(d.ln2Low, n, r)
	return r, power
}

// exp returns e^x, for x ≤ 0, within 1 ulp.
func (d decay) exp(x reg.VecVirtual) reg.VecVirtual {
	r, n := d.split(x)
	p := d.registers(1)
	d.horner(p, []reg.VecVirtual{r}, append([]operand.Op{d.one, d.one}, d.coefficients...))
	if d.zmm {
		d.VSCALEFPS(n, p[0], p[0])
	} else {
		d.mul(n, p[0], p[0])
	}
	return p[0]
}

// expAndLess returns e^x and e^x - 1, for x ≤ 0, both within 1 ulp of theirs: with
// p = e^r - 1 they are 2ⁿ + 2ⁿp and (2ⁿ-1) + 2ⁿp.
func (d decay) expAndLess(x reg.VecVirtual) (e, less reg.VecVirtual) {
	r, power := d.split(x)
	if d.zmm {
		d.VSCALEFPS(power, d.one, power)
	}
	p, square := d.registers(1), d.register()
	d.horner(p, []reg.VecVirtual{r}, d.coefficients)
	d.mul(r, r, square)
	d.fma213(r, square, p[0])
	d.mul(power, p[0], p[0])
	e, less = d.register(), d.register()
	d.add(power, p[0], e)
	d.sub(d.one, power, less)
	d.add(p[0], less, less)
	return e, less
}

// reciprocal returns 1/x for x of no extreme size, within 1 ulp and exactly 1 for 1.
func (d decay) reciprocal(x reg.VecVirtual) reg.VecVirtual {
	r, t := d.register(), d.register()
	d.copyOf(d.one, t)
	if !d.zmm {
		d.div(x, t, r)
		return r
	}
	d.VRCP14PS(x, r)
	d.fnma231(x, r, t)
	d.fma231(t, r, r)
	return r
}
