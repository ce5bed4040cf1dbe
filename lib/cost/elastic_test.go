package cost

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// penalty is τ(u) = h(u) - |u|²/2.
func penalty(c Cost, u []float64) float64 {
	s := 0.0
	for _, v := range u {
		s += v * v
	}
	return c.At(u, make([]float64, len(u))) - s/2
}

func proxObjective(c Cost, u, z []float64, t float64) float64 {
	s := 0.0
	for l, v := range z {
		s += (u[l] - v) * (u[l] - v) / 2
	}
	return s + t*penalty(c, u)
}

// The proximal map minimises what defines it: no point of a fine random search, on all
// scales and with coordinates set to 0, is better.
func TestProxMinimises(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 0))
	for _, d := range []int{1, 2, 3, 5} {
		for range 40 {
			gamma := math.Exp(rng.NormFloat64())
			k := 1 + rng.IntN(d+1)
			for _, c := range []Cost{ElasticL1(gamma), ElasticSTVS(gamma), ElasticKOverlap(gamma, k)} {
				step := []float64{0.3, 1, 1.7, 2, 4}[rng.IntN(5)]
				z, u := make([]float64, d), make([]float64, d)
				for l := range z {
					z[l] = 3 * gamma * rng.NormFloat64()
				}
				c.Prox(u, z, step)
				best := proxObjective(c, u, z, step)
				for range 400 {
					v := append([]float64(nil), u...)
					for l := range v {
						v[l] += gamma * math.Pow(10, -5*rng.Float64()) * rng.NormFloat64()
						if rng.IntN(4) == 0 {
							v[l] = 0
						}
					}
					if got := proxObjective(c, v, z, step); got < best-1e-12*(1+best) {
						t.Fatalf("%v, step %g: at z = %v, %v gives %g, better than the proximal map's %v, %g", c, step, z, v, got, u, best)
					}
				}
			}
		}
	}
}

func TestProxKnown(t *testing.T) {
	for _, test := range []struct {
		c    Cost
		z    float64
		t    float64
		want float64
	}{
		{ElasticL1(1), 3, 1, 2}, {ElasticL1(1), -3, 2, -1}, {ElasticL1(1), 0.5, 1, 0},
		{ElasticSTVS(2), 4, 1, 3}, {ElasticSTVS(2), -4, 1, -3}, {ElasticSTVS(2), 2, 1, 0}, // z - γ²/z
		{ElasticKOverlap(3, 1), 8, 1, 2}, // |z| on a line: z/(1+γ)
	} {
		u := []float64{0}
		test.c.Prox(u, []float64{test.z}, test.t)
		if math.Abs(u[0]-test.want) > 1e-15 {
			t.Errorf("%v: prox of %g with step %g is %g, want %g", test.c, test.z, test.t, u[0], test.want)
		}
	}
}

// The norm by its dual, |z|_ov = max ⟨z, u⟩ over |u|'s k largest coordinates having
// norm 1: for k = 1 that is the L1 norm, for k = d the Euclidean one. Between them, by
// its definition as a least sum over the sets of k coordinates, from which splitting
// z in any way bounds it above.
func TestKOverlapNorm(t *testing.T) {
	z := []float64{3, -4, 1, 0.5}
	zero := make([]float64, 4)
	square := 9 + 16 + 1 + 0.25
	for _, test := range []struct {
		k    int
		want float64
	}{{1, 8.5 * 8.5}, {4, square}, {7, square}, {2, 8.5 * 8.5 / 2}, {3, 16 + 9 + 1.5*1.5}} {
		got := ElasticKOverlap(1, test.k).At(z, zero)
		if want := (square + test.want) / 2; math.Abs(got-want) > 1e-13 {
			t.Errorf("k = %d: |z|²/2 + |z|²_ov/2 = %g, want %g", test.k, got, want)
		}
	}
	rng := rand.New(rand.NewPCG(7, 0))
	for range 50 {
		const d, k = 5, 2
		z, sum := make([]float64, d), 0.0
		for set := range 1 << d {
			if bits.OnesCount(uint(set)) != k {
				continue
			}
			part := 0.0
			for l := range d {
				if set>>l&1 == 1 {
					v := rng.NormFloat64()
					z[l] += v
					part += v * v
				}
			}
			sum += math.Sqrt(part)
		}
		o := overlap{z: z}
		if got, _ := o.split(k); math.Sqrt(got) > sum*(1+1e-14) {
			t.Errorf("|%v|_ov = %g for k = 2, but its parts sum to %g", z, math.Sqrt(got), sum)
		}
	}
}

// The elastic costs are convex along lines although the penalty of STVS is not.
func TestElasticCostsAreConvex(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 0))
	zero := make([]float64, 3)
	for _, c := range []Cost{ElasticL1(1), ElasticSTVS(1), ElasticKOverlap(1, 2)} {
		for range 200 {
			u, v, mid := make([]float64, 3), make([]float64, 3), make([]float64, 3)
			for l := range u {
				u[l], v[l] = rng.NormFloat64(), rng.NormFloat64()
				mid[l] = (u[l] + v[l]) / 2
			}
			if middle, mean := c.At(mid, zero), (c.At(u, zero)+c.At(v, zero))/2; middle > mean+1e-14 {
				t.Fatalf("%v: %g in the middle, %g on average", c, middle, mean)
			}
		}
	}
}

func TestElasticSettingsAreChecked(t *testing.T) {
	for want, f := range map[string]func(){
		"cost: γ is 0; it must be positive":                                    func() { ElasticL1(0) },
		"cost: γ is NaN; it must be positive":                                  func() { ElasticSTVS(math.NaN()) },
		"cost: the k-overlap norm with k = 0; k must be at least 1":            func() { ElasticKOverlap(1, 0) },
		"cost: |x-y| is no elastic cost and has no proximal map":               func() { Euclidean().Prox(nil, nil, 1) },
		"cost: a proximal map with step 0; it must be positive":                func() { ElasticL1(1).Prox(nil, nil, 0) },
		"cost: a proximal map of 2 coordinates written to 1":                   func() { ElasticL1(1).Prox(make([]float64, 1), make([]float64, 2), 1) },
		"cost: |x-y|_p^p with p = 0.5; p must be at least 1":                   func() { PNorm(0.5) },
		"cost: |x-y|₁ is not h(x-y) with h strictly convex and ∇h* known":      func() { L1().ConjugateGrad(nil, nil) },
		"cost: M has the eigenvalues -1 to 1; none may be negative, nor all 0": func() { indefinite() },
	} {
		if got := panicOf(f); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}
}

func panicOf(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}
