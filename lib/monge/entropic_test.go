package monge

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
	"gaspard/lib/ot"
)

// Symmetric sources and the targets ±1 make the potential of the target constant, so
// that weights are logistic functions: T(z) = tanh(2z/ε).
func TestEntropicMapOfTwoPoints(t *testing.T) {
	x, y := mat.NewDense(4, 1, []float64{-2, -0.5, 0.5, 2}), mat.NewDense(2, 1, []float64{-1, 1})
	const eps = 1.5
	m := EntropicMap(ot.Sinkhorn(ot.Points(x, y), ot.Settings{Epsilon: eps, Tol: 1e-10}))
	z := mat.NewDense(5, 1, []float64{-3, -1, 0, 0.3, 7})
	got := m.Push(z)
	for i := range 5 {
		if want := math.Tanh(2 * z.At(i, 0) / eps); math.Abs(got.At(i, 0)-want) > 1e-9 {
			t.Errorf("T(%g) = %g, want %g", z.At(i, 0), got.At(i, 0), want)
		}
	}
	if text := m.String(); !strings.Contains(text, "entropic map on R^1, of 4×2 points, ε = 1.5") {
		t.Errorf("summary %q", text)
	}
}

// The plans to a moved copy and to itself differ by the move, which debiasing
// returns exactly; the entropic map alone pulls to the mean.
func TestDebiasedMapOfATranslation(t *testing.T) {
	x := mat.NewDense(60, 2, normals(3, 120))
	y := mat.DenseCopyOf(x)
	y.Apply(func(_, j int, v float64) float64 { return v + []float64{3, -1}[j] }, y)
	s := ot.Settings{Epsilon: 0.5, Tol: 1e-9}
	xy, xx := ot.Sinkhorn(ot.Points(x, y), s), ot.Sinkhorn(ot.Points(x, x), s)
	z := mat.NewDense(40, 2, normals(4, 80))
	biased, debiased := EntropicMap(xy).Push(z), DebiasedMap(xy, xx).Push(z)
	worst := 0.0
	for i := range 40 {
		for j, move := range []float64{3, -1} {
			if e := math.Abs(debiased.At(i, j) - z.At(i, j) - move); e > 1e-6 {
				t.Fatalf("the debiased map errs by %g", e)
			}
			worst = max(worst, math.Abs(biased.At(i, j)-z.At(i, j)-move))
		}
	}
	if worst < 0.1 {
		t.Errorf("the entropic map errs by %g only, so that nothing was tested", worst)
	}
}

func TestConstantMap(t *testing.T) {
	y := mat.NewDense(2, 2, []float64{1, 2, 3, 6})
	got := Constant(y).Push(mat.NewDense(3, 2, normals(1, 6)))
	if want := mat.NewDense(3, 2, []float64{2, 4, 2, 4, 2, 4}); !mat.Equal(got, want) {
		t.Errorf("got %v", mat.Formatted(got))
	}
}

func TestEntropicMapsRefuse(t *testing.T) {
	x, y := clouds(12, 14)
	euclidean := ot.Points(x, y)
	euclidean.Cost = cost.Euclidean()
	solve := func(p *ot.Problem, eps float64) *ot.Result { return ot.Sinkhorn(p, ot.Settings{Epsilon: eps}) }
	xy := solve(ot.Points(x, y), 1)
	cases := []struct {
		want string
		f    func()
	}{
		{"monge: an entropic map needs a result of ot.Sinkhorn between points", func() { EntropicMap(ot.Exact(ot.Points(x, y), ot.Settings{})) }},
		{"monge: an entropic map needs a result of ot.Sinkhorn between points", func() { EntropicMap(solve(ot.Matrix(x), 1)) }},
		{"monge: the cost |x-y| defines no map from its potentials", func() { EntropicMap(solve(euclidean, 1)) }},
		{"monge: the plan from x to y has ε 1, that from x to x 2", func() { DebiasedMap(xy, solve(ot.Points(x, x), 2)) }},
		{"monge: the plan from x to y is of 12 source points in dimension 2, that from x to x 14×14 in dimension 2", func() { DebiasedMap(xy, solve(ot.Points(y, y), 1)) }},
		{"monge: Steps is -1", func() { Progressive(x, y, ProgressiveSettings{Steps: -1}) }},
		{"monge: there is no Pace(7)", func() { Progressive(x, y, ProgressiveSettings{Pace: 7}) }},
		{"monge: the cost |x-y| defines no map from its potentials", func() { Progressive(x, y, ProgressiveSettings{Cost: cost.Euclidean()}) }},
		{"monge: ε of the last step cannot be chosen on a target of 3 points; set EpsilonLast", func() {
			Progressive(x, mat.NewDense(3, 2, normals(1, 6)), ProgressiveSettings{})
		}},
	}
	for _, c := range cases {
		err := func() (caught any) {
			defer func() { caught = recover() }()
			c.f()
			return nil
		}()
		if data, ok := err.(*job.DataError); ok && data.Message != c.want || !ok && err != c.want {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}
