package repl

// stopProcess does nothing: Windows has no job control.
func stopProcess() {}
