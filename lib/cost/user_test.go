package cost

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

// The function is called once for a size of blocks, whatever is evaluated.
func TestAUsersFunctionIsRecordedOnce(t *testing.T) {
	calls := 0
	c := Func("counted", func(x, y *tensor.Var) *tensor.Var {
		calls++
		return x.Sub(y).RowNorms()
	})
	x := mat.NewDense(40, 2, nil)
	for i := range 40 {
		x.Set(i, 0, float64(i))
	}
	for range 3 {
		if got := c.Matrix(x, x).At(3, 39); got != 36 {
			t.Errorf("c(3, 39) = %g", got)
		}
		if d := c.Displacement(x, x); d[39] != 0 {
			t.Errorf("displacement %g", d[39])
		}
	}
	if calls != 1 {
		t.Errorf("%d calls for one size of blocks", calls)
	}
	c.At([]float64{1}, []float64{2})
	c.At([]float64{1}, []float64{3})
	if calls != 2 {
		t.Errorf("%d calls for blocks and pairs", calls)
	}
}

// Evaluations at one time do not disturb one another.
func TestUsersCostsRunSideBySide(t *testing.T) {
	c := Displacement("h", fourth)
	x := mat.NewDense(70, 1, nil)
	for i := range 70 {
		x.Set(i, 0, float64(i))
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			got := c.Matrix(x, x)
			for i := range 70 {
				if want := float64(i * i * i * i); got.At(i, 0) != want {
					t.Errorf("c(%d, 0) = %g, want %g", i, got.At(i, 0), want)
				}
			}
		})
	}
	all.Wait()
}

func TestMistakesInUsersFunctions(t *testing.T) {
	x := mat.NewDense(3, 2, nil)
	for want, f := range map[string]func(x, y *tensor.Var) *tensor.Var{
		"cost: wrong returned nil, not a column of costs": func(x, y *tensor.Var) *tensor.Var { return nil },
		"cost: wrong returned 1×1 for 512 pairs of points; it must be 512×1, one cost for each row": func(x, y *tensor.Var) *tensor.Var {
			return x.Sub(y).Square().Sum()
		},
		"cost: wrong has parameters of its own; use constants": func(x, y *tensor.Var) *tensor.Var {
			return x.MatMul(x.Graph().Param(2, 1))
		},
	} {
		if got := panicOf(func() { Func("wrong", f).Matrix(x, x) }); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}
	if got := panicOf(func() {
		Func("wrong", func(x, y *tensor.Var) *tensor.Var { return x.Sub(y).Square().Sum() }).At([]float64{1}, []float64{2})
	}); !strings.Contains(fmt.Sprint(got), "returned 1×1 for 2 pairs") {
		t.Errorf("panic %v", got)
	}
}

// A value that is not finite names its pair, in matrices of several blocks too.
func TestUsersValuesThatAreNotFinite(t *testing.T) {
	x := mat.NewDense(60, 1, nil)
	for i := range 60 {
		x.Set(i, 0, float64(i+1))
	}
	root := Displacement("√z", func(z *tensor.Var) *tensor.Var { return z.Shift(50).Sqrt() })
	kernel := NegLogKernel("gauss", func(x, y *tensor.Var) *tensor.Var { return x.Sub(y).RowNorms().Square().Scale(-1).Exp() })
	for want, f := range map[string]func(){
		"cost: √z is NaN between row 1 of x and row 52 of y":     func() { root.Matrix(x, x) },
		"cost: gauss is +Inf between row 1 of x and row 29 of y": func() { kernel.Matrix(x, x) },
		"cost: √z is NaN at x = [0], y = [51]":                   func() { root.At([]float64{0}, []float64{51}) },
		"cost: the gradient of exp(1000z) is +Inf between row 1 of x and row 1 of y": func() {
			steep.Blocks(mat.NewDense(1, 1, []float64{0.709}), mat.NewDense(1, 1, nil)).AddGradX(0, make([]float64, 1), []float64{1}, 0, 1)
		},
		"cost: the gradient of exp(1000z) is +Inf at x = [0.709], y = [0]": func() { steep.AddGrad(make([]float64, 1), 1, []float64{0.709}, []float64{0}) },
	} {
		if err := job.Catch(f); err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// steep overflows in its gradient first.
var steep = Displacement("exp(1000z)", func(z *tensor.Var) *tensor.Var { return z.Scale(1000).Exp() })

func TestKernelsAreGibbsKernels(t *testing.T) {
	c := NegLogKernel("cauchy", func(x, y *tensor.Var) *tensor.Var {
		one := x.Graph().Const(1, 1, []float64{1})
		return one.Div(x.Sub(y).Square().RowSums().Shift(1))
	})
	if got := c.At([]float64{0, 0}, []float64{1, 1}); math.Abs(got-math.Log(3)) > 1e-15 {
		t.Errorf("-log k = %g, want log 3", got)
	}
	if c.String() != "cauchy" {
		t.Errorf("named %q", c)
	}
}

func TestSymmetry(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 0))
	for _, c := range every(3) {
		x, y := cloud(rng, c, 4, 3), cloud(rng, c, 7, 3)
		if got := c.Symmetric(x, y); got != (c != asymmetric) {
			t.Errorf("%v: symmetric is %v", c, got)
		}
	}
}
