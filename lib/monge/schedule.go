package monge

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
)

// EpsilonRule says which part of the costs ε is: of |y-y'|² within the target for the
// fit, of the gap's cost from source to target for the gap, both over 1024 points.
type EpsilonRule struct {
	Share float64   // 0 means 0.1 for the fit and 0.01 for the gap.
	Of    Statistic // The zero value is the mean.
}

// Statistic is a number that says how large costs are.
type Statistic int

// The statistics. Costs between far clouds have a large mean, which says little about
// what distinguishes them; the standard deviation does not change with a shift.
const (
	MeanCost Statistic = iota
	StdCost
)

// String returns the statistic's name.
func (s Statistic) String() string {
	if s == StdCost {
		return "standard deviation"
	}
	return "mean"
}

// Ramp returns the schedule that goes from one factor to another in a straight line.
func Ramp(from, to float64) func(progress float64) float64 {
	return func(progress float64) float64 { return from + (to-from)*progress }
}

// Geometric returns the schedule that goes from one factor to another, both positive,
// by equal ratios.
func Geometric(from, to float64) func(progress float64) float64 {
	if !(from > 0 && to > 0) {
		panic(fmt.Sprintf("monge: a geometric schedule from %g to %g; both must be positive", from, to))
	}
	return func(progress float64) float64 { return from * math.Pow(to/from, progress) }
}

// scheduled is the value times the schedule's factor.
func scheduled(name string, value float64, schedule func(float64) float64, progress float64) float64 {
	if schedule == nil || value == 0 {
		return value
	}
	factor := schedule(progress)
	if !(factor >= 0) || math.IsInf(factor, 1) || factor == 0 && name != "Lambda" {
		panic(fmt.Sprintf("monge: %sSchedule gives %g at progress %g", name, factor, progress))
	}
	return factor * value
}

// epsilon returns the ε that was set or else the rule's, which fails on data that lie
// in one point.
func (r EpsilonRule) epsilon(set float64, field string, c cost.Cost, x, y *mat.Dense) float64 {
	if set > 0 {
		return set
	}
	costs := c.Matrix(few(x), few(y)).RawMatrix().Data
	mean, square := 0.0, 0.0
	for _, v := range costs {
		mean += v / float64(len(costs))
	}
	for _, v := range costs {
		square += (v - mean) * (v - mean) / float64(len(costs))
	}
	eps := r.Share * mean
	if r.Of == StdCost {
		eps = r.Share * math.Sqrt(square)
	}
	if !(eps > 0) || math.IsInf(eps, 0) {
		panic(job.BadData("monge: the rule for %s gives %g, as where points coincide; set it", field, eps))
	}
	return eps
}

// sampleSize is how many points stand for a sampler or a large cloud where ε is chosen
// and where a map is validated.
const sampleSize = 1024

// few returns at most sampleSize rows of x, evenly spaced.
func few(x *mat.Dense) *mat.Dense { return evenRows(x, sampleSize) }
