package kern

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Run calls f(worker, i) for i from 0 to n-1 and returns when all calls have. The
// caller works too, as worker 0; others, fewer than limit and than the processors
// that Go may use, are numbered from 1, so that each can own scratch memory. A limit
// of 0 is none. Which worker takes which i differs from run to run: what f computes
// must depend on i alone, and sums over i be made in order of i afterwards.
//
// Handing out costs some 0.3 µs while the workers spin, as they do for [spinFor]
// after work. Run never waits for a call that nobody has begun; where it has to wait
// for one whose worker has lost its processor to another program, it does without
// workers for a while, so that a loaded machine does not make it slower than a loop.
// Within f, and while another goroutine is in Run, it is a loop. It does not allocate
// if f does not escape anew each time.
//
// A panic of f continues on the caller once no other call is under way; later calls
// may have been left out.
func Run(limit, n int, f func(worker, i int)) {
	workers := runtime.GOMAXPROCS(0)
	if limit > 0 {
		workers = min(workers, limit)
	}
	if n > 1 && workers > 1 && n <= maxCalls && shared.busy.TryLock() {
		if start := now(); start >= shared.aloneUntil {
			shared.run(start, min(workers, n), n, f)
			return
		}
		shared.busy.Unlock()
	}
	for i := range n {
		f(0, i)
	}
}

// shared is the pool of the process: two would spin against each other.
var shared = pool{wake: make(chan struct{}, maxWorkers)}

const (
	maxWorkers = 256
	// spinFor is how long a worker without work looks for it before it sleeps. A
	// sleeper wakes on the caller's processor and may stay there for
	// milliseconds, which is worse than the heat of spinning.
	spinFor = 20 * time.Millisecond
	// The claim word holds a generation, the number of calls and the next one.
	indexBits = 20
	maxCalls  = 1<<indexBits - 1
)

// pool hands out the calls of one job at a time.
type pool struct {
	busy    sync.Mutex
	started int // workers besides the caller
	wake    chan struct{}
	asleep  atomic.Int32
	// aloneUntil is the time until which jobs are done without workers.
	aloneUntil time.Duration

	// What follows is set by run before it opens a generation in word. A worker
	// reads it only after it claimed a call of that generation, which run waits for.
	f       func(worker, i int)
	failure any
	failed  atomic.Bool

	_     [64]byte
	word  atomic.Uint64
	limit atomic.Int32
	_     [64]byte
	done  atomic.Int64
	_     [64]byte
}

// run opens a generation, works, and closes. The caller holds busy.
func (p *pool) run(start time.Duration, workers, n int, f func(worker, i int)) {
	for p.started < min(workers, maxWorkers)-1 {
		p.started++
		go p.worker(p.started)
	}
	p.f = f
	p.failed.Store(false)
	p.done.Store(0)
	p.limit.Store(int32(workers))
	generation := p.word.Load() >> (2 * indexBits)
	p.word.Store((generation+1)<<(2*indexBits) | uint64(n)<<indexBits)
	for range min(int(p.asleep.Load()), workers-1) {
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
	calls := p.help(0)
	worked := now()
	for spins := 1; p.done.Load() < int64(n); spins++ {
		relax(spins)
	}
	p.judge(worked-start, now()-worked, calls)
	p.f = nil
	failure, failed := p.failure, p.failed.Load()
	p.failure = nil
	p.busy.Unlock()
	if failed {
		panic(failure)
	}
}

// judge decides whether the next jobs are done alone. A worker that has its processor
// ends about when the caller does, a call earlier or later; one that is much later
// has lost it, and will again.
func (p *pool) judge(worked, waited time.Duration, calls int) {
	const (
		slack = 100 * time.Microsecond
		alone = 8
		most  = 50 * time.Millisecond
	)
	if waited > slack+4*worked/time.Duration(max(1, calls)) {
		p.aloneUntil = now() + min(alone*waited, most)
	}
}

// now is the time since the program began, which takes less to ask than the date.
func now() time.Duration { return time.Since(began) }

var began = time.Now()

// help claims and makes calls until none is left, and returns how many it made.
// Generation, number and next call are in one word: a worker that comes late
// cannot take a call of another job than it saw.
func (p *pool) help(worker int) (calls int) {
	for {
		w := p.word.Load()
		next, n := w&maxCalls, w>>indexBits&maxCalls
		if next >= n || worker >= int(p.limit.Load()) {
			return calls
		}
		if p.word.CompareAndSwap(w, w+1) {
			p.call(worker, int(next))
			calls++
		}
	}
}

// call makes one call and counts it, even if it panics; the first panic is kept.
func (p *pool) call(worker, i int) {
	defer func() {
		if r := recover(); r != nil && p.failed.CompareAndSwap(false, true) {
			p.failure = r
		}
		p.done.Add(1)
	}()
	p.f(worker, i)
}

// worker is the life of worker id.
func (p *pool) worker(id int) {
	var idleSince time.Time
	for spins := 1; ; spins++ {
		if p.help(id) > 0 {
			spins = 0
			continue
		}
		relax(spins)
		if spins%yieldEvery != 0 {
			continue
		}
		switch now := time.Now(); {
		case spins == yieldEvery:
			idleSince = now
		case now.Sub(idleSince) > spinFor:
			p.asleep.Add(1)
			<-p.wake
			p.asleep.Add(-1)
			spins = 0
		}
	}
}

// yieldEvery is how many turns of spinning, of some 50 ns each, come between two
// offers of the processor to others.
const yieldEvery = 64

// relax is one turn of spinning.
func relax(spins int) {
	if spins%yieldEvery != 0 {
		pause()
		return
	}
	runtime.Gosched()
	yieldThread()
}
