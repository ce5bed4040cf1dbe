package distill

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gaspard/lib/fdiv"
	"gaspard/lib/job"
)

// TestUpdateIsUnbiased holds the sampled gradient of a batch to the integral.
func TestUpdateIsUnbiased(t *testing.T) {
	teacher := OnLine([]float64{0.7, 0.3}, []float64{-1.5, 1.5}, []float64{0.5})
	student := AffineOnLine(-0.5, 0.9)
	rng := rand.New(rand.NewPCG(7, 7))
	for _, d := range fdiv.Paper() {
		b := student.Generate(rng, 60000)
		sigma := make([]float64, 60000)
		for i := range sigma {
			sigma[i] = 0.8
		}
		u := NewUpdate(Settings{Divergence: d}, teacher, student.Law(), b.X, sigma, rng)
		g := student.Pull(b, u.Gradient)
		dm, ds := Objective{Divergence: d, Teacher: teacher, Sigma: []float64{0.8}}.Gradient(-0.5, 0.9)
		near(t, d.Name+" dm", g[0], dm, 0.03)
		near(t, d.Name+" ds", g[1], ds, 0.03)
		mean := 0.0
		for _, l := range u.LogRatio {
			mean += math.Exp(l) / 60000
		}
		near(t, "E_q[r]", mean, 1, 0.03)
	}
}

func TestRunIsDeterministicAndCancels(t *testing.T) {
	teacher := Ring(8, 2, 0.15, nil)
	run := func(monitor *job.Monitor, watch func(int)) *Result {
		return Run(teacher, NewParticles(teacher.Draw(150, 3)), Settings{Steps: 20, Weighting: DMD, Ratio: &Ratio{}, Plain: true, Job: monitor, Watch: watch})
	}
	a, b := run(nil, nil), run(nil, nil)
	for i, v := range a.Student.Params() {
		if v != b.Student.Params()[i] {
			t.Fatalf("particle coordinate %d is %g and %g", i, v, b.Student.Params()[i])
		}
	}
	m, steps := job.New(nil), 0
	err := job.Catch(func() {
		run(m, func(step int) {
			if steps = step; step == 5 {
				m.Cancel()
			}
		})
	})
	if !errors.Is(err, job.ErrCancelled) || steps != 5 {
		t.Fatalf("%v after %d steps", err, steps)
	}
}

// TestRunSaysWhenItCannotGoOn starts a student where the weight 2/r of Neyman's
// chi² overflows.
func TestRunSaysWhenItCannotGoOn(t *testing.T) {
	student := AffineOnLine(1000, 1)
	r := Run(OnLine(nil, []float64{0}, []float64{1}), student, Settings{Divergence: fdiv.Neyman})
	if r.Status != NotFinite || r.Status.Err() == nil || len(r.History.Step) != 0 || student.Mean()[0] != 1000 {
		t.Fatalf("%v, mean %g", r, student.Mean())
	}
	// Ratios treated as learned ones are bounded.
	r = Run(OnLine(nil, []float64{0}, []float64{1}), student, Settings{Divergence: fdiv.Neyman, Ratio: &Ratio{}, Steps: 5})
	if r.Status != Done {
		t.Fatal(r)
	}
}
