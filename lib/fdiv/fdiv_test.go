package fdiv

import (
	"math"
	"strings"
	"testing"
)

// family is every divergence with a formula, some of the alpha family included.
func family() []*Divergence {
	d := append(All(), JSD)
	for _, a := range []float64{-1, -0.5, 0, 1e-9, 0.25, 0.5, 1, 1.5, 2, 3} {
		d = append(d, Alpha(a))
	}
	return d
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if got == want {
		return
	}
	if !(math.Abs(got-want) <= tol*(1+math.Abs(want))) {
		t.Errorf("%s: %.12g, want %.12g", what, got, want)
	}
}

var ratios = []float64{1e-6, 0.01, 0.1, 0.5, 0.9, 0.999, 1, 1.001, 1.3, 2, 5, 40, 1e3, 1e6}

// TestFormulas compares the log-domain code with the formulas as written in
// xu:25, table 1.
func TestFormulas(t *testing.T) {
	log := math.Log
	for _, c := range []struct {
		d           *Divergence
		f, prime, h func(r float64) float64
	}{
		{d: RKL, f: func(r float64) float64 { return -log(r) }, prime: func(r float64) float64 { return -1 / r }, h: func(float64) float64 { return 1 }},
		{d: SoftRKL, f: func(r float64) float64 { return (r + 1) * log(0.5+1/(2*r)) }, prime: func(r float64) float64 { return log((r+1)/(2*r)) - 1/r }, h: func(r float64) float64 { return 1 / (1 + r) }},
		{d: JS, f: func(r float64) float64 { return r*log(r) - (r+1)*log((r+1)/2) }, prime: func(r float64) float64 { return log(2 * r / (r + 1)) }, h: func(r float64) float64 { return r / (1 + r) }},
		{d: Hellinger, f: func(r float64) float64 { return 1 - math.Sqrt(r) }, prime: func(r float64) float64 { return -1 / (2 * math.Sqrt(r)) }, h: func(r float64) float64 { return math.Sqrt(r) / 4 }},
		{d: FKL, f: func(r float64) float64 { return r * log(r) }, prime: func(r float64) float64 { return log(r) + 1 }, h: func(r float64) float64 { return r }},
		{d: Jeffreys, f: func(r float64) float64 { return (r - 1) * log(r) }, prime: func(r float64) float64 { return log(r) + 1 - 1/r }, h: func(r float64) float64 { return 1 + r }},
		{d: Neyman, f: func(r float64) float64 { return (1 - r) * (1 - r) / r }, prime: func(r float64) float64 { return 1 - 1/(r*r) }, h: func(r float64) float64 { return 2 / r }},
		{d: Pearson, f: func(r float64) float64 { return (r - 1) * (r - 1) }, prime: func(r float64) float64 { return 2 * (r - 1) }, h: func(r float64) float64 { return 2 * r * r }},
		{d: SoftFKL, f: func(r float64) float64 { return (r + 1) * log((r+1)/2) }, prime: func(r float64) float64 { return log((r+1)/2) + 1 }, h: func(r float64) float64 { return r * r / (1 + r) }},
		{d: Alpha(0.3), f: func(r float64) float64 { return (math.Pow(r, 0.3) - 1 - 0.3*(r-1)) / (0.3 * -0.7) }, prime: func(r float64) float64 { return (math.Pow(r, -0.7) - 1) / -0.7 }, h: func(r float64) float64 { return math.Pow(r, 0.3) }},
	} {
		for _, r := range ratios {
			near(t, c.d.Name+" f", c.d.F(r), c.f(r), 1e-9)
			near(t, c.d.Name+" f'", c.d.Prime(r), c.prime(r), 1e-12)
			near(t, c.d.Name+" h", c.d.Weight(r), c.h(r), 1e-13)
			near(t, c.d.Name+" f''", c.d.Second(r), c.h(r)/(r*r), 1e-12)
		}
	}
	near(t, "TV", TV.F(3), 1, 1e-15)
}

// TestIdentities checks xu:25 1.3: sums of weights and values, and duals.
func TestIdentities(t *testing.T) {
	for _, r := range ratios {
		l := math.Log(r)
		near(t, "f sRKL + JS = RKL", SoftRKL.F(r)+JS.F(r), RKL.F(r), 1e-9)
		near(t, "f JS + sFKL = FKL", JS.F(r)+SoftFKL.F(r), FKL.F(r), 1e-9)
		near(t, "h sRKL + JS", SoftRKL.Weight(r)+JS.Weight(r), 1, 1e-14)
		near(t, "h JS + sFKL", JS.Weight(r)+SoftFKL.Weight(r), r, 1e-14)
		near(t, "h Jeffreys", Jeffreys.Weight(r), 1+r, 1e-14)
		near(t, "JSD is half of JS", 2*JSD.F(r), JS.F(r), 1e-15)
		near(t, "alpha 1/2 is 4 SH", Alpha(0.5).Weight(r), 4*Hellinger.Weight(r), 1e-14)
		near(t, "alpha 2 is half of Pearson", Alpha(2).F(r), Pearson.F(r)/2, 1e-12)
		near(t, "alpha -1 is half of Neyman", Alpha(-1).Weight(r), Neyman.Weight(r)/2, 1e-14)
		near(t, "alpha near 0", Alpha(1e-9).F(r), Alpha(0).F(r), 1e-7)
		near(t, "alpha near 1", Alpha(1-1e-9).F(r), Alpha(1).F(r), 1e-7)
		for _, d := range family() {
			near(t, d.Name+" swapped", d.Swap().Term(l, 0), r*d.Term(-l, 0), 1e-9)
			if d.HasWeight() {
				near(t, d.Name+" swapped h", d.Swap().LogWeight(l), l+d.LogWeight(-l), 1e-13)
			}
			near(t, d.Name+" swapped twice", d.Swap().Swap().F(r), d.F(r), 1e-12)
		}
		// A discriminator's logit has the gradient of the log ratio: a generator
		// loss φ goes the way of h = -φ'.
		sigmoid := 1 / (1 + math.Exp(-l))
		near(t, "non-saturating GAN is sRKL", SoftRKL.Weight(r), 1-sigmoid, 1e-14)
		near(t, "saturating GAN is JS", JS.Weight(r), sigmoid, 1e-14)
	}
	for _, d := range []*Divergence{JS, JSD, Hellinger, Jeffreys, TV, Alpha(0.5)} {
		if !d.SelfDual() {
			t.Errorf("%s is not self-dual", d.Name)
		}
	}
	for d, want := range map[*Divergence]float64{RKL: 1, SoftRKL: 0.5, JS: 0.5, Hellinger: 0.25, FKL: 1, Jeffreys: 2} {
		near(t, d.Name+" h(1)", d.Weight(1), want, 1e-15)
	}
	for d, want := range map[*Divergence]*Divergence{RKL: FKL, SoftRKL: SoftFKL, Neyman: Pearson} {
		if d.Swap() != want || want.Swap() != d || d.SelfDual() {
			t.Errorf("the dual of %s is %s, want %s", d.Name, d.Swap().Name, want.Name)
		}
	}
}

// TestDerivatives holds f' and f” to finite differences of f and f'.
func TestDerivatives(t *testing.T) {
	for _, d := range family() {
		for _, r := range []float64{0.05, 0.4, 0.95, 1.2, 3, 20} {
			if d == TV {
				near(t, "TV f'", d.Prime(r), math.Copysign(0.5, r-1), 1e-15)
				continue
			}
			e := 1e-5 * r
			near(t, d.Name+" f' by differences", d.Prime(r), (d.F(r+e)-d.F(r-e))/(2*e), 1e-6)
			near(t, d.Name+" f'' by differences", d.Second(r), (d.Prime(r+e)-d.Prime(r-e))/(2*e), 1e-6)
			if !(d.Second(r) > 0) {
				t.Errorf("%s is not convex at %g", d.Name, r)
			}
		}
		near(t, d.Name+" f(1)", d.F(1), 0, 1e-15)
	}
}

// TestConjugate checks r u ≤ f(r) + f*(u), with equality at u = f'(r), and the
// values beyond the range of f'.
func TestConjugate(t *testing.T) {
	us := []float64{-30, -2.5, -1, -0.8, -0.4, -1e-3, 0, 0.2, 0.5, 0.69, 1, 1.7, 6}
	for _, d := range family() {
		for _, r := range ratios {
			for _, u := range us {
				if c := d.Conjugate(u); !(r*u <= d.F(r)+c+1e-9*(1+math.Abs(r*u))) {
					t.Errorf("%s: r u = %g > f + f* = %g at r = %g, u = %g", d.Name, r*u, d.F(r)+c, r, u)
				}
			}
			if d == TV {
				continue
			}
			u := d.Prime(r)
			near(t, d.Name+" conjugate at f'", d.Conjugate(u), r*u-d.F(r), 1e-8*(1+math.Abs(r*u)+math.Abs(d.F(r))))
		}
	}
	for _, c := range []struct {
		d       *Divergence
		u, want float64
	}{
		{RKL, 0, math.Inf(1)}, {SoftRKL, -math.Ln2, math.Ln2 - 1}, {SoftRKL, 0, math.Inf(1)}, {JS, math.Ln2, math.Inf(1)},
		{Pearson, -5, -1}, {SoftFKL, -9, math.Ln2}, {Neyman, 1, 2}, {Neyman, 1.1, math.Inf(1)}, {TV, -3, -0.5},
		{Alpha(3), -7, -1.0 / 3}, {Alpha(0.5), 2.1, math.Inf(1)}, {Alpha(-1), 0.5, 1}, {Alpha(-1), 0.6, math.Inf(1)},
	} {
		near(t, c.d.Name+" conjugate", c.d.Conjugate(c.u), c.want, 1e-14)
	}
}

// TestLimits holds the stated limits, slopes and tail rates to the functions,
// and the rates of f” to xu:25, table 6.
func TestLimits(t *testing.T) {
	for _, d := range family() {
		if zero := d.FLog(-300); math.IsInf(d.AtZero, 1) {
			if !(zero > 100) {
				t.Errorf("%s: f(e^-300) = %g, said to go to infinity", d.Name, zero)
			}
		} else if !strings.HasPrefix(d.Name, "alpha 1e-09") && !strings.HasPrefix(d.Name, "alpha 0.25") {
			near(t, d.Name+" f(0)", zero, d.AtZero, 1e-12)
		}
		if slope := d.FLog(300) / math.Exp(300); math.IsInf(d.Slope, 1) {
			if !(slope > 100) {
				t.Errorf("%s: f(r)/r = %g at e^300, said to go to infinity", d.Name, slope)
			}
		} else {
			near(t, d.Name+" slope", slope, d.Slope, 1e-12)
		}
		if !d.HasWeight() {
			continue
		}
		near(t, d.Name+" tail at 0", d.LogWeight(-300)-d.LogWeight(-301), d.TailZero, 1e-12)
		near(t, d.Name+" tail at ∞", d.LogWeight(301)-d.LogWeight(300), d.TailInf, 1e-12)
	}
	for d, tails := range map[*Divergence][2]float64{ // exponents of f'' at ∞ and 0
		RKL: {-2, -2}, SoftRKL: {-3, -2}, JS: {-2, -1}, Hellinger: {-1.5, -1.5}, FKL: {-1, -1}, Jeffreys: {-1, -2},
	} {
		near(t, d.Name+" right tail of f''", d.TailInf-2, tails[0], 0)
		near(t, d.Name+" left tail of f''", d.TailZero-2, tails[1], 0)
	}
	for d, limits := range map[*Divergence][2]float64{
		RKL: {1, 1}, SoftRKL: {1, 0}, JS: {0, 1}, Hellinger: {0, math.Inf(1)}, FKL: {0, math.Inf(1)},
		Jeffreys: {1, math.Inf(1)}, Neyman: {math.Inf(1), 0}, Pearson: {0, math.Inf(1)}, SoftFKL: {0, math.Inf(1)}, JSD: {0, 0.5},
	} {
		near(t, d.Name+" h at 0", d.WeightAtZero(), limits[0], 1e-15)
		near(t, d.Name+" h at ∞", d.WeightAtInf(), limits[1], 1e-15)
	}
	near(t, "JS is bounded", JS.Bound(), 2*math.Ln2, 1e-15)
	near(t, "SH is bounded", Hellinger.Bound(), 1, 1e-15)
	near(t, "TV is bounded", TV.Bound(), 1, 1e-15)
}

// TestExtremes asks that nothing is NaN, and no term negative, at log ratios
// up to 1e4 either way.
func TestExtremes(t *testing.T) {
	for _, d := range family() {
		for _, l := range []float64{-1e4, -5000, -700, -36.5, -1e-8, 0, 1e-8, 36.5, 700, 5000, 1e4} {
			values := map[string]float64{"f": d.FLog(l), "f'": d.PrimeLog(l), "f*": d.Conjugate(l)}
			if d.HasWeight() {
				values["log h"], values["f''"] = d.LogWeight(l), d.SecondLog(l)
				if math.IsInf(values["log h"], 0) {
					t.Errorf("%s: log h is %g at l = %g", d.Name, values["log h"], l)
				}
			}
			for _, base := range []float64{-1e4, -5, 0, 3} {
				values["term"] = math.Min(values["term"], d.Term(base+l, base))
				if v := d.Term(base+l, base); !(v >= 0) {
					t.Errorf("%s: term %g at log q = %g, l = %g", d.Name, v, base, l)
				}
			}
			for what, v := range values {
				if math.IsNaN(v) {
					t.Errorf("%s: %s is NaN at l = %g", d.Name, what, l)
				}
			}
		}
		if !d.HasWeight() {
			continue
		}
		sum := 0.0
		for _, w := range d.NormalisedWeights([]float64{-1e4, -3, 0, 2, 1e4}) {
			sum += w
		}
		near(t, d.Name+" normalised weights", sum, 5, 1e-12)
	}
}

func TestWeightOfTotalVariationPanics(t *testing.T) {
	defer func() {
		if r, ok := recover().(string); !ok || !strings.Contains(r, "no second derivative") {
			t.Fatalf("recovered %v", r)
		}
	}()
	TV.LogWeight(0)
}

func TestByName(t *testing.T) {
	for _, d := range append(All(), JSD) {
		if ByName(strings.ToLower(d.Name)) != d {
			t.Errorf("%s is not found", d.Name)
		}
	}
	defer func() {
		if r, ok := recover().(string); !ok || !strings.Contains(r, "sRKL") {
			t.Fatalf("recovered %v", r)
		}
	}()
	ByName("nothing")
}
