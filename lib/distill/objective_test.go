package distill

import (
	"math"
	"testing"

	"gaspard/lib/fdiv"
)

// TestGradientTheorem holds the theorem to differences of the objective, for
// every divergence with a weight, clean and diffused.
func TestGradientTheorem(t *testing.T) {
	teacher := OnLine([]float64{0.7, 0.3}, []float64{-1.5, 1.5}, []float64{0.5})
	levels := Geometric(0.1, 5, 8)
	var squares []float64
	for _, s := range levels {
		squares = append(squares, s*s)
	}
	finite := 0
	for _, d := range append(fdiv.All(), fdiv.JSD, fdiv.Alpha(0.3), fdiv.Alpha(-0.5), fdiv.Alpha(1.5)) {
		if !d.HasWeight() {
			continue
		}
		for _, o := range []Objective{
			{Divergence: d, Teacher: teacher},
			{Divergence: d, Teacher: teacher, Sigma: levels},
			{Divergence: d, Teacher: teacher, Sigma: levels, Weight: squares},
		} {
			for _, at := range [][2]float64{{-0.5, 0.6}, {0.2, 0.55}} {
				if math.IsInf(o.Value(at[0], at[1]), 1) {
					continue
				}
				finite++
				dm, ds := o.Gradient(at[0], at[1])
				em, es := o.Difference(at[0], at[1])
				near(t, d.Name+" dL/dm", dm, em, 1e-6)
				near(t, d.Name+" dL/ds", ds, es, 1e-6)
			}
		}
	}
	if finite != 13*6 {
		t.Errorf("%d finite cases of %d", finite, 13*6)
	}
	// Pearson's chi² against a student narrower than 1/√2 of the teacher.
	if v := (Objective{Divergence: fdiv.Pearson, Teacher: teacher}).Value(-0.5, 0.3); !math.IsInf(v, 1) {
		t.Errorf("an infinite integral came out as %g", v)
	}
}

// TestMinima has the deterministic minimisers of xu:25's setting at three
// separations.
func TestMinima(t *testing.T) {
	at := func(a float64) *Mixture { return OnLine([]float64{0.7, 0.3}, []float64{-a, a}, []float64{0.5}) }
	for _, c := range []struct {
		a           float64
		d           *fdiv.Divergence
		m, s, value float64
	}{
		{1.5, fdiv.SoftRKL, -1.49707, 0.50426, 0.121490}, {1.5, fdiv.RKL, -1.49527, 0.50733, 0.354034},
		{1.5, fdiv.JS, -1.49241, 0.51227, 0.232484}, {1.5, fdiv.Hellinger, -0.60207, 1.40178, 0.142563},
		{1.5, fdiv.Jeffreys, -0.56181, 1.30111, 1.334815}, {1.5, fdiv.FKL, -0.6, 1.46287, 0.466189},
		{1, fdiv.SoftRKL, -0.92389, 0.57122, 0}, {1, fdiv.FKL, -0.4, 1.04403, 0}, {1, fdiv.JS, -0.39787, 1.02322, 0}, {1, fdiv.RKL, -0.39005, 0.94578, 0},
		{3, fdiv.Jeffreys, -2.66230, 1.34457, 0}, {3, fdiv.FKL, -1.2, 2.79464, 0},
	} {
		best := Objective{Divergence: c.d, Teacher: at(c.a)}.Minima()[0]
		near(t, c.d.Name+" m*", best.Mean, c.m, 2e-5)
		near(t, c.d.Name+" s*", best.Sd, c.s, 2e-5)
		if c.value > 0 {
			near(t, c.d.Name+" D*", best.Value, c.value, 1e-6)
		}
	}
	js := Objective{Divergence: fdiv.JS, Teacher: at(1.5)}.Minima()
	if len(js) != 2 {
		t.Fatalf("%d minima of JS, want 2", len(js))
	}
	near(t, "second minimum of JS", js[1].Mean, -0.6188, 1e-4)
	near(t, "its value", js[1].Value, 0.25916, 1e-5)
	hellinger := Objective{Divergence: fdiv.Hellinger, Teacher: at(1.5)}.Minima()
	near(t, "second minimum of SH", hellinger[1].Mean, -1.4814, 1e-4)
	near(t, "its value", hellinger[1].Value, 0.16016, 1e-5)
	for _, d := range []*fdiv.Divergence{fdiv.RKL, fdiv.SoftRKL, fdiv.JS, fdiv.Hellinger} {
		if best := (Objective{Divergence: d, Teacher: at(3)}).Minima()[0]; best.Mean > -2.9 || best.Sd > 0.6 {
			t.Errorf("%s does not sit on one mode: %v", d.Name, best)
		}
	}
}

// TestMinimaUnderNoise has the minimisers of the objective over eight noise
// levels, weighed by σ² and evenly.
func TestMinimaUnderNoise(t *testing.T) {
	at := func(a float64) *Mixture { return OnLine([]float64{0.7, 0.3}, []float64{-a, a}, []float64{0.5}) }
	levels := Geometric(0.1, 5, 8)
	var squares []float64
	for _, v := range levels {
		squares = append(squares, v*v)
	}
	for _, c := range []struct {
		d    *fdiv.Divergence
		m, s float64
	}{
		{fdiv.RKL, -1.1817, 2.4547}, {fdiv.SoftRKL, -2.5077, 0.6934}, {fdiv.JS, -1.1951, 2.7514},
		{fdiv.Hellinger, -1.1868, 2.7242}, {fdiv.Jeffreys, -1.1546, 2.5795}, {fdiv.FKL, -1.2, 2.7946},
	} {
		best := Objective{Divergence: c.d, Teacher: at(3), Sigma: levels, Weight: squares}.Minima()[0]
		near(t, c.d.Name+" m under σ²", best.Mean, c.m, 5e-5)
		near(t, c.d.Name+" s under σ²", best.Sd, c.s, 5e-5)
	}
	for _, c := range []struct {
		d    *fdiv.Divergence
		m, s float64
	}{
		{fdiv.RKL, -1.4338, 0.5507}, {fdiv.SoftRKL, -1.4568, 0.5262}, {fdiv.JS, -0.6046, 1.4329},
		{fdiv.Hellinger, -0.5910, 1.4072}, {fdiv.Jeffreys, -0.5590, 1.3300}, {fdiv.FKL, -0.6, 1.4629},
	} {
		best := Objective{Divergence: c.d, Teacher: at(1.5), Sigma: levels}.Minima()[0]
		near(t, c.d.Name+" m over all levels", best.Mean, c.m, 5e-5)
		near(t, c.d.Name+" s over all levels", best.Sd, c.s, 5e-5)
	}
}
