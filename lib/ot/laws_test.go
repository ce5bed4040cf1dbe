package ot_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/ot"
	"gaspard/lib/ottest"
)

// instance is a problem with its parts in the open, so that it can be changed.
type instance struct {
	x, y, c *mat.Dense
	a, b    []float64
	cost    cost.Cost
	eps     float64

	tauA, tauB float64 // of soft marginals
}

func instanceOf(k *ottest.Known) instance {
	a, b := k.Weights()
	return instance{k.X, k.Y, k.C, a, b, k.Problem.Cost, regularisation(k), 0.6, 0.9}
}

func (in instance) problem() *ot.Problem {
	p := ot.Matrix(in.c)
	if in.c == nil {
		p = ot.Points(in.x, in.y)
	}
	p.A, p.B, p.Cost = in.a, in.b, in.cost
	return p
}

// solvers return the value of an instance.
var solvers = map[string]func(in instance) float64{
	"Exact":    func(in instance) float64 { return ot.Exact(in.problem(), ot.Settings{}).Value },
	"Sinkhorn": func(in instance) float64 { return ot.Sinkhorn(in.problem(), withEpsilon(in.eps)).Value },
	"Solve":    func(in instance) float64 { return ot.Solve(in.problem(), ot.Settings{}).Value },
	"unbalanced Sinkhorn": func(in instance) float64 {
		s := withEpsilon(in.eps)
		s.TauA, s.TauB = in.tauA, in.tauB
		return ot.Sinkhorn(in.problem(), s).Value
	},
	"Divergence": func(in instance) float64 {
		if in.c != nil {
			return math.NaN() // needs points
		}
		return ot.Divergence(in.problem(), withEpsilon(in.eps)).Value
	},
}

// law says how values change with the problem: change returns the changed instance, or
// false if the law does not apply, and value what becomes of the value v.
type law struct {
	name   string
	change func(in instance) (instance, bool)
	value  func(v float64) float64
}

func same(v float64) float64 { return v }

var laws = []law{
	{"exchange of the two sides", exchange, same},
	{"translation of both clouds", translate, same},
	{"a factor of all costs", scale, func(v float64) float64 { return 8 * v }},
	{"another order of the points", shuffle, same},
	{"points split in two", split, same},
	{"points without mass", addMassless, same},
	{"costs in place of points", formed, same},
}

// Every solver obeys every law on every known problem.
func TestLaws(t *testing.T) {
	checked := map[string]int{}
	for _, k := range ottest.All(6) {
		in := instanceOf(k)
		tol := tightly * size(k)
		for name, solve := range solvers {
			before := solve(in)
			for _, l := range laws {
				changed, ok := l.change(in)
				if !ok || math.IsNaN(before) {
					continue
				}
				after, want := solve(changed), l.value(before)
				if math.IsNaN(after) {
					continue
				}
				checked[name+", "+l.name]++
				if !(math.Abs(after-want) <= 8*tol) {
					t.Errorf("%s of %s under %s: %.12g, want %.12g", name, k.Name, l.name, after, want)
				}
			}
		}
	}
	for name := range solvers {
		for _, l := range laws {
			if checked[name+", "+l.name] < 5 && !(name == "Divergence" && l.name == "costs in place of points") {
				t.Errorf("%s was held to %s on %d problems only", name, l.name, checked[name+", "+l.name])
			}
		}
	}
}

func exchange(in instance) (instance, bool) {
	in.x, in.y, in.a, in.b = in.y, in.x, in.b, in.a
	in.tauA, in.tauB = in.tauB, in.tauA
	if in.c != nil {
		in.c = mat.DenseCopyOf(in.c.T())
	}
	return in, true
}

func translate(in instance) (instance, bool) {
	if in.c != nil || in.cost == cost.Sphere() {
		return in, false
	}
	move := func(x *mat.Dense) *mat.Dense {
		var out mat.Dense
		out.Apply(func(_, k int, v float64) float64 { return v + 3 - float64(k) }, x)
		return &out
	}
	in.x, in.y = move(in.x), move(in.y)
	return in, true
}

// scale multiplies costs by 8 where that is a matter of costs or points.
func scale(in instance) (instance, bool) {
	in.eps *= 8
	if in.c != nil {
		c := mat.DenseCopyOf(in.c)
		c.Scale(8, c)
		in.c = c
		return in, true
	}
	factor := map[cost.Cost]float64{
		cost.SqEuclidean(): math.Sqrt(8), cost.Euclidean(): 8, cost.L1(): 8, cost.PNorm(1.5): 4, cost.PNorm(3): 2,
	}[in.cost]
	if factor == 0 {
		return in, false
	}
	var x, y mat.Dense
	x.Scale(factor, in.x)
	y.Scale(factor, in.y)
	in.x, in.y = &x, &y
	return in, true
}

// pick makes the instance of some rows and columns, with repetitions, each with a share of
// its weight.
func (in instance) pick(rows, columns []int, rowShare, columnShare []float64) instance {
	take := func(x *mat.Dense, at []int) *mat.Dense {
		if x == nil {
			return nil
		}
		_, d := x.Dims()
		out := mat.NewDense(len(at), d, nil)
		for i, k := range at {
			out.SetRow(i, x.RawRowView(k))
		}
		return out
	}
	weigh := func(w []float64, at []int, share []float64) []float64 {
		out := make([]float64, len(at))
		for i, k := range at {
			out[i] = w[k] * share[i]
		}
		return out
	}
	in.x, in.y, in.c = take(in.x, rows), take(in.y, columns), take(in.c, rows)
	if in.c != nil {
		in.c = mat.DenseCopyOf(take(mat.DenseCopyOf(in.c.T()), columns).T())
	}
	in.a, in.b = weigh(in.a, rows, rowShare), weigh(in.b, columns, columnShare)
	return in
}

func ones(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

func shuffle(in instance) (instance, bool) {
	rng := rand.New(rand.NewPCG(1, 2))
	n, m := len(in.a), len(in.b)
	return in.pick(rng.Perm(n), rng.Perm(m), ones(n), ones(m)), true
}

// split gives every third point a copy at a share of its weight.
func split(in instance) (instance, bool) {
	copies := func(n int) (at []int, share []float64) {
		for i := range n {
			at, share = append(at, i), append(share, 1)
			if i%3 == 0 {
				share[len(share)-1] = 0.5
				at, share = append(at, i), append(share, 0.5)
			}
		}
		return at, share
	}
	rows, rowShare := copies(len(in.a))
	columns, columnShare := copies(len(in.b))
	return in.pick(rows, columns, rowShare, columnShare), true
}

// addMassless repeats some points without mass.
func addMassless(in instance) (instance, bool) {
	copies := func(n int) (at []int, share []float64) {
		for i := range n {
			at, share = append(at, i), append(share, 1)
			if i%5 == 0 {
				at, share = append(at, n-1-i), append(share, 0)
			}
		}
		return at, share
	}
	rows, rowShare := copies(len(in.a))
	columns, columnShare := copies(len(in.b))
	return in.pick(rows, columns, rowShare, columnShare), true
}

func formed(in instance) (instance, bool) {
	if in.c != nil {
		return in, false
	}
	in.c = in.cost.Matrix(in.x, in.y)
	return in, true
}
