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
// next order to d, if that is not nil.
func derivative[T real](act Activation, order int, y, d, z []T) {
	if order == 0 && single[T]() {
		kern.Activate32(kern.Activation(act), f32(y), f32(d), f32(z))
		return
	}
	for i, v := range z {
		f := activateOne(act, float64(v))
		y[i] = T(f[order])
		if d != nil {
			d[i] = T(f[order+1])
		}
	}
}

// activateOne returns act and its first four derivatives at z.
func activateOne(act Activation, z float64) [maxOrder + 2]float64 {
	switch act {
	case GELU:
		u := geluScale * (z + geluCubic*z*z*z)
		return timesLogistic(z, u, geluScale*(1+3*geluCubic*z*z), 6*geluScale*geluCubic*z, 6*geluScale*geluCubic)
	case SiLU:
		return timesLogistic(z, z, 1, 0, 0)
	case ReLU:
		if z > 0 || z != z {
			return [...]float64{z, 1, 0, 0, 0}
		}
		return [maxOrder + 2]float64{}
	case Tanh:
		t := math.Tanh(z)
		q := 1 - t*t
		return [...]float64{t, q, -2 * t * q, q * (6*t*t - 2), q * t * (16 - 24*t*t)}
	case Softplus:
		s := logistics(z)
		return [...]float64{math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))), s[0], s[1], s[2], s[3]}
	case CELU:
		if z > 0 || z != z {
			return [...]float64{z, 1, 0, 0, 0}
		}
		e := math.Exp(z)
		return [...]float64{math.Expm1(z), e, e, e, e}
	}
	return [...]float64{z, 1, 0, 0, 0}
}

// logistics returns the logistic function and its first four derivatives.
func logistics(z float64) [5]float64 {
	e := math.Exp(-math.Abs(z))
	s := 1 / (1 + e)
	q := e / ((1 + e) * (1 + e)) // s (1-s), without cancellation
	if z < 0 {
		s = e / (1 + e)
	}
	r := 1 - 2*s
	return [...]float64{s, q, q * r, q * (1 - 6*q), q * r * (1 - 12*q)}
}

// timesLogistic returns f = z σ(u) and its first four derivatives, given u(z) and
// its first three, the fourth being 0: f⁽ᵏ⁾ = z w⁽ᵏ⁾ + k w⁽ᵏ⁻¹⁾ with w = σ(u).
func timesLogistic(z, u, u1, u2, u3 float64) [5]float64 {
	if math.Abs(z) > 1e10 {
		// Factors are 0·∞ or near it, though their product has a limit.
		return [...]float64{math.Max(z, 0), math.Max(0, math.Copysign(1, z)), 0, 0, 0}
	}
	s := logistics(u)
	w := [5]float64{
		s[0],
		s[1] * u1,
		s[2]*u1*u1 + s[1]*u2,
		s[3]*u1*u1*u1 + 3*s[2]*u1*u2 + s[1]*u3,
		s[4]*u1*u1*u1*u1 + 6*s[3]*u1*u1*u2 + s[2]*(4*u1*u3+3*u2*u2),
	}
	f := [5]float64{z * w[0]}
	for k := 1; k < len(f); k++ {
		f[k] = z*w[k] + float64(k)*w[k-1]
	}
	return f
}
