package kernel

import (
	"fmt"
	"math"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"gaspard/kernel/worker"
)

// maxStackBytes bounds a goroutine's stack, so that endless recursion ends soon
// and before it takes a small machine's memory.
const maxStackBytes = 256 << 20

// limits watches over what a session's cells use.
type limits struct {
	worker.Limits
	session *Session
	memory  int64 // bytes; 0 means no limit

	lock    sync.Mutex
	timer   *time.Timer
	printed int64
	noted   bool          // that output is being dropped has been said
	ended   chan struct{} // closed when the running cell has ended
}

// newLimits puts the limits of the process in force. From here on memory is
// collected harder as it runs out, and the system refuses what is far beyond.
func newLimits(s *Session, l worker.Limits) *limits {
	debug.SetMaxStack(maxStackBytes)
	out := &limits{Limits: l, session: s, memory: l.Memory}
	switch {
	case l.Memory < 0:
		out.memory = 0
	case l.Memory == 0:
		out.memory = machineMemory() / 4 * 3
	default:
		limitAddressSpace(l.Memory + l.Memory/4)
	}
	if out.memory > 0 {
		debug.SetMemoryLimit(out.memory / 10 * 9)
	}
	return out
}

// begin watches an execution.
func (l *limits) begin(r worker.Request, serial int) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.printed, l.noted = 0, false
	l.ended = make(chan struct{})
	bound := l.Time
	if r.Timeout > 0 {
		bound = time.Duration(math.Min(r.Timeout*float64(time.Second), math.MaxInt64))
	}
	if bound > 0 {
		message := fmt.Sprintf("the cell reached its time limit of %v", bound)
		l.timer = time.AfterFunc(bound, func() { l.session.stopOrDie(serial, message) })
	}
	if l.memory > 0 {
		go l.watchMemory(serial, l.ended)
	}
}

func (l *limits) end() {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	close(l.ended)
}

// memoryEvery is how often memory is looked at: what a cell can allocate in the
// meantime must fit into the quarter by which the system's limit is wider.
const memoryEvery = 10 * time.Millisecond

// watchMemory stops an execution that takes the kernel beyond its memory. What
// earlier cells hold is not held against it, so that it may free it.
func (l *limits) watchMemory(serial int, ended <-chan struct{}) {
	tick := time.NewTicker(memoryEvery)
	defer tick.Stop()
	begun := int64(-1)
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
		}
		used := memoryInUse()
		if begun < 0 {
			begun = used
		}
		bound := max(l.memory, begun+l.memory/16)
		if used <= bound {
			continue
		}
		debug.FreeOSMemory() // what is garbage does not count
		if memoryInUse() > bound {
			l.session.stopOrDie(serial, "the cell reached the memory limit of "+bytesText(l.memory))
			return
		}
	}
}

// memoryInUse is what the process holds, less what it has given back.
func memoryInUse() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}

// pass lets through what a cell may still print, and says once that the rest is
// dropped. What no cell prints passes.
func (l *limits) pass(name, text string) {
	if l.Output <= 0 {
		l.session.emit(worker.Event{Type: worker.EventStream, Name: name, Text: text})
		return
	}
	if text = l.take(text); text != "" {
		l.session.emit(worker.Event{Type: worker.EventStream, Name: name, Text: text})
	}
	l.noteDropped()
}

// take cuts a text to what is left of the output and counts it.
func (l *limits) take(text string) string {
	if l.Output <= 0 {
		return text
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	left := max(l.Output-l.printed, 0)
	l.printed += int64(len(text))
	if int64(len(text)) <= left {
		return text
	}
	return text[:wholeRunes([]byte(text[:left]))]
}

func (l *limits) noteDropped() {
	l.lock.Lock()
	say := l.Output > 0 && l.printed > l.Output && !l.noted
	l.noted = l.noted || say
	l.lock.Unlock()
	if say {
		l.session.emit(worker.Event{Type: worker.EventNote,
			Text: "the cell reached its output limit of " + bytesText(l.Output) + "; the rest is dropped"})
	}
}

// bytesText writes a size the way it is given on the command line.
func bytesText(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 30, "GB"}, {1 << 20, "MB"}, {1 << 10, "kB"}} {
		if n >= unit.size {
			return fmt.Sprintf("%.4g %s", float64(n)/float64(unit.size), unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
