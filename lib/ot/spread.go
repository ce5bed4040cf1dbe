package ot

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"gaspard/lib/cost"
	"gaspard/lib/internal/dense"
	"gaspard/lib/internal/kern"
)

// chooseEpsilon applies the default rule of 0.05 standard deviations of the
// cost. A constant cost has none: any ε gives the product plan then.
func chooseEpsilon(eps float64, p *Problem) (float64, string) {
	if eps > 0 {
		return eps, "as given"
	}
	if sd := costDeviation(p); sd > 0 {
		return 0.05 * sd, "0.05 × standard deviation of the cost"
	}
	return 1, "1, since the cost is constant"
}

// costDeviation is the standard deviation of the costs, each counted once.
func costDeviation(p *Problem) float64 {
	switch {
	case p.c != nil:
		_, variance := stat.PopMeanVariance(dense.Rows(p.c), nil)
		return math.Sqrt(variance)
	case p.Cost == cost.SqEuclidean():
		return squaredDeviation(p.x, p.y)
	}
	return distanceDeviation(p.x, p.y)
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

// distanceDeviation is the standard deviation of |x_i - y_j| over all pairs, in one
// pass over them, a shard of rows at a time.
func distanceDeviation(x, y *mat.Dense) float64 {
	n, d := x.Dims()
	m, _ := y.Dims()
	points := dense.Rows(x)
	to := dense.Columns(y)
	rows := max(1, min(64, 1<<20/m)) // a shard of up to 8 MiB
	shards := (n + rows - 1) / rows
	// About the first distance, so that equal ones deviate by exactly 0.
	around := cost.Euclidean().At(x.RawRowView(0), y.RawRowView(0))
	sums, squares := make([]float64, shards), make([]float64, shards)
	kern.Run(0, shards, func(_, s int) {
		from, until := s*rows, min((s+1)*rows, n)
		c := make([]float64, (until-from)*m)
		kern.Distances64(c, m, points[from*d:until*d], d, to, true)
		for _, v := range c {
			sums[s] += v - around
			squares[s] += (v - around) * (v - around)
		}
	})
	pairs := float64(n) * float64(m)
	mean, square := 0.0, 0.0
	for s, v := range sums {
		mean += v / pairs
		square += squares[s] / pairs
	}
	return math.Sqrt(max(0, square-mean*mean))
}

// spreadOfPoints bounds the difference of the largest and the least cost from above,
// by a small factor: the annealing schedule begins with it.
func spreadOfPoints(p *Problem) float64 {
	cx, cy := center(p.x), center(p.y)
	radius := func(x *mat.Dense) (r float64) {
		n, _ := x.Dims()
		for i := range n {
			r = max(r, mat.Norm(x.RowView(i), 2))
		}
		return r
	}
	gap := 0.0
	for k, v := range cx.mean {
		delta := (p.x.At(0, k) - p.y.At(0, k)) + (v - cy.mean[k])
		gap += delta * delta
	}
	gap = math.Sqrt(gap)
	reach := radius(cx.x) + radius(cy.x)
	if p.Cost == cost.Euclidean() {
		return min(2*reach, gap+reach)
	}
	low := max(0, gap-reach)
	return (gap+reach)*(gap+reach) - low*low
}
