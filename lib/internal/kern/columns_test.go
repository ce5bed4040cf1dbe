package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestColumnSums(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(8, 0))
		for _, shape := range shapes {
			rows, cols := shape[0], shape[1]
			for _, multiply := range []bool{false, true} {
				what := fmt.Sprintf("%d×%d, multiply %v", rows, cols, multiply)
				sums, dy, d := guarded(r, cols), guarded(r, rows*cols), guarded(r, rows*cols)
				want, product, scale := wide(sums), wide(dy), wide(sums)
				for i := range scale {
					scale[i] = math.Abs(scale[i])
				}
				for i := range product {
					if multiply {
						product[i] = float64(dy[i] * d[i])
					}
					want[i%cols] += product[i]
					scale[i%cols] += math.Abs(product[i])
				}
				if multiply {
					MulColumnSums32(sums, dy, d, rows, cols)
				} else {
					MulColumnSums32(sums, dy, nil, rows, cols)
				}
				near(t, what+": dy", dy, product, func(int) float64 { return 0 })
				near(t, what+": sums", sums, want, func(j int) float64 { return unit32 * float64(rows+4) * scale[j] })
				checkGuards(t, what, sums, dy, d)
			}
		}
	})
}

func TestSumParts(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 0))
		for _, n := range lengths {
			for g := range 6 {
				parts := make([][]float32, g)
				dst, want := guarded(r, n), make([]float32, n)
				for k := range parts {
					parts[k] = guarded(r, n)
					for i, v := range parts[k] {
						want[i] += v
					}
				}
				if g == 5 { // in place
					dst = parts[2]
				}
				SumParts32(dst, parts)
				near(t, fmt.Sprintf("%d parts of %d", g, n), dst, wide(want), func(int) float64 { return 0 })
				checkGuards(t, "parts", dst)
			}
		}
	})
}

func BenchmarkColumns(b *testing.B) {
	for _, shape := range [][2]int{{256, 128}, {1024, 2}, {1024, 10}, {128, 512}} {
		rows, cols := shape[0], shape[1]
		sums, dy, d := normal(1, cols), normal(2, rows*cols), normal(3, rows*cols)
		for i := range d {
			d[i] = float32(math.Copysign(1, float64(d[i])))
		}
		benchEach(b, fmt.Sprintf("f=MulColumnSums32/shape=%dx%d", rows, cols), rows*cols, func() { MulColumnSums32(sums, dy, d, rows, cols) })
		benchEach(b, fmt.Sprintf("f=AddColumnSums32/shape=%dx%d", rows, cols), rows*cols, func() { AddColumnSums32(sums, dy, rows, cols) })
	}
	dst, parts := normal(1, 17000), [][]float32{normal(1, 17000), normal(2, 17000), normal(3, 17000), normal(4, 17000)}
	benchEach(b, "f=SumParts32/parts=4/n=17000", len(dst), func() { SumParts32(dst, parts) })
}
