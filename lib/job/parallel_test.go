package job

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

func TestParallelDoesEachOnce(t *testing.T) {
	const n = 1000
	var times [n]atomic.Int32
	var workers atomic.Int32
	Parallel(nil, n, 0, func(*Monitor, func()) func(int) {
		workers.Add(1)
		return func(k int) { times[k].Add(1) }
	})
	for k := range times {
		if got := times[k].Load(); got != 1 {
			t.Fatalf("%d was done %d times", k, got)
		}
	}
	if workers.Load() == 0 {
		t.Fatal("no worker was made")
	}
	Parallel(nil, 0, 0, func(*Monitor, func()) func(int) { t.Error("a worker for nothing"); return nil })
}

// A worker in the middle of a long loop stops with the caller, which unwinds only
// when all have stopped.
func TestParallelStopsItsWorkers(t *testing.T) {
	m := New(nil)
	var running atomic.Int32
	began := time.Now()
	time.AfterFunc(30*time.Millisecond, m.Cancel)
	err := Catch(func() {
		Parallel(m, 8, 0, func(inner *Monitor, _ func()) func(int) {
			return func(int) {
				running.Add(1)
				defer running.Add(-1)
				for time.Since(began) < 20*time.Second {
					inner.Check()
				}
			}
		})
	})
	if !errors.Is(err, ErrCancelled) {
		t.Errorf("err = %v, want ErrCancelled", err)
	}
	if running.Load() != 0 {
		t.Errorf("%d workers still run", running.Load())
	}
	if time.Since(began) > 10*time.Second {
		t.Error("the workers were not stopped")
	}
}

func TestParallelHandsOnAPanic(t *testing.T) {
	defer func() {
		if r := recover(); r != "the third" {
			t.Errorf("recovered %v", r)
		}
	}()
	Parallel(nil, 8, 0, func(*Monitor, func()) func(int) {
		return func(k int) {
			if k == 3 {
				panic("the third")
			}
		}
	})
	t.Error("returned")
}

func TestParallelCountsSteps(t *testing.T) {
	var last Progress
	m := New(func(p Progress) { last = p })
	Parallel(m, 3, 30, func(_ *Monitor, step func()) func(int) {
		return func(int) {
			for range 10 {
				time.Sleep(10 * time.Millisecond)
				step()
			}
		}
	})
	if last.Done != 30 || last.Total != 30 {
		t.Errorf("last progress %d of %d, want 30 of 30", last.Done, last.Total)
	}
}
