package ot

import (
	"math"
	"runtime"
	"sync"
)

// scaling iterates on a stored kernel K_ij = exp((f_i + g_j - C_ij)/ε), with
// the plan P_ij = a_i u_i K_ij v_j b_j. Updates of u and v are matrix-vector
// products; when a scaling leaves [1/bound, bound] it is absorbed into the
// potentials and K is computed afresh, so nothing overflows however small ε is
// (Schmitzer 2019, §3.2).
type scaling struct {
	n, m       int
	c          []float64 // n×m
	k          []float64 // n×m
	a, b       []float64
	f, g, u, v []float64
	eps        float64

	sums    []float64   // Σ_i a_i u_i K_ij of the current u
	partial [][]float64 // the same by shard of rows, added in order so that cores do not matter
}

const (
	scalingBound = 1e30
	rowShards    = 16
)

func newScaling(c []float64, a, b []float64) *scaling {
	n, m := len(a), len(b)
	s := &scaling{
		n: n, m: m, c: c, k: make([]float64, n*m), a: a, b: b,
		f: make([]float64, n), g: make([]float64, m),
		u: make([]float64, n), v: make([]float64, m), sums: make([]float64, m),
		partial: make([][]float64, rowShards),
	}
	for i := range s.partial {
		s.partial[i] = make([]float64, m)
	}
	return s
}

// shards calls f on rowShards ranges of rows, on as many goroutines as there are
// cores.
func (s *scaling) shards(f func(shard, from, to int)) {
	workers := min(runtime.GOMAXPROCS(0), rowShards)
	if s.n*s.m < 1<<14 {
		workers = 1
	}
	run := func(w int) {
		for shard := w; shard < rowShards; shard += workers {
			f(shard, shard*s.n/rowShards, (shard+1)*s.n/rowShards)
		}
	}
	var wait sync.WaitGroup
	for w := 1; w < workers; w++ {
		wait.Go(func() { run(w) })
	}
	run(0)
	wait.Wait()
}

// columnSums adds the partial sums of the shards, in order.
func (s *scaling) columnSums() {
	clear(s.sums)
	for _, p := range s.partial {
		for j, v := range p {
			s.sums[j] += v
		}
	}
}

// exactUpdate sets g, then f, to the soft c-transforms of one another in the log
// domain, which never underflows, and makes K that of the result with u = v = 1.
func (s *scaling) exactUpdate() {
	s.absorb()
	peak := make([]float64, s.m)
	for j := range peak {
		peak[j] = math.Inf(-1)
	}
	for i := range s.n {
		if s.a[i] == 0 {
			continue
		}
		for j, c := range s.row(s.c, i) {
			peak[j] = max(peak[j], s.f[i]-c)
		}
	}
	s.shards(func(shard, from, to int) {
		sum := s.partial[shard]
		clear(sum)
		for i := from; i < to; i++ {
			if s.a[i] == 0 {
				continue
			}
			for j, c := range s.row(s.c, i) {
				sum[j] += s.a[i] * math.Exp((s.f[i]-c-peak[j])/s.eps)
			}
		}
	})
	s.columnSums()
	for j := range s.g {
		s.g[j] = -peak[j] - s.eps*math.Log(s.sums[j])
	}
	s.shards(func(_, from, to int) {
		for i := from; i < to; i++ {
			s.f[i] = s.softRow(i)
		}
	})
	s.buildKernel()
}

// softRow is f_i = -ε log Σ_j b_j exp((g_j - C_ij)/ε).
func (s *scaling) softRow(i int) float64 {
	c := s.row(s.c, i)
	peak := math.Inf(-1)
	for j, g := range s.g {
		if s.b[j] > 0 {
			peak = max(peak, g-c[j])
		}
	}
	sum := 0.0
	for j, g := range s.g {
		if s.b[j] > 0 {
			sum += s.b[j] * math.Exp((g-c[j]-peak)/s.eps)
		}
	}
	return -peak - s.eps*math.Log(sum)
}

func (s *scaling) row(x []float64, i int) []float64 { return x[i*s.m : (i+1)*s.m] }

// absorb moves the scalings into the potentials.
func (s *scaling) absorb() {
	for i, u := range s.u {
		if u > 0 {
			s.f[i] += s.eps * math.Log(u)
		}
		s.u[i] = 1
	}
	for j, v := range s.v {
		if v > 0 {
			s.g[j] += s.eps * math.Log(v)
		}
		s.v[j] = 1
	}
}

// buildKernel computes K and the column sums for u = v = 1.
func (s *scaling) buildKernel() {
	s.shards(func(shard, from, to int) {
		sum := s.partial[shard]
		clear(sum)
		for i := from; i < to; i++ {
			c, k := s.row(s.c, i), s.row(s.k, i)
			for j := range k {
				k[j] = math.Exp((s.f[i] + s.g[j] - c[j]) / s.eps)
				sum[j] += s.a[i] * k[j]
			}
		}
	})
	s.columnSums()
}

// iterate updates v, then u, and returns the L1 error that the column marginal
// had before. It reports false where a sum has underflowed or a scaling left
// its bounds: the caller then makes an exact update.
func (s *scaling) iterate() (err float64, ok bool) {
	for j, sum := range s.sums {
		err += s.b[j] * math.Abs(s.v[j]*sum-1)
		if !(sum > 1/scalingBound) || sum > scalingBound {
			return err, false
		}
		s.v[j] = 1 / sum
	}
	bad := make([]bool, rowShards)
	bv := make([]float64, s.m)
	for j, v := range s.v {
		bv[j] = v * s.b[j]
	}
	s.shards(func(shard, from, to int) {
		sum := s.partial[shard]
		clear(sum)
		for i := from; i < to; i++ {
			k := s.row(s.k, i)
			dot := dot(k, bv)
			if !(dot > 1/scalingBound) || dot > scalingBound {
				bad[shard] = true
				dot = 1
			}
			s.u[i] = 1 / dot
			axpy(sum, s.a[i]*s.u[i], k)
		}
	})
	s.columnSums()
	for _, b := range bad {
		if b {
			return err, false
		}
	}
	return err, true
}

// dot is Σ x_j y_j, in four interleaved sums.
func dot(x, y []float64) float64 {
	y = y[:len(x)]
	var s0, s1, s2, s3 float64
	j := 0
	for ; j+4 <= len(x); j += 4 {
		s0 += x[j] * y[j]
		s1 += x[j+1] * y[j+1]
		s2 += x[j+2] * y[j+2]
		s3 += x[j+3] * y[j+3]
	}
	for ; j < len(x); j++ {
		s0 += x[j] * y[j]
	}
	return (s0 + s1) + (s2 + s3)
}

// axpy adds w x to dst.
func axpy(dst []float64, w float64, x []float64) {
	dst = dst[:len(x)]
	for j, v := range x {
		dst[j] += w * v
	}
}
