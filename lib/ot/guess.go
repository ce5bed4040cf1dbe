package ot

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

const (
	// The guess comes from the entropic problem at guessEpsilon of the costs' spread. A
	// smaller one, or a smaller error, would take more time than it saves.
	guessEpsilon = 1e-4
	guessTol     = 0.01
	guessMaxIter = 100
	// Larger ε on the way there are left sooner.
	guessStage    = 30
	guessStageTol = 0.1
)

// guess returns potentials near the optimal ones: of the entropic problem at a small ε,
// or, for few points or costs that are all the same, the least costs of the rows.
func guess(costs *costRows, a, b []float64, monitor *job.Monitor) (f, g []float64) {
	p := &Problem{A: a, B: b, Cost: costs.p.Cost, x: costs.p.x, y: costs.p.y, c: costs.c}
	if costs.n*costs.m > allPairs {
		if p.c != nil {
			p.c = withoutOutliers(p.c)
		}
		if s := newSolver(p, a, b, monitor.Inner()); s.spread > 0 && !math.IsInf(s.spread, 1) {
			s.anneal(guessEpsilon * s.spread)
			if finite(s.f) && finite(s.g) {
				return s.f, s.g
			}
		}
	}
	return leastOfRows(costs)
}

// leastOfRows returns potentials under which the cheapest arcs of the rows cost nothing.
func leastOfRows(costs *costRows) (f, g []float64) {
	f, g = costs.rowMins(make([]float64, costs.m)), make([]float64, costs.m)
	for i, v := range f {
		f[i] = finiteOr(v, 0)
	}
	return f, g
}

// anneal lowers ε in float32 and leaves the last potentials that were finite.
func (s *solver) anneal(eps float64) {
	sweep := sweepOf[float32](s, s.path)
	f, g := slices.Clone(s.f), slices.Clone(s.g)
	count := 0
	for _, e := range epsilons(eps, s.spread) {
		tol, limit := guessStageTol, min(count+guessStage, guessMaxIter)
		if e == eps {
			tol, limit = guessTol, guessMaxIter
		}
		sweep.SetEpsilon(e)
		sweep.SetPotentials(s.f, s.g)
		for off := math.Inf(1); off > tol && count < limit; count++ {
			s.job.Check()
			off = sweep.Iterate()
		}
		sweep.Potentials(f, g)
		if !finite(f) || !finite(g) {
			return
		}
		copy(s.f, f)
		copy(s.g, g)
	}
}

func finite(x []float64) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// withoutOutliers returns c itself, or if some entries are infinite or beyond all
// proportion, a copy in which they are only large. What is in proportion are the least
// costs of rows and columns, of which every plan has some, or where these are all the
// same, the smaller of the costs.
func withoutOutliers(c *mat.Dense) *mat.Dense {
	const proportion = 64
	n, m := c.Dims()
	raw := c.RawMatrix()
	low, high, reach := math.Inf(1), math.Inf(-1), math.Inf(-1)
	see := func(least float64) {
		if low = min(low, least); !math.IsInf(least, 1) {
			reach = max(reach, least)
		}
	}
	for i := range n {
		least, most := kern.Range64(c.RawRowView(i))
		see(least)
		high = max(high, most)
	}
	columns := infinite(m)
	kern.ColumnMins64(columns, raw.Data, raw.Stride, n)
	for _, least := range columns {
		see(least)
	}
	if math.IsInf(low, 1) {
		return mat.NewDense(n, m, nil)
	}
	if reach == low {
		reach = lowerCost(c)
	}
	bound := low + proportion*(reach-low)
	if high <= bound || bound == low || math.IsInf(bound, 1) && !math.IsInf(high, 1) {
		return c
	}
	clipped := mat.DenseCopyOf(c)
	data := clipped.RawMatrix().Data
	for k, v := range data {
		data[k] = min(v, bound)
	}
	return clipped
}

// lowerCost is about the first decile of the costs.
func lowerCost(c *mat.Dense) float64 {
	const sample = 1001
	n, m := c.Dims()
	var some []float64
	for k := 0; k < n*m; k += max(1, n*m/sample) {
		if v := c.At(k/m, k%m); !math.IsInf(v, 1) {
			some = append(some, v)
		}
	}
	if len(some) == 0 {
		return math.Inf(1)
	}
	slices.Sort(some)
	return some[len(some)/10]
}
