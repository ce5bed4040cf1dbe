//go:build unix

package repl

import (
	"syscall"
	"time"
)

// stopProcess suspends the process group, as the terminal does on Ctrl-Z, and
// returns when it is continued.
func stopProcess() {
	_ = syscall.Kill(0, syscall.SIGTSTP)
	time.Sleep(50 * time.Millisecond) // the signal may reach another thread first
}
