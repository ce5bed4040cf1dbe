package ot

import (
	"math"

	"gaspard/lib/job"
)

// order is a list of numbers in ascending order, with scratch memory to sort others of
// the same length. Equal numbers keep their order.
type order struct {
	sorted []float64
	index  []int32 // where a sorted number was in the list

	keys, otherKeys []uint64
	otherIndex      []int32
}

func newOrder(n int) *order {
	return &order{
		sorted: make([]float64, n), index: make([]int32, n),
		keys: make([]uint64, n), otherKeys: make([]uint64, n), otherIndex: make([]int32, n),
	}
}

const (
	digitBits = 8
	digits    = 1 << digitBits
	// Lists shorter than radixFrom are sorted by insertion, since counting digits has a
	// price of its own.
	radixFrom = 128
	// Two lists of bothFrom numbers are worth a second goroutine.
	bothFrom = 1 << 14
)

// sort takes the order of the finite numbers x.
func (o *order) sort(x []float64, monitor *job.Monitor) {
	for i, v := range x {
		// The bits of positive floats are ordered as the floats are, those of negative
		// ones the other way round.
		bits := math.Float64bits(v + 0) // -0 becomes 0
		o.keys[i] = bits ^ (uint64(int64(bits)>>63) | 1<<63)
		o.index[i] = int32(i)
	}
	if len(x) < radixFrom {
		o.insert()
	} else {
		o.radix(monitor)
	}
	for k, i := range o.index {
		o.sorted[k] = x[i]
	}
}

// sortBoth takes two orders, at the same time where that pays.
func sortBoth(ox, oy *order, x, y []float64, monitor *job.Monitor) {
	if min(len(x), len(y)) < bothFrom {
		ox.sort(x, monitor)
		oy.sort(y, monitor)
		return
	}
	job.Parallel(monitor.Inner(), 2, 0, func(inner *job.Monitor, _ func()) func(int) {
		return func(side int) {
			if side == 0 {
				ox.sort(x, inner)
			} else {
				oy.sort(y, inner)
			}
		}
	})
}

func (o *order) insert() {
	for k, key := range o.keys {
		i, at := o.index[k], k
		for ; at > 0 && o.keys[at-1] > key; at-- {
			o.keys[at], o.index[at] = o.keys[at-1], o.index[at-1]
		}
		o.keys[at], o.index[at] = key, i
	}
}

// radix sorts keys and index by one digit after the other, the last first.
func (o *order) radix(monitor *job.Monitor) {
	var counts [(64 + digitBits - 1) / digitBits][digits]int32
	for _, key := range o.keys {
		for d := range counts {
			counts[d][key>>(d*digitBits)%digits]++
		}
	}
	for d := range counts {
		monitor.Check()
		count, shift := &counts[d], d*digitBits
		if int(count[o.keys[0]>>shift%digits]) == len(o.keys) {
			continue // all have the same digit
		}
		next := int32(0)
		for k, c := range count {
			count[k], next = next, next+c
		}
		for i, key := range o.keys {
			at := &count[key>>shift%digits]
			o.otherKeys[*at], o.otherIndex[*at] = key, o.index[i]
			*at++
		}
		o.keys, o.otherKeys = o.otherKeys, o.keys
		o.index, o.otherIndex = o.otherIndex, o.index
	}
}
