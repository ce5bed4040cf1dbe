package kern

import "unsafe"

// tileFunc computes c = a·b, or c += a·b with add, for a column of tiles below each
// other in c. ldc, rs, ks, ldb are as in [Gemm32] and step is the distance of two
// tiles in a, all in bytes; last is the number of columns in the last register.
type tileFunc[T float32 | float64] func(c *T, ldc int, a *T, rs, ks, step int, b *T, ldb, k, tiles, last int, add bool)

// tileRows are kernels of a number of rows: one for full registers, one with a mask.
type tileRows[T float32 | float64] struct {
	rows         int
	full, masked tileFunc[T]
}

// tilePanel has the kernels for panels of up to width columns, most rows first.
type tilePanel[T float32 | float64] struct {
	width int
	rows  []tileRows[T]
}

// product computes c = a·b, or c += a·b with add, for operands as in [Gemm32].
func (g *gemmKernels[T]) product(c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool) {
	switch {
	case g.lanes == 0:
		productPortable(c, ldc, a, rs, ks, b, ldb, m, n, k, add)
	case n <= fewColumns && ks == 1 && k >= g.lanes:
		// Sums along k need the columns of b contiguous.
		columns := g.scratch.take(n * k)
		g.transpose(columns, k, b, ldb, k, n)
		g.narrow(c, ldc, 1, a, rs, columns, k, m, n, k, add)
		g.scratch.give(columns)
	case n <= fewColumns && rs == 1 && m > n:
		// cᵀ = bᵀ·aᵀ has the rows of a for columns.
		t := g.scratch.take(n * m)
		if add {
			g.transpose(t, m, c, ldc, m, n)
		}
		g.panels(t, m, b, 1, ldb, a, ks, n, m, k, add)
		g.transpose(c, ldc, t, m, n, m)
		g.scratch.give(t)
	case g.large(n, k):
		j := g.job(c, ldc, a, rs, ks, b, ldb, m, n, k, add)
		j.blocked(1)
		g.end(j)
	default:
		g.panels(c, ldc, a, rs, ks, b, ldb, m, n, k, add)
	}
}

// fewColumns is the number of columns up to which a product turned around is
// faster than tiles most of whose lanes are masked.
const fewColumns = 4

// panels computes panel by panel.
func (g *gemmKernels[T]) panels(c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool) {
	for j := 0; j < n; {
		panel, width := g.panel(n - j)
		panel.column(c[j:], ldc, a, rs, ks, b[j:], ldb, m, width, k, g.lanes, add)
		j += width
	}
}

// panel chooses the kernels for the next of n columns, and how many they take: the
// widest panel whose last register is in use.
func (g *gemmKernels[T]) panel(n int) (p *tilePanel[T], width int) {
	i := 0
	for i < len(g.tiles)-1 && n <= g.tiles[i].width-g.lanes {
		i++
	}
	return &g.tiles[i], min(n, g.tiles[i].width)
}

// column computes width columns of c, from tiles of many rows to those of few.
func (p *tilePanel[T]) column(c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, width, k, lanes int, add bool) {
	size := int(unsafe.Sizeof(c[0]))
	last := (width-1)%lanes + 1
	whole := width == p.width
	i := 0
	for r := range p.rows {
		t := &p.rows[r]
		count := (m - i) / t.rows
		if count == 0 {
			continue
		}
		f := t.masked
		if whole {
			f = t.full
		}
		f(&c[i*ldc], ldc*size, &a[i*rs], rs*size, ks*size, t.rows*rs*size, &b[0], ldb*size, k, count, last, add)
		i += count * t.rows
	}
}
