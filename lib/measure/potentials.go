package measure

import (
	"runtime"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/kern"
)

// potentials is a sum of convex networks ψ, of three layers each, without the quadratic
// term. With q_l(x) = (D_lᵀx)² + W_l x + b_l, squares entry by entry,
//
//	z₀ = q₀(x),  z₁ = celu(C₁ z₀ + q₁(x)),  z₂ = celu(C₂ z₁ + q₂(x)),  ψ(x) = w·z₂
//
// and no entry of C and w is negative, which makes ψ convex: celu is convex and rises.
type potentials struct {
	d, width int
	// first holds what multiplies x, d×width: D₀ W₀ᵀ D₁ W₁ᵀ D₂ W₂ᵀ of every network in
	// turn, so that one product evaluates them all; back is its transpose.
	first, back []float64
	nets        []*convexNet
}

// convexNet is the rest of one network, with h_l units in layer l.
type convexNet struct {
	h [3]int
	b [3][]float64
	// c[l] is C_{l+1}, h_{l+1}×h_l, and ct[l] its transpose.
	c, ct [2][]float64
	w     []float64
}

// rowsPerShard keeps what a shard computes within a few hundred kB.
const rowsPerShard = 64

// gradients sets the rows of y to the gradients at the rows of x. Each shard of rows is
// computed by itself, so that the numbers do not depend on the cores.
func (p *potentials) gradients(y, x *mat.Dense) {
	n, _ := x.Dims()
	workers := runtime.GOMAXPROCS(0)
	scratch := make([]*convexScratch, workers)
	kern.Run(workers, (n+rowsPerShard-1)/rowsPerShard, func(worker, shard int) {
		if scratch[worker] == nil {
			scratch[worker] = p.scratch()
		}
		from := shard * rowsPerShard
		rows := min(rowsPerShard, n-from)
		p.shard(scratch[worker], rawRows(y, from, rows), rawRows(x, from, rows), rows)
	})
}

// rawRows is the rows of a matrix without gaps from one on.
func rawRows(x *mat.Dense, from, rows int) []float64 {
	_, d := x.Dims()
	raw := x.Slice(from, from+rows, 0, d).(*mat.Dense).RawMatrix()
	if raw.Stride != d {
		raw = mat.DenseCopyOf(x.Slice(from, from+rows, 0, d)).RawMatrix()
	}
	return raw.Data
}

// convexScratch is the memory of one worker.
type convexScratch struct {
	q       []float64 // products with first
	z, e, g [3][]float64
}

func (p *potentials) scratch() *convexScratch {
	s := &convexScratch{q: make([]float64, rowsPerShard*p.width)}
	for l := range s.z {
		size := 0
		for _, net := range p.nets {
			size = max(size, rowsPerShard*net.h[l])
		}
		s.z[l], s.e[l], s.g[l] = make([]float64, size), make([]float64, size), make([]float64, size)
	}
	return s
}

// shard sets y to the gradients at a few rows x.
func (p *potentials) shard(s *convexScratch, y, x []float64, rows int) {
	kern.Gemm64(s.q, p.width, x, p.d, 1, p.first, p.width, rows, p.width, p.d, false)
	column := 0
	for _, net := range p.nets {
		net.forward(s, p.width, column, rows)
		net.backward(s, p.width, column, rows)
		column += 2 * (net.h[0] + net.h[1] + net.h[2])
	}
	kern.Gemm64(y, p.d, s.q, p.width, 1, p.back, p.d, rows, p.d, p.width, false)
}

// forward sets z and the slopes e of the layers from the products q.
func (net *convexNet) forward(s *convexScratch, width, column, rows int) {
	for l, h := range net.h {
		z, e := s.z[l][:rows*h], s.e[l][:rows*h]
		if l == 0 {
			clear(z)
		} else {
			kern.Gemm64(z, h, s.z[l-1], net.h[l-1], 1, net.ct[l-1], h, rows, h, net.h[l-1], false)
		}
		for i := range rows {
			quad := s.q[i*width+column:]
			linear := quad[h:]
			for j, b := range net.b[l] {
				z[i*h+j] += quad[j]*quad[j] + linear[j] + b
			}
		}
		column += 2 * h
		if l == 0 {
			continue
		}
		for i, v := range z {
			e[i] = min(v, 0)
		}
		kern.Exp64(e, e)
		for i, v := range z {
			z[i], _ = celu(v, e[i])
		}
	}
}

// backward replaces the products q by the derivatives of ψ by them.
func (net *convexNet) backward(s *convexScratch, width, column, rows int) {
	ends := [3]int{column, column + 2*net.h[0], column + 2*(net.h[0]+net.h[1])}
	for l := 2; l >= 0; l-- {
		h, g := net.h[l], s.g[l][:rows*net.h[l]]
		if l == 2 {
			for i := range g {
				g[i] = net.w[i%h]
			}
		} else {
			above := net.h[l+1]
			kern.Gemm64(g, h, s.g[l+1], above, 1, net.c[l], h, rows, h, above, false)
		}
		if l > 0 {
			for i := range g {
				g[i] *= s.e[l][i]
			}
		}
		for i := range rows {
			quad := s.q[i*width+ends[l]:]
			linear := quad[h:]
			for j := range h {
				quad[j], linear[j] = 2*quad[j]*g[i*h+j], g[i*h+j]
			}
		}
	}
}
