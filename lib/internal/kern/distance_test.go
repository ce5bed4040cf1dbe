package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// coordinates is the d×n transpose of n points.
func coordinates[T float](x []T, d int) []T {
	n := len(x) / d
	t := make([]T, len(x))
	for i := range n {
		for l := range d {
			t[l*n+i] = x[i*d+l]
		}
	}
	return t
}

func TestDistances(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		testDistances(t, Distances32)
		testDistances(t, Distances64)
	})
}

func testDistances[T float](t *testing.T, distances func(c []T, ldc int, x []T, d int, yt []T, root bool)) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, shape := range rowShapes {
		n, m := shape[0], shape[1]
		for _, d := range []int{1, 2, 3, 10, 33} {
			x, y := make([]T, n*d), make([]T, m*d)
			fill(rng, x)
			fill(rng, y)
			copy(y, x[:min(d, len(y))]) // a distance of 0
			yt := coordinates(y, d)
			for _, root := range []bool{false, true} {
				ldc := m + 2
				c, broken := fenced[T]((n-1)*ldc + m)
				distances(c, ldc, x, d, yt, root)
				for i := range n {
					for j := range m {
						checkDistance(t, c[i*ldc+j], x[i*d:i*d+d], y[j*d:j*d+d], root)
					}
					if i < n-1 && (c[i*ldc+m] != 12345 || c[i*ldc+m+1] != 12345) {
						t.Errorf("%d×%d: written between the rows", n, m)
					}
				}
				if broken() {
					t.Errorf("%d×%d, d %d: written outside of the result", n, m, d)
				}
			}
			x[len(x)-1], yt[0] = T(math.NaN()), T(math.Inf(1))
			c := make([]T, n*m)
			if distances(c, m, x, d, yt, true); !math.IsNaN(float64(c[n*m-1])) {
				t.Errorf("%d×%d: a NaN coordinate gives %g", n, m, c[n*m-1])
			}
			if n > 1 && !math.IsInf(float64(c[0]), 1) {
				t.Errorf("%d×%d: an infinite coordinate gives %g", n, m, c[0])
			}
		}
	}
	distances(nil, 3, nil, 2, make([]T, 6), false)
}

// checkDistance allows each term two roundings of the difference, one or none of
// its square, and those of a sum of d terms.
func checkDistance[T float](t *testing.T, got T, x, y []T, root bool) {
	t.Helper()
	want := 0.0
	for l, v := range x {
		want += (float64(v) - float64(y[l])) * (float64(v) - float64(y[l]))
	}
	if root {
		want = math.Sqrt(want)
	}
	if math.Abs(float64(got)-want) > float64(len(x)+4)*unit[T]()*want {
		t.Errorf("%T d %d, root %v: %g, want %g", got, len(x), root, got, want)
	}
}

func BenchmarkDistances(b *testing.B) {
	for l := Portable; l <= Best(); l++ {
		for _, d := range []int{2, 64} {
			for _, root := range []bool{false, true} {
				b.Run(fmt.Sprintf("level=%v/type=f32/d=%d/root=%v", l, d, root), func(b *testing.B) {
					benchmarkDistances(b, l, d, root, Distances32)
				})
				b.Run(fmt.Sprintf("level=%v/type=f64/d=%d/root=%v", l, d, root), func(b *testing.B) {
					benchmarkDistances(b, l, d, root, Distances64)
				})
			}
		}
	}
}

// benchmarkDistances also reports the largest relative error, in units in the last
// place, against float64 from the same coordinates (0 for float64 itself where its
// sums have the same order).
func benchmarkDistances[T float](b *testing.B, l Level, d int, root bool, distances func(c []T, ldc int, x []T, d int, yt []T, root bool)) {
	defer Use(Use(l))
	const n = 256
	rng := rand.New(rand.NewPCG(2, 2))
	x, c := make([]T, n*d), make([]T, n*n)
	fill(rng, x)
	yt := coordinates(x, d)
	for b.Loop() {
		distances(c, n, x, d, yt, root)
	}
	worst := 0.0
	for i := range n {
		for j := range n {
			want := 0.0
			for l := range d {
				z := float64(x[i*d+l]) - float64(x[j*d+l])
				want += z * z
			}
			if root {
				want = math.Sqrt(want)
			}
			if want > 0 {
				worst = max(worst, math.Abs(float64(c[i*n+j])/want-1)/(2*unit[T]()))
			}
		}
	}
	b.ReportMetric(worst, "ulp")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(n*n), "ns/element")
}
