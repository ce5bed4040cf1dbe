package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The lengths of vector kernels: around one, two, four and eight registers of either
// width, and longer.
var lengths = []int{0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 255, 256, 257, 1000}

// shapes are rows and columns for matrix kernels: narrow, ragged and whole.
var shapes = [][2]int{{1, 1}, {5, 1}, {33, 2}, {100, 3}, {17, 5}, {9, 8}, {40, 10}, {3, 15}, {4, 16}, {7, 17}, {65, 31}, {2, 33}, {5, 64}, {6, 100}, {3, 128}, {2, 129}, {3, 256}, {2, 300}}

const guardCells = 24

// guarded allocates n random numbers between cells that check finds changed if a
// kernel writes beyond its slice. The slice begins at any alignment.
func guarded(r *rand.Rand, n int) []float32 {
	off := guardCells + r.IntN(16)
	all := make([]float32, n+2*guardCells+16)
	for i := range all {
		all[i] = guardValue
	}
	x := all[off : off+n]
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x[: n : n+guardCells]
}

const guardValue = -12345.5

// checkGuards looks behind each slice for what a kernel wrote too far; kernels run
// forwards.
func checkGuards(t *testing.T, what string, slices ...[]float32) {
	t.Helper()
	for k, x := range slices {
		if x == nil {
			continue
		}
		for i, v := range x[len(x):cap(x)] {
			if v != guardValue {
				t.Fatalf("%s: slice %d: wrote %v at %d beyond its end", what, k, v, i)
			}
		}
	}
}

// near reports the first entry further than tol(i) from what is wanted; NaN is near
// NaN alone.
func near(t *testing.T, what string, got []float32, want []float64, tol func(i int) float64) {
	t.Helper()
	for i, w := range want {
		v := float64(got[i])
		if v == w || math.IsNaN(v) && math.IsNaN(w) {
			continue
		}
		if !(math.Abs(v-w) <= tol(i)) {
			t.Fatalf("%s: entry %d of %d is %v, want %v, off by %.3g where %.3g is allowed", what, i, len(want), v, w, math.Abs(v-w), tol(i))
		}
	}
}

// wide is x in float64.
func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func clone32(x []float32) []float32 { return append([]float32(nil), x...) }

// unit32 is the relative rounding error of float32.
const unit32 = 0x1p-24

var nan32, inf32 = float32(math.NaN()), float32(math.Inf(1))

// benchEach runs a benchmark per level and name, and reports time per element.
func benchEach(b *testing.B, name string, elements int, f func()) {
	for l := Portable; l <= Best(); l++ {
		b.Run(fmt.Sprintf("%s/level=%v", name, l), func(b *testing.B) {
			defer Use(Use(l))
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(elements), "ns/element")
		})
	}
}

// normal is n standard normal numbers.
func normal(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 0))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// TestNetworkKernelsDoNotAllocate includes narrow matrices, whose joined rows have
// scratch memory.
func TestNetworkKernelsDoNotAllocate(t *testing.T) {
	const rows, cols = 40, 3
	x, y, d, row := normal(1, rows*cols), normal(2, rows*cols), normal(3, rows*cols), normal(4, cols)
	rstd, target := make([]float32, rows), make([]int32, rows)
	eachLevel(t, func(t *testing.T) {
		for name, f := range map[string]func(){
			"BiasActivate32":      func() { BiasActivate32(SiLU, y, d, row, rows, cols) },
			"MulColumnSums32":     func() { MulColumnSums32(row, y, d, rows, cols) },
			"AddColumnSums32":     func() { AddColumnSums32(row, y, rows, cols) },
			"SoftmaxRows32":       func() { SoftmaxRows32(y, x, rows, cols) },
			"CrossEntropy32":      func() { CrossEntropy32(d, x, target, rows, cols) },
			"LayerNorm32":         func() { LayerNorm32(y, y, rstd, x, row, nil, rows, cols, 1e-5) },
			"LayerNormBackward32": func() { LayerNormBackward32(y, row, nil, d, x, rstd, row, rows, cols) },
			"Adam32":              func() { Adam32(x, y, d, x, adamSettings) },
		} {
			if n := testing.AllocsPerRun(10, f); n != 0 {
				t.Errorf("%s: %v allocations", name, n)
			}
		}
	})
}
