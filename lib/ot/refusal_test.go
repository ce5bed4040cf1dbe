package ot

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

// sentence is what a call that must refuse says, and whether it blames the data.
func sentence(f func()) (said string, data bool) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *job.DataError:
			said, data = r.Message, true
		default:
			said = fmt.Sprint(r)
		}
	}()
	f()
	return "", false
}

// refusals are inputs that make no sense, with a part of what must be said: a sentence
// that names the values. Those that blame the data are *job.DataError; the others
// are mistakes of the program.
func refusals() []struct {
	given, says string
	data        bool
	call        func()
} {
	nan, inf := math.NaN(), math.Inf(1)
	x, y := cloud(1, 5, 2, 0), cloud(2, 4, 2, 1)
	with := func(change func(p *Problem)) *Problem {
		p := Points(mat.DenseCopyOf(x), mat.DenseCopyOf(y))
		change(p)
		return p
	}
	sinkhorn := func(p *Problem, s Settings) func() { return func() { Sinkhorn(p, s) } }
	fine := Points(x, y)
	soft := Sinkhorn(fine, Settings{TauA: 0.5})
	euclidean := with(func(p *Problem) { p.Cost = cost.Euclidean() })
	notNumber := cost.Displacement("log of the difference", func(z *tensor.Var) *tensor.Var { return z.Log().RowSums() })
	wrongShape := cost.Func("no sum over coordinates", func(x, y *tensor.Var) *tensor.Var { return x.Sub(y).Square() })
	oneWay := cost.Func("one way", func(x, y *tensor.Var) *tensor.Var { return x.Square().Sub(y).Square().RowSums() })
	return []struct {
		given, says string
		data        bool
		call        func()
	}{
		{"x in the plane, y in space", "x has 2 columns, y has 3", false, func() { Points(x, cloud(1, 3, 3, 0)) }},
		{"no points", "x is empty", true, sinkhorn(Points(&mat.Dense{}, &mat.Dense{}), Settings{})},
		{"NaN in x", "x has NaN at row 2, column 1", true, sinkhorn(with(func(p *Problem) { p.x.Set(1, 0, nan) }), Settings{})},
		{"infinite y", "y has +Inf at row 4, column 2", true, sinkhorn(with(func(p *Problem) { p.y.Set(3, 1, inf) }), Settings{})},
		{"NaN in the matrix", "the cost matrix has NaN", true, sinkhorn(Matrix(mat.NewDense(1, 2, []float64{0, nan})), Settings{})},
		{"too few weights", "a has 4 weights for 5 points", true, sinkhorn(with(func(p *Problem) { p.A = make([]float64, 4) }), Settings{})},
		{"a negative weight", "a has the weight -1 at 1", true, sinkhorn(with(func(p *Problem) { p.A = []float64{-1, 1, 1, 0, 0} }), Settings{})},
		{"a weight that is NaN", "b has the weight NaN at 2", true, sinkhorn(with(func(p *Problem) { p.B = []float64{1, nan, 0, 0} }), Settings{})},
		{"weights that sum to 2", "b sum to 2, not to 1; divide them", true, sinkhorn(with(func(p *Problem) { p.B = []float64{1, 1, 0, 0} }), Settings{})},
		{"no mass at all", "sum to 0", true, sinkhorn(with(func(p *Problem) { p.B = make([]float64, 4) }), Settings{TauA: 0.5})},
		{"a negative Epsilon", "Epsilon is -1; it must be positive", false, sinkhorn(fine, Settings{Epsilon: -1})},
		{"Epsilon NaN", "Epsilon is NaN", false, sinkhorn(fine, Settings{Epsilon: nan})},
		{"an infinite Epsilon", "Epsilon is +Inf", false, sinkhorn(fine, Settings{Epsilon: inf})},
		{"a negative Tol", "Tol is -1", false, sinkhorn(fine, Settings{Tol: -1})},
		{"a negative MaxIter", "MaxIter is -5", false, sinkhorn(fine, Settings{MaxIter: -5})},
		{"TauA of 2", "TauA is 2; it must be from 0 to 1", false, sinkhorn(fine, Settings{TauA: 2})},
		{"a Start of other sizes", "Start is a result of 5×4 points, the problem has 4×5", false, sinkhorn(Points(y, x), Settings{Start: soft})},
		{"soft marginals, exactly", "Exact holds both marginals", false, func() { Exact(fine, Settings{TauA: 0.5}) }},
		{"soft marginals in a divergence", "Divergence holds both marginals", false, func() { Divergence(fine, Settings{TauB: 0.5}) }},
		{"a divergence of a matrix", "Divergence needs points", false, func() { Divergence(Matrix(mat.NewDense(2, 2, nil)), Settings{}) }},
		{"a divergence of a one-way cost", "a divergence needs a symmetric cost", false, func() { Divergence(with(func(p *Problem) { p.Cost = oneWay }), Settings{}) }},
		{"a zero vector under the cosine", "row 3 is 0, which has no direction", true, sinkhorn(with(func(p *Problem) { p.x.SetRow(2, []float64{0, 0}); p.Cost = cost.Cosine() }), Settings{})},
		{"points off the sphere", "sphere", true, sinkhorn(with(func(p *Problem) { p.Cost = cost.Sphere() }), Settings{})},
		{"a power below 1", "0.5", false, func() { cost.PNorm(0.5) }},
		{"an indefinite metric", "none may be negative", false, func() { cost.Mahalanobis(mat.NewSymDense(2, []float64{1, 0, 0, -1})) }},
		{"a metric of another dimension", "3", false, sinkhorn(with(func(p *Problem) { p.Cost = cost.Mahalanobis(mat.NewSymDense(3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1})) }), Settings{})},
		{"a user's cost of a wrong shape", "no sum over coordinates", false, sinkhorn(with(func(p *Problem) { p.Cost = wrongShape }), Settings{})},
		{"a user's cost that is NaN", "NaN between row", true, sinkhorn(with(func(p *Problem) { p.Cost = notNumber }), Settings{})},
		{"more memory than allowed", "MemoryLimit is 1 KiB; raise", true, func() { Exact(fine, Settings{MemoryLimit: 1024}) }},
		{"an assignment that is not square", "as many rows as columns", false, func() { Assignment(mat.NewDense(2, 3, nil), nil) }},
		{"an image of other points", "the plan has 4 columns, y has 5 rows", false, func() { soft.Push(x) }},
		{"the map of |x-y|", "defines no map", false, func() { Sinkhorn(euclidean, Settings{}).Extend(x) }},
		{"the map of an exact plan", "needs a result of Sinkhorn", false, func() { Exact(fine, Settings{}).Extend(x) }},
		{"rounding of soft marginals", "soft", false, func() { soft.Rounded() }},
		{"rows the plan has not", "rows 3 to 9 of a plan with 5", false, func() { soft.PlanRows(3, 9) }},
		{"NaN on the line", "NaN", true, func() { Line([]float64{0, nan}, []float64{1}, LineSettings{}) }},
		{"no points on the line", "empty", true, func() { Line(nil, []float64{1}, LineSettings{}) }},
		{"an order below 1", "0.5", false, func() { Wasserstein([]float64{0}, []float64{1}, 0.5) }},
		{"slices of a matrix", "needs points", false, func() { Sliced(Matrix(mat.NewDense(2, 2, nil)), SlicedSettings{}) }},
		{"an indefinite covariance", "covariance", true, func() {
			bad := Gaussian{Mean: []float64{0, 0}, Cov: mat.NewSymDense(2, []float64{1, 2, 2, 1})}
			Bures(bad, bad)
		}},
		{"a barycenter of nothing", "of no laws", false, func() { BuresBarycenter(nil, nil, BuresSettings{}) }},
	}
}

func TestRefusalsSaySoClearly(t *testing.T) {
	for _, c := range refusals() {
		said, data := sentence(c.call)
		if said == "" || !strings.Contains(said, c.says) || strings.Contains(said, "runtime error") {
			t.Errorf("%s: said %q, want %q", c.given, said, c.says)
		}
		if data != c.data {
			t.Errorf("%s: blames the data: %v, want %v (%s)", c.given, data, c.data, said)
		}
		t.Logf("| %s | %s |", c.given, said)
	}
}

// Odd input that has an answer gets it.
func TestOddInputsHaveAnswers(t *testing.T) {
	inf := math.Inf(1)
	point := mat.NewDense(1, 2, []float64{1, 2})
	same := mat.NewDense(4, 2, []float64{1, 2, 1, 2, 1, 2, 1, 2})
	for _, c := range []struct {
		given string
		p     *Problem
		value float64
	}{
		{"one point to itself", Points(point, point), 0},
		{"duplicates of one point", Points(same, same), 0},
		{"a constant cost", Matrix(mat.NewDense(2, 3, []float64{7, 7, 7, 7, 7, 7})), 7},
		{"huge coordinates", Points(mat.NewDense(1, 1, []float64{1e150}), mat.NewDense(1, 1, []float64{-1e150})), 4e300},
		{"tiny coordinates", Points(mat.NewDense(1, 1, []float64{1e-150}), mat.NewDense(1, 1, []float64{-1e-150})), 4e-300},
	} {
		for _, r := range []*Result{Exact(c.p, Settings{}), Sinkhorn(c.p, Settings{}), Solve(c.p, Settings{})} {
			if math.Abs(r.Value-c.value) > 1e-9*c.value || r.Status != Converged {
				t.Errorf("%s: want %v: %v", c.given, c.value, r)
			}
		}
	}
	if r := Exact(Matrix(mat.NewDense(2, 2, []float64{0, inf, 0, inf})), Settings{}); r.Status != Infeasible || r.Advice == "" {
		t.Errorf("an infeasible problem: %v", r)
	}
	if d := Divergence(Points(same, same), Settings{}); d.Value != 0 || d.Status != Converged {
		t.Errorf("the divergence of duplicates: %v", d)
	}
}
