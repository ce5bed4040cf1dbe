package distill

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/fdiv"
	"gaspard/lib/internal/dense"
	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// parallel splits n rows over the cores. Each row is worked out by itself, so the
// split does not show in the numbers.
func parallel(n, costPerRow int, f func(lo, hi int)) {
	parts := min(n, 16, 1+n*costPerRow/20000)
	kern.Run(0, parts, func(_, part int) { f(n*part/parts, n*(part+1)/parts) })
}

// eachDistances calls use with the distances, or their squares, of each row of x to
// all rows of y; use may change them. Calls are made on all cores, in any order.
func eachDistances(x, y *mat.Dense, root bool, use func(i int, c []float64)) {
	n, d := x.Dims()
	m, _ := y.Dims()
	points, yt := dense.Rows(x), dense.Columns(y)
	parallel(n, m*d, func(lo, hi int) {
		const rows = 8
		c := make([]float64, rows*m)
		for i := lo; i < hi; i += rows {
			end := min(i+rows, hi)
			kern.Distances64(c, m, points[i*d:end*d], d, yt, root)
			for r := i; r < end; r++ {
				use(r, c[(r-i)*m:(r-i+1)*m])
			}
		}
	})
}

// anyCustom reports whether one of the divergences is a user's.
func anyCustom(divergences []*fdiv.Divergence) bool {
	return slices.ContainsFunc(divergences, (*fdiv.Divergence).IsCustom)
}

// runs calls f for 0 to n-1, on as many goroutines as there are cores, each with
// a monitor for its inner loops and a function that counts a finished step towards
// total: see [job.Parallel]. With serial everything is on the caller's goroutine: f
// calls code of the user.
func runs(monitor *job.Monitor, serial bool, n, total int, f func(i int, inner *job.Monitor, step func())) {
	if serial {
		steps := 0
		for i := range n {
			f(i, monitor.Inner(), func() {
				steps++
				monitor.Step(steps, total)
			})
		}
		return
	}
	job.Parallel(monitor, n, total, func(inner *job.Monitor, step func()) func(int) {
		return func(i int) { f(i, inner, step) }
	})
}
