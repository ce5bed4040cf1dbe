package kern

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
)

// parallelShapes are cut by rows, by columns, by both, and not at all.
var parallelShapes = [][3]int{{1000, 130, 70}, {33, 900, 200}, {300, 300, 300}, {20, 20, 20}, {260, 300, 530}, {700, 3, 300}}

func TestParallelGemmDoesNotDependOnWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	r := rand.New(rand.NewPCG(7, 8))
	eachLevel(t, func(t *testing.T) {
		for _, s := range parallelShapes {
			m, n, k := s[0], s[1], s[2]
			a, b := newMatrix[float32](r, m, k, 0), newMatrix[float32](r, k, n, 0)
			var first []float32
			for _, workers := range []int{1, 2, 3} {
				runtime.GOMAXPROCS(workers)
				c := make([]float32, m*n)
				ParallelGemm32(c, n, a.data(), k, 1, b.data(), n, m, n, k, false)
				if first == nil {
					first = c
				} else if !slices.Equal(c, first) {
					t.Errorf("%v: other numbers with %d workers than with 1", s, workers)
				}
			}
		}
	})
}

// TestGemmAtOnce has several goroutines in products that need scratch memory.
func TestGemmAtOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	var all sync.WaitGroup
	for _, s := range append(parallelShapes, parallelShapes...) {
		m, n, k := s[0], s[1], s[2]
		a, b := newMatrix[float64](r, m, k, 0), newMatrix[float64](r, k, n, 0)
		all.Go(func() {
			one, two := make([]float64, m*n), make([]float64, m*n)
			for range 3 {
				ParallelGemm64(one, n, a.data(), k, 1, b.data(), n, m, n, k, false)
			}
			ParallelGemm64(two, n, a.data(), k, 1, b.data(), n, m, n, k, false)
			if !slices.Equal(one, two) {
				t.Errorf("%v: two equal products differ", s)
			}
		})
	}
	all.Wait()
}

func TestGemmDoesNotAllocate(t *testing.T) {
	x, c := make([]float32, 700*700), make([]float32, 700*700)
	for _, s := range parallelShapes {
		m, n, k := s[0], s[1], s[2]
		for name, f := range map[string]func(){
			"NN":          func() { Gemm32(c, n, x, k, 1, x, n, m, n, k, false) },
			"TN":          func() { Gemm32(c, n, x, 1, m, x, n, m, n, k, true) },
			"parallel NN": func() { ParallelGemm32(c, n, x, k, 1, x, n, m, n, k, false) },
			"parallel TN": func() { ParallelGemm32(c, n, x, 1, m, x, n, m, n, k, true) },
		} {
			if a := testing.AllocsPerRun(5, f); a != 0 {
				t.Errorf("%v %s: %v allocations", s, name, a)
			}
		}
	}
}
