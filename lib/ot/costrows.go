package ot

import (
	"math"
	"runtime"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/internal/dense"
	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// costRows gives the rows of C to passes over all of them: those of a given matrix, or
// computed between points as a pass comes to them, so that no matrix is kept.
type costRows struct {
	p     *Problem
	n, m  int
	c     *mat.Dense // nil for points
	fill  func(worker int, c []float64, from, to int)
	block int // rows at a time
	rows  [][]float64
	job   *job.Monitor
}

// rowBlock is about how many costs a worker computes at a time: they are in the cache
// when they are used.
const rowBlock = 1 << 15

func newCostRows(p *Problem, monitor *job.Monitor) *costRows {
	n, m := p.Dims()
	r := &costRows{p: p, n: n, m: m, c: p.c, job: monitor, block: max(1, rowBlock/m)}
	if r.c == nil {
		r.block = max(4, r.block&^3) // the kernel takes four rows at a time
		r.fill = p.costRows()
		r.rows = make([][]float64, runtime.GOMAXPROCS(0))
	}
	return r
}

// at is one cost.
func (r *costRows) at(i, j int) float64 {
	if r.c != nil {
		return r.c.At(i, j)
	}
	return r.p.Cost.At(r.p.x.RawRowView(i), r.p.y.RawRowView(j))
}

// workers is how many workers a pass may have.
func (r *costRows) workers() int {
	if r.c == nil {
		return len(r.rows)
	}
	return runtime.GOMAXPROCS(0)
}

// each hands every row to f, on up to limit workers.
func (r *costRows) each(limit int, f func(worker, i int, costs []float64)) {
	kern.Run(limit, (r.n+r.block-1)/r.block, func(worker, k int) {
		if worker == 0 { // the caller, which may unwind
			r.job.Check()
		}
		from, to := k*r.block, min(r.n, (k+1)*r.block)
		if r.c != nil {
			for i := from; i < to; i++ {
				f(worker, i, r.c.RawRowView(i))
			}
			return
		}
		if r.rows[worker] == nil {
			r.rows[worker] = make([]float64, r.block*r.m)
		}
		rows := r.rows[worker][:(to-from)*r.m]
		r.fill(worker, rows, from, to)
		for i := from; i < to; i++ {
			f(worker, i, rows[(i-from)*r.m:][:r.m])
		}
	})
}

// rowMins returns min_j (c_ij - g_j).
func (r *costRows) rowMins(g []float64) []float64 {
	out := make([]float64, r.n)
	r.each(r.workers(), func(_, i int, costs []float64) { kern.RowMins64(out[i:i+1], costs, r.m, g) })
	return out
}

// columnMins returns min_i (c_ij - f_i). Rows with f = -Inf do not count.
func (r *costRows) columnMins(f []float64) []float64 {
	limit := r.workers()
	partial := make([][]float64, limit) // a minimum is one in any order
	r.each(limit, func(worker, i int, costs []float64) {
		if partial[worker] == nil {
			partial[worker] = infinite(r.m)
		}
		for j, c := range costs {
			partial[worker][j] = min(partial[worker][j], c-f[i])
		}
	})
	out := infinite(r.m)
	for _, mins := range partial {
		for j, v := range mins {
			out[j] = min(out[j], v)
		}
	}
	return out
}

func infinite(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.Inf(1)
	}
	return out
}

// scale is about the size of the differences of costs that are not outliers.
func (r *costRows) scale() float64 {
	if r.c != nil {
		low, high := kern.Range64(dense.Rows(withoutOutliers(r.c)))
		return high - low
	}
	if x, y, ok := r.p.distances(); ok {
		return spreadOfPoints(x, y, r.p.Cost == cost.Euclidean())
	}
	c := r.statistics()
	return c.high - c.low
}
