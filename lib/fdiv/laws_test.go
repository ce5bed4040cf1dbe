package fdiv

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

func simplex(rng *rand.Rand, k int) []float64 {
	p, sum := make([]float64, k), 0.0
	for i := range p {
		p[i] = rng.ExpFloat64()
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// TestCategorical checks the laws of divergences on random tables: at least 0,
// 0 at equality, swapping, joining classes never adds, the variational bound,
// and the identities of xu:25 1.3.
func TestCategorical(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		p, q := simplex(rng, 6), simplex(rng, 6)
		joined := func(p []float64) []float64 { return []float64{p[0] + p[1], p[2] + p[3] + p[4], p[5]} }
		for _, d := range family() {
			v := d.Categorical(p, q)
			if !(v > 0) {
				t.Errorf("%s = %g between different laws", d.Name, v)
			}
			if w := d.Categorical(p, p); w != 0 {
				t.Errorf("%s = %g between equal laws", d.Name, w)
			}
			near(t, d.Name+" swapped", d.Swap().Categorical(q, p), v, 1e-12)
			if w := d.Categorical(joined(p), joined(q)); w > v+1e-13 {
				t.Errorf("%s grew from %g to %g by joining classes", d.Name, v, w)
			}
			plain, bound := 0.0, 0.0
			for i := range p {
				plain += q[i] * d.F(p[i]/q[i])
				u := d.Prime(p[i] / q[i])
				bound += p[i]*u - q[i]*d.Conjugate(u)
			}
			near(t, d.Name+" by definition", v, plain, 1e-9)
			if d == TV {
				continue
			}
			near(t, d.Name+" variational", v, bound, 1e-9)
		}
		near(t, "D sRKL + JS = RKL", SoftRKL.Categorical(p, q)+JS.Categorical(p, q), RKL.Categorical(p, q), 1e-13)
		near(t, "D JS + sFKL = FKL", SoftFKL.Categorical(p, q)+JS.Categorical(p, q), FKL.Categorical(p, q), 1e-13)
		loss := 0.0 // of the best discriminator, p/(p+q)
		for i := range p {
			loss -= p[i]*math.Log(p[i]/(p[i]+q[i])) + q[i]*math.Log(q[i]/(p[i]+q[i]))
		}
		near(t, "loss of the best discriminator", loss, 2*math.Ln2-JS.Categorical(p, q), 1e-13)
		near(t, "Jeffreys", Jeffreys.Categorical(p, q), RKL.Categorical(p, q)+FKL.Categorical(p, q), 1e-13)
		// Close laws: half of h(1) times chi².
		for i := range q {
			q[i] = p[i] * (1 + 1e-5*float64(2*(i%2)-1))
		}
		for i, s := range normalised("q", logProbabilitiesOf(q)) {
			q[i] = math.Exp(s)
		}
		for _, d := range family() {
			if d.HasWeight() {
				near(t, d.Name+" near equality, over chi²", d.Categorical(p, q)/Pearson.Categorical(p, q), d.Weight(1)/2, 1e-4)
			}
		}
	}
}

func logProbabilitiesOf(q []float64) []float64 {
	out := make([]float64, len(q))
	for i, v := range q {
		out[i] = math.Log(v)
	}
	return out
}

// TestMissingClasses has the values between laws that do not share all classes.
func TestMissingClasses(t *testing.T) {
	p, q := []float64{1, 0}, []float64{0, 1}
	for _, d := range family() {
		near(t, d.Name+" of disjoint laws", d.Categorical(p, q), d.Bound(), 1e-14)
	}
	half, one := []float64{0.5, 0.5, 0}, []float64{0, 1, 0}
	near(t, "KL(q‖p)", RKL.Categorical(half, one), math.Ln2, 1e-15)
	near(t, "KL(p‖q)", FKL.Categorical(half, one), math.Inf(1), 0)
	near(t, "TV", TV.Categorical(half, one), 0.5, 1e-15)
	// Probabilities that no float64 holds.
	v := FKL.LogCategorical([]float64{0, -1e4}, []float64{-1e4, 0})
	near(t, "KL of two laws that nearly share nothing", v, 1e4, 1e-12)
}

func TestCategoricalRefuses(t *testing.T) {
	var bad *job.DataError
	for _, p := range [][]float64{{0.5, 0.6}, {-0.1, 1.1}, {math.NaN(), 1}} {
		if err := job.Catch(func() { JS.Categorical(p, []float64{0.5, 0.5}) }); !errors.As(err, &bad) {
			t.Errorf("%v gives %v", p, err)
		}
	}
}

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

// TestProperties is table 1 of xu:25.
func TestProperties(t *testing.T) {
	for _, c := range []struct {
		d                           *Divergence
		mode, saturation, variation string
	}{
		{RKL, "yes", "no", "none"}, {SoftRKL, "yes", "no", "low"}, {JS, "medium", "yes", "low"},
		{Hellinger, "medium", "yes", "low"}, {FKL, "no", "no", "high"}, {Jeffreys, "no", "no", "high"},
	} {
		p := c.d.Properties()
		if p.ModeSeeking != c.mode || p.Saturation != c.saturation || p.Variance != c.variation {
			t.Errorf("%s: %+v", c.d.Name, p)
		}
	}
	if rows := strings.Count(Table().String(), "\n"); rows != len(All())+1 {
		t.Errorf("a table of %d lines", rows)
	}
}

// TestFunc holds a user's f, with and without derivatives, to the same one of
// the package.
func TestFunc(t *testing.T) {
	each := func(f func(float64) float64) func([]float64) []float64 {
		return func(r []float64) []float64 {
			out := make([]float64, len(r))
			for i, v := range r {
				out[i] = f(v)
			}
			return out
		}
	}
	plain := Func("mine", each(func(r float64) float64 { return r * math.Log(r) }), nil, nil)
	tape := TensorFunc("mine", func(r *tensor.Var) *tensor.Var { return r.Mul(r.Log()) })
	full := Func("mine", each(FKL.F), each(FKL.Prime), each(FKL.Second))
	p, q := []float64{0.2, 0.5, 0.3}, []float64{0.4, 0.25, 0.35}
	for _, d := range []*Divergence{plain, tape, full} {
		for _, r := range []float64{1e-4, 0.3, 1, 2.5, 1e4} {
			near(t, "f", d.F(r), FKL.F(r), 1e-13)
			near(t, "f'", d.Prime(r), FKL.Prime(r), 1e-9)
			near(t, "h", d.Weight(r)/r, 1, 1e-8)
			near(t, "f*", d.Conjugate(FKL.Prime(r))/r, FKL.Conjugate(FKL.Prime(r))/r, 1e-8)
		}
		near(t, "categorical", d.Categorical(p, q), FKL.Categorical(p, q), 1e-11)
		near(t, "Gaussians", d.Gaussians(Normal(0, 1), Normal(1, 1)).Value, 0.5, 1e-8)
		near(t, "missing class", d.Categorical([]float64{1, 0}, []float64{0.5, 0.5}), math.Ln2, 1e-11)
		if !math.IsInf(d.Slope, 1) || math.Abs(d.AtZero) > 1e-9 {
			t.Errorf("limits %g, %g", d.AtZero, d.Slope)
		}
		if v := d.LogWeights([]float64{-1e4, 1e4}); math.IsNaN(v[0]) || math.IsNaN(v[1]) {
			t.Errorf("log weights %v", v)
		}
	}
	for _, d := range []*Divergence{plain, tape, full} {
		if p := d.Properties(); p.ModeSeeking != "no" || p.Variance != "high" || !(math.Abs(p.Spread-math.Expm1(4)) < 1e-4) || !d.IsCustom() {
			t.Errorf("properties of %s: %+v", d.Name, p)
		}
	}
	for name, f := range map[string]func(float64) float64{
		"not 0 at 1": func(r float64) float64 { return r }, "concave": math.Log,
	} {
		var bad *job.DataError
		if err := job.Catch(func() { Func(name, each(f), nil, nil) }); !errors.As(err, &bad) {
			t.Errorf("%s gives %v", name, err)
		}
	}
}

func TestSampled(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	logr := make([]float64, 20000)
	for i := range logr { // p = N(0, 1), q = N(1, 1)
		x := 1 + rng.NormFloat64()
		logr[i] = -x*x/2 + square(x-1)/2
	}
	for _, d := range []*Divergence{RKL, JS, Hellinger, FKL, TV} {
		v, se := d.Sampled(logr)
		if want := d.Gaussians(Normal(0, 1), Normal(1, 1)).Value; math.Abs(v-want) > 5*se || se > 0.05 {
			t.Errorf("%s: %g ± %g, want %g", d.Name, v, se, want)
		}
	}
}
