package monge

import "gaspard/lib/internal/kern"

// shardSize is the number of costs in a shard, which a core goes through in some 10 µs;
// up to twice as many are not worth dividing.
const shardSize = 1 << 17

// shards are the loops of a scaling over blocks of rows, made once, so that handing
// them out allocates nothing.
type shards[T real] struct {
	count, rowsOf int
	partial       []T // column sums of each shard, added in order
	ones          []T

	fillShard, extendShard, sineShard, buildShard, dotShard, sweepShard func(from, to, shard int)
	handed                                                              func(from, to, shard int)
	call                                                                func(worker, shard int)
}

func newShards[T real](s *scaling[T]) shards[T] {
	sh := shards[T]{count: 1, rowsOf: s.n}
	if s.n*s.m > 2*shardSize {
		sh.rowsOf = max(4, shardSize/s.m&^3) // kernels take four rows at a time
		sh.count = (s.n + sh.rowsOf - 1) / sh.rowsOf
		sh.partial = make([]T, sh.count*s.m)
	}
	sh.ones = make([]T, sh.count)
	for k := range sh.ones {
		sh.ones[k] = 1
	}
	m := s.m
	sh.fillShard = func(from, to, _ int) {
		s.distances(s.c[from*m:to*m], m, s.x[from*s.d:to*s.d], s.d, s.yt, s.root)
		if s.angular {
			s.angles(s.c[from*m : to*m])
		}
	}
	sh.extendShard = s.extend
	sh.sineShard = func(from, to, _ int) { s.quotientsBySines(s.k[from*m:to*m], s.c[from*m:to*m]) }
	sh.buildShard = func(from, to, _ int) {
		s.gibbs(s.k[from*m:to*m], s.c[from*m:to*m], m, s.f[from:to], s.g, T(1/s.eps))
	}
	sh.dotShard = func(from, to, _ int) { s.rowDots(s.rows[from:to], s.k[from*m:to*m], m, s.u) }
	sh.sweepShard = func(from, to, shard int) {
		cols := s.cols
		if s.count > 1 {
			cols = s.partial[shard*m : shard*m+m]
		}
		s.sweepRows(cols, s.rows[from:to], s.u[from:to], s.k[from*m:to*m], m, s.v, T(1/float64(s.n)))
	}
	sh.call = func(_, shard int) {
		from := shard * s.rowsOf
		s.handed(from, min(from+s.rowsOf, s.n), shard)
	}
	return sh
}

// run calls f for each shard, given by its rows.
func (sh *shards[T]) run(f func(from, to, shard int)) {
	sh.handed = f
	kern.Run(0, sh.count, sh.call)
}

// sweep updates u, which makes the row sums right, and leaves K v in rows and the column
// sums of diag(u) K in cols.
func (s *scaling[T]) sweep() {
	s.run(s.sweepShard)
	if s.count > 1 {
		clear(s.cols)
		s.addRows(s.cols, s.partial, s.m, s.ones)
	}
}
