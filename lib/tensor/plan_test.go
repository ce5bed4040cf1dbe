package tensor

import (
	"math"
	"math/rand/v2"
	"testing"
)

// expression builds a scalar from an input and parameters.
type expression struct {
	name     string
	order    int  // the highest derivative of an activation it takes
	positive bool // entries are kept away from where the operation is not smooth
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
		{"matmul", 0, false, func(g *Graph, x *Var) *Var { return x.MatMul(g.Param(3, 5)) }},
		{"add", 0, false, func(g *Graph, x *Var) *Var { return x.Add(g.Param(4, 3)) }},
		{"add row", 0, false, func(g *Graph, x *Var) *Var { return x.Add(g.Param(1, 3)) }},
		{"sub column", 0, false, func(g *Graph, x *Var) *Var { return g.Param(4, 1).Sub(x) }},
		{"mul", 0, false, func(g *Graph, x *Var) *Var { return x.Mul(g.Param(4, 3)) }},
		{"mul scalar", 0, false, func(g *Graph, x *Var) *Var { return g.Param(1, 1).Mul(x) }},
		{"mul column by row", 0, false, func(g *Graph, x *Var) *Var { return x.RowSums().Mul(g.Param(1, 5)) }},
		{"div", 0, true, func(g *Graph, x *Var) *Var { return g.Param(4, 3).Div(x) }},
		{"div by row", 0, true, func(g *Graph, x *Var) *Var { return x.Div(g.Param(1, 3).Square().Shift(1)) }},
		{"scale, shift", 0, false, func(_ *Graph, x *Var) *Var { return x.Scale(-1.5).Shift(2) }},
		{"square", 0, false, func(_ *Graph, x *Var) *Var { return x.Square() }},
		{"sqrt", 0, true, func(_ *Graph, x *Var) *Var { return x.Sqrt() }},
		{"abs", 0, false, func(_ *Graph, x *Var) *Var { return x.Abs() }},
		{"exp", 0, false, func(_ *Graph, x *Var) *Var { return x.Exp() }},
		{"log", 0, true, func(_ *Graph, x *Var) *Var { return x.Log() }},
		{"pow", 0, true, func(_ *Graph, x *Var) *Var { return x.Pow(1.7) }},
		{"mean", 0, false, func(_ *Graph, x *Var) *Var { return x.Mean() }},
		{"row sums", 0, false, func(_ *Graph, x *Var) *Var { return x.RowSums() }},
		{"row norms", 0, false, func(_ *Graph, x *Var) *Var { return x.RowNorms() }},
		{"shared", 0, false, func(_ *Graph, x *Var) *Var { y := x.Square(); return y.Mul(y.Exp()).Sub(y).Div(y.Shift(1)) }},
		{"matmul twice the same", 0, false, func(_ *Graph, x *Var) *Var { return x.MatMulT(x) }},
		{"mul twice the same", 0, false, func(g *Graph, x *Var) *Var { w := g.Param(4, 3); return x.Mul(x).Add(w.Mul(w)) }},
		{"matmul transposed", 0, false, func(g *Graph, x *Var) *Var { return x.MatMulT(g.Param(5, 3)) }},
		{"matmul batch", 0, false, func(g *Graph, x *Var) *Var { return x.MatMulBatch(g.Param(6, 5), 2) }},
		{"matmul transposed batch", 0, false, func(g *Graph, x *Var) *Var { return x.MatMulTBatch(g.Param(10, 3), 2) }},
		{"layer of one output", 0, false, func(g *Graph, x *Var) *Var { return Affine(x, g.Param(3, 1), g.Param(1, 1), SiLU) }},
		{"layer of parameters", 0, false, func(g *Graph, x *Var) *Var { return Affine(g.Param(4, 3), x.Transpose(), g.Param(1, 4), SiLU) }},
		{"max", 0, false, func(g *Graph, x *Var) *Var { return x.Max(g.Param(1, 3)) }},
		{"min", 0, false, func(g *Graph, x *Var) *Var { return g.Param(4, 1).Min(x) }},
		{"sin, cos", 0, false, func(_ *Graph, x *Var) *Var { return x.Sin().Mul(x.Cos().Shift(2)) }},
		{"inverse", 0, false, func(_ *Graph, x *Var) *Var { return x.inverse() }},
		{"sign", 0, false, func(_ *Graph, x *Var) *Var { return x.sign().Mul(x).Add(x.atLeast()) }},
		{"column sums", 0, false, func(_ *Graph, x *Var) *Var { return x.ColumnSums().Mul(x) }},
		{"log-sum-exp", 0, false, func(_ *Graph, x *Var) *Var { return x.LogSumExp() }},
		{"softmax", 0, false, func(_ *Graph, x *Var) *Var { return x.Softmax().Add(x.Softmax()) }},
		{"transpose", 0, false, func(_ *Graph, x *Var) *Var { return x.Transpose().MatMul(x) }},
		{"reshape", 0, false, func(_ *Graph, x *Var) *Var { return x.Reshape(6, 2).Square() }},
		{"columns", 0, false, func(_ *Graph, x *Var) *Var { return x.Columns(1, 3).Mul(x.Columns(0, 1)) }},
		{"rows", 0, false, func(_ *Graph, x *Var) *Var { return x.RowRange(1, 3).Mul(x.RowRange(0, 2)) }},
		{"concat columns", 0, false, func(g *Graph, x *Var) *Var { return ConcatColumns(x, g.Param(4, 2), x.Square(), x) }},
		{"concat rows", 0, false, func(g *Graph, x *Var) *Var { return ConcatRows(x.Square(), g.Param(2, 3), x).Square() }},
		{"gather", 0, false, func(g *Graph, x *Var) *Var { i := g.Indices(5); return x.Gather(i).Mul(g.Param(3, 3).Gather(i)) }},
		{"cross-entropy", 0, false, func(g *Graph, x *Var) *Var { return x.MatMul(g.Param(3, 3)).CrossEntropy(g.Indices(4)) }},
		{"layer norm", 0, false, func(g *Graph, x *Var) *Var { return x.LayerNorm(g.Param(1, 3), g.Param(1, 3)) }},
		{"residual layer norm", 0, false, func(g *Graph, x *Var) *Var { return x.Add(x.LayerNorm(g.Param(1, 3), g.Param(1, 3)).Square()) }},
		{"attention", 0, false, func(g *Graph, x *Var) *Var { return x.MatMul(g.Param(3, 12)).Attention(2, 2, false) }},
		{"causal attention", 0, false, func(g *Graph, x *Var) *Var { return x.MatMul(g.Param(3, 12)).Attention(1, 2, true) }},
		{"long causal attention", 0, false, func(g *Graph, x *Var) *Var {
			x = x.Scale(0.1)
			return ConcatColumns(x.MatMul(g.Param(3, 24)).Reshape(32, 3), x.MatMul(g.Param(3, 24)).Reshape(32, 3)).
				MatMul(g.Param(6, 6)).Reshape(64, 3).MatMul(g.Param(3, 4)).Reshape(128, 2).MatMul(g.Param(2, 6)).
				Attention(1, 2, true)
		}},
		{"residual network", 0, false, func(g *Graph, x *Var) *Var {
			h := Affine(x, g.Param(3, 6), g.Param(1, 6), GELU)
			h = Affine(h, g.Param(6, 5), g.Param(1, 5), SiLU)
			return x.Add(Affine(h, g.Param(5, 3), g.Param(1, 3), Linear))
		}},
	}
	for act := range numActivations {
		list = append(list, expression{act.String(), 0, false, func(_ *Graph, x *Var) *Var { return x.Activate(act) }},
			expression{"slope of " + act.String(), 3, false, func(_ *Graph, x *Var) *Var { return x.Slope(act).Mul(x.activate(act, 2)).Add(x.activate(act, 3)) }},
			expression{"layer " + act.String(), 0, false, func(g *Graph, x *Var) *Var {
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
	for _, e := range expressions() {
		checkGradients(t, e)
	}
}

func checkGradients(t *testing.T, e expression) {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	g := NewGraph()
	x := g.Input(4, 3)
	out := weigh(e.build(g, x))
	params, grads := make([]float64, g.NumParams()), make([]float64, g.NumParams())
	p := g.Plan64(out, params, grads)
	for _, i := range g.indices {
		copy(p.Indices(i), []int32{2, 0, 1, 2, 2})
	}
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
			if diff := math.Abs(analytic[i] - want); !(diff <= 1e-7*(1+math.Abs(want))) {
				t.Errorf("%s: d/d%s[%d] = %.10g, differences give %.10g", e.name, kind, i, analytic[i], want)
			}
		}
	}
	check("x", p.Value(x), p.Grad(x))
	check("param", params, grads)
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
		for _, i := range g.indices {
			copy(p.Indices(i), []int32{2, 0, 1, 2, 2})
			copy(q.Indices(i), p.Indices(i))
			copy(eval.Indices(i), p.Indices(i))
		}
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
		if a, b := eval.Value(out)[0], q.Value(out)[0]; !(math.Abs(float64(a-b)) <= 1e-6*(1+math.Abs(float64(b)))) {
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

// A stopped value counts, and does not move.
func TestStop(t *testing.T) {
	g := NewGraph()
	x := g.Input(1, 2)
	p := g.Plan64(x.Square().Stop().Mul(x).Sub(x.Stop()).Sum(), nil, nil)
	copy(p.Value(x), []float64{3, -2})
	p.Forward()
	p.Backward(nil)
	if d := p.Grad(x); d[0] != 9 || d[1] != 4 {
		t.Errorf("the gradient of stop(x²) x is %v at (3, -2), want (9, 4)", d)
	}
	if y := p.Value(p.p.out)[0]; y != 27-8-1 {
		t.Errorf("value %g, want 18", y)
	}
	q := g.Plan64(x.Stop().Square().Sum(), nil, nil)
	copy(q.Value(x), []float64{3, -2})
	q.Forward()
	q.Backward(nil)
	if d := q.Grad(x); d[0] != 0 || d[1] != 0 {
		t.Errorf("gradient %v through a stop", d)
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
	eval := newLiveness(v, false, placement{})
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

func normals32(rng *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return v
}
