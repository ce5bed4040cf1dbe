package ot

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Sorted lists ascend, hold what the list held, and keep the order of equal numbers.
func TestOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	kinds := map[string]func() float64{
		"normal":  rng.NormFloat64,
		"few":     func() float64 { return float64(rng.IntN(3) - 1) },
		"one":     func() float64 { return 7 },
		"extreme": func() float64 { return math.Ldexp(rng.NormFloat64(), rng.IntN(2000)-1050) },
	}
	for name, draw := range kinds {
		for _, n := range []int{1, 2, 3, 127, 128, 1000} {
			x := make([]float64, n)
			for i := range x {
				x[i] = draw()
			}
			x[n/2] = math.Copysign(0, -1)
			o := newOrder(n)
			for range 2 { // the second time in used memory
				o.sort(x, nil)
				want := make([]int32, n)
				for i := range want {
					want[i] = int32(i)
				}
				slices.SortStableFunc(want, func(i, j int32) int {
					switch {
					case x[i] < x[j]:
						return -1
					case x[i] > x[j]:
						return 1
					}
					return 0
				})
				if !slices.Equal(o.index, want) {
					t.Fatalf("%s, %d: %v, want %v", name, n, o.index, want)
				}
				for k, i := range want {
					if o.sorted[k] != x[i] {
						t.Fatalf("%s, %d: %v at %d, want %v", name, n, o.sorted[k], k, x[i])
					}
				}
			}
		}
	}
}

// BenchmarkOrder has the standard library's sort of the numbers alone beside it.
func BenchmarkOrder(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000, 1_000_000} {
		x := cloud(1, n, 1, 0).RawMatrix().Data
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			o := newOrder(n)
			for b.Loop() {
				o.sort(x, nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/number")
		})
		b.Run(fmt.Sprintf("slices/n=%d", n), func(b *testing.B) {
			y := make([]float64, n)
			for b.Loop() {
				copy(y, x)
				slices.Sort(y)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/number")
		})
	}
}
