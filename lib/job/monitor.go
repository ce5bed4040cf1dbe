// Package job is the one mechanism behind progress bars, live loss curves and
// Ctrl-C: every routine of the library that can last more than about 50 ms
// calls [Monitor.Step] as it goes.
package job

import (
	"errors"
	"sync/atomic"
	"time"
)

// Metric is a named figure reported beside the progress of a loop, such as the
// current loss or marginal error.
type Metric struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// Progress is what a loop reports: Done of Total steps after Elapsed, with the
// metrics of the moment. Total is 0 where it is not known.
type Progress struct {
	Task    string
	Done    int
	Total   int
	Elapsed time.Duration
	Metrics []Metric
}

// reportEvery bounds how often progress reaches the listener: often enough for
// a bar to move smoothly, seldom enough to cost nothing.
const reportEvery = 50 * time.Millisecond

// Monitor carries cancellation into a long computation and progress out of it.
// A nil *Monitor stands for [Default]. Its methods may be called from any
// goroutine.
type Monitor struct {
	stop   *atomic.Bool
	report func(Progress)
	state  *reportState
	task   string

	// mayCancel, if not nil, is asked before a computation is unwound: the
	// kernel lets only the running cell stop.
	mayCancel func() bool
}

type reportState struct {
	start atomic.Int64 // unix nanoseconds of the current loop's first step
	last  atomic.Int64 // unix nanoseconds of the latest report
	done  atomic.Int64 // steps done at the latest call, to notice a new loop
}

// New returns a monitor that hands progress to report, which may be nil.
// The report function is called from the computing goroutine, at most once
// every 50 ms and once more at the end of each loop, and must return promptly.
func New(report func(Progress)) *Monitor {
	return &Monitor{stop: new(atomic.Bool), report: report, state: new(reportState)}
}

// Inner returns a monitor for a routine that runs inside another loop: it is
// cancelled with m but reports no progress of its own.
func (m *Monitor) Inner() *Monitor {
	m = m.orDefault()
	return &Monitor{stop: m.stop, mayCancel: m.mayCancel}
}

// Named returns a monitor that reports under the given task name.
func (m *Monitor) Named(task string) *Monitor {
	m = m.orDefault()
	if m.report == nil {
		return m
	}
	named := *m
	named.task = task
	named.state = new(reportState)
	return &named
}

// WithGuard returns a monitor that asks mayCancel, on the goroutine that would
// be unwound, before it obeys a cancellation.
func (m *Monitor) WithGuard(mayCancel func() bool) *Monitor {
	guarded := *m
	guarded.mayCancel = mayCancel
	return &guarded
}

// Cancel asks the computations under m to stop at their next step.
func (m *Monitor) Cancel() { m.orDefault().stop.Store(true) }

// Reset takes back an earlier Cancel.
func (m *Monitor) Reset() { m.orDefault().stop.Store(false) }

// Cancelled reports whether the calling computation has been asked to stop.
// Loops that must tidy up first may test it; others just call Step or Check.
func (m *Monitor) Cancelled() bool {
	m = m.orDefault()
	return m.stop.Load() && (m.mayCancel == nil || m.mayCancel())
}

// Check unwinds the computation by panicking with [ErrCancelled] if it has been
// cancelled. It costs about a nanosecond otherwise. On goroutines that a
// routine starts itself, use Cancelled and let the caller's goroutine unwind.
func (m *Monitor) Check() {
	if m.Cancelled() {
		panic(ErrCancelled)
	}
}

// Step says that done of total steps of the current loop are complete (total 0
// if unknown), reports progress if it is time to, and unwinds like
// [Monitor.Check] if the computation has been cancelled.
func (m *Monitor) Step(done, total int, metrics ...Metric) {
	m = m.orDefault()
	m.Check()
	if m.report == nil {
		return
	}
	now := time.Now().UnixNano()
	s := m.state
	if int64(done) < s.done.Swap(int64(done)) || s.start.Load() == 0 {
		s.start.Store(now)
		s.last.Store(now)
	}
	finished := total > 0 && done >= total
	shown := s.last.Load() > s.start.Load()
	if now-s.last.Load() < int64(reportEvery) && !(finished && shown) {
		return
	}
	s.last.Store(now)
	m.report(Progress{
		Task: m.task, Done: done, Total: total,
		Elapsed: time.Duration(now - s.start.Load()),
		Metrics: append([]Metric(nil), metrics...),
	})
}

// ErrCancelled is the value with which [Monitor.Step] unwinds a cancelled
// computation. Compiled programs turn it into an error with [Catch].
var ErrCancelled = errors.New("cancelled")

var defaultMonitor atomic.Pointer[Monitor]

func init() { defaultMonitor.Store(New(nil)) }

// Default returns the monitor used where settings name none.
func Default() *Monitor { return defaultMonitor.Load() }

// SetDefault installs m as the process's monitor; the kernel does so at start.
func SetDefault(m *Monitor) { defaultMonitor.Store(m) }

func (m *Monitor) orDefault() *Monitor {
	if m == nil {
		return Default()
	}
	return m
}
