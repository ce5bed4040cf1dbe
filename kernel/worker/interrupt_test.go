package worker_test

import (
	"strings"
	"testing"
	"time"

	"gaspard/kernel/worker"
)

// interruptible are cells that Ctrl-C must stop. Each prints "ready" before it
// goes where it would stay.
var interruptible = []struct{ name, code string }{
	{"loop", `for i := 0; ; i++ { n = i }`},
	{"loop in function", `spin()`},
	{"sleep", `time.Sleep(time.Hour)`},
	{"recursion", `var f func(int) int; f = func(n int) int { time.Sleep(time.Millisecond); return f(n) + 1 }; f(1)`},
	{"sinkhorn", `ot.Sinkhorn(ot.Points(cloud, other), ot.Settings{Epsilon: 1e-5, Tol: 1e-14, MaxIter: 1 << 40})`},
	{"solver calling back", `optimize.Minimize(optimize.Problem{Func: func(x []float64) float64 { s++; time.Sleep(time.Millisecond); return x[0]*x[0] + s }},
		[]float64{1, 2}, &optimize.Settings{MajorIterations: 1 << 40, FuncEvaluations: 1 << 40, Converger: optimize.NeverTerminate{}}, &optimize.NelderMead{})`},
	{"derivative on goroutines", `fd.Gradient(nil, func(x []float64) float64 { for { n++ } }, []float64{1, 2}, &fd.Settings{Concurrent: true})`},
}

const interruptiblePrelude = `
n, s := 0, 0.0
kept := []int{1, 2, 3}
double := func(i int) int { return 2 * i }
func spin() { for { n++ } }
cloud, other := mat.NewDense(400, 2, nil), mat.NewDense(400, 2, nil)
for i := range 400 { cloud.Set(i, 0, float64(i%20)); cloud.Set(i, 1, float64(i*i%37)); other.Set(i, 0, float64(i*i%17)) }
`

func TestInterruptStopsTheCellAndKeepsValues(t *testing.T) {
	l := start(t, worker.Limits{})
	l.must(interruptiblePrelude)
	for _, it := range interruptible {
		t.Run(it.name, func(t *testing.T) {
			l := &lab{Client: l.Client, t: t, cells: l.cells}
			r := l.begin("deferred := false\nfunc() {\n defer func() { deferred = true }()\n fmt.Println(\"ready\")\n" + it.code + "\n}()")
			r.untilPrinted("ready")
			time.Sleep(50 * time.Millisecond) // into the call
			asked := time.Now()
			if err := l.Interrupt(); err != nil {
				t.Fatal(err)
			}
			e := r.wait()
			t.Logf("stopped after %v", time.Since(asked))
			if e.OK || len(e.errors) != 1 || e.errors[0].Kind != worker.ErrInterrupted {
				t.Fatalf("ended as %s", e.text())
			}
			l.value("deferred", "true")
			l.value("double(kept[2])", "6")
		})
	}
}

func TestInterruptDropsWaitingCells(t *testing.T) {
	l := start(t, worker.Limits{})
	l.must("ran := 0")
	first := l.begin("fmt.Println(`ready`); for {}")
	first.untilPrinted("ready")
	var waiting []*running
	for range 3 {
		waiting = append(waiting, l.begin("ran++"))
	}
	// An answer says that the kernel has read what came before it.
	if _, err := l.IsComplete("x"); err != nil {
		t.Fatal(err)
	}
	if err := l.Interrupt(); err != nil {
		t.Fatal(err)
	}
	first.wait()
	for _, r := range waiting {
		if e := r.wait(); e.OK || len(e.errors) != 1 || e.errors[0].Kind != worker.ErrInterrupted {
			t.Fatalf("a waiting cell ended as %s", e.text())
		}
	}
	l.value("ran", "0")
}

func TestInterruptLeavesEarlierCellsAlone(t *testing.T) {
	l := start(t, worker.Limits{})
	l.must(`var count atomic.Int64
	stop := make(chan bool)
	go func() { for { select { case <-stop: return; default: count.Add(1) } } }()
	go func() { optimize.Minimize(optimize.Problem{Func: func(x []float64) float64 { count.Add(1); return x[0]*x[0] + float64(count.Load()) }},
		[]float64{1}, &optimize.Settings{MajorIterations: 1 << 40, FuncEvaluations: 1 << 40, Converger: optimize.NeverTerminate{}}, &optimize.NelderMead{}) }()`)
	r := l.begin("fmt.Println(`ready`); for {}")
	r.untilPrinted("ready")
	if err := l.Interrupt(); err != nil {
		t.Fatal(err)
	}
	r.wait()
	l.value("before := count.Load(); time.Sleep(100*time.Millisecond); count.Load() > before", "true")
	l.must("close(stop)")
}

func TestInterruptNamesWhatCannotBePolled(t *testing.T) {
	l := start(t, worker.Limits{})
	l.must("a := mat.NewDense(1200, 1200, nil)\nfor i := range 1200 { for j := range 1200 { a.Set(i, j, float64((i*j+i)%101)) } }")
	r := l.begin("fmt.Println(`ready`)\nvar svd mat.SVD\nsvd.Factorize(a, mat.SVDFull)\nfor {}")
	r.untilPrinted("ready")
	time.Sleep(50 * time.Millisecond)
	asked := time.Now()
	if err := l.Interrupt(); err != nil {
		t.Fatal(err)
	}
	r.until("a note", func(e ending) bool { return len(e.notes) > 0 })
	named := time.Since(asked)
	e := r.wait()
	t.Logf("named after %v, stopped after %v: %s", named, time.Since(asked), e.notes)
	if want := "mat.SVD.Factorize cannot be interrupted"; !strings.Contains(e.notes[0], want) {
		t.Fatalf("note %q, want %q", e.notes[0], want)
	}
	if len(e.errors) != 1 || e.errors[0].Kind != worker.ErrInterrupted {
		t.Fatalf("ended as %s", e.text())
	}
}

func TestInterruptBetweenCellsDoesNothing(t *testing.T) {
	l := start(t, worker.Limits{})
	l.must("x := 1")
	for range 20 {
		if err := l.Interrupt(); err != nil {
			t.Fatal(err)
		}
		if _, err := l.IsComplete("x"); err != nil {
			t.Fatal(err)
		}
		l.value("x", "1")
	}
}

// What waits without the kernel's help is at least named, so that the user knows
// what a restart would end.
func TestInterruptStopsOrNamesWhatWaits(t *testing.T) {
	for _, code := range []string{
		"ch := make(chan int); fmt.Println(`ready`); <-ch",
		"ch := make(chan int); fmt.Println(`ready`); ch <- 1",
		"ch := make(chan int); fmt.Println(`ready`); select { case <-ch: case ch <- 1: }",
		"ch := make(chan int); fmt.Println(`ready`); for range ch {}",
		"var m sync.Mutex; m.Lock(); fmt.Println(`ready`); m.Lock()",
		"var w sync.WaitGroup; w.Add(1); fmt.Println(`ready`); w.Wait()",
	} {
		l := start(t, worker.Limits{})
		r := l.begin(code)
		r.untilPrinted("ready")
		time.Sleep(20 * time.Millisecond)
		asked := time.Now()
		if err := l.Interrupt(); err != nil {
			t.Fatal(err)
		}
		r.until("an answer", func(e ending) bool { return len(e.notes)+len(e.errors) > 0 })
		r.lock.Lock()
		t.Logf("%v after the interrupt of %s: %v %v", time.Since(asked), code, r.seen.notes, r.seen.errors)
		for _, note := range r.seen.notes {
			if !strings.Contains(note, "cannot be interrupted") {
				t.Errorf("note %q", note)
			}
		}
		for _, e := range r.seen.errors {
			if e.Kind != worker.ErrInterrupted {
				t.Errorf("ended with %+v", e)
			}
		}
		r.lock.Unlock()
		l.Kill()
		r.wait()
	}
}
