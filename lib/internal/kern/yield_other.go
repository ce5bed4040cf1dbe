//go:build !linux

package kern

func yieldThread() {}
