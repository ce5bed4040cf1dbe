package scaling

import (
	"fmt"
	"math"
	"sort"

	"gaspard/lib/job"
)

// RateFit is the bottom of a sweep over learning rates.
type RateFit struct {
	Rate, Loss float64 // η* and L* of L(η) = L* + k (ln η - ln η*)².
	Curvature  float64 // k.
	Used       int     // Points within a factor of 2 of the lowest, or its neighbours.
	Excluded   int     // Points whose loss is missing or infinite: rates that diverged.
	// Edge says that the lowest loss is at the first or last usable rate: the optimum
	// lies beyond, and Rate and Loss are those of the lowest point.
	Edge bool
}

// ratePoint is a rate, as u = ln η, with its loss.
type ratePoint struct{ u, loss float64 }

// FitRate fits a parabola in ln η to the losses of a sweep over learning rates. As
// the loss rises more steeply above the optimum than below it, only rates within a
// factor of 2 of the best are used, and at least its two neighbours.
//
// FitRate panics with a sentence if the lengths differ, and with a [*job.DataError]
// if fewer than three rates have a finite loss or a rate is not positive.
func FitRate(rates, losses []float64) *RateFit {
	if len(rates) != len(losses) {
		panic(fmt.Sprintf("scaling: %d rates and %d losses", len(rates), len(losses)))
	}
	var points []ratePoint
	r := &RateFit{}
	for i, rate := range rates {
		if !(rate > 0) || math.IsInf(rate, 1) {
			panic(job.BadData("scaling: learning rate %d is %g", i, rate))
		}
		if math.IsNaN(losses[i]) || math.IsInf(losses[i], 0) {
			r.Excluded++
			continue
		}
		points = append(points, ratePoint{math.Log(rate), losses[i]})
	}
	if len(points) < 3 {
		panic(job.BadData("scaling: a parabola needs at least 3 rates with a finite loss; there are %d", len(points)))
	}
	sort.Slice(points, func(i, j int) bool { return points[i].u < points[j].u })
	best := 0
	for i, p := range points {
		if p.loss < points[best].loss {
			best = i
		}
	}
	r.Rate, r.Loss = math.Exp(points[best].u), points[best].loss
	if best == 0 || best == len(points)-1 {
		r.Edge = true
		return r
	}
	from, to := best-1, best+2
	for from > 0 && points[best].u-points[from-1].u <= math.Ln2*(1+1e-9) {
		from--
	}
	for to < len(points) && points[to].u-points[best].u <= math.Ln2*(1+1e-9) {
		to++
	}
	r.parabola(points[from:to])
	return r
}

// parabola moves the optimum from the lowest point to the bottom of a parabola.
func (r *RateFit) parabola(points []ratePoint) {
	// Normal equations of c0 + c1 v + c2 v², with v and the loss less those of the best.
	var h [9]float64
	var g [3]float64
	for _, p := range points {
		v := p.u - math.Log(r.Rate)
		powers := [3]float64{1, v, v * v}
		for a := range 3 {
			g[a] += powers[a] * (p.loss - r.Loss)
			for b := range 3 {
				h[3*a+b] += powers[a] * powers[b]
			}
		}
	}
	r.Used = len(points)
	if !solve(h[:], g[:]) || !(g[2] > 0) {
		r.Used = 1 // rates that coincide, or a flat bottom: the lowest point stands
		return
	}
	shift := -g[1] / (2 * g[2])
	r.Rate *= math.Exp(shift)
	r.Loss += g[0] - g[2]*shift*shift
	r.Curvature = g[2]
}

// String is the optimum in one line.
func (r *RateFit) String() string {
	s := fmt.Sprintf("best rate %.4g, loss %.5g, from %d points", r.Rate, r.Loss, r.Used)
	if r.Edge {
		s = fmt.Sprintf("lowest loss %.5g at rate %.4g, the edge of the usable rates: the optimum lies beyond", r.Loss, r.Rate)
	}
	if r.Excluded > 0 {
		s += fmt.Sprintf("; %d rates diverged or have no loss", r.Excluded)
	}
	return s
}
