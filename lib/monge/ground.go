package monge

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/internal/kern"
)

// ground is the cost of the gap as training needs it: whole matrices and whole
// gradients at a time. |x-y|², |x-y| and angles on the sphere are left to the kernels of
// [scaling]; other costs come block by block, on all cores.
type ground struct {
	c      cost.Cost
	blocks *cost.Blocks
	n, d   int
	costs  []float64 // n×n, and once a solve has taken them the weights of the gradient
	shards [][]float64
	rows   int // of a shard
}

// pairsOfShard is the number of pairs that a core takes at a time, in some 0.1 ms; the
// gradients of shards are added in order.
const pairsOfShard = 1 << 13

func newGround(c cost.Cost) *ground { return &ground{c: c} }

// euclidean reports whether the cost is |x-y|, spherical whether it is the angle between
// x and y; otherwise, unless it is general, it is |x-y|².
func (g *ground) euclidean() bool { return g.c == cost.Euclidean() }
func (g *ground) spherical() bool { return g.c == cost.Sphere() }

// general reports whether costs and gradients come block by block.
func (g *ground) general() bool {
	return !g.euclidean() && !g.spherical() && g.c != cost.SqEuclidean()
}

// take computes the costs between two clouds of n points. It belongs on the caller's
// goroutine, as a user's function may be called.
func (g *ground) take(x, y []float64, d int) {
	px, py := mat.NewDense(len(x)/d, d, x), mat.NewDense(len(y)/d, d, y)
	if g.blocks == nil {
		g.n, g.d = len(x)/d, d
		g.blocks = g.c.Blocks(px, py)
		g.costs = make([]float64, g.n*g.n)
		g.rows = min(g.n, max(4, pairsOfShard/g.n))
		for range (g.n + g.rows - 1) / g.rows {
			g.shards = append(g.shards, make([]float64, g.n*d))
		}
	} else {
		g.blocks.Move(px, py)
	}
	g.each(func(worker, _, from, to int) {
		g.blocks.Fill(worker, g.costs[from*g.n:to*g.n], from, to)
	})
}

// each calls f for all shards, given by their rows, on all cores.
func (g *ground) each(f func(worker, shard, from, to int)) {
	kern.Run(0, len(g.shards), func(worker, k int) {
		f(worker, k, k*g.rows, min(g.n, (k+1)*g.rows))
	})
}

// pullGeneral is pull for the costs that take computed.
func (g *ground) pullGeneral(grad []float64, s solver) {
	g.pullPlan(grad, s, -1, 1/float64(g.n))
}

// pullSelf adds the gradient by both arguments of half the value of a cloud with itself,
// for a symmetric cost.
func (g *ground) pullSelf(grad []float64, s solver) { g.pullPlan(grad, s, 1, 0) }

// pullPlan adds the gradient by y of Σ_ij (scale P_ij + diagonal δ_ij) c(x_i, y_j).
func (g *ground) pullPlan(grad []float64, s solver, scale, diagonal float64) {
	g.each(func(worker, k, from, to int) {
		w := g.costs[from*g.n : to*g.n]
		s.plan(w, from, to)
		for i := range w {
			w[i] *= scale
		}
		for i := from; i < to; i++ {
			w[(i-from)*g.n+i] += diagonal
		}
		clear(g.shards[k])
		g.blocks.AddGradY(worker, g.shards[k], w, from, to)
	})
	for _, part := range g.shards {
		for i, v := range part {
			grad[i] += v
		}
	}
}

// pull sets grad (m×d), which is 0, to the gradient by y of mean_i c(x_i, y_i) - ⟨P, C⟩,
// with P the plan of s, whose kernel it overwrites.
func (g *ground) pull(grad []float64, s solver, x, y []float64, d int) {
	n := len(y) / d
	if g.spherical() {
		s.divideBySines()
		s.pullColumns(grad, -1)
		tangential(grad, y, d)
		for i := range n {
			g.c.AddGradY(grad[i*d:(i+1)*d], 1/float64(n), x[i*d:(i+1)*d], y[i*d:(i+1)*d])
		}
		return
	}
	if !g.euclidean() {
		s.pullColumns(grad, -2)
		for i := range grad {
			grad[i] += 2 / float64(n) * (y[i] - x[i])
		}
		return
	}
	s.divide()
	s.pullColumns(grad, -1)
	for i := range n {
		if r := s.cost(i, i); r > 0 {
			for l := range d {
				grad[i*d+l] += (y[i*d+l] - x[i*d+l]) / (float64(n) * r)
			}
		}
	}
}

// tangential turns Σ_i P_ij (y_j - x_i) / sin θ_ij in row j of grad, with directions x_i and
// y_j, into the gradient of Σ_i P_ij θ_ij by y: what is orthogonal to y_j, divided by its
// norm.
func tangential(grad, y []float64, d int) {
	for j := 0; j < len(y); j += d {
		g, p := grad[j:j+d], y[j:j+d]
		norm := floats.Norm(p, 2)
		floats.AddScaled(g, -floats.Dot(g, p)/(norm*norm), p)
		floats.Scale(1/norm, g)
	}
}

// meanSquareWithin is the mean of |y_i-y_j|² over all pairs: twice the total
// variance.
func meanSquareWithin(y *mat.Dense) float64 {
	n, d := y.Dims()
	sum := 0.0
	for l := range d {
		mean, square := 0.0, 0.0
		for i := range n {
			mean += y.At(i, l)
		}
		mean /= float64(n)
		for i := range n {
			square += (y.At(i, l) - mean) * (y.At(i, l) - mean)
		}
		sum += square
	}
	return 2 * sum / float64(n)
}
