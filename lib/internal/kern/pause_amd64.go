//go:build amd64 && !purego

package kern

// pause tells the processor that this is a spin loop.
//
//go:noescape
func pause()
