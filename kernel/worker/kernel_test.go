package worker_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"gaspard/kernel"
	"gaspard/kernel/worker"
)

// The test binary is its own kernel: started with this variable it serves.
const kernelVariable = "GASPARD_TEST_KERNEL"

func TestMain(m *testing.M) {
	if os.Getenv(kernelVariable) != "" {
		if err := kernel.Serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// lab is a kernel under test.
type lab struct {
	*worker.Client
	t     testing.TB
	cells int
}

func start(t testing.TB, limits worker.Limits) *lab {
	t.Helper()
	client, err := worker.Start(worker.Options{
		Args: []string{}, Env: []string{kernelVariable + "=1"}, Limits: limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return &lab{Client: client, t: t}
}

// ending is what came of a cell.
type ending struct {
	worker.Reply
	err    error
	stdout string
	result string
	notes  []string
	errors []worker.CellError
}

// text is everything about the ending that a user would read.
func (e ending) text() string {
	var b strings.Builder
	fmt.Fprintln(&b, e.stdout, e.result, e.notes, e.err)
	for _, ce := range e.errors {
		fmt.Fprintln(&b, ce.Kind, "cell", ce.Cell, ce.Message)
	}
	return b.String()
}

// running is a cell that has not ended.
type running struct {
	lab  *lab
	done chan ending
	lock sync.Mutex
	seen ending // so far
	news chan struct{}
}

// begin runs a cell without waiting for its end.
func (l *lab) begin(code string) *running {
	l.cells++
	return l.beginRequest(worker.Request{Cell: fmt.Sprint(l.cells), Code: code})
}

func (l *lab) beginRequest(r worker.Request) *running {
	run := &running{lab: l, done: make(chan ending, 1), news: make(chan struct{}, 1)}
	go func() {
		reply, err := l.Execute(r, func(e worker.Event) {
			run.lock.Lock()
			switch e.Type {
			case worker.EventStream:
				run.seen.stdout += e.Text
			case worker.EventResult:
				run.seen.result += e.Text
			case worker.EventNote:
				run.seen.notes = append(run.seen.notes, e.Text)
			case worker.EventError:
				run.seen.errors = append(run.seen.errors, *e.Error)
			}
			run.lock.Unlock()
			select {
			case run.news <- struct{}{}:
			default:
			}
		})
		run.lock.Lock()
		run.seen.Reply, run.seen.err = reply, err
		run.lock.Unlock()
		run.done <- run.seen
	}()
	return run
}

// patience is how long a test waits for what should come at once.
const patience = 30 * time.Second

// wait waits for the cell to end.
func (r *running) wait() ending {
	r.lab.t.Helper()
	select {
	case e := <-r.done:
		return e
	case <-time.After(patience):
		r.lab.t.Fatal("the cell has not ended")
		panic("unreachable")
	}
}

// until waits for an event after which the condition holds.
func (r *running) until(what string, holds func(ending) bool) {
	r.lab.t.Helper()
	timeout := time.After(patience)
	for {
		r.lock.Lock()
		ok := holds(r.seen)
		r.lock.Unlock()
		if ok {
			return
		}
		select {
		case <-r.news:
		case e := <-r.done:
			if holds(e) {
				r.done <- e
				return
			}
			r.lab.t.Fatalf("the cell ended without %s: %s", what, e.text())
		case <-timeout:
			r.lab.t.Fatalf("no %s; so far: %s", what, r.seen.text())
		}
	}
}

// untilPrinted waits until the cell has printed a text.
func (r *running) untilPrinted(text string) {
	r.lab.t.Helper()
	r.until("printing "+text, func(e ending) bool { return strings.Contains(e.stdout, text) })
}

// run runs a cell to its end.
func (l *lab) run(code string) ending {
	l.t.Helper()
	return l.begin(code).wait()
}

// must runs a cell that has to succeed and returns its value.
func (l *lab) must(code string) string {
	l.t.Helper()
	e := l.run(code)
	if e.err != nil || !e.OK {
		l.t.Fatalf("%s\nfailed: %s", code, e.text())
	}
	return e.result
}

// value checks the value of an expression.
func (l *lab) value(code, want string) {
	l.t.Helper()
	if got := l.must(code); got != want {
		l.t.Fatalf("%s is %q, want %q", code, got, want)
	}
}
