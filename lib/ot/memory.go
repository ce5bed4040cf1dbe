package ot

import (
	"fmt"

	"gaspard/lib/cost"
	"gaspard/lib/job"
)

// defaultMemory is Settings.MemoryLimit where that is 0.
const defaultMemory = 4 << 30

func (s Settings) memoryLimit() int64 {
	if s.MemoryLimit > 0 {
		return s.MemoryLimit
	}
	return defaultMemory
}

// simplexMemory is about what a network simplex takes beside the problem.
func simplexMemory(p *Problem) int64 {
	const (
		perArc  = 64 // with its place in the first sort, and room to grow
		perNode = 256
	)
	n, m := p.Dims()
	pairs := int64(n) * int64(m)
	need := perNode*int64(n+m) + perArc*int64(min(4*firstArcs, m))*int64(n)
	switch {
	case p.c != nil:
		need += 4 * pairs // float32 for the guess
	case p.Cost == cost.Euclidean() || p.Cost == cost.SqEuclidean() && dimension(p) < formDimension:
	default:
		need += min(4*pairs, formBytes)
	}
	return need
}

func dimension(p *Problem) int {
	_, d := p.x.Dims()
	return d
}

// assignmentMemory is that of an assignment: the matrix, unless it is given.
func assignmentMemory(p *Problem) int64 {
	n, m := p.Dims()
	const perNode = 128
	need := perNode * int64(n+m)
	if p.c == nil {
		need += 8 * int64(n) * int64(m)
	}
	return need
}

// mustFit panics if a solve needs more memory than allowed.
func mustFit(p *Problem, need, limit int64) {
	if need <= limit {
		return
	}
	n, m := p.Dims()
	advice := "raise MemoryLimit, solve between subsamples, or use Sinkhorn"
	if p.c != nil {
		advice = "raise MemoryLimit, or give Points instead of a matrix, for which far less is kept"
	}
	panic(job.BadData("ot: Exact for %d×%d needs about %s, and MemoryLimit is %s; %s", n, m, byteCount(need), byteCount(limit), advice))
}

// byteCount is a number of bytes for people.
func byteCount(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	x, k := float64(n), 0
	for x >= 1024 && k < len(units)-1 {
		x, k = x/1024, k+1
	}
	return fmt.Sprintf("%.3g %s", x, units[k])
}
