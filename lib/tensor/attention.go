package tensor

import "math"

// attention is causal or full self-attention; see [Var.Attention]. All heads of
// a sequence lie side by side in rows of x and y, so that every product is one of
// strided matrices. Where it is causal, blocks of queries see only the keys up to
// their end.
type attention[T real] struct {
	x, y         *matrix[T]
	count, heads int
	length, size int // of a sequence, of a head
	causal       bool
	p            []T // the softmax, count·heads·length×length; one only where it is not kept
	keep         bool
	// Scratch: keys transposed, for the backward pass values transposed and the
	// adjoint of the softmax.
	keys, values, dp []T
}

// attentionBlock is how many queries share the keys they see: a tile's width, so
// that half of the causal products are left out for sequences of a few blocks.
const attentionBlock = 64

func attentionMemory(v *Var, train bool) memory {
	length, size := v.rows/v.count, v.cols/v.heads
	m := memory{saved: length * length, forward: length * size}
	if train {
		m.saved *= v.count * v.heads
		m.backward = roundUp(length*size) + length*length
	}
	return m
}

func newAttention[T real](v *Var, x, y *matrix[T], s scratch[T]) *attention[T] {
	a := &attention[T]{x: x, y: y, count: v.count, heads: v.heads, length: v.rows / v.count, size: v.cols / v.heads,
		causal: v.causal, p: s.saved, keep: s.backward != nil, keys: s.forward}
	if a.keep {
		n := a.length * a.size
		a.values, a.dp = s.backward[:n], s.backward[roundUp(n):]
	}
	return a
}

// softmaxOf returns the place of the softmax of one head in one sequence.
func (s *attention[T]) softmaxOf(sequence, head int) []T {
	n := s.length * s.length
	if !s.keep {
		return s.p[:n]
	}
	at := (sequence*s.heads + head) * n
	return s.p[at : at+n]
}

// seen returns how many keys the queries before the given one see.
func (s *attention[T]) seen(to int) int {
	if s.causal {
		return to
	}
	return s.length
}

// parts returns queries, keys and values of one head in one sequence; rows are
// 3·heads·size apart.
func (s *attention[T]) parts(v []T, sequence, head int) (q, k, w []T) {
	d := s.heads * s.size
	at := sequence*s.length*3*d + head*s.size
	return v[at:], v[at+d:], v[at+2*d:]
}

func (s *attention[T]) forward() {
	n, h, d := s.length, s.size, s.heads*s.size
	scale := T(1 / math.Sqrt(float64(h)))
	for c := range s.count {
		for head := range s.heads {
			q, k, v := s.parts(s.x.v, c, head)
			y := s.y.v[c*n*d+head*h:]
			p := s.softmaxOf(c, head)
			transpose(s.keys, n, k, 3*d, n, h)
			for i := 0; i < n; i += attentionBlock {
				to := min(i+attentionBlock, n)
				gemm(p[i*n:], n, q[i*3*d:], 3*d, 1, s.keys, n, to-i, s.seen(to), h, false)
			}
			if s.causal {
				softmaxCausal(p, n, scale)
			} else {
				scaleInto(p, scale, p)
				softmaxRows(p, p, n, n)
			}
			for i := 0; i < n; i += attentionBlock {
				to := min(i+attentionBlock, n)
				gemm(y[i*d:], d, p[i*n:], n, 1, v, 3*d, to-i, h, s.seen(to), false)
			}
		}
	}
}

func (s *attention[T]) backward() {
	if s.x.d == nil {
		return
	}
	n, h, d := s.length, s.size, s.heads*s.size
	scale := T(1 / math.Sqrt(float64(h)))
	for c := range s.count {
		for head := range s.heads {
			q, k, v := s.parts(s.x.v, c, head)
			dq, dk, dv := s.parts(s.x.d, c, head)
			dy := s.y.d[c*n*d+head*h:]
			p := s.softmaxOf(c, head)
			s.softmaxAdjoint(p, dy, v, scale)
			for i := 0; i < n; i += attentionBlock {
				to := min(i+attentionBlock, n)
				from := n - s.seen(n-i) // the first query that sees key i
				gemm(dq[i*3*d:], 3*d, s.dp[i*n:], n, 1, k, 3*d, to-i, h, s.seen(to), !s.x.set)
				gemm(dk[i*3*d:], 3*d, s.dp[from*n+i:], 1, n, q[from*3*d:], 3*d, to-i, h, n-from, !s.x.set)
				gemm(dv[i*3*d:], 3*d, p[from*n+i:], 1, n, dy[from*d:], d, to-i, h, n-from, !s.x.set)
			}
		}
	}
}

// softmaxAdjoint leaves the adjoint of the scaled scores in dp, given the softmax
// p, the adjoint dy of the result, and the values v.
func (s *attention[T]) softmaxAdjoint(p, dy, v []T, scale T) {
	n, h, d := s.length, s.size, s.heads*s.size
	transpose(s.values, n, v, 3*d, n, h)
	for i := 0; i < n; i += attentionBlock {
		to := min(i+attentionBlock, n)
		gemm(s.dp[i*n:], n, dy[i*d:], d, 1, s.values, n, to-i, s.seen(to), h, false)
		for r := i; r < to; r++ {
			clear(s.dp[r*n+s.seen(to) : r*n+n])
		}
	}
	softmaxBackward(s.dp, p, s.dp, n, n, scale)
}
