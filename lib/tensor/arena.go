package tensor

import (
	"sort"
	"unsafe"
)

// buffer is a stretch of the arena that holds a value, an adjoint, a saved
// derivative or scratch from one moment of the replay to another, both included.
type buffer struct {
	size, from, to int
	offset         int
}

// alignment keeps buffers of either precision on cache-line boundaries.
const alignment = 16

// layout gives every buffer an offset such that no two that are alive at one
// moment overlap, and returns the arena's size. First fit in order of birth is
// close to the optimum for the nested lifetimes of reverse mode.
func layout(buffers []*buffer) int {
	order := append([]*buffer(nil), buffers...)
	sort.SliceStable(order, func(i, j int) bool { return order[i].from < order[j].from })
	var placed []*buffer // sorted by offset
	total := 0
	for _, b := range order {
		offset := 0
		at := len(placed)
		for i, p := range placed {
			if p.to < b.from {
				continue
			}
			if offset+b.size <= p.offset {
				at = i
				break
			}
			offset = max(offset, roundUp(p.offset+p.size))
		}
		b.offset = offset
		total = max(total, offset+b.size)
		placed = append(placed, nil)
		copy(placed[at+1:], placed[at:])
		placed[at] = b
		sort.SliceStable(placed, func(i, j int) bool { return placed[i].offset < placed[j].offset })
	}
	return total
}

func roundUp(n int) int { return (n + alignment - 1) / alignment * alignment }

// aligned returns n numbers that begin on a cache line.
func aligned[T real](n int) []T {
	v := make([]T, n+alignment)
	var one T
	skip := (64 - int(uintptr(unsafe.Pointer(unsafe.SliceData(v)))%64)) % 64 / int(unsafe.Sizeof(one))
	return v[skip : skip+n : skip+n]
}
