package worker_test

import (
	"fmt"
	"testing"
	"time"

	"gaspard/kernel/worker"
)

// operations are the bodies of loops; setup declares what they need.
var operations = []struct{ name, setup, body string }{
	{"turn", "", ""},
	{"add", "s := 0.0", "s += 1.5"},
	{"index", "s := 0.0; x := []float64{1, 2, 3}", "s += x[1] * x[2]"},
	{"field", "p := struct{ X, Y int }{1, 2}", "p.X += p.Y"},
	{"map", "m := map[int]int{1: 1}", "m[1] += i"},
	{"call", "", "two(i, i)"},
	{"closure", "k := 1; f := func(n int) int { return n + k }", "f(i)"},
	{"method", "b := Box{1}", "b.Get()"},
	{"pointer method", "b := &Box{1}", "b.Add(i)"},
	{"interface", "var g Getter = Box{1}", "g.Get()"},
	{"generic", "", "larger(i, 3)"},
	{"native", "x := 2.0", "math.Sqrt(x)"},
	{"native method", "a := mat.NewDense(2, 2, nil)", "a.At(1, 1)"},
	{"box", "var v any; _ = v", "v = i"},
	{"box own", "var v any; b := Box{1}; _ = v", "v = b"},
	{"type switch", "var v any = Box{1}", "switch v.(type) { case int: ; case Box: }"},
	{"defer", "", "deferring()"},
	{"channel", "c := make(chan int, 1)", "c <- i; <-c"},
	{"select", "c := make(chan int, 1)", "select { case c <- i: default: }; select { case <-c: default: }"},
	{"goroutine", "c := make(chan int)", "go func() { c <- 1 }(); <-c"},
	{"mutex", "var mu sync.Mutex", "mu.Lock(); mu.Unlock()"},
	{"sprint", "", "_ = fmt.Sprint(i)"},
}

const operationTypes = `type Box struct{ v int }
func (b Box) Get() int { return b.v }
func (b *Box) Add(n int) { b.v += n }
type Getter interface{ Get() int }
func two(a, b int) int { return a + b }
func larger[T cmp.Ordered](a, b T) T { if a > b { return a }; return b }
func deferring() { defer two(1, 2) }
`

// BenchmarkOperation measures what operations of interpreted code cost, a turn of
// a loop taken off. The package documentation of kernel/lang has the table.
func BenchmarkOperation(b *testing.B) {
	var turn float64
	for _, op := range operations {
		b.Run("op="+op.name, func(b *testing.B) {
			l := start(b, worker.Limits{})
			l.must(operationTypes + fmt.Sprintf("func work(n int) {\n%s\nfor i := 0; i < n; i++ { %s }\n}", op.setup, op.body))
			l.must("work(10)")
			b.ResetTimer()
			begin := time.Now()
			if e := l.run(fmt.Sprintf("work(%d)", b.N)); !e.OK {
				b.Fatal(e.text())
			}
			each := float64(time.Since(begin).Nanoseconds()) / float64(b.N)
			if op.name == "turn" {
				turn = each
			} else {
				each -= turn
			}
			b.ReportMetric(each, "ns/op")
		})
	}
}
