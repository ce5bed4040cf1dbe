package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestAngles(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		testAngles(t, Angles32, DivideBySines32)
		testAngles(t, Angles64, DivideBySines64)
	})
}

// chords are squared chords of all sizes, from both ends too.
func chords[T float](rng *rand.Rand, c []T) {
	for i := range c {
		small := math.Pow(10, -12*rng.Float64())
		c[i] = T([]float64{4 * rng.Float64(), small, 4 - small}[i%3])
	}
	copy(c, []T{0, 4, 2, 1, 3})
}

func testAngles[T float](t *testing.T, angles func(c []T), sines func(k, c []T)) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range append([]int{500}, lengths...) {
		c, broken := fenced[T](n)
		k, brokenToo := fenced[T](n)
		chords(rng, c)
		fill(rng, k)
		old, before := append([]T(nil), c...), append([]T(nil), k...)
		sines(k, c)
		angles(c)
		for i, s := range old {
			// The chord as it is, by Kahan's formula. A root and two products round, the
			// polynomial by some 2 units, and the complement by 2 more.
			s := float64(s)
			want := 2 * math.Atan2(math.Sqrt(s), math.Sqrt(4-s))
			if got := float64(c[i]); math.Abs(got-want) > 8*unit[T]()*want {
				t.Errorf("%T: the chord √%g gives %.17g, want %.17g", c[0], s, got, want)
			}
			want = 0
			if sine := math.Sqrt(s*(4-s)) / 2; sine > 0 {
				want = float64(before[i]) / sine
			}
			if got := float64(k[i]); math.Abs(got-want) > 6*unit[T]()*math.Abs(want) {
				t.Errorf("%T: %g by the sine for √%g gives %.17g, want %.17g", c[0], before[i], s, got, want)
			}
		}
		if broken() || brokenToo() {
			t.Errorf("%d: written outside of the result", n)
		}
	}
	over, beyond := T(4*(1+4*unit[T]())), []T{T(math.NaN()), 0, 0}
	beyond[1], beyond[2] = over, T(math.Inf(1))
	k := []T{1, 1, 1}
	sines(k, beyond)
	if k[0] != 0 || k[1] != 0 || k[2] != 0 {
		t.Errorf("%T: no sine gives %v", k[0], k)
	}
	if angles(beyond); !math.IsNaN(float64(beyond[0])) || beyond[1] != T(math.Pi) || beyond[2] != T(math.Pi) {
		t.Errorf("%T: NaN, a little more than 4 and infinity give %v", k[0], beyond)
	}
}

func BenchmarkAngles(b *testing.B) {
	for l := Portable; l <= Best(); l++ {
		b.Run(fmt.Sprintf("level=%v/type=f32", l), func(b *testing.B) { benchmarkAngles(b, l, Angles32) })
		b.Run(fmt.Sprintf("level=%v/type=f64", l), func(b *testing.B) { benchmarkAngles(b, l, Angles64) })
	}
}

// benchmarkAngles also reports the largest error in units in the last place.
func benchmarkAngles[T float](b *testing.B, l Level, angles func(c []T)) {
	defer Use(Use(l))
	const n = 1 << 14
	old, c := make([]T, n), make([]T, n)
	chords(rand.New(rand.NewPCG(5, 4)), old)
	for b.Loop() {
		copy(c, old)
		angles(c)
	}
	worst := 0.0
	for i, s := range old {
		if want := 2 * math.Atan2(math.Sqrt(float64(s)), math.Sqrt(4-float64(s))); want > 0 {
			worst = max(worst, math.Abs(float64(c[i])/want-1)/(2*unit[T]()))
		}
	}
	b.ReportMetric(worst, "ulp")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
}
