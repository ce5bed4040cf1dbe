package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// naiveProduct is the definition: c + op(a) op(b), summed in float64.
func naiveProduct(c, a, b []float32, m, n, k int, transA, transB bool) []float32 {
	out := make([]float32, len(c))
	for i := range m {
		for j := range n {
			sum := float64(c[i*n+j])
			for p := range k {
				x, y := a[i*k+p], b[p*n+j]
				if transA {
					x = a[p*m+i]
				}
				if transB {
					y = b[j*k+p]
				}
				sum += float64(x) * float64(y)
			}
			out[i*n+j] = float32(sum)
		}
	}
	return out
}

func normals32(rng *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return v
}

func TestProductsAgreeWithTheDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	kinds := []struct {
		name           string
		f              func(c, a, b []float32, m, n, k int)
		transA, transB bool
	}{
		{"NN", gemmNN[float32], false, false},
		{"TN", gemmTN[float32], true, false},
		{"NT", gemmNT[float32], false, true},
	}
	for _, kind := range kinds {
		for _, m := range []int{1, 2, 3, 6, 9} {
			for _, n := range []int{1, 3, 4, 5, 8, 11} {
				for _, k := range []int{1, 2, 7, 33} {
					a, b, c := normals32(rng, m*k), normals32(rng, k*n), normals32(rng, m*n)
					want := naiveProduct(c, a, b, m, n, k, kind.transA, kind.transB)
					kind.f(c, a, b, m, n, k)
					// k products of order one, each rounded once and added once.
					tol := 4 * float64(k+1) * math.Ldexp(1, -24) * 4
					for i := range c {
						if math.Abs(float64(c[i]-want[i])) > tol {
							t.Fatalf("%s %d×%d×%d: entry %d is %g, want %g", kind.name, m, n, k, i, c[i], want[i])
						}
					}
				}
			}
		}
	}
}

func BenchmarkGemm(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][3]int{{256, 64, 32}, {256, 32, 64}, {32, 64, 256}, {256, 2, 32}} {
		m, n, k := s[0], s[1], s[2]
		c, x, y := normals32(rng, m*n), normals32(rng, m*k), normals32(rng, k*n)
		for name, f := range map[string]func(c, a, b []float32, m, n, k int){
			"NN": gemmNN[float32], "TN": gemmTN[float32], "NT": gemmNT[float32],
		} {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", name, m, n, k), func(b *testing.B) {
				for range b.N {
					clear(c)
					f(c, x, y, m, n, k)
				}
				b.ReportMetric(2*float64(m*n*k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GF/s")
			})
		}
	}
}
