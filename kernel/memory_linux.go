package kernel

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// limitAddressSpace has the system refuse memory beyond a size, so that one
// enormous allocation fails at once instead of dragging the machine down. The
// limit counts writable memory: what Go merely reserves does not.
func limitAddressSpace(bytes int64) {
	const overhead = 512 << 20 // thread stacks, and the 64 MB pieces in which the heap grows
	limit := uint64(bytes) + overhead
	// Where it cannot be set, the watch over memory remains.
	_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: limit, Max: limit})
}

// machineMemory is the memory of the machine, or of the container the process is
// in; 0 where that is not known.
func machineMemory() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	bytes := int64(info.Totalram) * int64(info.Unit)
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && limit > 0 {
			bytes = min(bytes, limit)
		}
	}
	return bytes
}
