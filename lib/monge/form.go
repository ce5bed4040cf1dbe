package monge

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/nn"
	"gaspard/lib/tensor"
)

// Form is how a network F, or φ, makes a map.
type Form int

// The forms. h is the function of x-y that the gap's cost is, h* its conjugate; where
// the cost has no ∇h*, Structured and Gradient are refused with a sentence. With a
// Start S, Residual is S(x) + F(x), and the other two have F(x) + ∇h(x-S(x)) in place of
// F(x): all begin at S.
const (
	Residual   Form = iota // x + F(x)
	Plain                  // F(x)
	Structured             // x - ∇h*(F(x)), the form of optimal maps if F is a gradient
	Gradient               // x - ∇h*(∇φ(x)), which has such an F; φ has one output
)

// String returns the form's formula.
func (f Form) String() string {
	switch f {
	case Residual:
		return "x + F(x)"
	case Plain:
		return "F(x)"
	case Structured:
		return "x - ∇h*(F(x))"
	case Gradient:
		return "x - ∇h*(∇φ(x))"
	}
	return fmt.Sprintf("Form(%d)", int(f))
}

// Network is a network of the user's.
//
//	w := make([]float32, 2*64+64+64*2)
//	nn.LeCun(rng, w, 2)
//	sine := &monge.Network{Name: "sines", Params: w, Apply: func(x *tensor.Var) *tensor.Var {
//		g := x.Graph()
//		h := tensor.Affine(x, g.Param(2, 64), g.Param(1, 64), tensor.Linear).Sin()
//		return h.MatMul(g.Param(64, 2))
//	}}
type Network struct {
	Name string
	// Params are the first parameters; the trained ones are in [Map.Network].
	Params []float32
	// Apply writes the network for the rows of x (n×d), which it treats independently of
	// one another, and takes the parameters of x's graph in order. It is called a few times
	// to record the expression, never during training. Of d outputs, or 1 for Gradient.
	Apply func(x *tensor.Var) *tensor.Var
}

func (s Settings) checkForm() {
	switch {
	case s.Form < Residual || s.Form > Gradient:
		panic(fmt.Sprintf("monge: Form is %d", int(s.Form)))
	case s.Loss < Divergence || s.Loss > Unbiased:
		panic(fmt.Sprintf("monge: Loss is %d", int(s.Loss)))
	case s.Form == Plain && s.Start != nil:
		panic("monge: a map F(x) has no place for a Start; take Form Residual")
	case s.Form == Gradient && s.Conservativity > 0:
		panic("monge: Conservativity is for networks that may not be gradients; Form Gradient is one")
	case s.Form >= Structured && !s.Cost.HasConjugateGrad():
		panic(fmt.Sprintf("monge: Form %v with the cost %v, which is not h(x-y) with h strictly convex and ∇h* known", s.Form, s.Cost))
	}
}

// field is a network and how it makes the map, as an expression.
type field struct {
	form       Form
	cost       cost.Cost
	d          int
	conditions int // one-hot columns beside the coordinates; 0 for a map of x alone
	start      *Map
	probe      bool // whether a column for |Jv - Jᵀv|² follows the image
	mlp        *nn.MLP
	apply      func(x *tensor.Var) *tensor.Var
	params     []float32
}

// newField makes the network that the settings ask for.
func newField(s Settings, d, conditions int, rng *rand.Rand) *field {
	f := &field{form: s.Form, cost: s.Cost, d: d, conditions: conditions, start: s.Start, probe: s.Conservativity > 0}
	if s.Network != nil {
		f.apply = s.Network.Apply
		f.params = append([]float32(nil), s.Network.Params...)
		return f
	}
	out := d
	if s.Form == Gradient {
		out = 1
	}
	residual := s.Form == Residual && s.Start == nil && conditions == 0
	f.mlp = nn.NewMLP(rng, d+conditions, out, s.Hidden, s.Activation, residual)
	if s.Start != nil {
		f.mlp.ScaleLast(0.01)
	}
	f.apply, f.params = f.mlp.Apply, f.mlp.Params
	return f
}

// write writes the image of each row. The data it takes are, in order, the points, with
// a Start what base gives, with conditions their indicators, and with probe the signs v.
func (f *field) write(g *tensor.Graph, rows int, probe bool) (image *tensor.Var, data []*tensor.Var) {
	take := func(cols int) *tensor.Var {
		data = append(data, g.Data(rows, cols))
		return data[len(data)-1]
	}
	x := take(f.d)
	base, in := x, x
	if f.start != nil {
		base = take(f.d)
	}
	if f.conditions > 0 {
		in = tensor.ConcatColumns(x, take(f.conditions))
	}
	out := f.apply(in)
	if want := f.outputs(); out.Rows() != rows || out.Cols() != want {
		panic(fmt.Sprintf("monge: the network turns %d×%d into %d×%d; form %v needs %d columns",
			rows, in.Cols(), out.Rows(), out.Cols(), f.form, want))
	}
	if f.form == Gradient {
		out = tensor.Cotangent(out, x, ones(g, rows))
	}
	t := f.image(x, base, out)
	if probe {
		v := take(f.d)
		r := tensor.Tangent(out, x, v).Sub(tensor.Cotangent(out, x, v))
		t = tensor.ConcatColumns(t, r.Square().RowSums())
	}
	return t, data
}

func (f *field) outputs() int {
	if f.form == Gradient {
		return 1
	}
	return f.d
}

func ones(g *tensor.Graph, rows int) *tensor.Var {
	values := make([]float64, rows)
	for i := range values {
		values[i] = 1
	}
	return g.Const(rows, 1, values)
}

func (f *field) image(x, base, out *tensor.Var) *tensor.Var {
	t := out
	switch {
	case f.form == Residual && (f.mlp == nil || !f.mlp.Residual):
		t = base.Add(out)
	case f.form >= Structured:
		if f.start != nil {
			out = base.Add(out)
		}
		t = x.Sub(f.cost.ConjugateGradVar(out))
	}
	if f.cost == cost.Sphere() {
		t = t.Div(t.RowNorms())
	}
	return t
}

// base writes what the expression needs of the Start at points x, n×d: their images, or
// the gradients of the cost there.
func (f *field) base(dst []float32, x []float64) {
	z := mat.NewDense(len(x)/f.d, f.d, x)
	y := f.start.Push(z)
	grad := make([]float64, f.d)
	for i := range len(x) / f.d {
		row := y.RawRowView(i)
		if f.form >= Structured {
			clear(grad)
			f.cost.AddGrad(grad, 1, z.RawRowView(i), row)
			row = grad
		}
		for l, v := range row {
			dst[i*f.d+l] = float32(v)
		}
	}
}

// String names the network and the form.
func (f *field) String() string {
	name := fmt.Sprintf("user's network, %d parameters", len(f.params))
	if f.mlp != nil {
		name = f.mlp.String()
	}
	if f.form != Residual {
		name += fmt.Sprintf(", T(x) = %v", f.form)
	}
	if f.start != nil {
		name += ", from the " + f.start.Name
	}
	return name
}
