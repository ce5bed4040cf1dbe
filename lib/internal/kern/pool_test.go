package kern

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestRunMakesEachCallOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 17, 1000} {
		for range 50 {
			calls := make([]atomic.Int32, n)
			Run(0, n, func(_, i int) { calls[i].Add(1) })
			for i := range calls {
				if c := calls[i].Load(); c != 1 {
					t.Fatalf("n = %d: call %d was made %d times", n, i, c)
				}
			}
		}
	}
}

func TestRunNumbersItsWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	for _, limit := range []int{1, 2, 3, 8} {
		var inUse [8]atomic.Int32
		var clash, beyond atomic.Bool
		for range 100 {
			Run(limit, 16, func(worker, _ int) {
				if worker >= limit {
					beyond.Store(true)
					return
				}
				if inUse[worker].Add(1) != 1 {
					clash.Store(true)
				}
				time.Sleep(time.Microsecond)
				inUse[worker].Add(-1)
			})
		}
		if clash.Load() || beyond.Load() {
			t.Errorf("limit %d: two calls at once had one worker: %v; a worker beyond the limit: %v", limit, clash.Load(), beyond.Load())
		}
	}
}

func TestRunWithinRunAndBesideRun(t *testing.T) {
	var sum atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 200 {
				Run(0, 5, func(_, i int) {
					Run(0, 3, func(_, j int) { sum.Add(int64(10*i + j)) })
				})
			}
		})
	}
	all.Wait()
	if want := int64(4 * 200 * (3*100 + 5*3)); sum.Load() != want {
		t.Errorf("the calls add up to %d, want %d", sum.Load(), want)
	}
}

func TestRunPassesOnAPanic(t *testing.T) {
	var others atomic.Int32
	func() {
		defer func() {
			if r := recover(); r != "third" {
				t.Errorf("recovered %v", r)
			}
		}()
		Run(0, 8, func(_, i int) {
			if i == 3 {
				panic("third")
			}
			others.Add(1)
		})
	}()
	if others.Load() < 3 {
		t.Errorf("%d other calls ended, want the 3 before at least", others.Load())
	}
	Run(0, 8, func(int, int) {}) // and the pool still works
}

func TestRunAfterItsWorkersSlept(t *testing.T) {
	Run(0, 8, func(int, int) {})
	time.Sleep(3 * spinFor)
	var calls atomic.Int32
	Run(0, 8, func(int, int) { calls.Add(1) })
	if calls.Load() != 8 {
		t.Errorf("%d calls of 8", calls.Load())
	}
}

// TestRunDoesWithoutLateWorkers makes workers late, as another program would that
// takes their processor.
func TestRunDoesWithoutLateWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for late := false; !late; {
		Run(0, 8, func(worker, _ int) {
			if worker > 0 {
				late = true
				time.Sleep(20 * time.Millisecond)
			} else {
				time.Sleep(100 * time.Microsecond)
			}
		})
	}
	helped := false
	Run(0, 8, func(worker, _ int) { helped = helped || worker > 0 })
	if helped {
		t.Error("the job after a late worker's was shared out")
	}
	time.Sleep(60 * time.Millisecond)
	for !helped {
		Run(0, 8, func(worker, _ int) {
			if worker > 0 {
				helped = true
			}
			time.Sleep(10 * time.Microsecond)
		})
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	f := func(int, int) {}
	Run(0, 8, f)
	if n := testing.AllocsPerRun(100, func() { Run(0, 8, f) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkRun splits work of a given serial length into eight calls.
func BenchmarkRun(b *testing.B) {
	for _, c := range []struct {
		name   string
		rounds int
	}{{"0us", 0}, {"5us", 1250}, {"50us", 12500}} {
		b.Run("serial="+c.name, func(b *testing.B) {
			f := func(_, _ int) { kernels.peak64(1 + c.rounds/8) }
			for b.Loop() {
				Run(0, 8, f)
			}
		})
	}
}
