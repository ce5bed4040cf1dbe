//go:build !linux

package kernel

// limitAddressSpace does nothing: other systems do not enforce such a limit, so
// that the watch over memory has to do.
func limitAddressSpace(int64) {}

// machineMemory is not known.
func machineMemory() int64 { return 0 }
