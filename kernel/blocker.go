package kernel

import (
	"fmt"
	"path"
	"runtime"
	"strings"
)

// blocker says what keeps a goroutine from a poll point, from its stack: the
// library call that it is in, or the operation that it waits for. It is empty
// where nothing does.
func blocker(goroutine uint64) string { return blockerOf(stackOf(goroutine)) }

// stackOf is the runtime's text about one goroutine.
func stackOf(goroutine uint64) string {
	buf := make([]byte, 64<<10)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) || len(buf) >= 64<<20 {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	header := fmt.Sprintf("goroutine %d [", goroutine)
	for block := range strings.SplitSeq(string(buf), "\n\n") {
		if strings.HasPrefix(block, header) {
			return block
		}
	}
	return ""
}

// interpreterPackage is how frames of the interpreter begin.
const interpreterPackage = "github.com/traefik/yaegi/"

// blockerOf reads a stack, innermost frame first. What was called from
// interpreted code is the last frame before the interpreter's that is not glue.
func blockerOf(stack string) string {
	lines := strings.Split(stack, "\n")
	_, state, _ := strings.Cut(lines[0], "[")
	state, _, _ = strings.Cut(state, "]")
	state, _, _ = strings.Cut(state, " labels:")
	state, _, _ = strings.Cut(state, ",")
	call := ""
	interpreted := false
	for _, line := range lines[1:] {
		if strings.HasPrefix(line, "\t") || line == "" {
			continue
		}
		if at := strings.LastIndexByte(line, '('); at > 0 {
			line = line[:at]
		}
		if strings.HasPrefix(line, interpreterPackage) {
			interpreted = true
			break
		}
		if !isGlue(line) {
			call = line
		}
	}
	switch {
	case !interpreted:
		return ""
	case strings.HasPrefix(call, "gaspard/"):
		return callName(call) + " stops at its next step"
	case call != "":
		return callName(call) + " cannot be interrupted; the cell stops when it returns"
	}
	what, waits := waits[state]
	if !waits {
		return ""
	}
	return "the cell waits for " + what + " that cannot be interrupted"
}

// waits are the states in which interpreted code itself can be stuck.
var waits = map[string]string{
	"chan receive":            "a channel",
	"chan send":               "a channel",
	"chan receive (nil chan)": "a nil channel",
	"chan send (nil chan)":    "a nil channel",
	"select":                  "a select",
	"select (no cases)":       "an empty select",
	"semacquire":              "a lock",
	"sync.Mutex.Lock":         "a lock of the interpreter",
	"sync.RWMutex.Lock":       "a lock of the interpreter",
	"sync.RWMutex.RLock":      "a lock of the interpreter",
}

// isGlue tells frames that no user has called by name: the runtime, reflection,
// and the kernel's own stand-ins for library functions.
func isGlue(frame string) bool {
	for _, prefix := range []string{"runtime.", "reflect.", "internal/", "syscall.", "gaspard/kernel.", "panic", "created by "} {
		if strings.HasPrefix(frame, prefix) {
			return true
		}
	}
	return false
}

// callName writes a frame as a user would: "mat.SVD.Factorize" for
// "gonum.org/v1/gonum/mat.(*SVD).Factorize".
func callName(frame string) string {
	name := path.Base(frame)
	name, _, _ = strings.Cut(name, "[...]")
	name, _, _ = strings.Cut(name, ".func")
	return strings.NewReplacer("(*", "", ")", "").Replace(name)
}
