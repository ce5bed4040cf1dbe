package nn

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/optim"
	"gaspard/lib/tensor"
)

// f at the middle of two points is not above the mean of its values there, less
// what strong convexity asks for, whatever the parameters.
func TestICNNIsConvex(t *testing.T) {
	const n, d = 500, 3
	for _, act := range []tensor.Activation{tensor.Softplus, tensor.CELU, tensor.ReLU} {
		for _, strong := range []float64{0, 0.5} {
			m := NewICNN(newRand(1), d, []int{20, 30, 10}, act, strong)
			if strong > 0 {
				m = NewQuadraticICNN(newRand(1), d, []int{20, 30, 10}, act, strong)
			}
			for i, v := range normals(2, len(m.Params)) {
				m.Params[i] += float32(v)
			}
			a, b := mat.NewDense(n, d, normals(3, n*d)), mat.NewDense(n, d, normals(4, n*d))
			middle := mat.NewDense(n, d, nil)
			middle.Add(a, b)
			middle.Scale(0.5, middle)
			fa, fb, fm := m.Eval(a), m.Eval(b), m.Eval(middle)
			curved := false
			for i := range n {
				square := 0.0
				for j := range d {
					square += (a.At(i, j) - b.At(i, j)) * (a.At(i, j) - b.At(i, j))
				}
				mean := (fa.At(i, 0) + fb.At(i, 0)) / 2
				gap := mean - fm.At(i, 0) - strong*square/8
				if rounding := 1e-5 * (1 + math.Abs(fa.At(i, 0)) + math.Abs(fb.At(i, 0))); gap < -rounding {
					t.Fatalf("%v, strong %g: the middle lies %g above the chord", act, strong, -gap)
				}
				curved = curved || gap > 0.01*(1+math.Abs(mean))
			}
			if !curved {
				t.Errorf("%v: f is affine, so that nothing was tested", act)
			}
		}
	}
}

func TestICNNGradientAgainstDifferences(t *testing.T) {
	m := NewICNN(newRand(5), 2, []int{16, 16}, tensor.Softplus, 0.1)
	x := mat.NewDense(7, 2, normals(6, 14))
	grad := m.Push(x)
	const h = 1e-2 // f is float32: the rounding over h and h² are both about 1e-4
	for j := range 2 {
		up, down := mat.DenseCopyOf(x), mat.DenseCopyOf(x)
		for i := range 7 {
			up.Set(i, j, x.At(i, j)+h)
			down.Set(i, j, x.At(i, j)-h)
		}
		fu, fd := m.Eval(up), m.Eval(down)
		for i := range 7 {
			want := (fu.At(i, 0) - fd.At(i, 0)) / (2 * h)
			if math.Abs(grad.At(i, j)-want) > 1e-3*(1+math.Abs(want)) {
				t.Errorf("∂f/∂x_%d at point %d is %g, differences give %g", j, i, grad.At(i, j), want)
			}
		}
	}
}

// The gradient of a convex potential learns a map that is one: x ↦ (2x_1 + 1,
// x_2/2). This trains through the derivative by x.
func TestICNNLearnsAGradientMap(t *testing.T) {
	const n = 256
	m := NewICNN(newRand(7), 2, []int{32, 32}, tensor.CELU, 0.1)
	s := tensor.NewSharded(n, m.Params, func(g *tensor.Graph, rows int) *tensor.Var {
		x, y := g.Data(rows, 2), g.Data(rows, 2)
		_, gradient := m.ApplyGradient(x)
		return gradient.Sub(y).Square().Sum()
	})
	rng := newRand(8)
	adam := optim.Adam{Rate: optim.Cosine(1e-2, 400)}
	first, loss := 0.0, 0.0
	for step := range 400 {
		x, y := s.Data(0), s.Data(1)
		for i := 0; i < len(x); i += 2 {
			x[i], x[i+1] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
			y[i], y[i+1] = 2*x[i]+1, x[i+1]/2
		}
		if loss = s.Gradient(1.0 / n); step == 0 {
			first = loss
		}
		adam.Step(m.Params, s.Grad)
	}
	if loss > 0.02*first {
		t.Errorf("squared error %g after training, %g before", loss, first)
	}
}

// Spread biases leave a network convex and what is no bias of a hidden layer alone.
func TestSpreadBiases(t *testing.T) {
	m, still := NewQuadraticICNN(newRand(1), 2, []int{4, 3}, tensor.CELU, 0), NewQuadraticICNN(newRand(1), 2, []int{4, 3}, tensor.CELU, 0)
	m.SpreadBiases(newRand(2), 1)
	changed := 0
	for i, v := range m.Params {
		if v != still.Params[i] {
			if still.Params[i] != 0 {
				t.Errorf("weight %d changed", i)
			}
			changed++
		}
	}
	if changed != 7 {
		t.Errorf("%d parameters changed, there are 7 hidden units", changed)
	}
}
