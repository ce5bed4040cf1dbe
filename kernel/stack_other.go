//go:build !amd64 && !arm64

package kernel

// goroutineKey tells the calling goroutine from all others.
func goroutineKey() uintptr { return uintptr(goroutineID()) }

// stackUse is unknown here: endless recursion ends the process.
func stackUse() uintptr { return 0 }
