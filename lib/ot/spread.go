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
	x, y, distances := p.distances()
	switch {
	case p.Cost == cost.Euclidean():
		return statisticsOf(distancesBetween(x, y), p, nil).deviation
	case distances:
		return squaredDeviation(x, y)
	}
	return statisticsOf(p.Cost.Blocks(p.x, p.y).Fill, p, nil).deviation
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

// distancesBetween fills blocks of rows of |x_i - y_j|.
func distancesBetween(x, y *mat.Dense) func(_ int, c []float64, from, to int) {
	_, d := x.Dims()
	m, _ := y.Dims()
	points, columns := dense.Rows(x), dense.Columns(y)
	return func(_ int, c []float64, from, to int) {
		kern.Distances64(c, m, points[from*d:to*d], d, columns, true)
	}
}

// statistics are those of all costs of a problem.
type statistics struct{ low, high, deviation float64 }

// statisticsOf computes them in one pass over blocks of costs, a shard of rows at a
// time. It panics with a [*job.DataError] on a cost that is not finite.
func statisticsOf(fill func(worker int, c []float64, from, to int), p *Problem, monitor *job.Monitor) statistics {
	n, m := p.Dims()
	rows := max(1, min(64, 1<<20/m)) // a shard of up to 8 MiB
	shards := (n + rows - 1) / rows
	first := make([]float64, m)
	fill(0, first, 0, 1)
	around := first[0] // so that equal costs deviate by exactly 0
	sums, squares := make([]float64, shards), make([]float64, shards)
	lows, highs := make([]float64, shards), make([]float64, shards)
	band := max(2, 1<<21/(rows*m)) // that a cancellation is seen soon
	for begin := 0; begin < shards; begin += band {
		monitor.Check()
		kern.Run(0, min(band, shards-begin), func(worker, k int) {
			s := begin + k
			from, to := s*rows, min((s+1)*rows, n)
			c := make([]float64, (to-from)*m)
			fill(worker, c, from, to)
			lows[s], highs[s] = kern.Range64(c)
			for _, v := range c {
				sums[s] += v - around
				squares[s] += (v - around) * (v - around)
			}
		})
	}
	pairs := float64(n) * float64(m)
	mean, square := 0.0, 0.0
	for s, v := range sums {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			panic(notFiniteCost(fill, s*rows, min((s+1)*rows, n), m, p))
		}
		mean += v / pairs
		square += squares[s] / pairs
	}
	low, _ := kern.Range64(lows)
	_, high := kern.Range64(highs)
	return statistics{low, high, math.Sqrt(max(0, square-mean*mean))}
}

// notFiniteCost names the pair whose cost is NaN or infinite.
func notFiniteCost(fill func(worker int, c []float64, from, to int), from, to, m int, p *Problem) error {
	c := make([]float64, (to-from)*m)
	fill(0, c, from, to)
	for k, v := range c {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return job.BadData("ot: the cost %v is %v between row %d of x and row %d of y", p.Cost, v, from+k/m+1, k%m+1)
		}
	}
	return job.BadData("ot: the costs %v overflow when they are summed; rescale the points", p.Cost)
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
