package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// softmaxWide is the softmax of scale·z over the first valid entries, and the
// logarithm of the sum of exponentials.
func softmaxWide(z []float32, valid int, scale float32) (p []float64, logSum float64) {
	p = make([]float64, len(z))
	top := math.Inf(-1)
	for _, v := range z[:valid] {
		top = max(top, float64(v*scale))
	}
	var sum float64
	for j, v := range z[:valid] {
		p[j] = math.Exp(float64(v*scale) - top)
		sum += p[j]
	}
	for j := range valid {
		p[j] /= sum
	}
	return p, top + math.Log(sum)
}

// softmaxTol: the exponent is rounded once, by a unit of at most spread; the
// exponential by 3 units, the sum by 6 and a few per interleaved sum, the quotient by 3.
func softmaxTol(n int, spread float64) float64 { return unit32 * (12 + float64(n)/8 + spread) }

func TestSoftmaxRows(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(12, 0))
		for _, shape := range shapes {
			rows, cols := shape[0], shape[1]
			what := fmt.Sprintf("%d×%d", rows, cols)
			z, p := guarded(r, rows*cols), guarded(r, rows*cols)
			Scale32(z, 3, z)
			if cols > 2 {
				z[0], z[cols-1] = -inf32, 20
			}
			var want []float64
			for i := range rows {
				row, _ := softmaxWide(z[i*cols:][:cols], cols, 1)
				want = append(want, row...)
			}
			SoftmaxRows32(p, z, rows, cols)
			near(t, what, p, want, func(i int) float64 { return softmaxTol(cols, 40)*want[i] + 0x1p-126 })
			SoftmaxRows32(z, z, rows, cols)
			near(t, what+" in place", z, wide(p), func(int) float64 { return 0 })
			checkGuards(t, what, z, p)
		}
	})
}

func TestSoftmaxRowsOfInfinitiesAndNaN(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, cols := range []int{1, 2, 5, 16, 40} {
			for _, bad := range [][]float32{{nan32}, {inf32}, {-inf32}} {
				z := normal(1, 3*cols)
				for j := range cols {
					if j == cols/2 || bad[0] == -inf32 {
						z[cols+j] = bad[0]
					}
				}
				SoftmaxRows32(z, z, 3, cols)
				for i, v := range z {
					if nan := v != v; nan != (i/cols == 1) {
						t.Fatalf("%d columns, %v in row 1: entry %d is %v", cols, bad, i, v)
					}
				}
			}
		}
	})
}

func TestSoftmaxCausal(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(13, 0))
		for _, n := range []int{1, 2, 7, 16, 17, 33, 64, 100, 130} {
			for _, scale := range []float32{0.125, -2} {
				z, p := guarded(r, n*n), guarded(r, n*n)
				var want []float64
				for i := range n {
					row, _ := softmaxWide(z[i*n:][:n], i+1, scale)
					want = append(want, row...)
				}
				for i := range n { // what is later must not matter
					for j := i + 1; j < n; j++ {
						z[i*n+j] = nan32
					}
				}
				SoftmaxCausal32(p, z, n, scale)
				near(t, fmt.Sprint("causal ", n), p, want, func(i int) float64 { return softmaxTol(n, 20) * want[i] })
				SoftmaxCausal32(z, z, n, scale)
				near(t, fmt.Sprint("causal in place ", n), z, wide(p), func(int) float64 { return 0 })
				checkGuards(t, "causal", p, z)
			}
		}
	})
}

func TestSoftmaxBackward(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(14, 0))
		for _, shape := range shapes {
			rows, cols := shape[0], shape[1]
			z, p, dp, dz := guarded(r, rows*cols), guarded(r, rows*cols), guarded(r, rows*cols), guarded(r, rows*cols)
			SoftmaxRows32(p, z, rows, cols)
			want, tol := make([]float64, len(p)), make([]float64, len(p))
			for i := range rows {
				var dot, scale float64
				for j := i * cols; j < (i+1)*cols; j++ {
					dot += float64(p[j]) * float64(dp[j])
					scale += math.Abs(float64(p[j]) * float64(dp[j]))
				}
				for j := i * cols; j < (i+1)*cols; j++ {
					want[j] = 0.3 * float64(p[j]) * (float64(dp[j]) - dot)
					tol[j] = 0.3 * float64(p[j]) * unit32 * ((9+float64(cols)/8)*scale + 4*math.Abs(float64(dp[j])))
				}
			}
			what := fmt.Sprintf("%d×%d", rows, cols)
			SoftmaxBackward32(dz, p, dp, rows, cols, 0.3)
			near(t, what, dz, want, func(i int) float64 { return tol[i] + unit32*math.Abs(want[i]) })
			SoftmaxBackward32(dp, p, dp, rows, cols, 0.3)
			near(t, what+" in place", dp, wide(dz), func(int) float64 { return 0 })
			checkGuards(t, what, p, dp, dz)
		}
	})
}

func TestCrossEntropy(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(15, 0))
		for _, shape := range shapes {
			rows, cols := shape[0], shape[1]
			z, dz := guarded(r, rows*cols), guarded(r, rows*cols)
			Scale32(z, 3, z)
			target := make([]int32, rows)
			var want, scale float64
			var wantD []float64
			for i := range target {
				target[i] = int32(r.IntN(cols))
				row, logSum := softmaxWide(z[i*cols:][:cols], cols, 1)
				want += logSum - float64(z[i*cols+int(target[i])])
				scale += 1 + math.Abs(logSum)
				row[target[i]]--
				wantD = append(wantD, row...)
			}
			what := fmt.Sprintf("%d×%d", rows, cols)
			tol := softmaxTol(cols, 20)
			for _, d := range [][]float32{nil, dz} {
				if loss := CrossEntropy32(d, z, target, rows, cols); !(math.Abs(loss-want) <= tol*scale) {
					t.Fatalf("%s: loss %v, want %v", what, loss, want)
				}
			}
			near(t, what, dz, wantD, func(i int) float64 { return tol })
			CrossEntropy32(z, z, target, rows, cols)
			near(t, what+" in place", z, wide(dz), func(int) float64 { return 0 })
			checkGuards(t, what, z, dz)
		}
		if loss := CrossEntropy32(nil, []float32{1, nan32}, []int32{0}, 1, 2); !math.IsNaN(loss) {
			t.Errorf("loss of a NaN: %v", loss)
		}
		if loss := CrossEntropy32(nil, []float32{0, 1000}, []int32{0}, 1, 2); loss != 1000 {
			t.Errorf("loss of a sure mistake: %v", loss)
		}
	})
}

func BenchmarkSoftmax(b *testing.B) {
	for _, shape := range [][2]int{{32, 128}, {64, 64}, {1024, 2}, {1024, 10}, {4, 2048}} {
		rows, cols := shape[0], shape[1]
		n := rows * cols
		z, p, dp, dz := normal(1, n), normal(2, n), normal(3, n), normal(4, n)
		target := make([]int32, rows)
		name := fmt.Sprintf("/shape=%dx%d", rows, cols)
		benchEach(b, "f=SoftmaxRows32"+name, n, func() { SoftmaxRows32(p, z, rows, cols) })
		benchEach(b, "f=SoftmaxBackward32"+name, n, func() { SoftmaxBackward32(dz, p, dp, rows, cols, 1) })
		benchEach(b, "f=CrossEntropy32"+name, n, func() { CrossEntropy32(dz, z, target, rows, cols) })
	}
	z, p := normal(1, 128*128), normal(2, 128*128)
	benchEach(b, "f=SoftmaxCausal32/n=128", 128*128, func() { SoftmaxCausal32(p, z, 128, 0.125) })
}
