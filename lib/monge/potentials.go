package monge

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/nn"
	"gaspard/lib/optim"
	"gaspard/lib/tensor"
)

// potential is a function on the coordinates of a [frame], the gradient of which is
// a map.
type potential interface {
	// Bind takes the potential's parameters of g and returns what writes its values.
	Bind(g *tensor.Graph) func(x *tensor.Var) *tensor.Var
	// push returns the gradient at the rows of x.
	push(x *mat.Dense) *mat.Dense
	network() nn.Network
	parameters() *[]float32
}

// free is |x|²/2 plus a network, which nothing keeps convex.
type free struct{ net *nn.MLP }

func (p free) Bind(g *tensor.Graph) func(x *tensor.Var) *tensor.Var {
	net := p.net.Bind(g)
	return func(x *tensor.Var) *tensor.Var { return net(x).Add(x.Square().RowSums().Scale(0.5)) }
}

func (p free) push(x *mat.Dense) *mat.Dense {
	y := p.net.Gradient(x)
	y.Add(y, x)
	return y
}

func (p free) network() nn.Network    { return p.net }
func (p free) parameters() *[]float32 { return &p.net.Params }

// convex is an input-convex network.
type convex struct{ *nn.ICNN }

func (p convex) push(x *mat.Dense) *mat.Dense { return p.Push(x) }
func (p convex) network() nn.Network          { return p.ICNN }
func (p convex) parameters() *[]float32       { return &p.Params }

// slopes writes the gradient by x of the values f, one for each row.
func slopes(f, x *tensor.Var) *tensor.Var {
	ones := make([]float64, x.Rows())
	for i := range ones {
		ones[i] = 1
	}
	return tensor.Cotangent(f, x, x.Graph().Const(x.Rows(), 1, ones))
}

// dual is a pair of potentials, f on the source and g on the target, which train to
// minimise
//
//	J = E f(x) + E g(y)  subject to  f(x) + g(y) ≥ ⟨x, y⟩.
//
// At the optimum each is the other's conjugate, ∇f is the optimal map and ∇g its
// inverse. Where one of them, the critic q, takes part in J, its conjugate at u is
// ⟨u, û⟩ - q(û) with û = ∇p(u) given by the gradient of the other: the amortiser p.
type dual struct {
	f, g   potential
	frame  *frame
	params []float32 // of f, then of g
	size   int       // of those of f
}

func newDual(f, g potential, frame *frame) *dual {
	d := &dual{f: f, g: g, frame: frame, size: len(*f.parameters())}
	d.params = append(append(d.params, *f.parameters()...), *g.parameters()...)
	d.share(d.params)
	return d
}

// share makes the networks read their parameters from params.
func (d *dual) share(params []float32) {
	*d.f.parameters(), *d.g.parameters() = params[:d.size:d.size], params[d.size:]
}

// terms says what a step of training holds.
type terms struct {
	backward  bool // f is the critic and g the amortiser, which starts from the target
	amortise  bool // the amortiser learns to maximise ⟨u, û⟩ - q(û)
	criticise bool // the critic learns to minimise J
	// The penalty on ⟨u, v⟩ - p(u) - q(v), weighted by expectile where positive and by
	// 1 - expectile below, with the conjugate for p.
	weight, expectile float64
}

// program prepares steps on batches of the given size, whose value is n times J,
// whatever else they differentiate. Its data are source and target less their means.
func (d *dual) program(rows int, t terms) *tensor.Sharded {
	return tensor.NewSharded(rows, d.params, func(g *tensor.Graph, rows int) *tensor.Var {
		p, q := d.f.Bind(g), d.g.Bind(g)
		k := d.frame.d
		u := g.Data(rows, k).MatMul(g.Const(k, k, d.frame.source.RawMatrix().Data))
		v := g.Data(rows, k).MatMul(g.Const(k, k, d.frame.target.RawMatrix().Data))
		if t.backward {
			p, q, u, v = q, p, v, u
		}
		return t.write(p, q, u, v)
	})
}

func (t terms) write(p, q func(*tensor.Var) *tensor.Var, u, v *tensor.Var) *tensor.Var {
	image := slopes(p(u), u)
	at := image.Stop()
	there := q(at)
	conjugate := u.Mul(at).RowSums().Sub(there)
	here := q(v)
	value := here.Add(conjugate)
	// What a term adds to the value is taken away again, its gradient stays.
	silent := func(x *tensor.Var) *tensor.Var { return x.Sub(x.Stop()) }
	loss := value.Stop()
	if t.criticise {
		loss = value
	}
	if t.amortise {
		loss = loss.Add(silent(slopes(there, at).Stop().Sub(u).Mul(image).RowSums()))
	}
	if t.weight > 0 {
		excess := u.Mul(v).RowSums().Sub(value)
		zero := excess.Graph().Const(1, 1, []float64{0})
		over, under := excess.Max(zero).Square(), excess.Min(zero).Square()
		loss = loss.Add(silent(over.Scale(t.expectile * t.weight).Add(under.Scale((1 - t.expectile) * t.weight))))
	}
	return loss.Sum()
}

// pretrain makes the gradient of a potential the identity on the points x, given in
// coordinates, by regression; it returns the mean square of what is left.
func pretrain(p potential, x func(dst []float32), d, steps, batch int, check func()) (residual float64) {
	s := tensor.NewSharded(batch, *p.parameters(), func(g *tensor.Graph, rows int) *tensor.Var {
		f, x := p.Bind(g), g.Data(rows, d)
		return slopes(f(x), x).Sub(x).Square().Sum()
	})
	adam := optim.Adam{Rate: optim.Cosine(1e-2, steps)}
	for range steps {
		check()
		x(s.Data(0))
		residual = s.Gradient(1 / float64(batch*d))
		if math.IsNaN(residual) || math.IsInf(residual, 0) {
			return residual
		}
		adam.Step(*p.parameters(), s.Grad)
	}
	return residual
}
