//go:build amd64 && !purego

package kern

// The functions below compute rows of sums along k; see dotFunc. Their names give
// the registers, the element's bits, the rows, and the columns.

//go:noescape
func dotsZMM32_4x1(c *float32, rc, cc int, a *float32, lda int, b *float32, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM32_1x1(c *float32, rc, cc int, a *float32, lda int, b *float32, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM32_4x2(c *float32, rc, cc int, a *float32, lda int, b *float32, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM32_1x2(c *float32, rc, cc int, a *float32, lda int, b *float32, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM32_4x3(c *float32, rc, cc int, a *float32, lda int, b *float32, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM32_1x3(c *float32, rc, cc int, a *float32, lda int, b *float32, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM32_4x4(c *float32, rc, cc int, a *float32, lda int, b *float32, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM32_1x4(c *float32, rc, cc int, a *float32, lda int, b *float32, ldb, k, groups int, add bool)

//go:noescape
func dotsYMM32_4x1(c *float32, rc, cc int, a *float32, lda int, b *float32, ldb, k, groups int, add bool)

//go:noescape
func dotsYMM32_1x1(c *float32, rc, cc int, a *float32, lda int, b *float32, ldb, k, groups int, add bool)

//go:noescape
func dotsYMM32_4x2(c *float32, rc, cc int, a *float32, lda int, b *float32, ldb, k, groups int, add bool)

//go:noescape
func dotsYMM32_1x2(c *float32, rc, cc int, a *float32, lda int, b *float32, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM64_4x1(c *float64, rc, cc int, a *float64, lda int, b *float64, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM64_1x1(c *float64, rc, cc int, a *float64, lda int, b *float64, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM64_4x2(c *float64, rc, cc int, a *float64, lda int, b *float64, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM64_1x2(c *float64, rc, cc int, a *float64, lda int, b *float64, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM64_4x3(c *float64, rc, cc int, a *float64, lda int, b *float64, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM64_1x3(c *float64, rc, cc int, a *float64, lda int, b *float64, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM64_4x4(c *float64, rc, cc int, a *float64, lda int, b *float64, ldb, k, groups int, add bool)

//go:noescape
func dotsZMM64_1x4(c *float64, rc, cc int, a *float64, lda int, b *float64, ldb, k, groups int, add bool)

//go:noescape
func dotsYMM64_4x1(c *float64, rc, cc int, a *float64, lda int, b *float64, ldb, k, groups int, add bool)

//go:noescape
func dotsYMM64_1x1(c *float64, rc, cc int, a *float64, lda int, b *float64, ldb, k, groups int, add bool)

//go:noescape
func dotsYMM64_4x2(c *float64, rc, cc int, a *float64, lda int, b *float64, ldb, k, groups int, add bool)

//go:noescape
func dotsYMM64_1x2(c *float64, rc, cc int, a *float64, lda int, b *float64, ldb, k, groups int, add bool)
