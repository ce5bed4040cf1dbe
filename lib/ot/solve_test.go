package ot

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

// Solve takes the method that its documentation names, says so, and agrees with the
// others.
func TestSolveChooses(t *testing.T) {
	plane := Points(cloud(1, 30, 2, 0), cloud(2, 30, 2, 1))
	weighted := Points(cloud(1, 30, 2, 0), cloud(2, 20, 2, 1))
	weighted.A = randomWeights(3, 30)
	own := Points(cloud(1, 9, 1, 0), cloud(2, 9, 1, 1))
	own.Cost = cost.Displacement("z²", func(z *tensor.Var) *tensor.Var { return z.Square() })
	angle := Points(mat.NewDense(2, 1, []float64{1, -1}), mat.NewDense(2, 1, []float64{-3, 4}))
	angle.Cost = cost.Cosine()
	for _, c := range []struct {
		name   string
		p      *Problem
		s      Settings
		solver string
		why    string
	}{
		{"line", Points(cloud(1, 30, 1, 0), cloud(2, 20, 1, 1)), Settings{}, "Line", "one coordinate"},
		{"epsilon", Points(cloud(1, 30, 1, 0), cloud(2, 20, 1, 1)), Settings{Epsilon: 0.1}, "Sinkhorn", "Epsilon is given"},
		{"soft", Points(cloud(1, 30, 1, 0), cloud(2, 20, 1, 1)), Settings{TauA: 0.9}, "Sinkhorn", "marginals are soft"},
		{"plane", plane, Settings{}, "Exact", "30×30"},
		{"weights", weighted, Settings{}, "Exact", "30×20"},
		{"matrix", Matrix(mat.NewDense(3, 1, []float64{1, 2, 3})), Settings{}, "Exact", "3×1"},
		{"memory", plane, Settings{MemoryLimit: 1 << 10}, "Sinkhorn", "MemoryLimit is 1 KiB"},
		{"own cost", own, Settings{}, "Exact", "9×9"},
		{"angles", angle, Settings{}, "Exact", "2×2"},
	} {
		r := Solve(c.p, c.s)
		if r.Solver != c.solver || !strings.Contains(r.Why, "Solve chose "+c.solver) || !strings.Contains(r.Why, c.why) || r.Status != Converged {
			t.Errorf("%s: %v\n%s", c.name, r, r.Why)
		}
		if c.solver != "Sinkhorn" {
			if want := Exact(c.p, Settings{}).Value; math.Abs(r.Value-want) > 1e-13*(1+want) {
				t.Errorf("%s: %g, the exact value is %g", c.name, r.Value, want)
			}
		}
	}
}

// Every usual convex cost goes to the line, with the exact value and a proof.
func TestSolveOnTheLine(t *testing.T) {
	for _, c := range []cost.Cost{
		cost.SqEuclidean(), cost.Euclidean(), cost.L1(), cost.PNorm(1.5), cost.PNorm(3),
		cost.Mahalanobis(mat.NewSymDense(1, []float64{2.5})),
		cost.ElasticL1(0.3), cost.ElasticSTVS(0.7), cost.ElasticKOverlap(0.5, 1),
	} {
		for _, l := range lineCases() {
			p := Points(mat.NewDense(len(l.x), 1, l.x), mat.NewDense(len(l.y), 1, l.y))
			p.A, p.B, p.Cost = l.a, l.b, c
			r := Solve(p, Settings{})
			if r.Solver != "Line" {
				t.Errorf("%s, %v: %s", l.name, c, r.Why)
			}
			checkSorted(t, l.name+", "+c.String(), l, r, p.costMatrix())
		}
	}
}

func TestSolveSaysWhatIsWrong(t *testing.T) {
	one := mat.NewDense(1, 1, []float64{1})
	for name, p := range map[string]*Problem{
		"NaN":     Points(mat.NewDense(1, 1, []float64{math.NaN()}), one),
		"weights": {A: []float64{2}, x: one, y: one},
	} {
		if err := job.Catch(func() { Solve(p, Settings{}) }); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// BenchmarkSolve is what choosing adds to small problems.
func BenchmarkSolve(b *testing.B) {
	for name, p := range map[string]*Problem{
		"line":  Points(cloud(1, 100, 1, 0), cloud(2, 100, 1, 1)),
		"plane": Points(cloud(1, 100, 2, 0), cloud(2, 100, 2, 1)),
	} {
		b.Run("problem="+name, func(b *testing.B) {
			for b.Loop() {
				Solve(p, Settings{})
			}
		})
	}
}
