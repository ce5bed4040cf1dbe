package ot

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"gaspard/lib/cost"
	"gaspard/lib/internal/dense"
	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// chooseEpsilon applies the default rule of 0.05 standard deviations of the
// cost. A constant cost has none: any ε gives the product plan then, and one of the
// cost's size does not lose it to rounding.
func chooseEpsilon(eps float64, p *Problem) (float64, string) {
	if eps > 0 {
		return eps, "as given"
	}
	if sd := costDeviation(p); sd > 0 {
		return 0.05 * sd, "0.05 × standard deviation of the cost"
	}
	_, m := p.Dims()
	c := make([]float64, m)
	p.costRows()(0, c, 0, 1)
	if size := math.Abs(c[0]); size > 0 {
		return size, "the size of the cost, which is constant"
	}
	return 1, "1, since the cost is 0"
}

// costDeviation is the standard deviation of the costs, each counted once.
func costDeviation(p *Problem) float64 {
	if p.c != nil {
		_, variance := stat.PopMeanVariance(dense.Rows(p.c), nil)
		return math.Sqrt(variance)
	}
	if x, y, distances := p.distances(); distances && p.Cost != cost.Euclidean() {
		return squaredDeviation(x, y)
	}
	return newCostRows(p, nil).statistics().deviation
}

// distances returns points whose distances, squared for all costs but [cost.Euclidean],
// are the costs, if there are such.
func (p *Problem) distances() (x, y *mat.Dense, ok bool) {
	if p.Cost == cost.Euclidean() {
		return p.x, p.y, true
	}
	x, ok = p.Cost.Embed(p.x)
	if !ok {
		return nil, nil, false
	}
	y, _ = p.Cost.Embed(p.y)
	return x, y, true
}

// centred is a cloud less its mean, which for equal points is exactly 0.
type centred struct {
	x    *mat.Dense
	mean []float64 // from the first point, which keeps equal points equal
}

func center(x *mat.Dense) centred {
	n, d := x.Dims()
	c := centred{mat.NewDense(n, d, nil), make([]float64, d)}
	first := x.RawRowView(0)
	for i := range n {
		for k, v := range x.RawRowView(i) {
			c.mean[k] += (v - first[k]) / float64(n)
		}
	}
	for i := range n {
		row := c.x.RawRowView(i)
		for k, v := range x.RawRowView(i) {
			row[k] = (v - first[k]) - c.mean[k]
		}
	}
	return c
}

// squaredDeviation is the standard deviation of |x_i - y_j|² over all pairs. With x̃ and
// ỹ less their means, and δ the difference of these,
//
//	|x - y|² = |δ|² + (|x̃|² + 2δ·x̃) + (|ỹ|² - 2δ·ỹ) - 2 x̃·ỹ,
//
// whose last three terms are not correlated; the variance of x̃·ỹ is tr(S_x S_y), with
// S the covariances. No term is negative, so nothing cancels.
func squaredDeviation(x, y *mat.Dense) float64 {
	cx, cy := center(x), center(y)
	n, d := x.Dims()
	m, _ := y.Dims()
	delta := make([]float64, d)
	for k := range delta {
		delta[k] = (x.At(0, k) - y.At(0, k)) + (cx.mean[k] - cy.mean[k])
	}
	side := func(c centred, sign float64) float64 {
		rows, _ := c.x.Dims()
		terms := make([]float64, rows)
		for i := range terms {
			for k, v := range c.x.RawRowView(i) {
				terms[i] += v*v + 2*sign*delta[k]*v
			}
		}
		_, variance := stat.PopMeanVariance(terms, nil)
		return variance
	}
	sx, sy := make([]float64, d*d), make([]float64, d*d)
	kern.ParallelGemm64(sx, d, cx.x.RawMatrix().Data, 1, d, cx.x.RawMatrix().Data, d, d, d, n, false)
	kern.ParallelGemm64(sy, d, cy.x.RawMatrix().Data, 1, d, cy.x.RawMatrix().Data, d, d, d, m, false)
	cross := 0.0
	for k, v := range sx {
		cross += v * sy[k]
	}
	return math.Sqrt(side(cx, 1) + side(cy, -1) + 4*cross/float64(n)/float64(m))
}

// statistics are those of all costs of a problem.
type statistics struct{ low, high, deviation float64 }

// statistics computes them for points, in one pass. It panics with a [*job.DataError] on
// a cost that is not finite.
func (r *costRows) statistics() statistics {
	first := make([]float64, r.m)
	r.fill(0, first, 0, 1)
	around := first[0] // so that equal costs deviate by exactly 0
	sums, squares := make([]float64, r.n), make([]float64, r.n)
	lows, highs := make([]float64, r.n), make([]float64, r.n)
	r.each(r.workers(), func(_, i int, costs []float64) {
		lows[i], highs[i] = kern.Range64(costs)
		for _, v := range costs {
			sums[i] += v - around
			squares[i] += (v - around) * (v - around)
		}
	})
	pairs := float64(r.n) * float64(r.m)
	mean, square := 0.0, 0.0
	for i, v := range sums {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			panic(r.notFinite(i))
		}
		mean += v / pairs
		square += squares[i] / pairs
	}
	low, _ := kern.Range64(lows)
	_, high := kern.Range64(highs)
	return statistics{low, high, math.Sqrt(max(0, square-mean*mean))}
}

// notFinite names the pair of a row whose cost is NaN or infinite.
func (r *costRows) notFinite(i int) error {
	c := make([]float64, r.m)
	r.fill(0, c, i, i+1)
	for j, v := range c {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return job.BadData("ot: the cost %v is %v between row %d of x and row %d of y", r.p.Cost, v, i+1, j+1)
		}
	}
	return job.BadData("ot: the costs %v overflow when they are summed; rescale the points", r.p.Cost)
}

// spreadOfPoints bounds the difference of the largest and the least cost from above,
// by a small factor: the annealing schedule begins with it.
func spreadOfPoints(x, y *mat.Dense, euclidean bool) float64 {
	cx, cy := center(x), center(y)
	radius := func(x *mat.Dense) (r float64) {
		n, _ := x.Dims()
		for i := range n {
			r = max(r, mat.Norm(x.RowView(i), 2))
		}
		return r
	}
	gap := 0.0
	for k, v := range cx.mean {
		delta := (x.At(0, k) - y.At(0, k)) + (v - cy.mean[k])
		gap += delta * delta
	}
	gap = math.Sqrt(gap)
	reach := radius(cx.x) + radius(cy.x)
	if euclidean {
		return min(2*reach, gap+reach)
	}
	low := max(0, gap-reach)
	return (gap+reach)*(gap+reach) - low*low
}
