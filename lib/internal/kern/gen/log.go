package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// logSeries holds the coefficients, from z upwards, of R with
// log((1+s)/(1−s)) = 2s + s R(s²), for |s| ≤ 1/5: errors 3e-9 and 2e-17.
var logSeries = map[int][]float64{
	32: {0.66666948211410326468, 0.399577386454872247, 0.30362437214038997065},
	64: {
		0.66666666666672754224, 0.39999999996137983226, 0.28571429399542582263, 0.22222138154071032508,
		0.18186370308037863328, 0.15249903527257476558, 0.15370409364245956747,
	},
}

// logArrays writes the functions over arrays.
func logArrays(f *family) {
	f.vectors(func(v vector, suffix string) {
		f.function("log"+suffix, "func(dst, x *"+v.float()+", n int)")
		together := 1
		if v.zmm {
			together = 2
		}
		v.mapArray(together, func(x ...reg.VecVirtual) {
			for _, r := range x {
				v.log(r)
			}
		})
	})
}

// log replaces x by its natural logarithm, within 1 ulp; with NaN below 0, −Inf at 0,
// and denormal numbers, Inf and NaN as they ought to be. Eight registers beside x.
//
// x = 2^e m with m in [3/4, 3/2), f = m − 1, s = f/(2+f), and
// log m = f − (f²/2 − s (f²/2 + R(s²))), in which f is exact.
func (v vector) log(x reg.VecVirtual) {
	m, e := v.register(), v.register()
	fix := v.splitForLog(x, m, e)
	f, s, z, r, half := v.register(), v.register(), v.register(), v.register(), v.register()
	v.sub(v.constant(1), m, f)
	v.add(v.constant(1), m, m)
	v.div(m, f, s)
	v.mul(s, s, z)
	series := v.constants(0, logSeries[v.bits])
	v.setTo(series[len(series)-1].(constant), r)
	for k := len(series) - 2; k >= 0; k-- {
		v.fma213(series[k], z, r)
	}
	v.mul(v.constant(0.5), f, half)
	v.mul(f, half, half)
	v.fma213(half, z, r) // f²/2 + R
	u := m
	v.mul(v.constant(ln2Low[v.bits]), e, u)
	v.fma231(r, s, u)
	v.sub(u, half, half)
	v.sub(f, half, half)
	v.fma213sub(e, v.constant(ln2High[v.bits]), half)
	fix(half)
}

// fma213sub sets x = e·high − x.
func (v vector) fma213sub(e reg.VecVirtual, high constant, x reg.VecVirtual) {
	v.emit(instruction{v.VFMSUB231PS, v.VFMSUB231PD, v.VFMSUB231PS_BCST, v.VFMSUB231PD_BCST}, high, e, x)
}

// splitForLog sets m and e, and returns what puts the result for x, corrected for
// special values, into x.
func (v vector) splitForLog(x, m, e reg.VecVirtual) (fix func(result reg.VecVirtual)) {
	if v.zmm {
		// Interval [3/4, 3/2), and NaN for negative numbers.
		v.emit(instruction{s: v.VGETMANTPS, d: v.VGETMANTPD}, operand.U8(0xb), x, m)
		v.emit(instruction{s: v.VGETEXPPS, d: v.VGETEXPPD}, x, e)
		one, k := v.inRegister(1), v.K()
		const less = 0x11
		v.emit(instruction{s: v.VCMPPS, d: v.VCMPPD}, operand.U8(less), one, m, k)
		v.emit(instruction{s: v.VADDPS, d: v.VADDPD}, one, e, k, e)
		return func(result reg.VecVirtual) { v.move(result, x) }
	}
	mask, scaled := v.register(), v.register()
	smallest, up := map[int]float64{32: 0x1p-126, 64: 0x1p-1022}[v.bits], map[int]float64{32: 24, 64: 54}[v.bits]
	v.compare(lessThan, v.constant(smallest), x, mask)
	v.mul(v.constant(math.Exp2(up)), x, scaled)
	v.blend(mask, scaled, x, scaled)
	v.and(v.constant(up), mask, mask) // to be taken off e
	shift := mantissa[v.bits]
	bits := func(x float64) uint64 {
		if v.bits == 32 {
			return uint64(math.Float32bits(float32(x)))
		}
		return math.Float64bits(x)
	}
	v.addInteger(v.pattern(bits(1)-bits(0.75)), scaled, m)
	v.shiftRight(shift, m, e)
	// The exponent becomes a float by way of a number whose lowest bits it is.
	whole := math.Exp2(float64(shift))
	v.or(v.constant(whole), e, e)
	v.sub(v.constant(whole+float64(int(1)<<(v.bits-shift-2)-1)), e, e)
	v.sub(mask, e, e)
	v.and(v.pattern(1<<shift-1), m, m)
	v.addInteger(v.constant(0.75), m, m)
	return func(result reg.VecVirtual) { v.fixLog(x, result) }
}

// fixLog puts result into x where x is positive and finite, and otherwise −Inf for
// 0, NaN for negative numbers, x for Inf and NaN.
func (v vector) fixLog(x, result reg.VecVirtual) {
	mask, other, special := v.register(), v.register(), v.register()
	v.clear(special)
	v.compare(lessThan, v.constant(math.Inf(1)), x, mask)
	v.compare(greaterThan, special, x, other)
	v.and(other, mask, mask)
	v.blend(mask, result, x, result)
	v.compare(lessThan, special, x, other)
	v.setTo(v.constant(math.NaN()), mask)
	v.blend(other, mask, result, result)
	v.compare(equal, special, x, other)
	v.setTo(v.constant(math.Inf(-1)), mask)
	v.blend(other, mask, result, x)
}

// Ordered comparisons of AVX2 that raise nothing.
const (
	equal       = 0x00
	lessThan    = 0x11
	greaterThan = 0x1e
)

// compare sets the lanes of mask where x is less than, and so on, y. AVX2 only.
func (v vector) compare(how int, y, x, mask operand.Op) {
	if c, ok := y.(constant); ok {
		y = c.Mem
	}
	v.emit(instruction{s: v.VCMPPS, d: v.VCMPPD}, operand.U8(how), y, x, mask)
}

// blend sets dst to yes in the lanes of mask and to no in the others. AVX2 only.
func (v vector) blend(mask, yes, no, dst operand.Op) {
	if v.bits == 32 {
		v.VBLENDVPS(mask, yes, no, dst)
	} else {
		v.VBLENDVPD(mask, yes, no, dst)
	}
}
