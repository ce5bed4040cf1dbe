// Package nn builds networks on the tape of lib/tensor: how they are written
// down, initialised, evaluated, and differentiated batch by batch on all cores.
//
// Notation: x is a batch of n points, one per row; a network has layers
// 1, ..., L with weights W_l (inputs × outputs) and biases b_l, kept in one flat
// float32 array in that order.
package nn

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/tensor"
)

// MLP is a multilayer perceptron,
//
//	T(x) = [x +] act(... act(x W_1 + b_1) ...) W_L + b_L,
//
// the bracket if it is residual. Its parameters may be read and changed; it
// must not be evaluated meanwhile.
type MLP struct {
	In, Out    int
	Hidden     []int // Widths of the hidden layers.
	Activation tensor.Activation
	Residual   bool
	Params     []float32
}

// NewMLP returns a network with biases 0 and weights drawn with [LeCun] from rng:
// a residual one begins as the identity plus noise of order one, not as the
// identity. No hidden layer makes it affine.
func NewMLP(rng *rand.Rand, in, out int, hidden []int, act tensor.Activation, residual bool) *MLP {
	if in < 1 || out < 1 {
		panic(fmt.Sprintf("nn: a network from %d to %d dimensions", in, out))
	}
	if residual && in != out {
		panic(fmt.Sprintf("nn: a residual network needs as many outputs as inputs, not %d for %d", out, in))
	}
	m := &MLP{In: in, Out: out, Hidden: append([]int(nil), hidden...), Activation: act, Residual: residual}
	for _, h := range hidden {
		if h < 1 {
			panic(fmt.Sprintf("nn: a hidden layer of width %d", h))
		}
	}
	m.eachLayer(func(in, out int) {
		w := make([]float32, in*out+out)
		LeCun(rng, w[:in*out], in)
		m.Params = append(m.Params, w...)
	})
	return m
}

// eachLayer calls f with the sizes of the layers in order.
func (m *MLP) eachLayer(f func(in, out int)) {
	in := m.In
	for _, h := range m.Hidden {
		f(in, h)
		in = h
	}
	f(in, m.Out)
}

// ScaleLast multiplies the last layer's weights and biases by c: a small c
// makes the network a small correction to whatever it is added to.
func (m *MLP) ScaleLast(c float64) {
	last := m.Out
	if k := len(m.Hidden); k > 0 {
		last += m.Hidden[k-1] * m.Out
	} else {
		last += m.In * m.Out
	}
	tail := m.Params[len(m.Params)-last:]
	for i := range tail {
		tail[i] *= float32(c)
	}
}

// NumParams returns the number of weights and biases.
func (m *MLP) NumParams() int { return len(m.Params) }

// String names the architecture, for example "residual MLP 2-32-64-32-2, GELU,
// 4354 parameters".
func (m *MLP) String() string {
	s := "MLP "
	if m.Residual {
		s = "residual MLP "
	}
	s += fmt.Sprint(m.In)
	m.eachLayer(func(_, out int) { s += fmt.Sprintf("-%d", out) })
	return fmt.Sprintf("%s, %v, %d parameters", s, m.Activation, m.NumParams())
}

// Apply writes the network as an expression of x (n×In). It takes the next
// NumParams parameters of x's graph, laid out as in Params.
func (m *MLP) Apply(x *tensor.Var) *tensor.Var { return m.Bind(x.Graph())(x) }

// Bind takes the next NumParams parameters of g, laid out as in Params, and returns
// what writes the network as an expression of its argument (n×In). It may be called
// more than once: all uses share the parameters.
func (m *MLP) Bind(g *tensor.Graph) func(x *tensor.Var) *tensor.Var {
	var weights, biases []*tensor.Var
	m.eachLayer(func(in, out int) {
		weights, biases = append(weights, g.Param(in, out)), append(biases, g.Param(1, out))
	})
	return func(x *tensor.Var) *tensor.Var {
		h := x
		for k, w := range weights {
			act := m.Activation
			if k == len(m.Hidden) {
				act = tensor.Linear
			}
			h = tensor.Affine(h, w, biases[k], act)
		}
		if m.Residual {
			h = x.Add(h)
		}
		return h
	}
}

// Gradient returns ∇f at the rows of x (n×In) for a network f of one output, as an
// n×In matrix. It computes like Eval.
func (m *MLP) Gradient(x *mat.Dense) *mat.Dense {
	if m.Out != 1 {
		panic(fmt.Sprintf("nn: the gradient of a network of %d outputs; it takes one", m.Out))
	}
	return evaluate(x, m.In, m.In, m.Params, func(x *tensor.Var) *tensor.Var {
		return gradient(m.Apply(x), x)
	})
}

// gradient writes the gradient by x of f, which has a value for each row of x.
func gradient(f, x *tensor.Var) *tensor.Var {
	ones := make([]float64, x.Rows())
	for i := range ones {
		ones[i] = 1
	}
	return tensor.Cotangent(f, x, x.Graph().Const(x.Rows(), 1, ones))
}
