package values

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"sync"
	"testing"
)

// onceOf is the session's sync.OnceValue[string] in a World that runs for r.
func onceOf(t *testing.T, r Runtime) func(func() string) func() string {
	s := &session{World: NewWorld(natives{}, r), pkg: theSession().pkg, real: theSession().real}
	c := &comparison{T: t, s: s, path: "sync"}
	f, _ := c.instance("OnceValue", reflect.TypeFor[string]())
	return f.Interface().(func(func() string) func() string)
}

func TestOnceValueCallsOnce(t *testing.T) {
	calls := 0
	get := onceOf(t, nil)(func() string { calls++; return fmt.Sprint("call ", calls) })
	if a, b := get(), get(); calls != 1 || a != "call 1" || b != a {
		t.Error(calls, a, b)
	}
	c := &comparison{T: t, s: theSession(), path: "sync"}
	f, sig := c.instance("OnceValues", reflect.TypeFor[Point](), reflect.TypeFor[error]())
	make := c.cross(reflect.TypeFor[func(func() (Point, error)) func() (Point, error)](), f, sig).Interface().(func(func() (Point, error)) func() (Point, error))
	both := make(func() (Point, error) { calls++; return Point{1, 2}, io.EOF })
	for range 3 {
		if p, err := both(); p != (Point{1, 2}) || err != io.EOF || calls != 2 {
			t.Error(p, err, calls)
		}
	}
}

func TestOnceValuePanicsAgain(t *testing.T) {
	for _, value := range []any{"broken", io.EOF, nil} {
		outcomes := func(get func() string) (list []string) {
			for range 3 {
				func() {
					defer func() { list = append(list, describePanic(recover())) }()
					get()
				}()
			}
			return list
		}
		calls := 0
		f := func() string { calls++; panic(value) }
		want, got := outcomes(sync.OnceValue(f)), outcomes(onceOf(t, nil)(f))
		if !slices.Equal(got, want) || calls != 2 {
			t.Errorf("got %q, want %q, after %d calls", got, want, calls)
		}
		if got, want := outcomes(onceOf(t, nil)(nil)), outcomes(sync.OnceValue[string](nil)); !slices.Equal(got, want) {
			t.Errorf("of nil: got %q, want %q", got, want)
		}
	}
}

func TestOnceValueConcurrently(t *testing.T) {
	var calls int
	begun, goOn := make(chan struct{}), make(chan struct{})
	get := onceOf(t, running{make(chan struct{})})(func() string { calls++; close(begun); <-goOn; return "x" })
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if get() != "x" {
				t.Error("no value")
			}
		})
	}
	<-begun
	close(goOn)
	if wg.Wait(); calls != 1 {
		t.Error(calls, "calls")
	}
}

// running is a cell that an interrupt may stop.
type running struct{ stopped chan struct{} }

func (r running) Stopped() <-chan struct{} { return r.stopped }
func (running) Quit()                      { panic("interrupt") }
func (running) Uncatchable(v any) bool     { return v == "interrupt" }

func TestOnceValueInterrupted(t *testing.T) {
	cell := running{make(chan struct{})}
	interrupted := true
	get := onceOf(t, cell)(func() string {
		if interrupted {
			panic("interrupt")
		}
		return "value"
	})
	attempt := func(get func() string) (v any) {
		defer func() {
			if r := recover(); r != nil {
				v = r
			}
		}()
		return get()
	}
	if v := attempt(get); v != "interrupt" {
		t.Error(v)
	}
	interrupted = false
	if v := attempt(get); v != "value" {
		t.Error("after an interrupt:", v)
	}

	var self func() string // waits for itself
	self = onceOf(t, cell)(func() string { return self() })
	close(cell.stopped)
	if v := attempt(self); v != "interrupt" {
		t.Error(v)
	}
}
