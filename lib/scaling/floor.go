package scaling

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// FloorProfile says how well other floors would have done.
type FloorProfile struct {
	Floors     []float64 // From 0 to just below the smallest loss.
	Objectives []float64 // The least objective with the floor held there.
	Best       float64   // The floor of the fit.
	// Interval holds the floors whose objective is not larger than an F test at 95 %
	// lets pass; Low is 0 where nothing rules out that there is no floor.
	Interval Interval
	Status   Status // IterationLimit if a fit with the floor held did not converge.
}

// FloorProfile holds the floor at the given number of values from 0 to just below
// the smallest loss and fits everything else. A floor whose profile is flat is not
// known, however many digits the fit has. The test is that of least squares, and
// approximate for a Huber loss.
//
// It panics with a sentence for forms without a floor and for fewer than 2 points.
func (r *FitResult) FloorProfile(points int) *FloorProfile {
	if r.Law.Form == Power || r.Law.Form == Kaplan {
		panic(fmt.Sprintf("scaling: a %v has no floor", r.Law.Form))
	}
	if points < 2 {
		panic(fmt.Sprintf("scaling: a profile of %d points", points))
	}
	d := r.data
	v := newSolver(d, r.Settings)
	p := &FloorProfile{Best: r.Law.E, Interval: Interval{0, math.Inf(1), 0.95}}
	limit := math.Inf(1)
	if free := r.Points - r.Law.Form.parameters(); free > 0 {
		limit = r.Objective * (1 + distuv.F{D1: 1, D2: float64(free)}.Quantile(0.95)/float64(free))
	}
	top := least(d.y)
	from := r.Law
	held := func(e float64) float64 {
		law, objective, ok := v.floorHeld(d.y, d.w, e, from)
		if !ok {
			p.Status = IterationLimit
		}
		from = law
		return objective
	}
	p.Floors, p.Objectives = make([]float64, points), make([]float64, points)
	// Outwards from the floor of the fit, each from its neighbour's law.
	middle := 0
	for k := range points {
		p.Floors[k] = 0.999 * top * float64(k) / float64(points-1)
		if p.Floors[k] <= r.Law.E {
			middle = k
		}
	}
	for k := middle; k >= 0; k-- {
		r.Settings.Job.Check()
		p.Objectives[k] = held(p.Floors[k])
	}
	from = r.Law
	for k := middle + 1; k < points; k++ {
		r.Settings.Job.Check()
		p.Objectives[k] = held(p.Floors[k])
	}
	edge := func(out float64) float64 {
		from = r.Law
		if held(out) <= limit {
			return out
		}
		in := r.Law.E
		for range 14 {
			if mid := (in + out) / 2; held(mid) <= limit {
				in = mid
			} else {
				out = mid
			}
		}
		return in
	}
	p.Interval.Low, p.Interval.High = edge(0), edge(0.999*top)
	return p
}

// String says which floors the data allow.
func (p *FloorProfile) String() string {
	if p.Interval.Low == 0 {
		return fmt.Sprintf("floor %.4g: not identified, anything from 0 to %.4g fits as well", p.Best, p.Interval.High)
	}
	return fmt.Sprintf("floor %.4g, between %.4g and %.4g", p.Best, p.Interval.Low, p.Interval.High)
}
