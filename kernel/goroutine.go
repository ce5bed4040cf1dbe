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
