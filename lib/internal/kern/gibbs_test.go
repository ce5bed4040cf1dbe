package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestGibbs(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		testGibbs(t, Gibbs32, GibbsLeast32)
		testGibbs(t, Gibbs64, GibbsLeast64)
	})
}

func testGibbs[T float](t *testing.T, gibbs func(k, c []T, ld int, f, g []T, inv T), least float64) {
	rng := rand.New(rand.NewPCG(1, 4))
	for _, shape := range rowShapes {
		n, m := shape[0], shape[1]
		for _, gap := range []int{0, 3} {
			ld := m + gap
			c, f, g := make([]T, (n-1)*ld+m), make([]T, n), make([]T, m)
			fill(rng, c)
			fill(rng, f)
			fill(rng, g)
			k, broken := fenced[T]((n-1)*ld + m)
			const inv = 3
			gibbs(k, c, ld, f, g, inv)
			for i := range n {
				for j := range m {
					x := (float64(f[i]) + float64(g[j]) - float64(c[i*ld+j])) * inv
					want := math.Exp(x)
					// Three roundings of the exponent, each relative to the largest of its
					// terms, and 2 units for exp.
					terms := inv * (math.Abs(float64(f[i])) + math.Abs(float64(g[j])) + math.Abs(float64(c[i*ld+j])))
					if got := float64(k[i*ld+j]); math.Abs(got-want) > (3*terms+4)*unit[T]()*want {
						t.Errorf("%T %d×%d: exp(%g) gives %g, want %g", c[0], n, m, x, got, want)
					}
				}
				for j := m; j < ld && i < n-1; j++ {
					if k[i*ld+j] != 12345 {
						t.Errorf("%d×%d: written between the rows", n, m)
					}
				}
			}
			if broken() {
				t.Errorf("%d×%d: written outside of the result", n, m)
			}
		}
	}
	c, k := make([]T, 9), make([]T, 9)
	for j, x := range []float64{least - 0.5, least + 0.5, -1e30, math.Inf(-1), math.NaN(), 1e30, math.Inf(1), 0, 1} {
		c[j] = T(-x)
		want := math.Exp(x)
		if x < least {
			want = 0
		}
		gibbs(k, c, 9, make([]T, 1), make([]T, 9), 1)
		if got := float64(k[j]); !(math.Abs(got-want) <= 4*unit[T]()*want || got == want || math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%T: exp(%g) gives %g, want %g", c[0], x, got, want)
		}
	}
}

func BenchmarkGibbs(b *testing.B) {
	for l := Portable; l <= Best(); l++ {
		for _, largest := range []int{80, 2000} { // the second mostly gives zeros
			b.Run(fmt.Sprintf("level=%v/type=f32/largest=%d", l, largest), func(b *testing.B) { benchmarkGibbs(b, l, largest, Gibbs32) })
			b.Run(fmt.Sprintf("level=%v/type=f64/largest=%d", l, largest), func(b *testing.B) { benchmarkGibbs(b, l, largest, Gibbs64) })
		}
	}
}

// benchmarkGibbs reports the largest error in units in the last place, for exponents
// that are whole numbers and so exact.
func benchmarkGibbs[T float](b *testing.B, l Level, largest int, gibbs func(k, c []T, ld int, f, g []T, inv T)) {
	defer Use(Use(l))
	const n = 256
	rng := rand.New(rand.NewPCG(2, 4))
	k, c, f, g := make([]T, n*n), make([]T, n*n), make([]T, n), make([]T, n)
	for i := range c {
		c[i] = T(rng.IntN(largest))
	}
	for b.Loop() {
		gibbs(k, c, n, f, g, 1)
	}
	worst := 0.0
	for i, got := range k {
		if want := math.Exp(-float64(c[i])); got > 0 {
			worst = max(worst, math.Abs(float64(got)/want-1)/(2*unit[T]()))
		}
	}
	b.ReportMetric(worst, "ulp")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(n*n), "ns/element")
}
