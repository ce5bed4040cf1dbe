package nn

import (
	"math"
	"testing"
)

func TestInitialisersHaveTheirVariance(t *testing.T) {
	const n = 200000
	for name, c := range map[string]struct {
		fill func(w []float32)
		want float64
	}{
		"Gaussian": {func(w []float32) { Gaussian(newRand(1), w, 0.3) }, 0.09},
		"He":       {func(w []float32) { He(newRand(2), w, 50) }, 2.0 / 50},
		"Glorot":   {func(w []float32) { Glorot(newRand(3), w, 30, 20) }, 2.0 / 50},
	} {
		w := make([]float32, n)
		c.fill(w)
		var sum, square float64
		for _, v := range w {
			sum += float64(v)
			square += float64(v) * float64(v)
		}
		// Standard errors: of the mean σ/√n, of the variance at most √2 σ²/√n.
		if mean := sum / n; math.Abs(mean) > 4*math.Sqrt(c.want/n) {
			t.Errorf("%s: mean %g", name, mean)
		}
		if v := square / n; math.Abs(v-c.want) > 4*1.5*c.want/math.Sqrt(n) {
			t.Errorf("%s: variance %g, want %g", name, v, c.want)
		}
	}
}

func TestOrthogonal(t *testing.T) {
	for _, shape := range [][2]int{{7, 7}, {9, 4}, {3, 8}, {1, 1}} {
		rows, cols := shape[0], shape[1]
		w := make([]float32, rows*cols)
		Orthogonal(newRand(6), w, rows, cols, 2)
		vectors, length := cols, rows
		at := func(k, i int) float64 { return float64(w[i*cols+k]) }
		if rows < cols {
			vectors, length = rows, cols
			at = func(k, i int) float64 { return float64(w[k*cols+i]) }
		}
		for a := range vectors {
			for b := range vectors {
				dot, want := 0.0, 0.0
				if a == b {
					want = 4
				}
				for i := range length {
					dot += at(a, i) * at(b, i)
				}
				if math.Abs(dot-want) > 1e-5 {
					t.Errorf("%d×%d: ⟨%d, %d⟩ = %g, want %g", rows, cols, a, b, dot, want)
				}
			}
		}
	}
}
