//go:build amd64 && !purego

package kern

func (t *table) rescaleAVX2() {
	t.rescale32, t.rescale64 = rescaleYMM32, rescaleYMM64
	t.halfway32, t.halfway64 = halfwayYMM32, halfwayYMM64
	t.quotient32, t.quotient64 = quotientYMM32, quotientYMM64
	t.range32, t.range64 = rangeYMM32, rangeYMM64
}

func (t *table) rescaleAVX512() {
	t.rescale32, t.rescale64 = rescaleZMM32, rescaleZMM64
	t.halfway32, t.halfway64 = halfwayZMM32, halfwayZMM64
	t.quotient32, t.quotient64 = quotientZMM32, quotientZMM64
	t.range32, t.range64 = rangeZMM32, rangeZMM64
}

//go:noescape
func rescaleYMM32(next, u, sums *float32, n int, weight float32) (err float32)

//go:noescape
func rescaleYMM64(next, u, sums *float64, n int, weight float64) (err float64)

//go:noescape
func rescaleZMM32(next, u, sums *float32, n int, weight float32) (err float32)

//go:noescape
func rescaleZMM64(next, u, sums *float64, n int, weight float64) (err float64)

//go:noescape
func rangeYMM32(x *float32, n int) (lo, hi float32)

//go:noescape
func rangeYMM64(x *float64, n int) (lo, hi float64)

//go:noescape
func rangeZMM32(x *float32, n int) (lo, hi float32)

//go:noescape
func rangeZMM64(x *float64, n int) (lo, hi float64)

//go:noescape
func halfwayYMM32(next, u, sums *float32, n int, weight float32) (err float32)

//go:noescape
func quotientYMM32(k, c *float32, n int)

//go:noescape
func halfwayYMM64(next, u, sums *float64, n int, weight float64) (err float64)

//go:noescape
func quotientYMM64(k, c *float64, n int)

//go:noescape
func halfwayZMM32(next, u, sums *float32, n int, weight float32) (err float32)

//go:noescape
func quotientZMM32(k, c *float32, n int)

//go:noescape
func halfwayZMM64(next, u, sums *float64, n int, weight float64) (err float64)

//go:noescape
func quotientZMM64(k, c *float64, n int)
