package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// gemmShapes are those of networks, attention and square products. NT has the
// second factor stored transposed, TN the first.
var gemmShapes = []struct {
	form    string
	m, n, k int
}{
	{"NN", 64, 64, 64}, {"NN", 128, 128, 128}, {"NN", 256, 256, 256}, {"NN", 512, 512, 512}, {"NN", 1024, 1024, 1024}, {"TN", 1024, 1024, 1024}, {"NN", 2048, 2048, 2048}, {"NN", 64, 3072, 768},
	{"NN", 1024, 128, 128}, {"NT", 1024, 128, 128}, {"TN", 128, 128, 1024},
	{"NN", 2048, 512, 512}, {"NT", 2048, 512, 512}, {"TN", 512, 512, 2048},
	{"NN", 256, 256, 64}, {"NN", 256, 128, 128}, {"TN", 128, 128, 256},
	{"NN", 1024, 128, 2}, {"NN", 1024, 2, 128}, {"NT", 1024, 2, 128}, {"TN", 2, 128, 1024}, {"TN", 128, 2, 1024},
	{"NN", 64, 64, 32}, {"NT", 64, 64, 32}, {"NN", 64, 32, 64}, {"NN", 128, 32, 128}, {"NN", 128, 128, 32}, {"NN", 128, 784, 256},
}

// BenchmarkGemm measures products and, beside each, the peak of the same minute.
func BenchmarkGemm(b *testing.B) {
	b.Run("type=f32", func(b *testing.B) { benchmarkGemm(b, products32, Peak32) })
	b.Run("type=f64", func(b *testing.B) { benchmarkGemm(b, products64, Peak64) })
}

func benchmarkGemm[T float32 | float64](b *testing.B, f products[T], peak func(int) float64) {
	for _, s := range gemmShapes {
		for l := Best(); l >= Portable; l-- {
			for _, parallel := range []bool{false, true} {
				if parallel && (l != Best() || s.form == "NT") {
					continue
				}
				name := fmt.Sprintf("shape=%s-%dx%dx%d/level=%v/parallel=%v", s.form, s.m, s.n, s.k, l, parallel)
				b.Run(name, func(b *testing.B) {
					defer Use(Use(l))
					run := gemmRunner(f, s.form, s.m, s.n, s.k, parallel)
					seconds, rate := bestOf(b, run, peak)
					gflops := 2 * float64(s.m) * float64(s.n) * float64(s.k) / seconds / 1e9
					b.ReportMetric(gflops, "GFLOP/s")
					b.ReportMetric(gflops/rate, "of-peak")
					b.ReportMetric(seconds*1e6, "best-µs")
				})
			}
		}
	}
}

// BenchmarkProduct times single products on as many cores as there are, for the runs
// beside other libraries.
func BenchmarkProduct(b *testing.B) {
	for _, s := range gemmShapes {
		b.Run(fmt.Sprintf("type=f32/shape=%s-%dx%dx%d", s.form, s.m, s.n, s.k), func(b *testing.B) {
			run := gemmRunner(products32, s.form, s.m, s.n, s.k, true)
			peak := 0.0
			for range 20 {
				peak = max(peak, rateOf(Peak32))
			}
			for b.Loop() {
				run()
			}
			gflops := 2 * float64(s.m) * float64(s.n) * float64(s.k) * float64(b.N) / b.Elapsed().Seconds() / 1e9
			b.ReportMetric(gflops, "GFLOP/s")
			b.ReportMetric(gflops/peak/float64(runtime.GOMAXPROCS(0)), "of-peak")
		})
	}
}

// gemmRunner returns a function that computes one product.
func gemmRunner[T float32 | float64](f products[T], form string, m, n, k int, parallel bool) func() {
	r := rand.New(rand.NewPCG(5, 6))
	fill := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(r.NormFloat64())
		}
		return x
	}
	a, bb, c, work := fill(m*k), fill(k*n), fill(m*n), fill(k*n)
	multiply := f.gemm
	if parallel {
		multiply = f.parallel
	}
	switch form {
	case "NT":
		return func() { f.nt(c, n, a, k, bb, k, m, n, k, false, work) }
	case "TN":
		return func() { multiply(c, n, a, 1, m, bb, n, m, n, k, false) }
	}
	return func() { multiply(c, n, a, k, 1, bb, n, m, n, k, false) }
}

// bestOf times f in short samples beside samples of the peak loop, and returns the
// shortest time of a call and the highest peak in GFLOP/s: on a machine with other
// load, the minimum is what the code can do.
func bestOf(b *testing.B, f func(), peak func(int) float64) (seconds, rate float64) {
	calls := 1
	for {
		start := time.Now()
		for range calls {
			f()
		}
		if time.Since(start) > 200*time.Microsecond {
			break
		}
		calls *= 2
	}
	seconds = math.Inf(1)
	samples := 0
	for b.Loop() {
		if samples%4 == 0 || rate == 0 {
			rate = max(rate, rateOf(peak))
		}
		samples++
		start := time.Now()
		for range calls {
			f()
		}
		seconds = min(seconds, time.Since(start).Seconds()/float64(calls))
	}
	return seconds, rate
}

// rateOf is the GFLOP/s of a short run of the peak loop.
func rateOf(peak func(int) float64) float64 {
	start := time.Now()
	flops := peak(2000)
	return flops / time.Since(start).Seconds() / 1e9
}

// BenchmarkGemmOfTails multiplies what networks have far out on the tails of their units:
// numbers of which half are denormal.
func BenchmarkGemmOfTails(b *testing.B) {
	const n = 256
	x, y, c := make([]float32, n*n), make([]float32, n*n), make([]float32, n*n)
	for i := range x {
		x[i], y[i] = 1, 1
		if i%2 == 0 {
			x[i], y[i] = 1e-40, 1e-40
		}
	}
	for b.Loop() {
		Gemm32(c, n, x, n, 1, y, n, n, n, n, false)
	}
	b.ReportMetric(2*n*n*n*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
