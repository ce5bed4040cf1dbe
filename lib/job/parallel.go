package job

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Parallel calls work(0) to work(n-1) on all cores, each worker with the function
// that newWorker made for it, so that workers can own scratch memory. Progress goes
// to m from the caller's goroutine, which is the one that a cancellation unwinds:
// the workers' inner monitor is cancelled with it, and all have returned before.
// A panic of a worker stops the others and continues on the caller.
//
// Progress counts total steps, and workers call step after each of theirs; with a
// total of 0 it counts the n calls, and step need not be called.
//
// Work that calls back into a notebook's cells belongs on the caller's goroutine
// and must not be run this way.
func Parallel(m *Monitor, n, total int, newWorker func(inner *Monitor, step func()) (work func(k int))) {
	p := &pool{n: n, inner: New(nil), finished: make(chan struct{})}
	calls := total == 0
	if calls {
		total = n
	}
	var all sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		all.Go(func() { p.work(newWorker, calls) })
	}
	go func() { all.Wait(); close(p.finished) }()
	defer func() {
		p.inner.Cancel()
		<-p.finished
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.finished:
			if r := p.failure.Load(); r != nil {
				panic(*r)
			}
			m.Step(total, total)
			return
		case <-tick.C:
			m.Step(min(int(p.done.Load()), total-1), total)
		}
	}
}

type pool struct {
	n          int
	next, done atomic.Int64
	inner      *Monitor
	failure    atomic.Pointer[any]
	finished   chan struct{}
}

func (p *pool) work(newWorker func(*Monitor, func()) func(int), calls bool) {
	defer func() {
		if r := recover(); r != nil {
			if r != ErrCancelled {
				p.failure.CompareAndSwap(nil, &r)
			}
			p.inner.Cancel()
		}
	}()
	work := newWorker(p.inner, func() { p.done.Add(1) })
	for k := int(p.next.Add(1)) - 1; k < p.n; k = int(p.next.Add(1)) - 1 {
		p.inner.Check()
		work(k)
		if calls {
			p.done.Add(1)
		}
	}
}
