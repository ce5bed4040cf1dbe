package tensor

import (
	"fmt"
	"math"

	"gaspard/lib/internal/kern"
)

// Activation is an entrywise nonlinearity.
type Activation uint8

// The activations. GELU is the usual tanh approximation,
//
//	z σ(2u),  u = √(2/π) (z + 0.044715 z³),  σ the logistic function,
//
// SiLU is z σ(z), Softplus log(1 + e^z), CELU z for z > 0 and e^z - 1 below,
// Linear z itself. Derivatives of ReLU at 0 are 0. GELU is the zero value, and so
// the default of every network.
const (
	GELU Activation = iota
	ReLU
	SiLU
	Tanh
	Softplus
	CELU
	Linear
	numActivations
)

// String returns the activation's name.
func (a Activation) String() string {
	names := [numActivations]string{"GELU", "ReLU", "SiLU", "tanh", "softplus", "CELU", "linear"}
	if a >= numActivations {
		return fmt.Sprintf("Activation(%d)", uint8(a))
	}
	return names[a]
}

func (a Activation) check() {
	if a >= numActivations {
		panic(fmt.Sprintf("tensor: no activation %d", uint8(a)))
	}
}

const (
	geluScale = 2 * 0.7978845608028654 // 2 √(2/π)
	geluCubic = 0.044715
)

// maxOrder is the highest derivative of an activation that a value may be; its
// own derivative is one order higher.
const maxOrder = 3

// derivative writes the derivative of act of the given order to y and that of the
// next order to d, if that is not nil. work is scratch for orders above 0.
func derivative[T real](act Activation, order int, y, d, z, work []T) {
	switch {
	case !single[T]():
		derivative64(act, order, y, d, z)
	case order == 0:
		kern.Activate32(kern.Activation(act), f32(y), f32(d), f32(z))
	default:
		for from := 0; from < len(z); from += slopeBlock {
			to := min(from+slopeBlock, len(z))
			var next []float32
			if d != nil {
				next = f32(d)[from:to]
			}
			slopes32(act, order, f32(y)[from:to], next, f32(z)[from:to], f32(work))
		}
	}
}

func derivative64[T real](act Activation, order int, y, d, z []T) {
	for i, v := range z {
		f := activateOne(act, float64(v))
		y[i] = T(f[order])
		if d != nil {
			d[i] = T(f[order+1])
		}
	}
}

// slopeBlock is how many entries slopes32 takes at once; it needs three times as
// many numbers of scratch.
const slopeBlock = 512

// slopes32 is derivative for orders from 1: the exponentials come from a kernel.
func slopes32(act Activation, order int, y, d, z, work []float32) {
	u, s, rest := work[:len(z)], work[slopeBlock:slopeBlock+len(z)], work[2*slopeBlock:2*slopeBlock+len(z)]
	if order == 1 && firstSlopes32(act, y, d, z, u, s, rest) {
		return
	}
	for i, v := range z {
		u[i] = gate(act, v)
		if v > 0 {
			u[i] = -u[i] // where the logistic function is small, and so exact beside 1
		}
	}
	switch act {
	case CELU:
		kern.Exp32(s, u)
	case ReLU, Linear:
	default:
		// The logistic function is the derivative of softplus.
		kern.Activate32(kern.Softplus, rest, s, u)
	}
	for i, v := range z {
		q := s[i] * (1 - s[i])
		if v > 0 {
			s[i] = 1 - s[i] // the gate has the sign of its argument
		}
		f := slopes(act, v, s[i], q)
		y[i] = f[order]
		if d != nil {
			d[i] = f[order+1]
		}
	}
}

// activateOne returns act and its first four derivatives at z.
func activateOne(act Activation, z float64) [maxOrder + 2]float64 {
	u := gate(act, z)
	e := math.Exp(-math.Abs(u))
	s, q := 1/(1+e), e/((1+e)*(1+e)) // the logistic function and its derivative, without cancellation
	if u < 0 {
		s = e / (1 + e)
	}
	if act == CELU {
		s = e
	}
	f := slopes(act, z, s, q)
	switch act {
	case GELU, SiLU:
		if f[0] = z * s; math.IsInf(z, -1) {
			f[0] = 0
		}
	case ReLU:
		f[0] = z * f[1]
		if f[1] == 0 {
			f[0] = 0
		}
	case Tanh:
		f[0] = math.Tanh(z)
	case Softplus:
		f[0] = math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z)))
	case CELU:
		if f[0] = z; z <= 0 {
			f[0] = math.Expm1(z)
		}
	default:
		f[0] = z
	}
	return f
}

// gate is the argument of the logistic function in act, of the exponential in
// CELU.
func gate[T real](act Activation, z T) T {
	switch act {
	case GELU:
		return geluScale * (z + geluCubic*z*z*z)
	case Tanh:
		return 2 * z
	case CELU:
		return min(z, 0)
	}
	return z
}

// slopes returns the first four derivatives of act at z, after a 0, given the
// logistic function s of the gate and its derivative q, or e^z in s for CELU.
func slopes[T real](act Activation, z, s, q T) [maxOrder + 2]T {
	switch act {
	case GELU:
		return timesLogistic(z, s, q, geluScale*(1+3*geluCubic*z*z), 6*geluScale*geluCubic*z, 6*geluScale*geluCubic)
	case SiLU:
		return timesLogistic(z, s, q, 1, 0, 0)
	case Tanh:
		t := 2*s - 1
		p := 4 * q // 1 - t²
		return [...]T{0, p, -2 * t * p, p * (6*t*t - 2), p * t * (16 - 24*t*t)}
	case Softplus:
		r := 1 - 2*s
		return [...]T{0, s, q, q * r, q * (1 - 6*q)}
	case ReLU:
		if z > 0 || z != z {
			return [...]T{0, 1, 0, 0, 0}
		}
		return [maxOrder + 2]T{}
	case CELU:
		if z > 0 || z != z {
			return [...]T{0, 1, 0, 0, 0}
		}
		return [...]T{0, s, s, s, s}
	}
	return [...]T{0, 1, 0, 0, 0}
}

// timesLogistic returns the first four derivatives of z w, w = σ(u), after a 0,
// given σ(u), σ'(u), and the first three derivatives of u by z, the fourth being 0:
// they are z w⁽ᵏ⁾ + k w⁽ᵏ⁻¹⁾.
func timesLogistic[T real](z, s, q, u1, u2, u3 T) (f [maxOrder + 2]T) {
	far := T(1e10)
	if single[T]() {
		far = 100
	}
	if z > far || z < -far {
		// Factors are 0·∞ or near it, though their product has a limit.
		if z > 0 {
			f[1] = 1
		}
		return f
	}
	r := 1 - 2*s
	s2, s3, s4 := q*r, q*(1-6*q), q*r*(1-12*q)
	w := [...]T{
		s,
		q * u1,
		s2*u1*u1 + q*u2,
		s3*u1*u1*u1 + 3*s2*u1*u2 + q*u3,
		s4*u1*u1*u1*u1 + 6*s3*u1*u1*u2 + s2*(4*u1*u3+3*u2*u2),
	}
	for k := 1; k < len(f); k++ {
		f[k] = z*w[k] + T(k)*w[k-1]
	}
	return f
}
