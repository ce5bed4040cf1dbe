package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// products are the exported functions of one element type.
type products[T float32 | float64] struct {
	gemm, parallel func(c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool)
	nt             func(c []T, ldc int, a []T, lda int, b []T, ldb, m, n, k int, add bool, work []T)
	transpose      func(dst []T, ldd int, src []T, lds, rows, cols int)
	epsilon        float64 // half the distance from 1 to the next number
}

var (
	products32 = products[float32]{Gemm32, ParallelGemm32, GemmNT32, Transpose32, 0x1p-24}
	products64 = products[float64]{Gemm64, ParallelGemm64, GemmNT64, Transpose64, 0x1p-53}
)

// matrix is a stored row-major matrix with NaN in the gaps between its rows and
// around it, where no product may read, and none may write.
type matrix[T float32 | float64] struct {
	all        []T
	ld         int
	rows, cols int
}

const guard = 67

func newMatrix[T float32 | float64](r *rand.Rand, rows, cols, gap int) matrix[T] {
	m := matrix[T]{ld: cols + gap, rows: rows, cols: cols}
	m.all = make([]T, 2*guard+rows*m.ld)
	for i := range m.all {
		m.all[i] = T(math.NaN())
	}
	for i := range rows {
		for j := range cols {
			m.data()[i*m.ld+j] = T(r.NormFloat64())
		}
	}
	return m
}

// data is exactly as long as the matrix needs, so that Go sees an overrun of
// portable code.
func (m matrix[T]) data() []T {
	if m.rows == 0 {
		return nil
	}
	end := guard + (m.rows-1)*m.ld + m.cols
	return m.all[guard:end:end]
}

func (m matrix[T]) at(i, j int) float64 { return float64(m.all[guard+i*m.ld+j]) }

// checkGuards fails the test where a gap holds a number.
func (m matrix[T]) checkGuards(t *testing.T) {
	t.Helper()
	for i, x := range m.all {
		row, col := (i-guard)/max(m.ld, 1), (i-guard)%max(m.ld, 1)
		inside := i >= guard && row < m.rows && col < m.cols
		if !inside && x == x {
			t.Fatalf("wrote %v at %d, outside the %d×%d matrix", x, i-guard, m.rows, m.cols)
		}
	}
}

// sizes returns m, n and k: every small one often, larger ones sometimes, so that
// all row variants, masks and blocks occur.
func sizes(r *rand.Rand) (m, n, k int) {
	size := func() int {
		switch r.IntN(4) {
		case 0:
			return r.IntN(9)
		case 1:
			return r.IntN(40)
		case 2:
			return 16 * r.IntN(12)
		}
		return r.IntN(200)
	}
	return size(), size(), size()
}

func TestGemm(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		t.Run("f32", func(t *testing.T) { testGemm(t, products32, 300, sizes) })
		t.Run("f64", func(t *testing.T) { testGemm(t, products64, 300, sizes) })
	})
}

// TestGemmBlocked believes in a small second-level cache, so that small products
// have several blocks.
func TestGemmBlocked(t *testing.T) {
	large := func(r *rand.Rand) (m, n, k int) { return 1 + r.IntN(300), 1 + r.IntN(600), 1 + r.IntN(50) }
	eachLevel(t, func(t *testing.T) {
		kernels.gemm32.l2, kernels.gemm64.l2 = 8192, 8192
		t.Run("f32", func(t *testing.T) { testGemm(t, products32, 40, large) })
		t.Run("f64", func(t *testing.T) { testGemm(t, products64, 40, large) })
	})
}

func testGemm[T float32 | float64](t *testing.T, f products[T], rounds int, sizes func(*rand.Rand) (m, n, k int)) {
	r := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		m, n, k := sizes(r)
		form := []string{"NN", "TN", "NT", "parallel NN", "parallel TN"}[r.IntN(5)]
		add := r.IntN(2) == 0
		gap := r.IntN(2) * r.IntN(20)
		var a, b matrix[T]
		aAt, bAt := func(i, p int) float64 { return a.at(i, p) }, func(p, j int) float64 { return b.at(p, j) }
		a, b = newMatrix[T](r, m, k, gap), newMatrix[T](r, k, n, gap)
		rs, ks := a.ld, 1
		switch form {
		case "TN", "parallel TN":
			a = newMatrix[T](r, k, m, gap)
			rs, ks = 1, a.ld
			aAt = func(i, p int) float64 { return a.at(p, i) }
		case "NT":
			b = newMatrix[T](r, n, k, gap)
			bAt = func(p, j int) float64 { return b.at(j, p) }
		}
		c := newMatrix[T](r, m, n, gap)
		before := append([]T(nil), c.all...)
		switch form {
		case "NT":
			f.nt(c.data(), c.ld, a.data(), a.ld, b.data(), b.ld, m, n, k, add, make([]T, n*k))
		case "NN", "TN":
			f.gemm(c.data(), c.ld, a.data(), rs, ks, b.data(), b.ld, m, n, k, add)
		default:
			f.parallel(c.data(), c.ld, a.data(), rs, ks, b.data(), b.ld, m, n, k, add)
		}
		name := fmt.Sprintf("%s %d×%d, k = %d, add = %v, gap %d", form, m, n, k, add, gap)
		checkProduct(t, name, c, before, aAt, bAt, k, add, f.epsilon)
		if t.Failed() {
			return
		}
	}
}

// checkProduct compares c with a sum in float64. A sum of k products in any order
// is off by at most (k+1)·ε·Σ|a||b| to first order, the reference in float64 by as
// much with its own ε, hence the factor 2.
func checkProduct[T float32 | float64](t *testing.T, name string, c matrix[T], before []T, a, b func(int, int) float64, k int, add bool, epsilon float64) {
	t.Helper()
	c.checkGuards(t)
	right := make([]float64, k*c.cols)
	for p := range k {
		for j := range c.cols {
			right[p*c.cols+j] = b(p, j)
		}
	}
	want, size := make([]float64, c.cols), make([]float64, c.cols)
	for i := range c.rows {
		for j := range want {
			want[j] = 0
			if add {
				want[j] = float64(before[guard+i*c.ld+j])
			}
			size[j] = math.Abs(want[j])
		}
		for p := range k {
			x := a(i, p)
			for j, y := range right[p*c.cols : (p+1)*c.cols] {
				want[j] += x * y
				size[j] += math.Abs(x * y)
			}
		}
		for j := range want {
			if got := c.at(i, j); !(math.Abs(got-want[j]) <= 2*float64(k+1)*epsilon*size[j]) {
				t.Errorf("%s: element (%d, %d) is %v, want %v", name, i, j, got, want[j])
				return
			}
		}
	}
}

func TestGemmKeepsNaNAndInfinity(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, s := range [][3]int{{7, 2, 40}, {2, 70, 33}, {13, 70, 33}, {3, 5, 1}} {
			m, n, k := s[0], s[1], s[2]
			a, b, c := make([]float32, m*k), make([]float32, k*n), make([]float32, m*n)
			for i := range a {
				a[i] = 1
			}
			for i := range b {
				b[i] = 1
			}
			a[(m-1)*k+k-1] = float32(math.NaN())
			b[n-1] = float32(math.Inf(1)) // row 0 of b
			a[0] = 0                      // 0·∞ is NaN
			Gemm32(c, n, a, k, 1, b, n, m, n, k, false)
			for i := range m {
				for j := range n {
					wantNaN := i == m-1 || i == 0 && j == n-1
					x := float64(c[i*n+j])
					if math.IsNaN(x) != wantNaN || math.IsInf(x, 1) != (!wantNaN && j == n-1) {
						t.Errorf("%d×%d, k = %d: element (%d, %d) is %v", m, n, k, i, j, x)
					}
				}
			}
		}
	})
}

// Products take denormal numbers for 0, and leave the processor as it was.
func TestGemmTakesDenormalsForZero(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		const n = 40
		a, b, c := make([]float32, n*n), make([]float32, n*n), make([]float32, n*n)
		for i := range a {
			a[i], b[i] = 1e-39, 1e-39
		}
		a[0], b[0] = 3, 5
		Gemm32(c, n, a, n, 1, b, n, n, n, n, false)
		for i, v := range c {
			if want := max(0, 15-15*float32(i)); abs32(v-want) > 1e-37 {
				t.Fatalf("entry %d is %g, want %g", i, v, want)
			}
		}
		if small := a[1] * b[0]; small == 0 || small/5 != a[1] {
			t.Errorf("after the product 1e-39 × 5 is %g", small)
		}
	})
}

func TestGemmRefusesWrongShapes(t *testing.T) {
	x := make([]float32, 100)
	for name, f := range map[string]func(){
		"short result":       func() { Gemm32(x[:99], 10, x, 10, 1, x, 10, 10, 10, 10, false) },
		"short left factor":  func() { Gemm32(x, 10, x[:99], 1, 10, x, 10, 10, 10, 10, false) },
		"short right factor": func() { Gemm32(x, 10, x, 10, 1, x[:99], 10, 10, 10, 10, false) },
		"rows overlap":       func() { Gemm32(x, 9, x, 10, 1, x, 10, 10, 10, 10, false) },
		"negative":           func() { Gemm32(x, 10, x, 10, 1, x, 10, -1, 10, 10, false) },
		"short scratch":      func() { GemmNT32(x, 10, x, 10, x, 10, 10, 10, 10, false, x[:99]) },
		"short transpose":    func() { Transpose32(x[:99], 10, x, 10, 10, 10) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestTranspose(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		t.Run("f32", func(t *testing.T) { testTranspose(t, products32) })
		t.Run("f64", func(t *testing.T) { testTranspose(t, products64) })
	})
}

func testTranspose[T float32 | float64](t *testing.T, f products[T]) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		rows, cols, _ := sizes(r)
		src, dst := newMatrix[T](r, rows, cols, r.IntN(5)), newMatrix[T](r, cols, rows, r.IntN(5))
		f.transpose(dst.data(), dst.ld, src.data(), src.ld, rows, cols)
		dst.checkGuards(t)
		for i := range rows {
			for j := range cols {
				if src.at(i, j) != dst.at(j, i) {
					t.Fatalf("%d×%d: element (%d, %d) is %v, want %v", rows, cols, i, j, dst.at(j, i), src.at(i, j))
				}
			}
		}
	}
}
