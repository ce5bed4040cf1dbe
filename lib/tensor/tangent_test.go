package tensor

import (
	"math"
	"math/rand/v2"
	"testing"
)

// derivable is the expressions of [expressions] that have derivatives as
// expressions, by name.
func derivable() (list []expression) {
	without := map[string]bool{"gather": true, "cross-entropy": true, "attention": true, "causal attention": true, "long causal attention": true}
	for _, e := range expressions() {
		if !without[e.name] {
			// Weights would make a scalar of it; most rules show on matrices.
			list = append(list, e)
		}
	}
	return list
}

// J v against differences along v, and ⟨u, J v⟩ against ⟨Jᵀu, v⟩.
func TestDerivativesAsExpressions(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, e := range derivable() {
		if e.order > 1 {
			continue // no derivative left to take
		}
		g := NewGraph()
		x := g.Input(4, 3)
		out := e.build(g, x)
		v, u := g.Data(4, 3), g.Data(out.rows, out.cols)
		forward, reverse := Tangent(out, x, v), Cotangent(out, x, u)
		n := g.NumParams()
		params := make([]float64, n)
		draw(rng, params, e.positive)
		values := make(map[*Var][]float64)
		for _, in := range []*Var{x, v, u} {
			values[in] = make([]float64, in.rows*in.cols)
			draw(rng, values[in], e.positive && in == x)
		}
		eval := func(y *Var, step float64) []float64 {
			p := g.Eval64(y, params)
			for in, w := range values {
				copy(p.Value(in), w)
			}
			for i := range p.Value(x) {
				p.Value(x)[i] += step * values[v][i]
			}
			p.Forward()
			return append([]float64(nil), p.Value(y)...)
		}
		const h = 1e-5
		jv, up, down := eval(forward, 0), eval(out, h), eval(out, -h)
		inner, scale := 0.0, 1.0
		for i, got := range jv {
			want := (up[i] - down[i]) / (2 * h)
			if !(math.Abs(got-want) <= 1e-7*(1+math.Abs(want))) {
				t.Errorf("%s: (J v)[%d] = %.10g, differences give %.10g", e.name, i, got, want)
			}
			inner += values[u][i] * got
			scale += math.Abs(values[u][i] * got)
		}
		for i, w := range eval(reverse, 0) {
			inner -= w * values[v][i]
		}
		if !(math.Abs(inner) <= 1e-12*scale) {
			t.Errorf("%s: ⟨u, J v⟩ and ⟨Jᵀu, v⟩ differ by %g", e.name, inner)
		}
	}
}

// The conservativity penalty |J v - Jᵀ v|² of the paper on Monge gaps, and its
// gradient by everything, for every activation.
func TestPenaltyOnDerivatives(t *testing.T) {
	for act := range numActivations {
		checkGradients(t, expression{"penalty with " + act.String(), 0, false, func(g *Graph, x *Var) *Var {
			h := Affine(x, g.Param(3, 6), g.Param(1, 6), act)
			h = Affine(h, g.Param(6, 5), g.Param(1, 5), act)
			y := x.Add(Affine(h, g.Param(5, 3), g.Param(1, 3), Linear))
			v := g.Const(4, 3, []float64{1, 0, -2, 0.3, 1, 0.7, -1, 1, 1, 0.2, -0.4, 2})
			return Tangent(y, x, v).Sub(Cotangent(y, x, v)).Square().Add(y.RowSums())
		}})
	}
}

// Gradients through derivatives of every operation.
func TestGradientsOfDerivatives(t *testing.T) {
	for _, e := range derivable() {
		if e.order > 1 {
			continue
		}
		v := []float64{1, 0.5, -2, 0.3, 1, 0.7, -1, 1, 1, 0.2, -0.4, 2}
		checkGradients(t, expression{"J v of " + e.name, 0, e.positive, func(g *Graph, x *Var) *Var {
			return Tangent(e.build(g, x), x, g.Const(4, 3, v)).Add(g.Const(1, 1, []float64{0}))
		}})
		checkGradients(t, expression{"Jᵀu of " + e.name, 0, e.positive, func(g *Graph, x *Var) *Var {
			out := e.build(g, x)
			u := make([]float64, out.rows*out.cols)
			for i := range u {
				u[i] = math.Sin(float64(5*i + 2))
			}
			return Cotangent(out, x, g.Const(out.rows, out.cols, u)).Square()
		}})
	}
}

// A second derivative: the Hessian of Σ x³ times v is 6 x v.
func TestTangentOfCotangent(t *testing.T) {
	g := NewGraph()
	x, v := g.Data(2, 2), g.Data(2, 2)
	f := x.Square().Mul(x).RowSums()
	gradient := Cotangent(f, x, g.filled(2, 1, 1))
	hv := Tangent(gradient, x, v)
	p := g.Eval64(hv, nil)
	copy(p.Value(x), []float64{1, -2, 3, 0})
	copy(p.Value(v), []float64{2, 1, -1, 5})
	p.Forward()
	for i, want := range []float64{12, -12, -18, 0} {
		if got := p.Value(hv)[i]; got != want {
			t.Errorf("entry %d is %g, want %g", i, got, want)
		}
	}
}

func TestDerivativeByWhatDoesNotMatter(t *testing.T) {
	g := NewGraph()
	x, z := g.Data(2, 2), g.Data(2, 3)
	y := z.Square().Add(x.RowSums().Stop())
	for _, d := range []*Var{Tangent(y, x, x), Cotangent(y, x, z)} {
		p := g.Eval64(d, nil)
		copy(p.Value(x), []float64{1, 2, 3, 4})
		copy(p.Value(z), []float64{1, 2, 3, 4, 5, 6})
		p.Forward()
		for _, v := range p.Value(d) {
			if v != 0 {
				t.Errorf("derivative %v", p.Value(d))
				break
			}
		}
	}
}
