package kern

import (
	"math/bits"
	"sync"
)

// scratch lends memory to kernels that copy their operands. What is given back is
// kept, so that calls of the same sizes do not allocate after the first; there are
// as many buffers as calls were under way at once.
type scratch[T float32 | float64] struct {
	mu   sync.Mutex
	free [][]T
}

var (
	scratch32 scratch[float32]
	scratch64 scratch[float64]
)

// take returns a buffer of length n with any content.
func (s *scratch[T]) take(n int) []T {
	s.mu.Lock()
	var b []T
	if last := len(s.free) - 1; last >= 0 {
		b = s.free[last]
		s.free = s.free[:last]
	}
	s.mu.Unlock()
	if cap(b) < n {
		// A power of two, at least a page, begins at a cache line.
		b = make([]T, 1<<max(10, bits.Len(uint(n-1))))
	}
	return b[:n]
}

// give takes a buffer back.
func (s *scratch[T]) give(b []T) {
	s.mu.Lock()
	s.free = append(s.free, b)
	s.mu.Unlock()
}
