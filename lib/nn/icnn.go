package nn

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/tensor"
)

// ICNN is an input-convex network, a convex function f of x in R^In,
//
//	z_1 = act(x U_1 + b_1 [+ (x V_1)²]),  z_k = act(z_{k-1} W⁺_k + x U_k + b_k [+ (x V_k)²])
//	f(x) = z_K w⁺ + x u + c + Strong/2 |x|²,
//
// the brackets if it is quadratic. W⁺ = softplus(c W)/c, with c the root of the number
// of rows of W, is positive whatever the parameters are, and act is convex and
// increasing, so that every z is convex in x. Its gradient ∇f is a transport map that is
// optimal for |x-y|². Its parameters may be read and changed; it must not be evaluated
// meanwhile.
//
// Source: amos:17, section 3; the gradient as a map from makkuva:20.
type ICNN struct {
	In         int
	Hidden     []int // Widths of z_1, ..., z_K.
	Activation tensor.Activation
	Strong     float64 // Strong convexity: f less Strong/2 |x|² is convex.
	Quadratic  bool    // Whether hidden layers add (x V_k)² within act.
	Params     []float32
}

// NewICNN returns a network with biases 0, weights U drawn with [LeCun] from rng,
// and weights W⁺ close to the inverse of the number of inputs, so that z_k is about
// as large as z_{k-1}. act is Softplus, CELU or ReLU.
func NewICNN(rng *rand.Rand, in int, hidden []int, act tensor.Activation, strong float64) *ICNN {
	return newICNN(rng, in, hidden, act, strong, false)
}

// NewQuadraticICNN is [NewICNN] for a network whose hidden layers add (x V_k)², with V
// drawn like U: a paraboloid is easy for it, in many dimensions too.
//
// Source: korotin:21, appendix B.1.
func NewQuadraticICNN(rng *rand.Rand, in int, hidden []int, act tensor.Activation, strong float64) *ICNN {
	return newICNN(rng, in, hidden, act, strong, true)
}

func newICNN(rng *rand.Rand, in int, hidden []int, act tensor.Activation, strong float64, quadratic bool) *ICNN {
	if in < 1 || len(hidden) == 0 {
		panic(fmt.Sprintf("nn: a convex network in dimension %d with %d hidden layers", in, len(hidden)))
	}
	if act != tensor.Softplus && act != tensor.CELU && act != tensor.ReLU {
		panic(fmt.Sprintf("nn: the activation of a convex network is softplus, CELU or ReLU, not %v", act))
	}
	if !(strong >= 0) {
		panic(fmt.Sprintf("nn: a strong convexity of %g", strong))
	}
	for _, h := range hidden {
		if h < 1 {
			panic(fmt.Sprintf("nn: a hidden layer of width %d", h))
		}
	}
	m := &ICNN{In: in, Hidden: append([]int(nil), hidden...), Activation: act, Strong: strong, Quadratic: quadratic}
	m.eachLayer(func(before, out, squares int) {
		u := make([]float32, in*out+out)
		LeCun(rng, u[:in*out], in)
		m.Params = append(m.Params, u...)
		v := make([]float32, in*squares)
		LeCun(rng, v, in)
		m.Params = append(m.Params, v...)
		if before == 0 {
			return
		}
		w := make([]float32, before*out)
		c := stiffness(before)
		Gaussian(rng, w, 0.5/c)
		for i := range w {
			w[i] += float32(math.Log(math.Expm1(c/float64(before))) / c)
		}
		m.Params = append(m.Params, w...)
	})
	return m
}

// stiffness is c of W⁺ = softplus(c W)/c for W with so many rows: steps of training that
// are right for U then change W⁺, of size 1/before, neither by a hair nor at a stroke.
func stiffness(before int) float64 { return math.Sqrt(float64(before)) }

// eachLayer calls f with the widths before and after each layer, the last of which
// has one output, and that of V; before is 0 for the first, and squares without a V.
func (m *ICNN) eachLayer(f func(before, out, squares int)) {
	before := 0
	for _, h := range m.Hidden {
		squares := 0
		if m.Quadratic {
			squares = h
		}
		f(before, h, squares)
		before = h
	}
	f(before, 1, 0)
}

// NumParams returns the number of weights and biases.
func (m *ICNN) NumParams() int { return len(m.Params) }

// String names the architecture, for example "convex network 2-64-64-1, softplus,
// 4673 parameters".
func (m *ICNN) String() string {
	s := fmt.Sprintf("convex network %d", m.In)
	if m.Quadratic {
		s = fmt.Sprintf("quadratic convex network %d", m.In)
	}
	m.eachLayer(func(_, out, _ int) { s += fmt.Sprintf("-%d", out) })
	return fmt.Sprintf("%s, %v, %d parameters", s, m.Activation, m.NumParams())
}

// Apply writes f as an expression of x (n×In), with n×1 values. It takes the next
// NumParams parameters of x's graph, laid out as in Params: for each layer U, b,
// and, but for the first, W.
func (m *ICNN) Apply(x *tensor.Var) *tensor.Var { return m.Bind(x.Graph())(x) }

// Bind takes the next NumParams parameters of g, laid out as for Apply, and returns
// what writes f as an expression of its argument (n×In). It may be called more than
// once: all uses share the parameters.
func (m *ICNN) Bind(g *tensor.Graph) func(x *tensor.Var) *tensor.Var {
	type layer struct{ u, b, v, w *tensor.Var }
	var layers []layer
	m.eachLayer(func(before, out, squares int) {
		l := layer{u: g.Param(m.In, out), b: g.Param(1, out)}
		if squares > 0 {
			l.v = g.Param(m.In, squares)
		}
		if before > 0 {
			c := stiffness(before)
			l.w = g.Param(before, out).Scale(c).Activate(tensor.Softplus).Scale(1 / c)
		}
		layers = append(layers, l)
	})
	return func(x *tensor.Var) *tensor.Var {
		var z *tensor.Var
		for k, l := range layers {
			y := tensor.Affine(x, l.u, l.b, tensor.Linear)
			if l.v != nil {
				y = y.Add(x.MatMul(l.v).Square())
			}
			if l.w != nil {
				y = y.Add(z.MatMul(l.w))
			}
			if k < len(m.Hidden) {
				y = y.Activate(m.Activation)
			}
			z = y
		}
		if m.Strong > 0 {
			z = z.Add(x.Square().RowSums().Scale(m.Strong / 2))
		}
		return z
	}
}

// ApplyGradient writes f and its gradient, n×In, as expressions of x. A loss may
// hold both.
func (m *ICNN) ApplyGradient(x *tensor.Var) (f, gradientOfF *tensor.Var) {
	f = m.Apply(x)
	return f, gradient(f, x)
}

// Eval returns f at the rows of x (n×In), as an n×1 matrix, in float32.
func (m *ICNN) Eval(x *mat.Dense) *mat.Dense {
	return evaluate(x, m.In, 1, m.Params, m.Apply)
}

// Push returns ∇f at the rows of x (n×In), as an n×In matrix, in float32.
func (m *ICNN) Push(x *mat.Dense) *mat.Dense {
	return evaluate(x, m.In, m.In, m.Params, func(x *tensor.Var) *tensor.Var {
		_, gradient := m.ApplyGradient(x)
		return gradient
	})
}

// SpreadBiases draws the biases of the hidden layers from the normal law with
// standard deviation std, so that where units bend lies across the data and not all
// at the origin.
func (m *ICNN) SpreadBiases(rng *rand.Rand, std float64) {
	at, layer := 0, 0
	m.eachLayer(func(before, out, squares int) {
		at += m.In * out
		if layer < len(m.Hidden) {
			Gaussian(rng, m.Params[at:at+out], std)
		}
		at += out + m.In*squares + before*out
		layer++
	})
}
