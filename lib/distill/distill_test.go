package distill

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/fdiv"
	"gaspard/lib/job"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if got == want {
		return
	}
	if !(math.Abs(got-want) <= tol*(1+math.Abs(want))) {
		t.Errorf("%s: %.12g, want %.12g", what, got, want)
	}
}

// TestMixtureIsExact holds score and denoiser to differences of the density, and
// the density to a formula.
func TestMixtureIsExact(t *testing.T) {
	cov := []*mat.SymDense{mat.NewSymDense(2, []float64{1, 0.4, 0.4, 0.5}), mat.NewSymDense(2, []float64{0.2, 0, 0, 2})}
	means := mat.NewDense(2, 2, []float64{0, 1, -2, 0.5})
	for _, m := range []*Mixture{
		NewMixtureCov([]float64{0.3, 0.7}, means, cov),
		NewMixture([]float64{0.3, 0.7}, means, []float64{0.5, 1.5}),
		Ring(8, 2, 0.15, nil),
	} {
		x := mat.NewDense(3, 2, []float64{0.3, -0.2, 4, 1, -1.5, 2})
		for _, sigma := range []float64{0.05, 0.7, 6} {
			score, denoised := m.Score(x, sigma), m.Denoise(x, sigma)
			const h = 1e-5
			for i := range 3 {
				for j := range 2 {
					up, down := mat.DenseCopyOf(x), mat.DenseCopyOf(x)
					up.Set(i, j, x.At(i, j)+h)
					down.Set(i, j, x.At(i, j)-h)
					near(t, m.Name+" score", score.At(i, j), (m.LogDensity(up, sigma)[i]-m.LogDensity(down, sigma)[i])/(2*h), 1e-5)
					near(t, m.Name+" denoiser", denoised.At(i, j), x.At(i, j)+sigma*sigma*score.At(i, j), 1e-13)
				}
			}
		}
	}
	x := mat.NewDense(1, 1, []float64{0.4})
	line := OnLine([]float64{0.7, 0.3}, []float64{-1, 1}, []float64{0.5})
	normal := func(m, v float64) float64 {
		return math.Exp(-(0.4-m)*(0.4-m)/(2*v)) / math.Sqrt(2*math.Pi*v)
	}
	near(t, "density", math.Exp(line.LogDensity(x, 0.3)[0]), 0.7*normal(-1, 0.34)+0.3*normal(1, 0.34), 1e-14)
	// A rotated covariance and the same by axes give one density.
	same := NewMixtureCov(nil, mat.NewDense(1, 2, []float64{1, 2}), []*mat.SymDense{mat.NewSymDense(2, []float64{0.25, 0, 0, 0.25})})
	y := mat.NewDense(1, 2, []float64{-0.3, 1})
	near(t, "isotropic", same.LogDensity(y, 1)[0], NewMixture(nil, mat.NewDense(1, 2, []float64{1, 2}), []float64{0.5}).LogDensity(y, 1)[0], 1e-14)
	if v := line.LogDensity(mat.NewDense(1, 1, []float64{1e6}), 0.1)[0]; math.IsInf(v, 0) || math.IsNaN(v) {
		t.Errorf("log density %g far away", v)
	}
}

func TestMixtureSamples(t *testing.T) {
	m := NewMixtureCov([]float64{0.25, 0.75}, mat.NewDense(2, 2, []float64{4, 0, -4, 0}),
		[]*mat.SymDense{mat.NewSymDense(2, []float64{1, 0.9, 0.9, 1}), mat.NewSymDense(2, []float64{1, 0, 0, 1})})
	x := m.Draw(20000, 1)
	right, xy, sum := 0.0, 0.0, 0.0
	for i := range 20000 {
		if x.At(i, 0) > 0 {
			right++
			xy += (x.At(i, 0) - 4) * x.At(i, 1)
		}
		sum += x.At(i, 0)
	}
	near(t, "share of the first component", right/20000, 0.25, 0.01)
	near(t, "its covariance", xy/right, 0.9, 0.04)
	near(t, "mean", sum/20000, -2, 0.03)
}

func TestSchedules(t *testing.T) {
	s := Karras(0.02, 10, 0).Steps(4)
	near(t, "first", s[0], 10, 1e-12)
	near(t, "last", s[3], 0.02, 1e-12)
	if len(s) != 5 || s[4] != 0 || !(s[0] > s[1] && s[1] > s[2] && s[2] > s[3]) {
		t.Errorf("steps %v", s)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 40000
	below := 0.0
	for _, v := range Karras(0.002, 80, 7).Draw(rng, n) {
		if v < 8 {
			below++
		}
	}
	near(t, "share of σ in the first of ten linear bins", below/n, 0.64, 0.01)
	mean, square := 0.0, 0.0
	for _, v := range LogNormal(-1.2, 1.2).Draw(rng, n) {
		mean += math.Log(v) / n
		square += math.Log(v) * math.Log(v) / n
	}
	near(t, "mean of log σ", mean, -1.2, 0.02)
	near(t, "spread of log σ", math.Sqrt(square-mean*mean), 1.2, 0.02)
	levels := Geometric(0.1, 5, 8)
	near(t, "ratio of levels", levels[1]/levels[0], math.Pow(50, 1.0/7), 1e-12)
	for _, v := range Levels(levels...).Draw(rng, 100) {
		if v < 0.1-1e-12 || v > 5+1e-12 {
			t.Errorf("level %g", v)
		}
	}
}

// TestSamplerFollowsTheFlow compares with the exact flow of a normal teacher, x
// scaled by the standard deviation of the noised law.
func TestSamplerFollowsTheFlow(t *testing.T) {
	teacher := NewMixture(nil, mat.NewDense(1, 1, []float64{0}), []float64{0.5})
	for _, steps := range []int{1, 2, 5} {
		s := Heun(teacher, 10, SampleSettings{Steps: steps})
		if s.Evaluations != 2*steps-1 {
			t.Errorf("%d evaluations in %d steps", s.Evaluations, steps)
		}
	}
	error := func(f func(Teacher, int, SampleSettings) *Samples, steps int) float64 {
		s := f(teacher, 50, SampleSettings{Steps: steps})
		rng := rand.New(rand.NewPCG(0, streamNoise))
		worst := 0.0
		for i := range 50 {
			start := 10 * rng.NormFloat64()
			exact := start * 0.5 / math.Hypot(0.5, 10)
			worst = math.Max(worst, math.Abs(s.X.At(i, 0)-exact))
		}
		return worst
	}
	if e := error(Heun, 80); e > 2e-3 {
		t.Errorf("Heun is off by %g", e)
	}
	if h, e := error(Heun, 40), error(Euler, 40); !(h < e/3) {
		t.Errorf("Heun %g, Euler %g", h, e)
	}
}

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

// TestRatio states what the two stages guarantee, and that the mistakes seen in
// other implementations are not made.
func TestRatio(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	const n = 500
	logr, sigma := make([]float64, n), LogUniform(0.02, 10).Draw(rng, n)
	for i := range logr {
		logr[i] = 0.5 * rng.NormFloat64()
	}
	for _, d := range fdiv.Paper() {
		h := (&Ratio{}).Weights(d, logr, sigma)
		sum := 0.0
		for _, v := range h {
			sum += v
		}
		near(t, d.Name+" mean weight", sum/n, 1, 1e-12)
		// A factor of the ratio per bin goes away, up to the clipping.
		ratio := &Ratio{Lower: 1e-4, Upper: 1e4}
		ratio.Weights(d, logr, sigma)
		shifted := append([]float64(nil), logr...)
		for i, s := range sigma {
			shifted[i] += 0.3 * float64(ratio.bin(s, 10))
		}
		plain, again := (&Ratio{Lower: 1e-4, Upper: 1e4}).Weights(d, logr, sigma), (&Ratio{Lower: 1e-4, Upper: 1e4}).Weights(d, shifted, sigma)
		for i := range plain {
			near(t, d.Name+" with an error of scale at each level", again[i], plain[i], 1e-10)
		}
	}
	// Division by the sum instead of the mean would make JS a forward KL.
	js, fkl := (&Ratio{}).Weights(fdiv.JS, logr, sigma), (&Ratio{}).Weights(fdiv.FKL, logr, sigma)
	far := 0.0
	for i := range js {
		far = math.Max(far, math.Abs(js[i]-fkl[i]))
	}
	if far < 0.3 {
		t.Errorf("weights of JS and FKL differ by at most %g", far)
	}
	wild := []float64{-1e4, 1e4, 0, 1}
	for _, v := range (&Ratio{}).Weights(fdiv.FKL, wild, []float64{1, 1, 2, 2}) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("weight %g", v)
		}
	}
	slow := &Ratio{Bins: 1, Memory: 0.5}
	slow.Weights(fdiv.FKL, []float64{math.Log(3), math.Log(3)}, []float64{1, 1})
	near(t, "remembered mean", slow.Means()[0], 2, 1e-12)
}
