package cost

import (
	"math"

	"gaspard/lib/internal/kern"
)

// Gradients by products of matrices, for costs whose gradient is a factor of the pair
// times a fixed matrix times x-y, and for those of directions. Points are taken relative to the
// first y, so that clouds far from 0 lose nothing.

// centre returns the points relative to the first y.
func (b *Blocks) centre() (x, y []float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cx == nil {
		b.cx, b.cy = relative(b.x, b.y[:b.d]), relative(b.y, b.y[:b.d])
	}
	return b.cx, b.cy
}

func relative(x, origin []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v - origin[i%len(origin)]
	}
	return out
}

// factors returns s_ij with ∇_x c = s_ij M (x_i-y_j) for weights w: w/|x-y| for the
// norm, 0 where that is 0, and 2w else.
func (b *Blocks) factors(w []float64, from, to int, s *state) (weights []float64, scale float64) {
	if b.cost.kind != euclidean {
		return w, 2
	}
	weights = grow(&s.work, len(w))
	copy(weights, w)
	costs := grow(&s.more, len(w))
	b.distances(costs, b.pyt, from, to)
	kern.DivideByCosts64(weights, costs)
	return weights, 1
}

func (b *Blocks) addQuadraticX(dst, w []float64, from, to int, s *state) {
	x, y := b.centre()
	n, m, d := to-from, b.m, b.d
	weights, scale := b.factors(w, from, to, s)
	sums := grow(&s.sums, n*d)
	kern.Gemm64(sums, d, weights, m, 1, y, d, n, d, m, false)
	for i := range n {
		total := 0.0
		for _, v := range weights[i*m:][:m] {
			total += v
		}
		row := sums[i*d:][:d]
		for l := range row {
			row[l] = total*x[(from+i)*d+l] - row[l]
		}
		b.addMetric(dst[i*d:][:d], scale, row)
	}
}

func (b *Blocks) addQuadraticY(dst, w []float64, from, to int, s *state) {
	x, y := b.centre()
	n, m, d := to-from, b.m, b.d
	weights, scale := b.factors(w, from, to, s)
	buffer := grow(&s.sums, m*d+m)
	sums, totals := buffer[:m*d], buffer[m*d:]
	kern.Gemm64(sums, d, weights, 1, m, x[from*d:to*d], d, m, d, n, false)
	clear(totals)
	for i := range n {
		for j, v := range weights[i*m:][:m] {
			totals[j] += v
		}
	}
	for j, total := range totals {
		row := sums[j*d:][:d]
		for l := range row {
			row[l] = total*y[j*d+l] - row[l]
		}
		b.addMetric(dst[j*d:][:d], scale, row)
	}
}

// addMetric adds scale M z to dst, M being 1 unless the cost has one.
func (b *Blocks) addMetric(dst []float64, scale float64, z []float64) {
	if b.cost.kind != mahalanobis {
		for l, v := range z {
			dst[l] += scale * v
		}
		return
	}
	for i := range dst {
		sum := 0.0
		for l, v := range b.cost.metric.m[i*b.d:][:b.d] {
			sum += v * z[l]
		}
		dst[i] += scale * sum
	}
}

// closeSine is the sine of an angle below which its gradient is taken pair by pair: the
// tangential part of a sum of directions over their sines would lose places.
const closeSine = 1e-6

// tangents returns s_ij for which the gradient of w_ij c(x_i, y_j) is -s_ij times the
// part of one direction that is orthogonal to the other, over the norm: w for the
// cosine, w over the sine for the angle. It calls close for the pairs that it leaves
// out.
func (b *Blocks) tangents(w []float64, from, to int, s *state, close func(i, j int, w float64)) []float64 {
	if b.cost.kind == cosine {
		return w
	}
	weights, plus := grow(&s.work, len(w)), grow(&s.more, len(w))
	b.distances(weights, b.pyt, from, to)
	b.distances(plus, b.opposite, from, to)
	for q, v := range w {
		sine := math.Sqrt(weights[q]*plus[q]) / 2
		if sine < closeSine {
			close(from+q/b.m, q%b.m, v)
			weights[q] = 0
		} else {
			weights[q] = v / sine
		}
	}
	return weights
}

func (b *Blocks) addDirectionsX(dst, w []float64, from, to int, s *state) {
	n, d := to-from, b.d
	weights := b.tangents(w, from, to, s, func(i, j int, w float64) {
		addAngleGrad(dst[(i-from)*d:][:d], w, b.row(i), b.column(j))
	})
	sums := grow(&s.sums, n*d)
	kern.Gemm64(sums, d, weights, b.m, 1, b.py, d, n, d, b.m, false)
	for i := range n {
		subtractTangent(dst[i*d:][:d], sums[i*d:][:d], b.px[(from+i)*d:][:d], norm(b.row(from+i)))
	}
}

func (b *Blocks) addDirectionsY(dst, w []float64, from, to int, s *state) {
	n, m, d := to-from, b.m, b.d
	weights := b.tangents(w, from, to, s, func(i, j int, w float64) {
		addAngleGrad(dst[j*d:][:d], w, b.column(j), b.row(i))
	})
	sums := grow(&s.sums, m*d)
	kern.Gemm64(sums, d, weights, 1, m, b.px[from*d:to*d], d, m, d, n, false)
	for j := range m {
		subtractTangent(dst[j*d:][:d], sums[j*d:][:d], b.py[j*d:][:d], norm(b.column(j)))
	}
}

// subtractTangent subtracts from dst the part of v that is orthogonal to the
// direction u, over the norm of the point.
func subtractTangent(dst, v, u []float64, r float64) {
	along := 0.0
	for l, z := range v {
		along += z * u[l]
	}
	for l, z := range v {
		dst[l] -= (z - along*u[l]) / r
	}
}
