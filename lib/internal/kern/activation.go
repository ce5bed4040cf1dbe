package kern

import "fmt"

// Activation is an entrywise nonlinearity.
type Activation uint8

// The activations. GELU is its usual approximation by tanh,
//
//	z σ(2u),  u = √(2/π) (z + 0.044715 z³),  σ(x) = 1/(1 + e^-x),
//
// SiLU is z σ(z), Softplus log(1 + e^z), CELU z above 0 and e^z - 1 below, Linear z
// itself. The derivative of ReLU at 0 is 0.
const (
	GELU Activation = iota
	ReLU
	SiLU
	Tanh
	Softplus
	CELU
	Linear
	activations
)

// activationTable has the nonlinearities of networks.
type activationTable struct {
	// activate32 is y = act(z + bias) row by row and d its derivative; bias and d
	// may be nil.
	activate32 func(act Activation, y, d, z, bias []float32, rows, cols int)
}

// Activate32 is y = act(z) and d = act'(z), entry by entry; d may be nil, y and d
// may be z.
//
// With ulp = 2⁻²³ times the result, values err by at most 2.3 ulp and derivatives by
// 2.9 ulp where they have been measured, with two exceptions. The derivatives of GELU
// and SiLU have a zero near -0.75 and -1.28 and err by 3e-7 around it. GELU below -1
// has the rounding of u in its exponent: 2 + 3|u| ulp. Results below the normal
// numbers may be 0 instead. Saturation is exact: Tanh becomes ±1, GELU and SiLU z or
// -0, Softplus z or 0, CELU -1, and this at ±Inf too. NaN gives NaN in both, but 1 in
// the derivatives of ReLU and Linear.
func Activate32(act Activation, y, d, z []float32) {
	act.check()
	equalLengths("Activate32", len(y), len(z))
	if d != nil {
		equalLengths("Activate32", len(y), len(d))
	}
	if len(z) > 0 {
		kernels.activate32(act, y, d, z, nil, 1, len(z))
	}
}

// BiasActivate32 finishes a layer on the product that y (rows×cols) holds: it is
// y_ij = act(y_ij + bias_j) in place, and d (rows×cols, or nil) becomes act' at the
// same argument. Accuracy is that of [Activate32] at the rounded sum.
func BiasActivate32(act Activation, y, d, bias []float32, rows, cols int) {
	act.check()
	holds("BiasActivate32", "y", len(y), rows, cols)
	holds("BiasActivate32", "bias", len(bias), 1, cols)
	if d != nil {
		holds("BiasActivate32", "d", len(d), rows, cols)
	}
	if rows > 0 && cols > 0 {
		kernels.activate32(act, y, d, y, bias, rows, cols)
	}
}

func (a Activation) check() {
	if a >= activations {
		panic(fmt.Sprintf("kern: no activation %d", uint8(a)))
	}
}
