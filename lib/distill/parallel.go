package distill

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

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
// total. The caller's goroutine reports and is the one that a cancellation
// unwinds; the others stop with it. A panic of f continues on the caller. With
// serial everything is on the caller's goroutine: f calls code of the user.
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
	var next, done atomic.Int64
	var failure atomic.Pointer[any]
	inner := job.New(nil)
	finished := make(chan struct{})
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					if err, ok := r.(error); !ok || !errors.Is(err, job.ErrCancelled) {
						failure.CompareAndSwap(nil, &r)
					}
					inner.Cancel()
				}
			}()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i, inner, func() { done.Add(1) })
			}
		})
	}
	go func() { wg.Wait(); close(finished) }()
	defer func() {
		inner.Cancel()
		<-finished
	}()
	for {
		select {
		case <-finished:
			if r := failure.Load(); r != nil {
				panic(*r)
			}
			monitor.Step(total, total)
			return
		case <-time.After(20 * time.Millisecond):
			monitor.Step(min(int(done.Load()), total-1), total)
		}
	}
}
