package worker_test

import (
	"fmt"
	"testing"

	"gaspard/kernel/worker"
)

// TestCellsBesideGoroutines runs cells while goroutines of an earlier cell use
// the same variables and others loop in the session's functions. With -race the
// kernel dies of an access that it or the interpreter makes unlocked.
func TestCellsBesideGoroutines(t *testing.T) {
	cells := 100
	if raceDetector {
		cells = 1000
	}
	t.Setenv("GORACE", "halt_on_error=1")
	l := start(t, worker.Limits{})
	l.must("type Tally struct{ Cells, Turns int; names map[string]int }\nfunc (t *Tally) add(name string) { t.Cells++; t.names[name]++ }\nvar mu sync.Mutex\ntally := Tally{names: map[string]int{}}\nn, stop := 0, false\nfunc fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }")
	l.must(`done := make(chan int)
for g := range 3 {
	go func() {
		turns := 0
		for {
			mu.Lock()
			n++
			tally.Turns++
			over := stop
			mu.Unlock()
			turns++
			if over {
				break
			}
			if g == 1 && fib(5) != 5 {
				panic("fib")
			}
			if g == 2 {
				func() {
					defer func() { if recover() == nil { panic("no panic") } }()
					var s []int
					s[turns]++
				}()
			}
		}
		done <- turns
	}()
}`)
	for i := range cells {
		want := ""
		code := ""
		switch i % 5 {
		case 0:
			code = fmt.Sprintf("mu.Lock(); n++; tally.add(%q); mu.Unlock()", "a")
		case 1:
			code = fmt.Sprintf("x%d := %d", i, i)
		case 2:
			code, want = fmt.Sprintf("func sq%d(i int) int { return i*i }\nsq%d(%d)", i%50, i%50, i), fmt.Sprint(i*i)
		case 3:
			code, want = fmt.Sprintf("s := 0\nfor i := range 10 { s += i }\ns + fib(6) + x%d", i-2), fmt.Sprint(45+8+i-2)
		case 4:
			e := l.run("var none []int\n\nnone[3] = 1")
			if len(e.errors) != 1 || e.errors[0].Line != 3 || e.errors[0].Column != 1 || e.errors[0].Cell != fmt.Sprint(l.cells) {
				t.Fatalf("the panic of cell %d is placed at %+v", l.cells, e.errors)
			}
			continue
		}
		if got := l.must(code); want != "" && got != want {
			t.Fatalf("%s\nshows %s, want %s", code, got, want)
		}
	}
	l.must("mu.Lock(); stop = true; mu.Unlock()\nturns := <-done + <-done + <-done")
	l.value("n == turns + tally.Cells && turns == tally.Turns && tally.names[\"a\"] == tally.Cells", "true")
	l.value("tally.Cells", fmt.Sprint(cells/5))
}
