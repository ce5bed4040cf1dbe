//go:build amd64 && !purego

package kern

// The functions below compute columns of tiles; see tileFunc. Their names give the
// registers, the element's bits, the rows, and the registers per row; m stands for
// masked.

//go:noescape
func gemmZMM32_6x4(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM32_4x4(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM32_2x4(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM32_1x4(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM32_12x2(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM32_8x2(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM32_4x2(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM32_2x2(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM32_1x2(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM32_8x1(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM32_4x1(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM32_2x1(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM32_1x1(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_6x2m(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_6x2(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_4x2m(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_4x2(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_2x2m(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_2x2(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_1x2m(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_1x2(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_8x1m(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_8x1(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_4x1m(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_4x1(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_2x1m(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_2x1(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_1x1m(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM32_1x1(c *float32, ldc int, a *float32, rs, ks, step int, b *float32, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM64_6x4(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM64_4x4(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM64_2x4(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM64_1x4(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM64_12x2(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM64_8x2(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM64_4x2(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM64_2x2(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM64_1x2(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM64_8x1(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM64_4x1(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM64_2x1(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmZMM64_1x1(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_6x2m(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_6x2(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_4x2m(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_4x2(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_2x2m(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_2x2(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_1x2m(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_1x2(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_8x1m(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_8x1(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_4x1m(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_4x1(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_2x1m(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_2x1(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_1x1m(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)

//go:noescape
func gemmYMM64_1x1(c *float64, ldc int, a *float64, rs, ks, step int, b *float64, ldb, k, tiles, last int, add bool)
