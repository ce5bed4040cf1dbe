package nn

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/tensor"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func normals(seed uint64, n int) []float64 {
	rng, v := newRand(seed), make([]float64, n)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	return v
}

// The network by its definition, in float64.
func byDefinition(m *MLP, x []float64) []float64 {
	h, at := x, 0
	layer := 0
	m.eachLayer(func(in, out int) {
		y := make([]float64, out)
		for j := range y {
			y[j] = float64(m.Params[at+in*out+j])
			for i, v := range h {
				y[j] += v * float64(m.Params[at+i*out+j])
			}
			if layer < len(m.Hidden) {
				y[j] = math.Tanh(y[j])
			}
		}
		h, at = y, at+in*out+out
		layer++
	})
	if m.Residual {
		for i := range h {
			h[i] += x[i]
		}
	}
	return h
}

func TestForwardFollowsTheDefinition(t *testing.T) {
	for _, hidden := range [][]int{nil, {5}, {7, 3, 4}} {
		m := NewMLP(newRand(1), 3, 3, hidden, tensor.Tanh, true)
		n := 300 // more than one block of Eval and not a multiple of it
		x := mat.NewDense(n, 3, normals(2, 3*n))
		y := m.Eval(x)
		b := NewBatch(m, n)
		b.Forward(x.RawMatrix().Data)
		for i := range n {
			want := byDefinition(m, x.RawRowView(i))
			for j, w := range want {
				if math.Abs(y.At(i, j)-w) > 1e-5 {
					t.Fatalf("hidden %v: T(x_%d)_%d = %g, want %g", hidden, i, j, y.At(i, j), w)
				}
				if math.Abs(y.At(i, j)-float64(b.Out[i*3+j])) > 1e-6 {
					t.Fatalf("hidden %v: Eval and Batch differ by more than roundings at point %d", hidden, i)
				}
			}
		}
	}
}

func TestInitialisation(t *testing.T) {
	m := NewMLP(newRand(3), 2, 2, []int{32, 64, 32}, tensor.GELU, true)
	if m.NumParams() != 2*32+32+32*64+64+64*32+32+32*2+2 {
		t.Errorf("%d parameters", m.NumParams())
	}
	if got, want := m.String(), "residual MLP 2-32-64-32-2, GELU, 4354 parameters"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if !slices.Equal(m.Params[64:96], make([]float32, 32)) {
		t.Error("the first biases are not 0")
	}
	w := make([]float32, 200000)
	LeCun(newRand(4), w, 25)
	var sum, square, largest float64
	for _, v := range w {
		sum += float64(v)
		square += float64(v) * float64(v)
		largest = max(largest, math.Abs(float64(v)))
	}
	n := float64(len(w))
	// Standard errors: of the mean 0.2/√n, of the variance about 1.1·0.04/√n.
	if math.Abs(sum/n) > 4*0.2/math.Sqrt(n) || math.Abs(square/n-0.04) > 4*0.05/math.Sqrt(n) {
		t.Errorf("mean %g, variance %g, want 0 and 0.04", sum/n, square/n)
	}
	if limit := 2 * 0.2 / 0.8796; largest > limit {
		t.Errorf("largest weight %g beyond the truncation at %g", largest, limit)
	}
	other := NewMLP(newRand(3), 2, 2, []int{32, 64, 32}, tensor.GELU, true)
	if !slices.Equal(m.Params, other.Params) {
		t.Error("one seed, two networks")
	}
	m.ScaleLast(0)
	y := m.Eval(mat.NewDense(1, 2, []float64{0.25, -3}))
	if y.At(0, 0) != 0.25 || y.At(0, 1) != -3 {
		t.Errorf("with a zero last layer a residual network moves (0.25, -3) to %v", y.RawRowView(0))
	}
}

// The gradient by the parameters of a sum weighted at random, against
// differences of the float64 tape.
func TestBatchGradient(t *testing.T) {
	m := NewMLP(newRand(5), 2, 3, []int{6, 4}, tensor.GELU, false)
	const n = 150
	x, seed := normals(6, 2*n), normals(7, 3*n)
	b := NewBatch(m, n)
	b.Forward(x)
	seed32 := make([]float32, len(seed))
	for i, v := range seed {
		seed32[i] = float32(v)
	}
	b.Backward(seed32)

	g := tensor.NewGraph()
	in := g.Data(n, 2)
	loss := m.Apply(in).Mul(g.Const(n, 3, seed)).Sum()
	params := make([]float64, m.NumParams())
	for i, v := range m.Params {
		params[i] = float64(v)
	}
	p := g.Eval64(loss, params)
	copy(p.Value(in), x)
	for i := range params {
		const h = 1e-5
		at := func(d float64) float64 {
			old := params[i]
			params[i] = old + d
			p.Forward()
			params[i] = old
			return p.Value(loss)[0]
		}
		want := (at(h) - at(-h)) / (2 * h)
		if math.Abs(float64(b.Grad[i])-want) > 2e-5*(10+math.Abs(want)) {
			t.Errorf("gradient %d is %g, differences give %g", i, b.Grad[i], want)
		}
	}
}

func TestGradientDoesNotDependOnTheCores(t *testing.T) {
	m := NewMLP(newRand(8), 2, 2, []int{16, 16}, tensor.SiLU, true)
	x := normals(9, 2*257)
	seed := make([]float32, len(x))
	for i := range seed {
		seed[i] = float32(i%7) - 3
	}
	grad := func(cores int) []float32 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		b := NewBatch(m, 257)
		for range 3 { // a second pass starts from clean gradients
			b.Forward(x)
			b.Backward(seed)
		}
		return b.Grad
	}
	if !slices.Equal(grad(1), grad(4)) {
		t.Error("one core and four give different gradients")
	}
}

func TestMistakesAreNamed(t *testing.T) {
	mustPanic := func(want string, f func()) {
		t.Helper()
		defer func() {
			if got := recover(); got != want {
				t.Errorf("panic %v, want %q", got, want)
			}
		}()
		f()
	}
	rng := newRand(1)
	mustPanic("nn: a residual network needs as many outputs as inputs, not 3 for 2", func() { NewMLP(rng, 2, 3, nil, tensor.GELU, true) })
	mustPanic("nn: a hidden layer of width 0", func() { NewMLP(rng, 2, 3, []int{0}, tensor.GELU, false) })
	m := NewMLP(rng, 2, 2, nil, tensor.GELU, false)
	mustPanic("nn: the network takes 2 columns, x has 3", func() { m.Eval(mat.NewDense(1, 3, nil)) })
	mustPanic("nn: a batch of 0 rows", func() { NewBatch(m, 0) })
	mustPanic("nn: 3 numbers for a batch of 1×2", func() { NewBatch(m, 1).Forward(make([]float64, 3)) })
}

// A bound network applied twice is one network: its gradient is the sum of both uses.
func TestBoundNetworkSharesParameters(t *testing.T) {
	m := NewMLP(newRand(1), 3, 1, []int{8, 8}, tensor.SiLU, false)
	x := normals(2, 12)
	grad := func(times int) []float32 {
		g, grads := tensor.NewGraph(), make([]float32, len(m.Params))
		in := g.Data(4, 3)
		f := m.Bind(g)
		out := f(in).Sum()
		for range times - 1 {
			out = out.Add(f(in).Sum())
		}
		p := g.Plan32(out, m.Params, grads)
		for i, v := range x {
			p.Value(in)[i] = float32(v)
		}
		p.Forward()
		p.Backward(nil)
		return grads
	}
	once, twice := grad(1), grad(2)
	for i := range once {
		if math.Abs(float64(twice[i]-2*once[i])) > 1e-5*(1+math.Abs(float64(once[i]))) {
			t.Fatalf("parameter %d: %g for one use, %g for two", i, once[i], twice[i])
		}
	}
}

func TestMLPGradientAgainstDifferences(t *testing.T) {
	m := NewMLP(newRand(1), 2, 1, []int{16, 16}, tensor.GELU, false)
	x := mat.NewDense(7, 2, normals(6, 14))
	grad := m.Gradient(x)
	const h = 1e-2 // f is float32: the rounding over h and h² are both about 1e-4
	for j := range 2 {
		up, down := mat.DenseCopyOf(x), mat.DenseCopyOf(x)
		for i := range 7 {
			up.Set(i, j, x.At(i, j)+h)
			down.Set(i, j, x.At(i, j)-h)
		}
		fu, fd := m.Eval(up), m.Eval(down)
		for i := range 7 {
			if want := (fu.At(i, 0) - fd.At(i, 0)) / (2 * h); math.Abs(grad.At(i, j)-want) > 1e-3 {
				t.Errorf("point %d, coordinate %d: %g, differences give %g", i, j, grad.At(i, j), want)
			}
		}
	}
}
