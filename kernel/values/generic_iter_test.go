package values

import (
	"fmt"
	"iter"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"testing"
)

// pullOf is iter.Pull of the session for elements of a compiled type.
func pullOf[E any](c *comparison) func(iter.Seq[E]) (func() (E, bool), func()) {
	f, sig := c.instance("Pull", reflect.TypeFor[E]())
	return c.cross(reflect.TypeFor[func(iter.Seq[E]) (func() (E, bool), func())](), f, sig).Interface().(func(iter.Seq[E]) (func() (E, bool), func()))
}

// pulls writes down what some calls of next (n) and stop (s) do.
func pulls[E any](pull func(iter.Seq[E]) (func() (E, bool), func()), makeSeq func(trace func(string)) iter.Seq[E], script string) (trace []string) {
	next, stop := pull(makeSeq(func(s string) { trace = append(trace, s) }))
	for _, call := range script {
		func() {
			defer func() {
				if r := recover(); r != nil {
					trace = append(trace, "panics "+describePanic(r))
				}
			}()
			switch call {
			case 'n':
				v, ok := next()
				trace = append(trace, fmt.Sprintf("%#v %v", v, ok))
			case 's':
				stop()
			}
		}()
	}
	stop()
	return trace
}

func TestGenericPull(t *testing.T) {
	c := &comparison{T: t, s: theSession(), path: "iter"}
	testPull(c, 1, 2, 3)
	testPull(c, Point{1, 2}, Point{3, 4})
	testPull[any](c, Point{1, 2}, nil, Degree(3), "s")
	testPull(c, []Word{"a"})
}

func testPull[E any](c *comparison, vs ...E) {
	seqs := []func(trace func(string)) iter.Seq[E]{
		func(func(string)) iter.Seq[E] { return slices.Values(vs) },
		func(func(string)) iter.Seq[E] { return nil },
		func(trace func(string)) iter.Seq[E] {
			return func(yield func(E) bool) {
				defer trace("cleaned up")
				for _, v := range vs {
					trace("yields")
					if !yield(v) {
						trace("stopped")
						return
					}
				}
				panic("at the end")
			}
		},
		func(trace func(string)) iter.Seq[E] {
			return func(yield func(E) bool) { trace(fmt.Sprint(yield(vs[0]), yield(vs[0]), yield(vs[0]))) }
		},
	}
	for i, seq := range seqs {
		for _, script := range []string{"", "n", "s", "sn", "ss", "nn", "nsn", "nnnnnn", "nnns", "nnsnn"} {
			if got, want := pulls(pullOf[E](c), seq, script), pulls(iter.Pull[E], seq, script); !slices.Equal(got, want) {
				c.Errorf("sequence %d, %q:\ngot  %q\nwant %q", i, script, got, want)
			}
		}
	}
}

func TestGenericPullAgainBeforeYield(t *testing.T) {
	c := &comparison{T: t, s: theSession(), path: "iter"}
	attempt := func(pull func(iter.Seq[int]) (func() (int, bool), func())) (text string) {
		var next func() (int, bool)
		defer func() { text = describePanic(recover()) }()
		next, stop := pull(func(yield func(int) bool) { next() })
		defer stop()
		next()
		return "returns"
	}
	if got, want := attempt(pullOf[int](c)), attempt(iter.Pull[int]); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestGenericPullThroughGoexit(t *testing.T) {
	c := &comparison{T: t, s: theSession(), path: "iter"}
	for _, pull := range []func(iter.Seq[int]) (func() (int, bool), func()){iter.Pull[int], pullOf[int](c)} {
		done, returned := make(chan struct{}), false
		go func() {
			defer close(done)
			next, _ := pull(func(func(int) bool) { runtime.Goexit() })
			next()
			returned = true
		}()
		if <-done; returned {
			t.Error("next returned")
		}
	}
}

func TestGenericPull2(t *testing.T) {
	c := &comparison{T: t, s: theSession(), path: "iter"}
	f, sig := c.instance("Pull2", reflect.TypeFor[Word](), reflect.TypeFor[Point]())
	type pull2 = func(iter.Seq2[Word, Point]) (func() (Word, Point, bool), func())
	for _, pull := range []pull2{iter.Pull2[Word, Point], c.cross(reflect.TypeFor[pull2](), f, sig).Interface().(pull2)} {
		next, stop := pull(maps.All(map[Word]Point{"a": {1, 2}}))
		k, v, ok := next()
		if k != "a" || v != (Point{1, 2}) || !ok {
			t.Error(k, v, ok)
		}
		if k, v, ok := next(); k != "" || v != (Point{}) || ok {
			t.Error(k, v, ok)
		}
		stop()
		attempt := func() (text string) {
			defer func() { text = describePanic(recover()) }()
			next, stop := pull(nil)
			defer stop()
			next()
			return ""
		}
		if got := attempt(); got != "runtime error: invalid memory address or nil pointer dereference true" {
			t.Error(got)
		}
	}
}

// What interrupts a cell passes through native code untouched.
func TestGenericInterrupted(t *testing.T) {
	type interrupt struct{ cell int }
	c := &comparison{T: t, s: theSession(), path: "slices"}
	stop := func([]reflect.Value) []reflect.Value { panic(&interrupt{7}) }
	attempt := func(name string, f reflect.Value, args ...reflect.Value) {
		defer func() {
			if r, ok := recover().(*interrupt); !ok || r.cell != 7 {
				t.Errorf("%s: %v", name, r)
			}
		}()
		for i := range f.Type().NumIn() {
			if in := f.Type().In(i); in.Kind() == reflect.Func && len(args) == i {
				args = append(args, reflect.MakeFunc(in, stop))
			}
		}
		if out := f.Call(args); len(out) > 0 && out[0].Kind() == reflect.Func {
			out[0].Call([]reflect.Value{reflect.MakeFunc(out[0].Type().In(0), stop)})
		}
		t.Errorf("%s returned", name)
	}
	e := reflect.TypeFor[int]()
	x := reflect.ValueOf([]int{1, 2, 3})
	for _, name := range []string{"SortFunc", "SortStableFunc", "IsSortedFunc", "MinFunc", "MaxFunc", "IndexFunc", "ContainsFunc", "DeleteFunc", "CompactFunc", "All", "Values", "Backward", "AppendSeq"} {
		f, _ := c.instance(name, x.Type(), e)
		attempt(name, f, x)
	}
	for _, name := range []string{"Collect", "Sorted", "SortedFunc", "SortedStableFunc"} {
		f, _ := c.instance(name, e)
		attempt(name, f)
	}
	m := &comparison{T: t, s: theSession(), path: "maps"}
	for _, name := range []string{"All", "Keys", "Values", "DeleteFunc", "Insert"} {
		f, _ := m.instance(name, reflect.TypeFor[map[int]int](), e, e)
		attempt(name, f, reflect.ValueOf(map[int]int{1: 2}))
	}
}
