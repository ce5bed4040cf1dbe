package tensor

import (
	"fmt"
	"math"
)

// Activation is an entrywise nonlinearity.
type Activation uint8

// The activations. GELU is the usual tanh approximation,
//
//	z σ(2u),  u = √(2/π) (z + 0.044715 z³),  σ the logistic function,
//
// SiLU is z σ(z), Softplus log(1 + e^z), Linear z itself. The derivative of ReLU
// at 0 is 0. GELU is the zero value, and so the default of every network.
const (
	GELU Activation = iota
	ReLU
	SiLU
	Tanh
	Softplus
	Linear
	numActivations
)

// String returns the activation's name.
func (a Activation) String() string {
	names := [numActivations]string{"GELU", "ReLU", "SiLU", "tanh", "softplus", "linear"}
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

// activate32 writes act(z) to y and act'(z) to d; one exponential serves both.
// The three slices have one length, and y or d may be z.
func activate32(act Activation, y, d, z []float32) {
	y, d = y[:len(z)], d[:len(z)]
	switch act {
	case Linear:
		copy(y, z)
		for i := range d {
			d[i] = 1
		}
	case GELU:
		for i, v := range z {
			q := geluCubic * v * v
			s := logistic32(geluScale * v * (1 + q))
			y[i], d[i] = v*s, s+v*s*(1-s)*geluScale*(1+3*q)
		}
	case ReLU:
		for i, v := range z {
			if v > 0 || v != v {
				y[i], d[i] = v, 1
			} else {
				y[i], d[i] = 0, 0
			}
		}
	case SiLU:
		for i, v := range z {
			s := logistic32(v)
			y[i], d[i] = v*s, s*(1+v*(1-s))
		}
	case Tanh:
		for i, v := range z {
			t := 2*logistic32(2*v) - 1
			y[i], d[i] = t, 1-t*t
		}
	case Softplus:
		for i, v := range z {
			y[i], d[i] = float32(softplus(float64(v))), logistic32(v)
		}
	}
}

// activate64 is activate32 in float64, written for accuracy.
func activate64(act Activation, y, d, z []float64) {
	y, d = y[:len(z)], d[:len(z)]
	for i, v := range z {
		y[i], d[i] = activateOne(act, v)
	}
}

func activateOne(act Activation, v float64) (y, d float64) {
	switch act {
	case GELU:
		q := geluCubic * v * v
		s := logistic(geluScale * v * (1 + q))
		return v * s, s + v*s*(1-s)*geluScale*(1+3*q)
	case ReLU:
		if v > 0 || v != v {
			return v, 1
		}
		return 0, 0
	case SiLU:
		s := logistic(v)
		return v * s, s * (1 + v*(1-s))
	case Tanh:
		t := math.Tanh(v)
		return t, 1 - t*t
	case Softplus:
		return softplus(v), logistic(v)
	}
	return v, 1
}

func logistic(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

// softplus is log(1 + e^v) without overflow.
func softplus(v float64) float64 {
	return max(v, 0) + math.Log1p(math.Exp(-math.Abs(v)))
}

func logistic32(v float32) float32 { return 1 / (1 + exp32(-v)) }

// exp32 is e^v in float32: v = n ln 2 + r with |r| ≤ ln 2/2, a polynomial of
// degree 6 in r, and n added to the exponent. Relative error below 2.5e-7; below
// -87.3 it returns 0 and above 88 the value at 88, so that no overflow occurs.
// A NaN stays one.
func exp32(v float32) float32 {
	if v < -87.3 {
		return 0
	}
	v = min(v, 88)
	const (
		shift = 12582912 // 1.5·2²³: adding it rounds to an integer in the low bits
		ln2Hi = 0.693359375
		ln2Lo = -2.12194440e-4
	)
	n := v*math.Log2E + shift
	bits := math.Float32bits(n)
	n -= shift
	r := v - n*ln2Hi - n*ln2Lo
	p := 1 + r*(1+r*(0.5+r*(1.0/6+r*(1.0/24+r*(1.0/120+r*(1.0/720))))))
	return math.Float32frombits(math.Float32bits(p) + bits<<23)
}
