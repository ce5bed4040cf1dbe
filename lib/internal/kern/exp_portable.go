package kern

import (
	"math"
	"unsafe"
)

func expLoop32(dst, x *float32, n int) {
	d := unsafe.Slice(dst, n)
	for i, v := range unsafe.Slice(x, n) {
		d[i] = float32(math.Exp(float64(v)))
	}
}

func expLoop64(dst, x *float64, n int) {
	d := unsafe.Slice(dst, n)
	for i, v := range unsafe.Slice(x, n) {
		d[i] = exponential(v)
	}
}

// exponential is math.Exp, whose assembly on amd64 overflows too early, from 709.5,
// and has few digits where the result is a denormal number.
func exponential(x float64) float64 {
	const ln2High, ln2Low = 0x1.62e42feep-1, 0x1.a39ef35793c76p-33 // the first has few bits: its multiples are exact
	switch {
	case 709 < x && x < 710:
		return math.Exp(x-ln2High) * (1 - ln2Low) * 2
	case -746 < x && x < -708:
		return math.Ldexp(math.Exp(x+64*ln2High)*(1+64*ln2Low), -64)
	}
	return math.Exp(x)
}

func logLoop32(dst, x *float32, n int) {
	d := unsafe.Slice(dst, n)
	for i, v := range unsafe.Slice(x, n) {
		d[i] = float32(math.Log(float64(v)))
	}
}

func logLoop64(dst, x *float64, n int) {
	d := unsafe.Slice(dst, n)
	for i, v := range unsafe.Slice(x, n) {
		d[i] = logarithm(v)
	}
}

// logarithm is math.Log, whose assembly on amd64 takes all denormal numbers for one.
func logarithm(x float64) float64 {
	if 0 < x && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}
