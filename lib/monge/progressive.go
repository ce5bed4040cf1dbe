package monge

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
	"gaspard/lib/ot"
)

// Pace says how a progressive map divides the way between its steps.
type Pace int

// The paces: each step an equal part of the way, larger parts at first, or larger
// ones at last.
const (
	Constantly Pace = iota
	Slowing
	Speeding
)

// String names the pace.
func (p Pace) String() string {
	names := []string{"constant pace", "slowing", "speeding"}
	if p < 0 || int(p) >= len(names) {
		return fmt.Sprintf("Pace(%d)", int(p))
	}
	return names[p]
}

// share returns the share α of what is left of the way that step k of n takes, both
// counted from 0; the last takes all.
func (p Pace) share(k, n int) float64 {
	switch {
	case k == n-1:
		return 1
	case p == Slowing:
		return 1 / math.E
	case p == Speeding:
		done, next := float64(k*k), float64((k+1)*(k+1))
		return (next - done) / (float64(n*n) - done)
	}
	return 1 / float64(n-k)
}

// ProgressiveSettings holds the parameters of [Progressive]. The zero value is the
// default.
type ProgressiveSettings struct {
	Cost  cost.Cost // h(x-y) with ∇h* known; the zero value is |x-y|².
	Steps int       // K; 0 means 4.
	Pace  Pace
	// EpsilonFirst is ε of the first step; 0 means 0.05 × the standard deviation of the
	// cost. EpsilonLast is that of the last; 0 means the one, among multiples of that of
	// the target to itself, at which the entropic map of half of the target to itself
	// moves the other half least. Those between follow the way that is done.
	EpsilonFirst, EpsilonLast float64
	Tol                       float64      // L1 marginal error of the solves; 0 means 1e-4.
	MaxIter                   int          // Iterations of a solve; 0 means 10000.
	Seed                      uint64       // Of the halves of the target.
	Job                       *job.Monitor // Progress and cancellation; nil means the process's own.
}

// Progressive returns the map of progressive transport from the cloud x to y: in K
// steps, each of which solves the entropic problem from where the points are to y and
// takes them a share α of the way that its map T_k shows,
//
//	z ← z + α_k (T_k(z) - z),  α_K = 1,
//
// while ε falls from what an unmoved cloud bears to what the target does. New points go
// through the same maps. [Map.Solves] has the K solves, each begun from the one before.
//
// As ε of the last step is chosen on the target alone, the map is as good between clouds
// that lie far apart, where one ε in proportion to the cost blurs all detail. Each solve
// adds the noise of its sample: near clouds are better served by [EntropicMap] or [DebiasedMap].
//
// Shapes: x n×d, y m×d, equal weights. Memory: K clouds and what a solve takes.
// Time: K solves; for k new points, K·k times the size of y. Progressive panics with a
// sentence on shapes and settings that make no sense and on costs that define no map,
// and with a [*job.DataError] on bad data; solves that did not converge are named by
// Map.String.
//
// Source: kassraie:24, algorithms 2 and 4.
func Progressive(x, y *mat.Dense, s ProgressiveSettings) *Map {
	checkCloud("x", x)
	checkCloud("y", y)
	s = s.withDefaults()
	if s.EpsilonLast == 0 {
		s.EpsilonLast = s.calibrate(y)
	}
	_, d := x.Dims()
	shares := make([]float64, s.Steps)
	stages := make([]*ot.Result, s.Steps)
	monitor := s.Job.Named("progressive")
	moved, done := x, 0.0
	for k := range stages {
		shares[k] = s.Pace.share(k, s.Steps)
		settings := ot.Settings{Tol: s.Tol, MaxIter: s.MaxIter, Job: s.Job.Inner(), Epsilon: s.EpsilonFirst}
		if k > 0 {
			first := stages[0].Epsilon
			settings.Epsilon = (1-done)*first + done*s.EpsilonLast
			settings.Start = stages[k-1]
		}
		if k == s.Steps-1 {
			settings.Epsilon = s.EpsilonLast
		}
		p := ot.Points(moved, y)
		p.Cost = s.Cost
		stages[k] = ot.Sinkhorn(p, settings)
		monitor.Step(k+1, s.Steps, job.Metric{Name: "ε", Value: stages[k].Epsilon})
		if k < s.Steps-1 {
			moved = partWay(stages[k], moved, shares[k])
		}
		done += shares[k] * (1 - done)
	}
	m := Func("progressive map", d, func(z *mat.Dense) *mat.Dense {
		for k, r := range stages {
			z = partWay(r, z, shares[k])
		}
		return z
	})
	m.Solves = stages
	return m
}

// partWay takes the points z a share of the way that the entropic map shows.
func partWay(r *ot.Result, z *mat.Dense, share float64) *mat.Dense {
	y := r.Extend(z)
	if share == 1 {
		return y
	}
	y.Scale(share, y)
	var stay mat.Dense
	stay.Scale(1-share, z)
	y.Add(y, &stay)
	return y
}

// calibrate returns the ε at which the entropic map of half of y to itself moves the
// other half least: too small an ε moves a point to its neighbours, too large a one to
// the mean.
func (s ProgressiveSettings) calibrate(y *mat.Dense) float64 {
	n, d := y.Dims()
	if n < 4 {
		panic(job.BadData("monge: ε of the last step cannot be chosen on a target of %d points; set EpsilonLast", n))
	}
	const most = 1024 // beyond which ε hardly changes and a solve takes long
	half := min(n/2, most)
	order := rand.New(rand.NewPCG(s.Seed, streamRules)).Perm(n)
	known, held := mat.NewDense(half, d, nil), mat.NewDense(half, d, nil)
	for i := range half {
		known.SetRow(i, y.RawRowView(order[i]))
		held.SetRow(i, y.RawRowView(order[half+i]))
	}
	p := ot.Points(known, known)
	p.Cost = s.Cost
	best, least := 0.0, math.Inf(1)
	var unit float64
	var start *ot.Result
	for _, factor := range []float64{1, 2, 4, 0.5, 0.25, 0.1, 0.05, 0.01} {
		settings := ot.Settings{Tol: 1e-3, MaxIter: s.MaxIter, Job: s.Job.Inner(), Epsilon: factor * unit, Start: start}
		r := ot.Sinkhorn(p, settings)
		if unit == 0 {
			unit, start = r.Epsilon, r
		}
		var gone mat.Dense
		gone.Sub(r.Extend(held), held)
		if moved := mat.Norm(&gone, 2); moved < least {
			best, least = r.Epsilon, moved
		}
	}
	return best
}

func (s ProgressiveSettings) withDefaults() ProgressiveSettings {
	for _, f := range []struct {
		name  string
		value float64
	}{{"EpsilonFirst", s.EpsilonFirst}, {"EpsilonLast", s.EpsilonLast}, {"Tol", s.Tol}, {"Steps", float64(s.Steps)}, {"MaxIter", float64(s.MaxIter)}} {
		if !(f.value >= 0) || math.IsInf(f.value, 0) {
			panic(fmt.Sprintf("monge: %s is %g", f.name, f.value))
		}
	}
	if s.Pace < Constantly || s.Pace > Speeding {
		panic(fmt.Sprintf("monge: there is no %v", s.Pace))
	}
	if !s.Cost.HasConjugateGrad() {
		panic(fmt.Sprintf("monge: the cost %v defines no map from its potentials", s.Cost))
	}
	if s.Steps == 0 {
		s.Steps = 4
	}
	if s.Tol == 0 {
		s.Tol = 1e-4
	}
	return s
}
