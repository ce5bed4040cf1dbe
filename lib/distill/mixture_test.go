package distill

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
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
