//go:build amd64 && !purego

package kern

func (t *table) rowminAVX2() {
	t.minDiff32, t.minDiff64 = minDiffYMM32, minDiffYMM64
	t.findDiff32, t.findDiff64 = findDiffYMM32, findDiffYMM64
	t.minRows32, t.minRows64 = minRowsYMM32, minRowsYMM64
	t.shorten64 = shortenYMM64
	t.find64 = findYMM64
}

func (t *table) rowminAVX512() {
	t.minDiff32, t.minDiff64 = minDiffZMM32, minDiffZMM64
	t.findDiff32, t.findDiff64 = findDiffZMM32, findDiffZMM64
	t.minRows32, t.minRows64 = minRowsZMM32, minRowsZMM64
	t.shorten64 = shortenZMM64
	t.find64 = findZMM64
}

//go:noescape
func minDiffYMM32(c, p *float32, n int) (value float32, nan int)

//go:noescape
func minDiffYMM64(c, p *float64, n int) (value float64, nan int)

//go:noescape
func minDiffZMM32(c, p *float32, n int) (value float32, nan int)

//go:noescape
func minDiffZMM64(c, p *float64, n int) (value float64, nan int)

//go:noescape
func findDiffYMM32(c, p *float32, n int, value float32) (at int)

//go:noescape
func findDiffYMM64(c, p *float64, n int, value float64) (at int)

//go:noescape
func findDiffZMM32(c, p *float32, n int, value float32) (at int)

//go:noescape
func findDiffZMM64(c, p *float64, n int, value float64) (at int)

//go:noescape
func shortenYMM64(slack *float64, from *int, c, p *float64, n int, base float64, row int) (value float64)

//go:noescape
func shortenZMM64(slack *float64, from *int, c, p *float64, n int, base float64, row int) (value float64)

//go:noescape
func findYMM64(x *float64, n int, value float64) (at int)

//go:noescape
func findZMM64(x *float64, n int, value float64) (at int)

//go:noescape
func minRowsYMM32(dst, c *float32, ld, rows, m int)

//go:noescape
func minRowsYMM64(dst, c *float64, ld, rows, m int)

//go:noescape
func minRowsZMM32(dst, c *float32, ld, rows, m int)

//go:noescape
func minRowsZMM64(dst, c *float64, ld, rows, m int)
