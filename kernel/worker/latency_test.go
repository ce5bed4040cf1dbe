package worker_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gaspard/kernel/worker"
)

var manyCells = flag.Bool("manycells", false, "run 10,000 cells in the tests of memory")

// kinds are small cells; %d is the number of the cell.
var kinds = []struct{ name, code string }{
	{"define", "x := 1"},
	{"value", "x"},
	{"println", "fmt.Println(x)"},
	{"function", "func f(n int) int { return n + %d }"},
	{"loop", "for i := 0; i < 10; i++ { x = i }"},
	{"slice", "big := make([]byte, 1<<20); big[%d] = 1"},
	{"type", "type P struct{ X, Y int }\nfunc (p P) Sum() int { return p.X + p.Y + %d }\np := P{1, 2}"},
	{"literal", "g := func(n int) int { return n + x + %d }; g(1)"},
	{"new", "v%d := %[1]d"},
}

// rss is what a process holds in memory, in bytes; 0 if that is unknown.
func rss(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	pages, _ := strconv.Atoi(fields[1])
	return pages * os.Getpagesize()
}

// latencies runs n cells of a kind and returns how long each took, in order.
func (l *lab) latencies(code string, n int) []time.Duration {
	l.t.Helper()
	times := make([]time.Duration, n)
	for i := range times {
		text := code
		if strings.Contains(code, "%") {
			text = fmt.Sprintf(code, i)
		}
		l.cells++
		start := time.Now()
		reply, err := l.Execute(worker.Request{Cell: strconv.Itoa(l.cells), Code: text}, nil)
		times[i] = time.Since(start)
		if err != nil || !reply.OK {
			l.t.Fatalf("cell %d, %s: %v", i, text, err)
		}
	}
	return times
}

// quantile is the time that a part q of the sorted times stays under.
func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// BenchmarkCell runs cells of each kind in a session of their own, one after the
// other: b.N of them, so -benchtime=10000x says how they do in an old session.
// early is the median of the first hundred, late that of the last hundred.
func BenchmarkCell(b *testing.B) {
	for _, kind := range kinds {
		b.Run("kind="+kind.name, func(b *testing.B) {
			l := start(b, worker.Limits{})
			l.must("x := 1")
			before := rss(l.Pid())
			b.ResetTimer()
			times := l.latencies(kind.code, b.N)
			b.StopTimer()
			hundred := min(100, b.N)
			early, late := slices.Sorted(slices.Values(times[:hundred])), slices.Sorted(slices.Values(times[b.N-hundred:]))
			slices.Sort(times)
			for _, m := range []struct {
				name string
				time time.Duration
			}{
				{"median-µs", quantile(times, 0.5)}, {"p99-µs", quantile(times, 0.99)},
				{"early-µs", quantile(early, 0.5)}, {"late-µs", quantile(late, 0.5)},
			} {
				b.ReportMetric(float64(m.time.Nanoseconds())/1e3, m.name)
			}
			b.ReportMetric(0, "ns/op")
			if after := rss(l.Pid()); after > 0 {
				b.ReportMetric(float64(after)/(1<<20), "rss-MB")
				b.ReportMetric(float64(after-before)/float64(b.N)/1024, "KB/cell")
			}
		})
	}
}

// BenchmarkStart measures a kernel from its start to its first reply.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		l := start(b, worker.Limits{})
		if _, err := l.IsComplete("1"); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		_ = l.Close()
		b.StartTimer()
	}
}

// TestMemoryOfManyCells runs cells that each make the same things anew. What they
// replace must go: 10,000 slices of a megabyte, or versions of a function.
func TestMemoryOfManyCells(t *testing.T) {
	n := 500
	if *manyCells {
		n = 10000
	}
	if raceDetector {
		t.Skip("the race detector takes many times the memory of the cells")
	}
	for _, name := range []string{"slice", "function", "literal"} {
		t.Run(name, func(t *testing.T) {
			l := start(t, worker.Limits{})
			l.must("x := 1")
			for _, kind := range kinds {
				if kind.name == name {
					l.latencies(kind.code, n)
				}
			}
			held := rss(l.Pid())
			if held == 0 {
				if os.Getenv("CI") == "true" {
					t.Fatal("how much memory the kernel holds cannot be read")
				}
				t.Skip("how much memory a process holds is not known on this system")
			}
			t.Logf("%d cells, %d MB", n, held>>20)
			if held > 200<<20 {
				t.Errorf("after %d cells the kernel holds %d MB", n, held>>20)
			}
		})
	}
}
