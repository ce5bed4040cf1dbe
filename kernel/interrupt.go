package kernel

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"strconv"
	"sync"
	"time"

	"gaspard/kernel/worker"
)

const (
	// namePatience is how long a cell may take to obey before what it is in is
	// named. The rest of the 200 ms in which the user shall know is for the way
	// to the terminal.
	namePatience = 100 * time.Millisecond
	// limitPatience is how long a cell that has reached a limit may take to obey
	// before it takes the kernel with it.
	limitPatience = 2 * time.Second
	// tidyPatience is how long deferred code may run undisturbed after a stop.
	tidyPatience = time.Second
)

// activity is the cell being executed, as far as stopping it goes. Its lock is
// held for moments only, so that an interrupt never waits for a compiler.
type activity struct {
	lock      sync.Mutex
	serial    int  // counts executions
	expected  bool // a cell has been taken from the queue and is about to be active
	active    bool // between the request and its reply
	running   bool // the cell's code runs; before that it is compiled
	cell      string
	goroutine uint64
	reason    *worker.CellError // why it is being stopped; nil if it is not
	stopped   time.Time         // when it was told so first
}

// runLabel is the goroutine label that numbers executions. Goroutines inherit
// it, whoever starts them.
const runLabel = "run"

// expectCell announces a call of Execute: an interrupt from here on is for it.
func (s *Session) expectCell() {
	a := &s.activity
	a.lock.Lock()
	a.expected, a.reason = true, nil
	a.lock.Unlock()
}

// beginCell opens an execution on the calling goroutine.
func (s *Session) beginCell(r worker.Request) {
	a := &s.activity
	a.lock.Lock()
	a.serial++
	if !a.expected {
		a.reason = nil
	}
	a.active, a.running, a.expected = true, false, false
	a.cell, a.goroutine = r.Cell, goroutineID()
	serial := a.serial
	a.lock.Unlock()
	labels := pprof.Labels(worker.CellLabel, r.Cell, runLabel, strconv.Itoa(serial))
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), labels))
	s.limits.begin(r, serial)
}

// endCell closes it.
func (s *Session) endCell() {
	s.limits.end()
	a := &s.activity
	a.lock.Lock()
	a.active = false
	a.lock.Unlock()
	pprof.SetGoroutineLabels(context.Background())
}

// enter lets the compiled cell run, unless it has been stopped already.
func (s *Session) enter() bool {
	a := &s.activity
	a.lock.Lock()
	defer a.lock.Unlock()
	a.running = a.reason == nil
	return a.running
}

// leave takes back what stop set in motion.
func (s *Session) leave() {
	a := &s.activity
	a.lock.Lock()
	a.running = false
	a.lock.Unlock()
	s.engine.Resume()
	s.monitor.Reset()
}

// stopReason is what to say of a cell that was stopped.
func (s *Session) stopReason() *worker.CellError {
	a := &s.activity
	a.lock.Lock()
	defer a.lock.Unlock()
	if a.reason == nil { // the cell made the panic of an interrupt itself
		return interrupted(a.cell)
	}
	reason := *a.reason
	reason.Cell = a.cell
	return &reason
}

func interrupted(cell string) *worker.CellError {
	return &worker.CellError{Kind: worker.ErrInterrupted, Message: "interrupted; values are kept", Cell: cell}
}

// Interrupt stops the running cell at its next poll point, and native routines
// at their next step. Without a cell it does nothing. If the cell does not obey,
// the front end gets a note of what it is in.
func (s *Session) Interrupt() {
	if serial, ok := s.stop(0, nil); ok {
		time.AfterFunc(namePatience, func() { s.nameBlocker(serial) })
	}
}

// stop asks an execution to end for a reason, of which the first one counts;
// nil stands for an interrupt and serial 0 for the current execution.
func (s *Session) stop(serial int, reason *worker.CellError) (int, bool) {
	a := &s.activity
	a.lock.Lock()
	defer a.lock.Unlock()
	if reason == nil {
		reason = interrupted(a.cell)
	}
	if a.expected && serial == 0 {
		a.reason = reason
		return 0, false
	}
	if !a.active || serial != 0 && serial != a.serial {
		return 0, false
	}
	if a.reason == nil {
		a.reason, a.stopped = reason, time.Now()
	}
	if a.running {
		s.monitor.Cancel()
		s.engine.Stop()
	}
	return a.serial, true
}

// stopOrDie ends an execution that has reached a limit, and the kernel if it
// does not obey.
func (s *Session) stopOrDie(serial int, message string) {
	reason := &worker.CellError{Kind: worker.ErrLimit, Message: message, Cell: s.cellOf(serial)}
	if _, ok := s.stop(serial, reason); !ok {
		return
	}
	time.AfterFunc(limitPatience, func() {
		if s.isActive(serial) {
			s.out.flushWithin(100 * time.Millisecond)
			die(message + ", and did not stop")
		}
	})
}

// die ends the kernel with a word to the front end.
func die(message string) {
	fmt.Fprintln(lastWords, worker.LastWords+message)
	os.Exit(1)
}

// lastWords is the standard error that the process was started with, whatever
// os.Stderr is by now.
var lastWords = os.Stderr

func (s *Session) cellOf(serial int) string {
	s.activity.lock.Lock()
	defer s.activity.lock.Unlock()
	if s.activity.serial != serial {
		return ""
	}
	return s.activity.cell
}

func (s *Session) isActive(serial int) bool {
	s.activity.lock.Lock()
	defer s.activity.lock.Unlock()
	return s.activity.active && s.activity.serial == serial
}

// mayStop reports whether a stop unwinds the calling goroutine. It does if the
// goroutine works for the execution being stopped, rather than for an earlier
// one: goroutines of earlier cells outlive an interrupt. A goroutine without a
// label serves all. And it does not while the goroutine runs deferred code, which
// would be cut off, unless that takes long.
func (s *Session) mayStop() bool {
	run, labelled := goroutineRun()
	s.activity.lock.Lock()
	serial, stopped := s.activity.serial, s.activity.stopped
	s.activity.lock.Unlock()
	if labelled && run != serial {
		return false
	}
	return time.Since(stopped) > tidyPatience || !panicking()
}

// nameBlocker says what a cell is in that was told to stop and has not. While
// there is nothing to name it looks again.
func (s *Session) nameBlocker(serial int) {
	for range 50 {
		if !s.isActive(serial) {
			return
		}
		s.activity.lock.Lock()
		goroutine := s.activity.goroutine
		s.activity.lock.Unlock()
		if text := blocker(goroutine); text != "" {
			if s.isActive(serial) {
				s.emit(worker.Event{Type: worker.EventNote, Text: text})
			}
			return
		}
		time.Sleep(40 * time.Millisecond)
	}
}
