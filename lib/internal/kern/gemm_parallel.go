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
	blockRows, blockCols := gemmBlocks(m, n, k)
	if blockRows == m && blockCols == n {
		gemm(g, c, ldc, a, rs, ks, b, ldb, m, n, k, add)
		return
	}
	checkGemm(c, ldc, a, rs, ks, b, ldb, m, n, k)
	j := g.jobs.take()
	j.kernels = g
	j.c, j.ldc, j.a, j.rs, j.ks, j.b, j.ldb = c, ldc, a, rs, ks, b, ldb
	j.m, j.n, j.k, j.add = m, n, k, add
	j.blockRows, j.blockCols = blockRows, blockCols
	j.across = (n + blockCols - 1) / blockCols
	Run(0, j.across*((m+blockRows-1)/blockRows), j.run)
	j.c, j.a, j.b = nil, nil, nil
	g.jobs.give(j)
}

// gemmBlocks cuts c into some 16 blocks of at least blockWork multiply-adds each,
// by rows first: a panel of b serves all rows of a block.
func gemmBlocks(m, n, k int) (rows, cols int) {
	const (
		blockWork  = 1 << 18 // 2 µs
		mostBlocks = 16
		rowStep    = 16
		colStep    = 64
	)
	blocks := min(mostBlocks, m*n/blockWork*k+m*n%blockWork*k/blockWork)
	if blocks < 2 {
		return m, n
	}
	down := max(1, min(blocks, m/(2*rowStep)))
	across := max(1, min(blocks/down, n/colStep))
	return roundUp((m+down-1)/down, rowStep), roundUp((n+across-1)/across, colStep)
}

func roundUp(n, step int) int { return (n + step - 1) / step * step }

// gemmJob is a product under way in blocks.
type gemmJob[T float32 | float64] struct {
	kernels                      *gemmKernels[T]
	c, a, b                      []T
	ldc, rs, ks, ldb, m, n, k    int
	add                          bool
	blockRows, blockCols, across int
	run                          func(worker, i int) // block
}

// block computes one block as a product of its own.
func (j *gemmJob[T]) block(_, i int) {
	row, col := i/j.across*j.blockRows, i%j.across*j.blockCols
	rows, cols := min(j.blockRows, j.m-row), min(j.blockCols, j.n-col)
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

func (s *gemmJobs[T]) take() *gemmJob[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.free) - 1; last >= 0 {
		j := s.free[last]
		s.free = s.free[:last]
		return j
	}
	j := new(gemmJob[T])
	j.run = j.block
	return j
}

func (s *gemmJobs[T]) give(j *gemmJob[T]) {
	s.mu.Lock()
	s.free = append(s.free, j)
	s.mu.Unlock()
}
