package kern

import "unsafe"

// Products with a large right factor go through it in blocks: blockTerms(k) rows
// by blockCols, copied panel by panel, so that a panel streams from the
// second-level cache without conflicts of addresses, and shared by all rows of a.
// Rows of a come in units of unitRows; a transposed a is copied, since its
// elements of a row would lie a row of memory apart.
const (
	blockCols = 512
	unitRows  = 128
	fewUnits  = 8  // units of a block are at least so many where columns allow it
	skew      = 16 // elements that keep rows of a copy from equal addresses modulo a power of 2
)

// large reports whether a product is worth blocks: b exceeds the second-level cache.
func (g *gemmKernels[T]) large(n, k int) bool {
	var x T
	return g.lanes > 0 && n > fewColumns && n*k > g.cache()/int(unsafe.Sizeof(x))
}

// cache is the size of the second-level cache in bytes.
func (g *gemmKernels[T]) cache() int {
	if g.l2 > 0 {
		return g.l2
	}
	return L2Bytes()
}

// blockTerms is the number of rows of b in a block: a panel fills an eighth of the
// second-level cache.
func (g *gemmKernels[T]) blockTerms() int {
	var x T
	return min(max(g.cache()/8/(g.tiles[0].width*int(unsafe.Sizeof(x))), 16), 512)
}

// blocked computes the job with up to limit workers. The order of sums does not
// depend on their number.
func (j *gemmJob[T]) blocked(limit int) {
	g := j.kernels
	terms := g.blockTerms()
	units := (j.m + unitRows - 1) / unitRows
	// A copy of b pays if many rows use it.
	if copied := j.m >= unitRows; copied {
		j.packed = g.scratch.take(min(terms, j.k) * min(blockCols, j.n))
	}
	for j.term = 0; j.term < j.k; j.term += terms {
		j.terms = min(terms, j.k-j.term)
		for j.col = 0; j.col < j.n; j.col += blockCols {
			j.cols = min(blockCols, j.n-j.col)
			panels := (j.cols + g.tiles[0].width - 1) / g.tiles[0].width
			j.across = min((fewUnits+units-1)/units, panels)
			j.unitCols = (panels + j.across - 1) / j.across * g.tiles[0].width
			if j.packed != nil {
				Run(limit, panels, j.pack)
			}
			Run(limit, units*j.across, j.unit)
		}
	}
	if j.packed != nil {
		g.scratch.give(j.packed)
		j.packed = nil
	}
}

// packPanel copies columns of the widest panel; those of narrower panels that
// follow each other are within one.
func (j *gemmJob[T]) packPanel(_, i int) {
	g := j.kernels
	first := i * g.tiles[0].width
	for end := min(first+g.tiles[0].width, j.cols); first < end; {
		_, width := g.panel(j.cols - first)
		to := j.packed[first*j.terms : (first+width)*j.terms]
		from := j.b[j.term*j.ldb+j.col+first:]
		for p := range j.terms {
			copy(to[p*width:(p+1)*width], from[p*j.ldb:])
		}
		first += width
	}
}

// unitProduct adds the terms of the block to some rows and columns of c.
func (j *gemmJob[T]) unitProduct(_, i int) {
	g := j.kernels
	row, first := i/j.across*unitRows, i%j.across*j.unitCols
	rows, end := min(unitRows, j.m-row), min(first+j.unitCols, j.cols)
	a, rs, ks := j.a[row*j.rs+j.term*j.ks:], j.rs, j.ks
	var copied []T
	if rs == 1 && j.packed != nil {
		ks = rows + skew
		copied = g.scratch.take(j.terms * ks)
		for p := range j.terms {
			copy(copied[p*ks:p*ks+rows], a[p*j.ks:])
		}
		a = copied
	}
	for first < end {
		panel, width := g.panel(j.cols - first)
		b, ldb := j.b[j.term*j.ldb+j.col+first:], j.ldb
		if j.packed != nil {
			b, ldb = j.packed[first*j.terms:], width
		}
		panel.column(j.c[row*j.ldc+j.col+first:], j.ldc, a, rs, ks, b, ldb, rows, width, j.terms, g.lanes, j.add || j.term > 0)
		first += width
	}
	if copied != nil {
		g.scratch.give(copied)
	}
}
