package ot

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// MaxSlicedSettings holds the parameters of [MaxSliced]. The zero value is the default.
type MaxSlicedSettings struct {
	Order      float64      // p of the distances between projections, at least 1; 0 means 2.
	Starts     int          // How many ascents; 0 means 10.
	Directions int          // How many are drawn, the best of which are starts; 0 means 200.
	MaxIter    int          // Steps of an ascent; 0 means 500.
	Seed       uint64       // Of the directions.
	Job        *job.Monitor // Progress and cancellation; nil means the process's own.
}

func (s MaxSlicedSettings) withDefaults() MaxSlicedSettings {
	for _, v := range []struct {
		name  string
		value *int
		usual int
	}{{"Starts", &s.Starts, 10}, {"Directions", &s.Directions, 200}, {"MaxIter", &s.MaxIter, 500}} {
		if *v.value < 0 {
			panic(fmt.Sprintf("ot: %s is %d; it must be positive, or 0 for the default", v.name, *v.value))
		}
		if *v.value == 0 {
			*v.value = v.usual
		}
	}
	return s
}

// MaxSlicedResult is the best direction found.
type MaxSlicedResult struct {
	Wasserstein    float64   // W_p of the projections on Direction, a lower bound of the largest.
	WassersteinPow float64   // Its p-th power.
	Direction      []float64 // A unit vector of d numbers, along which the mean of y is not below that of x.
	Order          float64   // p.
	Starts         int       // Ascents made,
	Agreed         int       // of which so many ended within a millionth of the best value.
	Iterations     int       // Steps of all ascents.
	Elapsed        time.Duration
	Status         Status // IterationLimit if the best ascent was still rising.

	n, m, d int
}

// String is a summary.
func (r *MaxSlicedResult) String() string {
	verdict := r.Status.String()
	if r.Status != Converged {
		verdict = "STILL RISING: raise MaxIter"
	}
	return fmt.Sprintf("max-sliced, %d×%d in %d dimensions, p = %g\n"+
		"W %.6g, W^p %.6g: a lower bound of the largest over all directions\n"+
		"%d of %d starts agree, %d steps, %v\n%s", r.n, r.m, r.d, r.Order,
		r.Wasserstein, r.WassersteinPow, r.Agreed, r.Starts, r.Iterations, r.Elapsed.Round(10*time.Microsecond), verdict)
}

// MaxSliced looks for the direction in which two clouds differ most: the maximum of
//
//	W_p(⟨θ, x⟩, ⟨θ, y⟩)   over unit vectors θ,
//
// by ascent on the sphere, along the gradient with halved steps, from the best of many
// drawn directions and of that between the means. The function has many local maxima, and
// edges where the matching of the projections changes, on which an ascent may stop: the
// result is a lower bound, and Agreed says how many starts found it.
//
// p must be made by [Points]; its weights count, its Cost is not used: Order has the cost.
//
// Memory: O((n+m) d). Time: O((n+m)(d + log(n+m))) a step, some tens of steps an ascent.
// The same seed gives the same numbers on any number of cores.
//
// MaxSliced panics like [Sliced]. Source: deshpande:19; kolouri:19.
func MaxSliced(p *Problem, s MaxSlicedSettings) *MaxSlicedResult {
	start := time.Now()
	s = s.withDefaults()
	sl := newSlicer("MaxSliced", p, s.Order)
	r := &MaxSlicedResult{Order: orderOf(s.Order), n: sl.n, m: sl.m, d: sl.d}
	between := sl.betweenMeans()
	ascents := sl.candidates(s, between)
	r.Starts = len(ascents)
	job.Parallel(s.Job, len(ascents), 0, func(inner *job.Monitor, _ func()) func(int) {
		slice := sl.newAscender()
		return func(k int) { slice.climb(ascents[k], s.MaxIter, inner) }
	})
	best := ascents[0]
	for _, a := range ascents {
		r.Iterations += a.steps
		if a.value > best.value {
			best = a
		}
	}
	for _, a := range ascents {
		if a.value >= best.value*(1-1e-6) {
			r.Agreed++
		}
	}
	if !best.done {
		r.Status = IterationLimit
	}
	r.Direction = best.theta
	if floats.Dot(between, r.Direction) < 0 {
		floats.Scale(-1, r.Direction)
	}
	r.WassersteinPow = finiteValue(best.value)
	r.Wasserstein = rootOf(best.value, s.Order)
	r.Elapsed = time.Since(start)
	return r
}

// betweenMeans is the mean of y less that of x.
func (s *slicer) betweenMeans() []float64 {
	out := make([]float64, s.d)
	add := func(x *mat.Dense, w []float64, sign float64) {
		total := floats.Sum(w)
		for i, v := range w {
			floats.AddScaled(out, sign*v/total, x.RawRowView(i))
		}
	}
	add(s.y, s.demand, 1)
	add(s.x, s.supply, -1)
	return out
}

// ascent is a direction on its way up.
type ascent struct {
	theta []float64
	value float64
	steps int
	done  bool // no step upward was left
}

// candidates returns the starts: the direction between the means and the best of those
// drawn.
func (s *slicer) candidates(set MaxSlicedSettings, between []float64) []*ascent {
	count := set.Directions
	if s.d == 1 {
		count = 1
	}
	theta := drawDirections(count, s.d, set.Seed)
	list := make([]*ascent, count, count+1)
	for k := range list {
		list[k] = &ascent{theta: theta[k*s.d : (k+1)*s.d : (k+1)*s.d]}
	}
	if norm := floats.Norm(between, 2); norm > 0 && s.d > 1 {
		first := &ascent{theta: slices.Clone(between)}
		floats.Scale(1/norm, first.theta)
		list = append(list, first)
	}
	job.Parallel(set.Job.Inner(), len(list), 0, func(inner *job.Monitor, _ func()) func(int) {
		slice := s.newAscender()
		return func(k int) { list[k].value = slice.at(list[k].theta, inner) }
	})
	slices.SortStableFunc(list, func(a, b *ascent) int { return cmp.Compare(b.value, a.value) })
	return list[:min(set.Starts, len(list))]
}

// ascender is the memory of an ascent.
type ascender struct {
	*slice
	px, py, wx, wy *mat.VecDense
	gradient       *mat.VecDense
	part           *mat.VecDense
}

func (s *slicer) newAscender() *ascender {
	vector := func(n int) *mat.VecDense { return mat.NewVecDense(n, nil) }
	return &ascender{s.newSlice(), vector(s.n), vector(s.m), vector(s.n), vector(s.m), vector(s.d), vector(s.d)}
}

// at returns W_p^p along a direction, and leaves its gradient.
func (a *ascender) at(theta []float64, monitor *job.Monitor) float64 {
	monitor.Check()
	t := mat.NewVecDense(a.d, theta)
	a.px.MulVec(a.x, t)
	a.py.MulVec(a.y, t)
	value := a.distance(a.wx.RawVector().Data, a.wy.RawVector().Data, a.px.RawVector().Data, a.py.RawVector().Data, monitor)
	a.gradient.MulVec(a.x.T(), a.wx)
	a.part.MulVec(a.y.T(), a.wy)
	a.gradient.AddVec(a.gradient, a.part)
	return value
}

// climb turns a direction towards its gradient as long as that raises the value. The
// first attempt goes to the direction of the gradient itself, where a plan that does not
// change has its next power iteration, or twice as far as the last step.
func (a *ascender) climb(from *ascent, limit int, monitor *job.Monitor) {
	const least = 1e-9 // radians
	from.value = a.at(from.theta, monitor)
	next, upward := make([]float64, a.d), make([]float64, a.d)
	for last := 0.0; from.steps < limit; from.steps++ {
		gradient := a.gradient.RawVector().Data
		along := floats.Dot(gradient, from.theta)
		floats.AddScaledTo(upward, gradient, -along, from.theta)
		norm := floats.Norm(upward, 2)
		turn := max(math.Atan2(norm, along), 2*last)
		if from.done = !(norm > 0) || turn < least; from.done {
			return
		}
		better := false
		for ; turn >= least && !better; turn /= 2 {
			sin, cos := math.Sincos(min(turn, math.Pi/2))
			floats.ScaleTo(next, cos, from.theta)
			floats.AddScaled(next, sin/norm, upward)
			floats.Scale(1/floats.Norm(next, 2), next)
			if value := a.at(next, monitor); value > from.value {
				better = true
				from.value, last = value, turn
				copy(from.theta, next)
			}
		}
		if from.done = !better; from.done {
			return
		}
	}
}
