package kern

import "unsafe"

// dotFunc computes c[i*rc+j*cc] = Σ_p a[i*lda+p]·b[j*ldb+p], or adds it, for groups
// of 4 rows or of 1 and a fixed number of columns. Distances are in bytes.
type dotFunc[T float32 | float64] func(c *T, rc, cc int, a *T, lda int, b *T, ldb, k, groups int, add bool)

// narrow computes a product of few columns n, which are rows of b, by sums along k:
// c[i*rc+j*cc] = Σ_p a[i*lda+p]·b[j*ldb+p], or += with add.
func (g *gemmKernels[T]) narrow(c []T, rc, cc int, a []T, lda int, b []T, ldb, m, n, k int, add bool) {
	if g.lanes == 0 {
		dotsPortable(c, rc, cc, a, lda, b, ldb, m, n, k, add)
		return
	}
	size := int(unsafe.Sizeof(c[0]))
	for j := 0; j < n; {
		cols := min(n-j, len(g.dots))
		f := &g.dots[cols-1]
		i := m &^ 3
		if i > 0 {
			f[0](&c[j*cc], rc*size, cc*size, &a[0], lda*size, &b[j*ldb], ldb*size, k, i/4, add)
		}
		if i < m {
			f[1](&c[i*rc+j*cc], rc*size, cc*size, &a[i*lda], lda*size, &b[j*ldb], ldb*size, k, m-i, add)
		}
		j += cols
	}
}
