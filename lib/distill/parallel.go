package distill

import (
	"runtime"
	"slices"
	"sync"

	"gaspard/lib/fdiv"
	"gaspard/lib/job"
)

// parallel splits n rows over the cores. Each row is worked out by itself, so the
// split does not show in the numbers.
func parallel(n, costPerRow int, f func(lo, hi int)) {
	workers := min(runtime.GOMAXPROCS(0), 1+n*costPerRow/20000)
	if workers <= 1 {
		f(0, n)
		return
	}
	var wg sync.WaitGroup
	for w := 1; w < workers; w++ {
		wg.Go(func() { f(n*w/workers, n*(w+1)/workers) })
	}
	f(0, n/workers)
	wg.Wait()
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
