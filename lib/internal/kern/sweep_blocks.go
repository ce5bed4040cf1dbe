package kern

import "runtime"

// NewBlockSweep prepares the problem of costs that fill writes, in blocks of whole
// rows: rows from to to-1 as (to−from)×m numbers between low and high. Workers call
// it at any time of a pass, each with its own index. With keep each cost is computed
// once and kept, in nm numbers; without, in each pass, in memory O(n+m).
func NewBlockSweep[T float32 | float64](a, b []float64, low, high float64, keep bool, fill func(worker int, c []float64, from, to int)) *Sweep[T] {
	s := &Sweep[T]{n: len(a), m: len(b), form: sweepStored, costsOf: fill, offset: low, unit: unitNear(high - low)}
	s.from[0].Weights, s.from[1].Weights = a, b
	s.allocate()
	s.px = make([]T, 1)
	if keep {
		s.stride = s.padded
		s.costs = make([]T, len(s.row)*s.stride)
		s.readyBlocks()
		Run(0, s.shards(), func(worker, shard int) {
			to := min((shard+1)*s.shardRows, s.n)
			for at := shard * s.shardRows; at < to; at += sweepRows {
				s.fillBlock(worker, s.costs[at*s.stride:], at, min(at+sweepRows, to))
			}
		})
		s.costsOf, s.blocks, s.filled = nil, nil, nil
	}
	s.SetEpsilon(1)
	return s
}

// readyBlocks makes room for the blocks of the workers there may be.
func (s *Sweep[T]) readyBlocks() {
	for len(s.blocks) < runtime.GOMAXPROCS(0) {
		s.blocks = append(s.blocks, make([]T, sweepRows*s.padded))
		s.filled = append(s.filled, make([]float64, sweepRows*s.m))
	}
}

// fillBlock writes the costs of up to four rows to dst, as the tile reads them.
func (s *Sweep[T]) fillBlock(worker int, dst []T, from, to int) {
	c := s.filled[worker][:(to-from)*s.m]
	s.costsOf(worker, c, from, to)
	inverse := 1 / s.unit
	for r := range to - from {
		out := dst[r*s.padded:][:s.m]
		for j, v := range c[r*s.m:][:s.m] {
			out[j] = T((v - s.offset) * inverse)
		}
	}
}
