package kern

import "fmt"

// gemmTable holds what products are made of.
type gemmTable struct {
	gemm32 gemmKernels[float32]
	gemm64 gemmKernels[float64]
}

// gemmKernels are the kernels of one element type. Its methods compute products
// whose shapes are checked and none of whose dimensions is 0.
type gemmKernels[T float32 | float64] struct {
	scratch *scratch[T]
	jobs    *gemmJobs[T]
	l2      int             // second-level cache in bytes; 0 stands for [L2Bytes]
	lanes   int             // elements of a register; 0 if there are no kernels
	tiles   []tilePanel[T]  // by falling width
	dots    [][2]dotFunc[T] // for 1, 2, ... columns: 4 rows and 1 row
	squares func(dst *T, ldd int, src *T, lds, count int)
	square  func(dst *T, ldd int, src *T, lds, rows, cols int)
}

func (t *table) gemmPortable() {
	t.gemm32 = gemmKernels[float32]{scratch: &scratch32, jobs: &gemmJobs32}
	t.gemm64 = gemmKernels[float64]{scratch: &scratch64, jobs: &gemmJobs64}
}

// Gemm32 computes c = a·b, or c += a·b with add. c is m×n with leading dimension
// ldc, b is k×n with leading dimension ldb, and element (i, p) of the m×k matrix a
// is a[i*rs+p*ks]: rs = lda and ks = 1 for a matrix as it is stored, rs = 1 and
// ks = lda for the transpose of a stored one. c must not overlap a or b.
//
// Each element is a sum of k rounded products in float32; its error is at most
// about k·2⁻²⁴·Σ|a||b|, and the order of the sum depends on level and shape.
func Gemm32(c []float32, ldc int, a []float32, rs, ks int, b []float32, ldb, m, n, k int, add bool) {
	gemm(&kernels.gemm32, c, ldc, a, rs, ks, b, ldb, m, n, k, add)
}

// Gemm64 is [Gemm32] in float64; the error is at most about k·2⁻⁵³·Σ|a||b|.
func Gemm64(c []float64, ldc int, a []float64, rs, ks int, b []float64, ldb, m, n, k int, add bool) {
	gemm(&kernels.gemm64, c, ldc, a, rs, ks, b, ldb, m, n, k, add)
}

// GemmNT32 computes c = a·bᵀ, or c += a·bᵀ with add: a is m×k, b is stored n×k,
// both row-major with leading dimensions lda and ldb. work is scratch of at least
// n·k elements; few rows or columns need none of it. c must not overlap the others.
func GemmNT32(c []float32, ldc int, a []float32, lda int, b []float32, ldb, m, n, k int, add bool, work []float32) {
	gemmNT(&kernels.gemm32, c, ldc, a, lda, b, ldb, m, n, k, add, work)
}

// GemmNT64 is [GemmNT32] in float64.
func GemmNT64(c []float64, ldc int, a []float64, lda int, b []float64, ldb, m, n, k int, add bool, work []float64) {
	gemmNT(&kernels.gemm64, c, ldc, a, lda, b, ldb, m, n, k, add, work)
}

func gemm[T float32 | float64](g *gemmKernels[T], c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool) {
	checkGemm(c, ldc, a, rs, ks, b, ldb, m, n, k)
	if gemmEmpty(c, ldc, m, n, k, add) {
		return
	}
	g.product(c, ldc, a, rs, ks, b, ldb, m, n, k, add)
}

func gemmNT[T float32 | float64](g *gemmKernels[T], c []T, ldc int, a []T, lda int, b []T, ldb, m, n, k int, add bool, work []T) {
	checkMatrix("the result of a product", len(c), ldc, m, n)
	checkMatrix("the left factor of a product", len(a), lda, m, k)
	checkMatrix("the right factor of a product", len(b), ldb, n, k)
	if gemmEmpty(c, ldc, m, n, k, add) {
		return
	}
	switch {
	case n <= narrow:
		g.narrow(c, ldc, 1, a, lda, b, ldb, m, n, k, add)
	case m <= narrow:
		g.narrow(c, 1, ldc, b, ldb, a, lda, n, m, k, add)
	default:
		checkMatrix("the scratch of a product", len(work), n, k, n)
		g.transpose(work, n, b, ldb, n, k)
		g.product(c, ldc, a, lda, 1, work, n, m, n, k, add)
	}
}

// narrow is the number of rows or columns up to which sums along k are faster
// than tiles of the output.
const narrow = 4

// gemmEmpty does what a product without elements or without terms asks for and
// reports whether it was one.
func gemmEmpty[T float32 | float64](c []T, ldc, m, n, k int, add bool) bool {
	if m == 0 || n == 0 {
		return true
	}
	if k == 0 && !add {
		for i := range m {
			clear(c[i*ldc : i*ldc+n])
		}
	}
	return k == 0
}

func checkGemm[T float32 | float64](c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int) {
	checkMatrix("the result of a product", len(c), ldc, m, n)
	checkStrides("the left factor of a product", len(a), rs, ks, m, k)
	checkMatrix("the right factor of a product", len(b), ldb, k, n)
}

// checkMatrix panics unless a slice of length n holds a row-major matrix with
// leading dimension ld.
func checkMatrix(name string, n, ld, rows, cols int) {
	if rows > 1 && ld < cols {
		panic(fmt.Sprintf("kern: %s is %d×%d, its leading dimension %d", name, rows, cols, ld))
	}
	checkStrides(name, n, ld, 1, rows, cols)
}

// checkStrides panics unless a slice of length n holds a matrix whose elements are
// rs apart along a column and cs along a row.
func checkStrides(name string, n, rs, cs, rows, cols int) {
	if rows < 0 || cols < 0 || rs < 0 || cs < 0 {
		panic(fmt.Sprintf("kern: %s is %d×%d, its strides %d and %d", name, rows, cols, rs, cs))
	}
	if rows == 0 || cols == 0 {
		return
	}
	if need := (rows-1)*rs + (cols-1)*cs + 1; n < need {
		panic(fmt.Sprintf("kern: %s has %d elements, %d×%d needs %d", name, n, rows, cols, need))
	}
}
