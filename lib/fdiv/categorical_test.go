package fdiv

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gaspard/lib/job"
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
