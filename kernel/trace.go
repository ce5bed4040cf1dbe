package kernel

import (
	"bytes"
	"io"
	"regexp"
	"sync"
)

// traceWriter takes the lines that the interpreter writes for each function a
// panic passes through out of its standard error.
type traceWriter struct{ out io.Writer }

var frameLine = regexp.MustCompile(`: panic: (?:main\.)?([^\n]*?)\(\.\.\.\)$`)

func (t *traceWriter) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		if m := frameLine.FindSubmatch(bytes.TrimSuffix(line, []byte("\n"))); m != nil {
			passed.add(string(m[1]))
			continue
		}
		if _, err := t.out.Write(line); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// traces holds the functions that panics have passed, by engine names, innermost
// first, of each goroutine apart.
type traces struct {
	lock sync.Mutex
	of   map[uint64][]string
}

// passed is where all panics of the process leave their traces.
var passed = traces{of: map[uint64][]string{}}

// maxStack bounds the functions that are kept: the innermost say what happened.
const maxStack = 64

// add notes a function that the calling goroutine's panic has passed.
func (t *traces) add(function string) {
	id := goroutineID()
	t.lock.Lock()
	defer t.lock.Unlock()
	if len(t.of[id]) < maxStack {
		t.of[id] = append(t.of[id], function)
	}
}

// take returns what the calling goroutine's panic has passed, and forgets it.
func (t *traces) take() []string {
	id := goroutineID()
	t.lock.Lock()
	defer t.lock.Unlock()
	stack := t.of[id]
	delete(t.of, id)
	return stack
}

// put has a panic that had passed some functions go on in the calling goroutine.
func (t *traces) put(stack []string) {
	id := goroutineID()
	t.lock.Lock()
	defer t.lock.Unlock()
	t.of[id] = stack
}

// clear forgets panics that ended in native code.
func (t *traces) clear() {
	t.lock.Lock()
	defer t.lock.Unlock()
	clear(t.of)
}
