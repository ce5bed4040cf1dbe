//go:build amd64 || arm64

package kernel

// goroutineKey tells the calling goroutine from all others that live.
func goroutineKey() uintptr

// stackUse is how many bytes of its stack the calling goroutine uses.
func stackUse() uintptr
