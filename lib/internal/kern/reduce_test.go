package kern

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestReductions(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 0))
		for _, n := range lengths {
			x, y := guarded(r, n), guarded(r, n)
			var sum, sumAbs, dot, dotAbs, squares float64
			for i, v := range wide(x) {
				sum += v
				sumAbs += math.Abs(v)
				dot += v * float64(y[i])
				dotAbs += math.Abs(v * float64(y[i]))
				squares += v * v
			}
			// The bound in the comment of Sum32; a product has one rounding more.
			c := unit32 * (float64(n)/8 + 9)
			near(t, "Sum32", []float32{Sum32(x)}, []float64{sum}, func(int) float64 { return c * sumAbs })
			near(t, "Dot32", []float32{Dot32(x, y)}, []float64{dot}, func(int) float64 { return c * dotAbs })
			if got := SumSquares32(x); math.Abs(got-squares) > 1e-14*squares {
				t.Fatalf("SumSquares32 of %d: %v, want %v", n, got, squares)
			}
		}
	})
}

func TestReductionsPassNaN(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, n := range []int{1, 5, 16, 40, 200} {
			for at := range n {
				x := normal(4, n)
				x[at] = nan32
				for name, v := range map[string]float64{"Sum32": float64(Sum32(x)), "Dot32": float64(Dot32(normal(5, n), x)), "SumSquares32": SumSquares32(x)} {
					if !math.IsNaN(v) {
						t.Fatalf("%s with a NaN at %d of %d: %v", name, at, n, v)
					}
				}
			}
		}
		if s := SumSquares32([]float32{3e38, 4e38 / 2}); math.Abs(s/1.3e77-1) > 1e-6 {
			t.Errorf("squares beyond float32 add up to %v", s)
		}
	})
}

// TestReductionsIgnoreAlignment moves the same numbers through memory.
func TestReductionsIgnoreAlignment(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		x, y := normal(6, 333), normal(7, 333)
		sum, dot, squares := Sum32(x), Dot32(x, y), SumSquares32(x)
		for off := range 16 {
			a := append(make([]float32, off, 400), x...)[off:]
			if Sum32(a) != sum || Dot32(a, y) != dot || SumSquares32(a) != squares {
				t.Fatalf("other sums at offset %d", off)
			}
		}
	})
}

func BenchmarkReduce(b *testing.B) {
	x, y := normal(1, 4096), normal(2, 4096)
	for name, f := range map[string]func(){
		"f=Sum32":        func() { Sum32(x) },
		"f=Dot32":        func() { Dot32(x, y) },
		"f=SumSquares32": func() { SumSquares32(x) },
	} {
		benchEach(b, name, len(x), f)
	}
}
