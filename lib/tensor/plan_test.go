package tensor

import (
	"math"
	"math/rand/v2"
	"testing"
)

// expression builds a scalar from an input and parameters.
type expression struct {
	name string
	// lowest keeps the entries away from where the operation is not smooth.
	positive bool
	build    func(g *Graph, x *Var) *Var
}

// weigh turns a matrix into a scalar whose gradient differs in every entry.
func weigh(v *Var) *Var {
	w := make([]float64, v.Rows()*v.Cols())
	for i := range w {
		w[i] = math.Sin(float64(3*i+1)) + 0.2
	}
	return v.Mul(v.Graph().Const(v.Rows(), v.Cols(), w)).Sum()
}

func expressions() []expression {
	list := []expression{
		{"matmul", false, func(g *Graph, x *Var) *Var { return x.MatMul(g.Param(3, 5)) }},
		{"add", false, func(g *Graph, x *Var) *Var { return x.Add(g.Param(4, 3)) }},
		{"add row", false, func(g *Graph, x *Var) *Var { return x.Add(g.Param(1, 3)) }},
		{"sub column", false, func(g *Graph, x *Var) *Var { return g.Param(4, 1).Sub(x) }},
		{"mul", false, func(g *Graph, x *Var) *Var { return x.Mul(g.Param(4, 3)) }},
		{"mul scalar", false, func(g *Graph, x *Var) *Var { return g.Param(1, 1).Mul(x) }},
		{"mul column by row", false, func(g *Graph, x *Var) *Var { return x.RowSums().Mul(g.Param(1, 5)) }},
		{"div", true, func(g *Graph, x *Var) *Var { return g.Param(4, 3).Div(x) }},
		{"div by row", true, func(g *Graph, x *Var) *Var { return x.Div(g.Param(1, 3).Square().Shift(1)) }},
		{"scale, shift", false, func(_ *Graph, x *Var) *Var { return x.Scale(-1.5).Shift(2) }},
		{"square", false, func(_ *Graph, x *Var) *Var { return x.Square() }},
		{"sqrt", true, func(_ *Graph, x *Var) *Var { return x.Sqrt() }},
		{"abs", false, func(_ *Graph, x *Var) *Var { return x.Abs() }},
		{"exp", false, func(_ *Graph, x *Var) *Var { return x.Exp() }},
		{"log", true, func(_ *Graph, x *Var) *Var { return x.Log() }},
		{"pow", true, func(_ *Graph, x *Var) *Var { return x.Pow(1.7) }},
		{"mean", false, func(_ *Graph, x *Var) *Var { return x.Mean() }},
		{"row sums", false, func(_ *Graph, x *Var) *Var { return x.RowSums() }},
		{"row norms", false, func(_ *Graph, x *Var) *Var { return x.RowNorms() }},
		{"shared", false, func(_ *Graph, x *Var) *Var { y := x.Square(); return y.Mul(y.Exp()).Sub(y).Div(y.Shift(1)) }},
		{"residual network", false, func(g *Graph, x *Var) *Var {
			h := Affine(x, g.Param(3, 6), g.Param(1, 6), GELU)
			h = Affine(h, g.Param(6, 5), g.Param(1, 5), SiLU)
			return x.Add(Affine(h, g.Param(5, 3), g.Param(1, 3), Linear))
		}},
	}
	for act := range numActivations {
		list = append(list, expression{act.String(), false, func(_ *Graph, x *Var) *Var { return x.Activate(act) }},
			expression{"layer " + act.String(), false, func(g *Graph, x *Var) *Var {
				return Affine(x, g.Param(3, 4), g.Param(1, 4), act)
			}})
	}
	return list
}

// draw fills v with numbers of modulus 0.3 to 1.5, negative ones among them
// unless positive.
func draw(rng *rand.Rand, v []float64, positive bool) {
	for i := range v {
		v[i] = 0.3 + 1.2*rng.Float64()
		if !positive && rng.IntN(2) == 0 {
			v[i] = -v[i]
		}
	}
}

// Every operation's gradient, by its input and its parameters, against central
// differences: with h = 1e-5 their error is of the order of h² and 1e-16/h.
func TestGradientsAgainstDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, e := range expressions() {
		g := NewGraph()
		x := g.Input(4, 3)
		out := weigh(e.build(g, x))
		params, grads := make([]float64, g.NumParams()), make([]float64, g.NumParams())
		p := g.Plan64(out, params, grads)
		draw(rng, p.Value(x), e.positive)
		draw(rng, params, e.positive)
		p.Forward()
		p.Backward(nil)
		check := func(kind string, v, grad []float64) {
			analytic := append([]float64(nil), grad...)
			for i := range v {
				const h = 1e-5
				at := func(d float64) float64 {
					old := v[i]
					v[i] = old + d
					p.Forward()
					v[i] = old
					return p.Value(out)[0]
				}
				want := (at(h) - at(-h)) / (2 * h)
				if diff := math.Abs(analytic[i] - want); !(diff <= 1e-8*(1+math.Abs(want))*10) {
					t.Errorf("%s: d/d%s[%d] = %.10g, differences give %.10g", e.name, kind, i, analytic[i], want)
				}
			}
		}
		check("x", p.Value(x), p.Grad(x))
		check("param", params, grads)
	}
}

// The float32 plan computes what the float64 plan does, forward and backward.
func TestPrecisionsAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, e := range expressions() {
		g := NewGraph()
		x := g.Input(4, 3)
		out := weigh(e.build(g, x))
		n := g.NumParams()
		params, grads := make([]float64, n), make([]float64, n)
		params32, grads32 := make([]float32, n), make([]float32, n)
		p, q, eval := g.Plan64(out, params, grads), g.Plan32(out, params32, grads32), g.Eval32(out, params32)
		draw(rng, p.Value(x), e.positive)
		draw(rng, params, e.positive)
		for i, v := range params {
			params32[i] = float32(v)
			params[i] = float64(params32[i])
		}
		for i, v := range p.Value(x) {
			q.Value(x)[i] = float32(v)
			eval.Value(x)[i] = float32(v)
			p.Value(x)[i] = float64(float32(v))
		}
		p.Forward()
		q.Forward()
		eval.Forward()
		p.Backward(nil)
		q.Backward(nil)
		same := func(what string, a float64, b float32) {
			if !(math.Abs(a-float64(b)) <= 2e-5*(1+math.Abs(a))) {
				t.Errorf("%s: %s is %g in float64, %g in float32", e.name, what, a, b)
			}
		}
		same("value", p.Value(out)[0], q.Value(out)[0])
		if eval.Value(out)[0] != q.Value(out)[0] {
			t.Errorf("%s: evaluation gives %g, training %g", e.name, eval.Value(out)[0], q.Value(out)[0])
		}
		for i, v := range p.Grad(x) {
			same("gradient", v, q.Grad(x)[i])
		}
		for i, v := range grads {
			same("parameter gradient", v, grads32[i])
		}
	}
}

func TestKinksHaveZeroGradient(t *testing.T) {
	for name, build := range map[string]func(x *Var) *Var{
		"norm": (*Var).RowNorms, "sqrt": (*Var).Sqrt, "abs": (*Var).Abs,
		"pow": func(x *Var) *Var { return x.Pow(0.5) }, "relu": func(x *Var) *Var { return x.Activate(ReLU) },
	} {
		g := NewGraph()
		x := g.Input(2, 2)
		p := g.Plan64(build(x).Sum(), nil, nil)
		p.Forward()
		p.Backward(nil)
		for i, d := range p.Grad(x) {
			if d != 0 {
				t.Errorf("%s: gradient %g at entry %d of 0", name, d, i)
			}
		}
	}
}

func TestReplayAllocatesNothing(t *testing.T) {
	g := NewGraph()
	x := g.Input(8, 3)
	h := Affine(x, g.Param(3, 8), g.Param(1, 8), GELU)
	out := x.Add(Affine(h, g.Param(8, 3), g.Param(1, 3), Linear)).RowNorms().Mean()
	p := g.Plan32(out, make([]float32, g.NumParams()), make([]float32, g.NumParams()))
	if n := testing.AllocsPerRun(20, func() { p.Forward(); p.Backward(nil) }); n != 0 {
		t.Errorf("%g allocations per step", n)
	}
}

func TestArenaIsSharedByLifetime(t *testing.T) {
	g := NewGraph()
	x := g.Data(64, 64)
	v := x
	for range 20 {
		v = v.Square()
	}
	eval := newLiveness(v, false)
	if size, limit := layout(eval.all), 4*64*64; size > limit {
		t.Errorf("a chain of 20 takes %d numbers to evaluate, want at most %d", size, limit)
	}
	for i, a := range eval.all {
		for _, b := range eval.all[i+1:] {
			alive := a.from <= b.to && b.from <= a.to
			if alive && a.offset < b.offset+b.size && b.offset < a.offset+a.size {
				t.Fatalf("buffers %+v and %+v overlap", a, b)
			}
		}
	}
}

func TestUnusedInputHasZeroGradient(t *testing.T) {
	g := NewGraph()
	x, z := g.Input(2, 2), g.Input(3, 1)
	p := g.Plan64(x.Square().Sum(), nil, nil)
	p.Grad(z)[1] = 7
	p.Value(x)[0] = 3
	p.Forward()
	p.Backward(nil)
	if p.Grad(z)[1] != 0 || p.Grad(x)[0] != 6 {
		t.Errorf("gradients %v and %v", p.Grad(z), p.Grad(x))
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
	g := NewGraph()
	x := g.Input(2, 3)
	mustPanic("tensor: product of 2×3 and 2×3", func() { x.MatMul(x) })
	mustPanic("tensor: entrywise operation of 2×3 and 2×2", func() { x.Add(g.Input(2, 2)) })
	mustPanic("tensor: an operation mixes variables of two graphs", func() { x.Add(NewGraph().Input(2, 3)) })
	mustPanic("tensor: a matrix of 0 rows and 3 columns", func() { g.Input(0, 3) })
	mustPanic("tensor: the expression has 0 parameters, the arrays 1 and 0", func() { g.Plan32(x, make([]float32, 1), nil) })
	mustPanic("tensor: a plan compiled for evaluation has no backward pass", func() { g.Eval32(x.Sum(), nil).Backward(nil) })
}

// BenchmarkStep is the forward and backward pass of the network of the Monge
// gap tutorial, batch 256, on one core.
func BenchmarkStep(b *testing.B) {
	g := NewGraph()
	x := g.Data(256, 2)
	h := Affine(x, g.Param(2, 32), g.Param(1, 32), GELU)
	h = Affine(h, g.Param(32, 64), g.Param(1, 64), GELU)
	h = Affine(h, g.Param(64, 32), g.Param(1, 32), GELU)
	out := x.Add(Affine(h, g.Param(32, 2), g.Param(1, 2), Linear))
	rng := rand.New(rand.NewPCG(1, 1))
	params, grads := make([]float32, g.NumParams()), make([]float32, g.NumParams())
	for i := range params {
		params[i] = 0.2 * float32(rng.NormFloat64())
	}
	p := g.Plan32(out, params, grads)
	copy(p.Value(x), normals32(rng, 512))
	seed := normals32(rng, 512)
	b.ReportAllocs()
	for range b.N {
		p.Forward()
		p.Backward(seed)
	}
}
