package kern

import "fmt"

// gemmTable holds what products are made of.
type gemmTable struct {
	gemm32 gemmKernels[float32]
	gemm64 gemmKernels[float64]
}

// gemmKernels are the kernels of one element type. Shapes are checked already and
// no dimension of product and dots is 0.
type gemmKernels[T float32 | float64] struct {
	// product is c = a·b, or c += a·b, with a and b as in [Gemm32].
	product func(c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool)
	// dots is the same for b given by its n columns, each contiguous, and for an
	// output with strides: c[i*rc+j*cc] = Σ_p a[i*lda+p]·b[j*ldb+p].
	dots func(c []T, rc, cc int, a []T, lda int, b []T, ldb, m, n, k int, add bool)
	// transpose is dst[j*ldd+i] = src[i*lds+j].
	transpose func(dst []T, ldd int, src []T, lds, rows, cols int)

	tiles []tilePanel[T] // by falling width; none if portable
	lanes int            // elements of a register
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

func gemm[T float32 | float64](kernels *gemmKernels[T], c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool) {
	checkMatrix("the result of a product", len(c), ldc, m, n)
	checkStrides("the left factor of a product", len(a), rs, ks, m, k)
	checkMatrix("the right factor of a product", len(b), ldb, k, n)
	if gemmEmpty(c, ldc, m, n, k, add) {
		return
	}
	kernels.product(c, ldc, a, rs, ks, b, ldb, m, n, k, add)
}

func gemmNT[T float32 | float64](kernels *gemmKernels[T], c []T, ldc int, a []T, lda int, b []T, ldb, m, n, k int, add bool, work []T) {
	checkMatrix("the result of a product", len(c), ldc, m, n)
	checkMatrix("the left factor of a product", len(a), lda, m, k)
	checkMatrix("the right factor of a product", len(b), ldb, n, k)
	if gemmEmpty(c, ldc, m, n, k, add) {
		return
	}
	switch {
	case n <= narrow:
		kernels.dots(c, ldc, 1, a, lda, b, ldb, m, n, k, add)
	case m <= narrow:
		kernels.dots(c, 1, ldc, b, ldb, a, lda, n, m, k, add)
	default:
		checkMatrix("the scratch of a product", len(work), n, k, n)
		kernels.transpose(work, n, b, ldb, n, k)
		kernels.product(c, ldc, a, lda, 1, work, n, m, n, k, add)
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

func (t *table) gemmPortable() {
	t.gemm32 = gemmKernels[float32]{product: productPortable[float32], dots: dotsPortable[float32], transpose: transposePortable[float32]}
	t.gemm64 = gemmKernels[float64]{product: productPortable[float64], dots: dotsPortable[float64], transpose: transposePortable[float64]}
}

// productPortable computes tiles of 2×4, as many as the registers hold.
func productPortable[T float32 | float64](c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool) {
	if !add {
		for i := range m {
			clear(c[i*ldc : i*ldc+n])
		}
	}
	for j := 0; j < n; j += 4 {
		cols := min(4, n-j)
		for i := 0; i < m; i += 2 {
			rows := min(2, m-i)
			if rows == 2 && cols == 4 {
				tilePortable(c[i*ldc+j:], ldc, a[i*rs:], rs, ks, b[j:], ldb, k)
				continue
			}
			for r := i; r < i+rows; r++ {
				for s := j; s < j+cols; s++ {
					var sum T
					for p := range k {
						sum += a[r*rs+p*ks] * b[p*ldb+s]
					}
					c[r*ldc+s] += sum
				}
			}
		}
	}
}

func tilePortable[T float32 | float64](c []T, ldc int, a []T, rs, ks int, b []T, ldb, k int) {
	var c00, c01, c02, c03, c10, c11, c12, c13 T
	for p := range k {
		row := b[p*ldb : p*ldb+4 : p*ldb+4]
		x, y := a[p*ks], a[rs+p*ks]
		c00 += x * row[0]
		c01 += x * row[1]
		c02 += x * row[2]
		c03 += x * row[3]
		c10 += y * row[0]
		c11 += y * row[1]
		c12 += y * row[2]
		c13 += y * row[3]
	}
	top, bottom := c[0:4:4], c[ldc:ldc+4:ldc+4]
	top[0] += c00
	top[1] += c01
	top[2] += c02
	top[3] += c03
	bottom[0] += c10
	bottom[1] += c11
	bottom[2] += c12
	bottom[3] += c13
}

func dotsPortable[T float32 | float64](c []T, rc, cc int, a []T, lda int, b []T, ldb, m, n, k int, add bool) {
	for i := range m {
		x := a[i*lda : i*lda+k]
		for j := range n {
			y := b[j*ldb : j*ldb+k]
			var even, odd T
			p := 0
			for ; p+1 < len(x); p += 2 {
				even += x[p] * y[p]
				odd += x[p+1] * y[p+1]
			}
			if p < len(x) {
				even += x[p] * y[p]
			}
			if add {
				c[i*rc+j*cc] += even + odd
			} else {
				c[i*rc+j*cc] = even + odd
			}
		}
	}
}
