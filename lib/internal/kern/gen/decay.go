package main

import (
	"math"
	"slices"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// decay emits e^x for x ≤ 0, which needs fewer steps than [exponential]: it cannot
// overflow. AVX2 returns 0 below the normal numbers.
type decay struct {
	*loops
	lowest, toBase2, ln2High, ln2Low, one operand.Op
	coefficients                          []operand.Op // of r², r³, ...
}

// number is a constant for the whole function: a register in AVX-512 while held
// allows, memory otherwise.
func (s *loops) number(x float64) operand.Op {
	if s.zmm && s.held > 0 {
		s.held--
		return s.inRegister(x)
	}
	return s.constant(x)
}

// atATime is how many exponentials there are registers for.
func (s *loops) atATime() int {
	if s.zmm {
		return 2
	}
	return 1
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

// bounded returns max(x, lowest), which exp and expAndLess demand of arguments.
func (d decay) bounded(x reg.VecVirtual) reg.VecVirtual {
	r := d.register()
	d.atLeast(d.lowest, x, r)
	return r
}

// split takes x = n ln 2 + r in its register, leaves r there, and returns n, in AVX2 2^n.
func (d decay) split(r reg.VecVirtual) reg.VecVirtual {
	n := d.register()
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
	return power
}

// exp returns e^r within 1 ulp, for r ≤ 0 from [decay.bounded], which it overwrites. The polynomial is evaluated in r and r²
// side by side: time is spent on latency here, not on instructions.
func (d decay) exp(r reg.VecVirtual) reg.VecVirtual {
	n := d.split(r)
	square, high, middle, p := d.register(), d.register(), d.register(), d.register()
	d.mul(r, r, square)
	d.copyOf(d.coefficients[3], high)
	d.fma213(d.coefficients[2], r, high)
	d.copyOf(d.coefficients[1], middle)
	d.fma213(d.coefficients[0], r, middle)
	d.add(d.one, r, p)
	d.fma231(d.coefficients[4], square, high)
	d.fma213(middle, square, high)
	d.fma231(high, square, p)
	if d.zmm {
		d.VSCALEFPS(n, p, p)
	} else {
		d.mul(n, p, p)
	}
	return p
}

// expAndLess returns e^x and e^x - 1 of an argument as exp takes, both within 1 ulp
// of theirs: with x = n ln 2 + r and p = e^r - 1 they are 2ⁿ + 2ⁿp and (2ⁿ-1) + 2ⁿp.
func (d decay) expAndLess(r reg.VecVirtual) (e, less reg.VecVirtual) {
	power := d.split(r)
	if d.zmm {
		one := d.register()
		d.copyOf(d.one, one)
		d.VSCALEFPS(power, one, power)
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

// interleave emits several independent sequences without labels, an instruction of
// each in turn: a processor looks ahead over a limited number of instructions, and
// finds more of them ready so.
func (f *family) interleave(n int, emit func(u int)) {
	file, err := f.Result()
	if err != nil {
		panic(err)
	}
	functions := file.Functions()
	function := functions[len(functions)-1]
	start := len(function.Nodes)
	sequences := make([][]ir.Node, n)
	for u := range sequences {
		from := len(function.Nodes)
		emit(u)
		sequences[u] = slices.Clone(function.Nodes[from:])
	}
	function.Nodes = function.Nodes[:start]
	for i := range sequences[0] {
		for _, s := range sequences {
			function.Nodes = append(function.Nodes, s[i])
		}
	}
}
