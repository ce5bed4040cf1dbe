package fdiv

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestGaussians holds closed forms to quadrature and to known values.
func TestGaussians(t *testing.T) {
	laws := []Gaussian{Normal(0, 1), Normal(1, 1), Normal(-0.7, 0.8), Normal(0.5, 1.2)}
	density := func(g Gaussian) func(*mat.Dense) []float64 {
		s := math.Sqrt(g.Cov.At(0, 0))
		return func(x *mat.Dense) []float64 {
			n, _ := x.Dims()
			out := make([]float64, n)
			for i := range out {
				out[i] = -square((x.At(i, 0)-g.Mean[0])/s)/2 - math.Log(s) - math.Log(2*math.Pi)/2
			}
			return out
		}
	}
	box := IntegralSettings{Lo: []float64{-60}, Hi: []float64{60}}
	for _, p := range laws {
		for _, q := range laws {
			for _, d := range family() {
				v, w := d.Gaussians(p, q), d.Densities(density(p), density(q), box)
				if d == TV {
					near(t, "TV", v.Value, w.Value, 1e-4)
					continue
				}
				if v.Status != Converged || w.Status != Converged {
					t.Errorf("%s: %v, %v", d.Name, v, w)
				}
				if math.IsInf(v.Value, 1) {
					continue // the box cuts an infinite integral
				}
				near(t, d.Name+" closed form and quadrature", v.Value, w.Value, 1e-8)
			}
		}
	}
	p, q := Normal(0, 1), Normal(2, 1)
	near(t, "KL", RKL.Gaussians(p, q).Value, 2, 1e-14)
	near(t, "SH", Hellinger.Gaussians(p, q).Value, 1-math.Exp(-0.5), 1e-14)
	near(t, "Pearson", Pearson.Gaussians(p, q).Value, math.Exp(4)-1, 1e-12)
	near(t, "TV", TV.Gaussians(p, q).Value, math.Erf(1/math.Sqrt2), 1e-15)
	near(t, "chi² of a wide p", Pearson.Gaussians(Normal(0, 1.5), Normal(0, 1)).Value, math.Inf(1), 0)
}

// TestGaussiansInSpace reduces laws of higher dimension to the line and the
// plane.
func TestGaussiansInSpace(t *testing.T) {
	cov := mat.NewSymDense(3, []float64{2, 0.5, 0, 0.5, 1, 0.3, 0, 0.3, 1.5})
	p, q := Gaussian{Mean: []float64{1, 0, -1}, Cov: cov}, Gaussian{Mean: []float64{0, 0.5, 0}, Cov: cov}
	pair := newPair(p, q)
	delta := math.Sqrt(mat.Inner(pair.delta, &pair.pp, pair.delta))
	for _, d := range family() {
		near(t, d.Name+" along the line between the means", d.Gaussians(p, q).Value, d.Gaussians(Normal(0, 1), Normal(delta, 1)).Value, 1e-8)
	}
	wide := mat.NewSymDense(2, []float64{1.4, 0.2, 0.2, 0.9})
	a, b := Gaussian{Mean: []float64{0.5, 0}, Cov: wide}, Gaussian{Mean: []float64{0, 0.3}}
	near(t, "D sRKL + JS = RKL in the plane", SoftRKL.Gaussians(a, b).Value+JS.Gaussians(a, b).Value, RKL.Gaussians(a, b).Value, 1e-9)
	near(t, "JS in the plane is symmetric", JS.Gaussians(a, b).Value, JS.Gaussians(b, a).Value, 1e-9)
}

// TestWeightVariance has the figures of xu:25 4a and 1.5: means of h between
// N(0, 1) and N(δ, 1), whose product with δ is dD/dδ, and normalised variances.
func TestWeightVariance(t *testing.T) {
	for _, c := range []struct {
		d     *Divergence
		delta float64
		mean  float64
	}{
		{JS, 1, 0.397973}, {JS, 2, 0.224800}, {Hellinger, 1, 0.220624}, {Hellinger, 2, 0.151633},
		{SoftRKL, 1, 0.602027}, {SoftRKL, 2, 0.775200}, {RKL, 2, 1}, {FKL, 2, 1}, {Jeffreys, 2, 2},
	} {
		v := c.d.WeightVariance(Normal(0, 1), Normal(c.delta, 1))
		near(t, c.d.Name+" E[h]", v.Mean, c.mean, 1e-6)
		e := 1e-4
		slope := (c.d.Gaussians(Normal(0, 1), Normal(c.delta+e, 1)).Value - c.d.Gaussians(Normal(0, 1), Normal(c.delta-e, 1)).Value) / (2 * e)
		near(t, c.d.Name+" dD/dδ = δ E[h]", slope, c.delta*v.Mean, 1e-6)
	}
	for _, delta := range []float64{0.5, 1, 2, 3} {
		p, q, s := Normal(0, 1), Normal(delta, 1), delta*delta
		near(t, "RKL", RKL.WeightVariance(p, q).Normalised, 0, 0)
		near(t, "FKL", FKL.WeightVariance(p, q).Normalised, math.Expm1(s), 1e-12)
		near(t, "Jeffreys", Jeffreys.WeightVariance(p, q).Normalised, math.Expm1(s)/4, 1e-12)
		near(t, "SH", Hellinger.WeightVariance(p, q).Normalised, math.Expm1(s/4), 1e-12)
		near(t, "Pearson", Pearson.WeightVariance(p, q).Normalised, math.Expm1(4*s), 1e-12)
		near(t, "Neyman", Neyman.WeightVariance(p, q).Normalised, math.Expm1(s), 1e-12)
		near(t, "E[h] of sRKL and JS", SoftRKL.WeightVariance(p, q).Mean+JS.WeightVariance(p, q).Mean, 1, 1e-10)
		near(t, "E[h] of JS and sFKL", SoftFKL.WeightVariance(p, q).Mean+JS.WeightVariance(p, q).Mean, 1, 1e-10)
	}
	if v := SoftFKL.WeightVariance(Normal(0, 1.5), Normal(0, 1)); !math.IsInf(v.Normalised, 1) {
		t.Errorf("the weight r²/(1+r) has no variance here, got %v", v)
	}
}
