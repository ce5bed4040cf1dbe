package kernel

import (
	"bytes"
	"runtime"
	"strconv"
)

// goroutineID reads the calling goroutine's number from its stack header,
// "goroutine 17 [running]:". It takes about a microsecond, so only slow paths
// ask: the start and end of a goroutine, and an interrupt.
func goroutineID() uint64 {
	var buf [64]byte
	header := bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
	digits, _, _ := bytes.Cut(header, []byte(" "))
	id, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		panic("kernel: the runtime's stack header has changed: " + string(buf[:]))
	}
	return id
}

// goroutineRun reads, from the labels in the calling goroutine's stack header,
// which execution it was started by: directly, by a goroutine of it, or by
// native code that it called. The header reads
// "goroutine 17 [running, labels:{"cell": "3", "run": "5"}]:" as long as
// GODEBUG has the setting tracebacklabels, with which kernels are started.
func goroutineRun() (int, bool) {
	var buf [1024]byte
	header, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte("\n"))
	_, after, ok := bytes.Cut(header, []byte(`"`+runLabel+`": "`))
	if !ok {
		return 0, false
	}
	digits, _, _ := bytes.Cut(after, []byte(`"`))
	run, err := strconv.Atoi(string(digits))
	return run, err == nil
}

// panicking reports whether the calling goroutine runs deferred code because of
// a panic, recovered or not. In compiled code the frame of the panic is then among
// the innermost.
func panicking() bool {
	if _, ok := tidying.Load(goroutineKey()); ok {
		return true
	}
	buf := make([]byte, 8<<10)
	return bytes.Contains(buf[:runtime.Stack(buf, false)], []byte("\npanic("))
}
