package kern

import (
	"os"
	"strconv"
	"strings"
	"sync"
)

// L2Bytes returns the size of a core's second-level cache, by which blocks are
// chosen; 1 MiB where the system does not tell.
var L2Bytes = sync.OnceValue(func() int {
	const common = 1 << 20
	text, err := os.ReadFile("/sys/devices/system/cpu/cpu0/cache/index2/size")
	if err != nil {
		return common
	}
	kib, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(string(text)), "K"))
	if err != nil || kib < 128 || kib > 1<<16 {
		return common
	}
	return kib << 10
})
