package kern

import "sync"

// ParallelGemm32 is [Gemm32] with blocks of c shared out by [Run]. The blocks
// depend on the shape alone, so that the result is the same for any number of
// workers.
func ParallelGemm32(c []float32, ldc int, a []float32, rs, ks int, b []float32, ldb, m, n, k int, add bool) {
	gemmParallel(&kernels.gemm32, c, ldc, a, rs, ks, b, ldb, m, n, k, add)
}

// ParallelGemm64 is [ParallelGemm32] in float64.
func ParallelGemm64(c []float64, ldc int, a []float64, rs, ks int, b []float64, ldb, m, n, k int, add bool) {
	gemmParallel(&kernels.gemm64, c, ldc, a, rs, ks, b, ldb, m, n, k, add)
}

func gemmParallel[T float32 | float64](g *gemmKernels[T], c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool) {
	gridRows, gridCols := gemmGrid(m, n, k)
	if gridRows == m && gridCols == n {
		gemm(g, c, ldc, a, rs, ks, b, ldb, m, n, k, add)
		return
	}
	checkGemm(c, ldc, a, rs, ks, b, ldb, m, n, k)
	j := g.job(c, ldc, a, rs, ks, b, ldb, m, n, k, add)
	if g.large(n, k) && m >= unitRows {
		j.blocked(0)
	} else {
		j.gridRows, j.gridCols = gridRows, gridCols
		j.across = (n + gridCols - 1) / gridCols
		Run(0, j.across*((m+gridRows-1)/gridRows), j.cell)
	}
	g.end(j)
}

// gemmGrid cuts c into some 16 cells of at least cellWork multiply-adds each,
// by rows first: a panel of b serves all rows of a cell.
func gemmGrid(m, n, k int) (rows, cols int) {
	const (
		cellWork  = 1 << 18 // 2 µs
		mostCells = 16
		rowStep   = 16
		colStep   = 64
	)
	cells := min(mostCells, m*n/cellWork*k+m*n%cellWork*k/cellWork)
	if cells < 2 {
		return m, n
	}
	down := max(1, min(cells, m/(2*rowStep)))
	across := max(1, min(cells/down, n/colStep))
	return roundUp((m+down-1)/down, rowStep), roundUp((n+across-1)/across, colStep)
}

func roundUp(n, step int) int { return (n + step - 1) / step * step }

// gemmJob is a product under way.
type gemmJob[T float32 | float64] struct {
	kernels                   *gemmKernels[T]
	c, a, b                   []T
	ldc, rs, ks, ldb, m, n, k int
	add                       bool

	gridRows, gridCols int // of a cell
	across             int // cells or units side by side

	// The block of b of blocked: its copy, place and size, and the columns of a unit.
	packed                           []T
	term, terms, col, cols, unitCols int

	cell, pack, unit func(worker, i int) // cellProduct, packPanel, unitProduct
}

// cellProduct computes one cell as a product of its own.
func (j *gemmJob[T]) cellProduct(_, i int) {
	row, col := i/j.across*j.gridRows, i%j.across*j.gridCols
	rows, cols := min(j.gridRows, j.m-row), min(j.gridCols, j.n-col)
	j.kernels.product(j.c[row*j.ldc+col:], j.ldc, j.a[row*j.rs:], j.rs, j.ks, j.b[col:], j.ldb, rows, cols, j.k, j.add)
}

// gemmJobs keeps jobs for further products, so that these do not allocate.
type gemmJobs[T float32 | float64] struct {
	mu   sync.Mutex
	free []*gemmJob[T]
}

var (
	gemmJobs32 gemmJobs[float32]
	gemmJobs64 gemmJobs[float64]
)

// job returns a job for these operands; it must be ended.
func (g *gemmKernels[T]) job(c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool) *gemmJob[T] {
	var j *gemmJob[T]
	g.jobs.mu.Lock()
	if last := len(g.jobs.free) - 1; last >= 0 {
		j = g.jobs.free[last]
		g.jobs.free = g.jobs.free[:last]
	}
	g.jobs.mu.Unlock()
	if j == nil {
		j = new(gemmJob[T])
		j.cell, j.pack, j.unit = j.cellProduct, j.packPanel, j.unitProduct
	}
	j.kernels = g
	j.c, j.ldc, j.a, j.rs, j.ks, j.b, j.ldb = c, ldc, a, rs, ks, b, ldb
	j.m, j.n, j.k, j.add = m, n, k, add
	return j
}

func (g *gemmKernels[T]) end(j *gemmJob[T]) {
	j.c, j.a, j.b = nil, nil, nil
	g.jobs.mu.Lock()
	g.jobs.free = append(g.jobs.free, j)
	g.jobs.mu.Unlock()
}
