package monge

import "math"

// The inner loops of the scaling, in plain Go. Four rows at a time keep four
// independent sums, which hides the latency of addition.

// dot4 returns the inner products of four consecutive rows of k with v.
func dot4(k, v []float64) (r0, r1, r2, r3 float64) {
	m := len(v)
	k0, k1, k2, k3 := k[:m], k[m:2*m], k[2*m:3*m], k[3*m:4*m]
	k1, k2, k3 = k1[:m], k2[:m], k3[:m]
	for j, x := range v {
		r0 += k0[j] * x
		r1 += k1[j] * x
		r2 += k2[j] * x
		r3 += k3[j] * x
	}
	return r0, r1, r2, r3
}

// dotRow returns the inner product of k and v.
func dotRow(k, v []float64) (sum float64) {
	v = v[:len(k)]
	for j, x := range k {
		sum += x * v[j]
	}
	return sum
}

// addRows4 adds to dst four consecutive rows of k, each times its factor.
func addRows4(dst, k []float64, u0, u1, u2, u3 float64) {
	m := len(dst)
	k0, k1, k2, k3 := k[:m], k[m:2*m], k[2*m:3*m], k[3*m:4*m]
	k0, k1, k2, k3 = k0[:m], k1[:m], k2[:m], k3[:m]
	for j := range dst {
		dst[j] += (u0*k0[j] + u1*k1[j]) + (u2*k2[j] + u3*k3[j])
	}
}

// expSteps is the number of tabulated powers of two between 1 and 2.
const expSteps = 32

var expTable = func() (t [expSteps]uint64) {
	for i := range t {
		t[i] = math.Float64bits(math.Exp2(float64(i) / expSteps))
	}
	return t
}()

// gibbs writes exp((f + g - c) · inv) to dst, entry by entry, with relative error
// below 1e-14 from its own arithmetic and the rounding of the exponent besides.
// Exponents are cut at ±700, where it gives 0 below. e^x = 2^(q/32) e^r with
// |r| ≤ ln 2/64, a table for the first factor and five terms for the second.
func gibbs(dst, c, g []float64, f, inv float64) {
	const (
		shift  = 3 << 51 // adding it rounds to an integer in the low bits
		perLn2 = expSteps / math.Ln2
		hi     = 0x1.62e42fefap-1 / expSteps
		lo     = 0x1.cf79abc9e3b39p-40 / expSteps
	)
	c, g = c[:len(dst)], g[:len(dst)]
	for j := range dst {
		x := (f + g[j] - c[j]) * inv
		if x < -700 {
			dst[j] = 0
			continue
		}
		if x > 700 {
			x = 700
		}
		n := x*perLn2 + shift
		bits := math.Float64bits(n)
		n -= shift
		r := x - n*hi - n*lo
		scale := math.Float64frombits(expTable[bits%expSteps] + bits/expSteps<<52)
		dst[j] = scale + scale*(r*(1+r*(0.5+r*(1.0/6+r*(1.0/24+r*(1.0/120))))))
	}
}
