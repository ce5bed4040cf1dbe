package monge

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/internal/dense"
	"gaspard/lib/internal/kern"
)

// ground is the cost of the gap as training needs it: whole matrices and whole
// gradients at a time. |x-y|², also of embedded points, |x-y| and angles on the sphere are
// left to the kernels of [scaling]; other costs come block by block, on all cores.
type ground struct {
	c        cost.Cost
	embedded bool      // whether it is |E(x)-E(y)|², but not |x-y|²
	x, y     []float64 // the points, or E of them, in dimension e
	e        int
	from     *mat.Dense // the second points before E
	byE      *mat.Dense // the gradient by E of them

	blocks *cost.Blocks
	n, d   int
	costs  []float64 // n×n, and once a solve has taken them the weights of the gradient
	shards [][]float64
	rows   int // of a shard
}

// pairsOfShard is the number of pairs that a core takes at a time, in some 0.1 ms; the
// gradients of shards are added in order.
const pairsOfShard = 1 << 13

func newGround(c cost.Cost) *ground {
	_, embedded := c.Embed(&mat.Dense{})
	return &ground{c: c, embedded: embedded && c != cost.SqEuclidean()}
}

// euclidean reports whether the cost is |x-y|, spherical whether it is the angle between
// x and y; otherwise, unless it is general, the kernels see |x-y|².
func (g *ground) euclidean() bool { return g.c == cost.Euclidean() }
func (g *ground) spherical() bool { return g.c == cost.Sphere() }

// general reports whether costs and gradients come block by block.
func (g *ground) general() bool {
	return !g.euclidean() && !g.spherical() && !g.embedded && g.c != cost.SqEuclidean()
}

// take goes over to two clouds of n points, whose costs it computes if they are general.
// It belongs on the caller's goroutine, as a user's function may be called.
func (g *ground) take(x, y []float64, d int) {
	if g.x, g.y, g.e = x, y, d; !g.general() && !g.embedded {
		return
	}
	px, py := mat.NewDense(len(x)/d, d, x), mat.NewDense(len(y)/d, d, y)
	if g.general() {
		g.takeCosts(px, py)
		return
	}
	ex, _ := g.c.Embed(px)
	ey, _ := g.c.Embed(py)
	_, g.e = ey.Dims()
	g.x, g.y, g.from = dense.Rows(ex), dense.Rows(ey), py
}

// takeCosts computes general costs.
func (g *ground) takeCosts(px, py *mat.Dense) {
	if g.blocks == nil {
		g.n, g.d = px.Dims()
		g.blocks = g.c.Blocks(px, py)
		g.costs = make([]float64, g.n*g.n)
		g.rows = min(g.n, max(4, pairsOfShard/g.n))
		for range (g.n + g.rows - 1) / g.rows {
			g.shards = append(g.shards, make([]float64, g.n*g.d))
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

// pull sets grad (n×d), which is 0, to the gradient by y of mean_i c(x_i, y_i) - ⟨P, C⟩,
// with P the plan of s, whose kernel it overwrites, for costs that are not general.
func (g *ground) pull(grad []float64, s solver) {
	by := g.scratch(grad)
	g.pullCosts(by, s, -1)
	g.addDisplacement(by, s)
	g.unembed(grad)
}

// pullWithin is pullSelf for costs that are not general, and sets grad, which is 0.
func (g *ground) pullWithin(grad []float64, s solver) {
	g.pullCosts(g.scratch(grad), s, 1)
	g.unembed(grad)
}

// scratch is where the gradient by the points that the kernels see goes: grad itself,
// unless they are embedded.
func (g *ground) scratch(grad []float64) []float64 {
	if !g.embedded {
		return grad
	}
	if n := len(g.y) / g.e; g.byE == nil {
		g.byE = mat.NewDense(n, g.e, nil)
	}
	g.byE.Zero()
	return g.byE.RawMatrix().Data
}

// unembed adds to grad what scratch holds, unless that is grad.
func (g *ground) unembed(grad []float64) {
	if g.embedded {
		n, d := g.from.Dims()
		g.c.AddEmbedGrad(mat.NewDense(n, d, grad), g.byE, g.from)
	}
}

// pullCosts sets grad, which is 0, to scale times the gradient by y of ⟨P, C⟩.
func (g *ground) pullCosts(grad []float64, s solver, scale float64) {
	switch {
	case g.spherical():
		s.divideBySines()
		s.pullColumns(grad, scale)
		tangential(grad, g.y, g.e)
	case g.euclidean():
		s.divide()
		s.pullColumns(grad, scale)
	default:
		s.pullColumns(grad, 2*scale)
	}
}

// addDisplacement adds the gradient by y of mean_i c(x_i, y_i).
func (g *ground) addDisplacement(grad []float64, s solver) {
	d := g.e
	n := float64(len(grad) / d)
	for i := 0; i < len(grad); i += d {
		x, y, to := g.x[i:i+d], g.y[i:i+d], grad[i:i+d]
		factor := 2 / n
		switch {
		case g.spherical():
			g.c.AddGradY(to, 1/n, x, y)
			continue
		case g.euclidean():
			r := s.cost(i/d, i/d)
			if r == 0 {
				continue
			}
			factor = 1 / (n * r)
		}
		for l, v := range y {
			to[l] += factor * (v - x[l])
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
