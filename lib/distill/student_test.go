package distill

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/fdiv"
)

// TestAffineInSpace lets a student in R^3 find a normal teacher.
func TestAffineInSpace(t *testing.T) {
	cov := mat.NewSymDense(3, []float64{1, 0.3, 0, 0.3, 0.5, 0.1, 0, 0.1, 0.8})
	teacher := NewMixtureCov(nil, mat.NewDense(1, 3, []float64{1, -1, 0.5}), []*mat.SymDense{cov})
	start := mat.NewDense(3, 3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1})
	student := NewAffine([]float64{0, 0, 0}, start)
	r := Run(teacher, student, Settings{Divergence: fdiv.JS, Schedule: LogUniform(0.1, 2), Steps: 1500, Batch: 64, Rate: 0.02})
	if r.Status != Done || len(r.History.Step) != 1500 {
		t.Fatal(r)
	}
	s := mat.NewDense(3, 3, r.Mean[3:])
	var got mat.Dense
	got.Mul(s, s.T())
	for i := range 3 {
		near(t, "mean", r.Mean[i], []float64{1, -1, 0.5}[i], 0.05)
		for j := range 3 {
			near(t, "covariance", got.At(i, j), cov.At(i, j), 0.06)
		}
	}
}
