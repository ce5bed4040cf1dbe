package scaling

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gaspard/lib/job"
)

// Interval is a range in which a quantity lies at the given level. Low or High is
// infinite where the data give no bound.
type Interval struct {
	Low, High float64
	Level     float64
}

// Bounded reports whether both ends are finite numbers.
func (i Interval) Bounded() bool {
	return !math.IsInf(i.Low, 0) && !math.IsInf(i.High, 0) && !math.IsNaN(i.Low) && !math.IsNaN(i.High)
}

// Contains reports whether x is in the interval.
func (i Interval) Contains(x float64) bool { return x >= i.Low && x <= i.High }

// Decades is log10(High/Low): how far apart the ends are for a quantity that is
// positive; +Inf if it is not bounded.
func (i Interval) Decades() float64 {
	if !i.Bounded() || i.Low <= 0 {
		return math.Inf(1)
	}
	return math.Log10(i.High / i.Low)
}

// String writes the ends.
func (i Interval) String() string {
	if math.IsNaN(i.Low) || math.IsNaN(i.High) {
		return "unknown"
	}
	return fmt.Sprintf("%.4g to %.4g", i.Low, i.High)
}

// unknown is the interval of something that could not be computed.
func unknown(level float64) Interval { return Interval{math.NaN(), math.NaN(), level} }

// percentiles is the middle part of the values; infinite ones count as such, and NaN
// makes the interval unknown.
func percentiles(values []float64, level float64) Interval {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	if len(sorted) == 0 || math.IsNaN(sorted[0]) {
		return unknown(level)
	}
	at := func(q float64) float64 {
		pos := q * float64(len(sorted)-1)
		k := min(int(pos), len(sorted)-1)
		next := min(k+1, len(sorted)-1)
		if share := pos - float64(k); share > 0 && sorted[k] != sorted[next] {
			return sorted[k] + share*(sorted[next]-sorted[k])
		}
		return sorted[k]
	}
	return Interval{at((1 - level) / 2), at((1 + level) / 2), level}
}

// draw returns the random numbers of one resample: the same on any number of cores.
func draw(seed uint64, resample int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(resample)+1))
}

// bootstrap fits the law to resampled data.
//
//   - With two seeds or more at every size, the seeds of each size are drawn anew,
//     their deviations from the mean widened by √(n/(n-1)), without which few seeds
//     seem to agree better than they do.
//   - Ladders of single runs get the fitted losses back with residuals drawn anew,
//     widened by √(points/(points - parameters)).
//   - Laws of two sizes get their runs drawn anew, within each N if there are at
//     least eight runs per N.
func (r *FitResult) bootstrap() {
	d, s := r.data, r.Settings
	resample, rule := r.resampler()
	if resample == nil {
		r.Warnings = append(r.Warnings, "no bootstrap: there are no residuals to draw from")
		return
	}
	r.Resampling = rule
	r.Resamples = make([]Law, s.Bootstrap)
	job.Parallel(s.Job.Named("bootstrap"), s.Bootstrap, 0, func(_ *job.Monitor, _ func()) func(int) {
		solver := newSolver(d, s)
		y, w := make([]float64, len(d.y)), make([]float64, len(d.y))
		return func(k int) {
			copy(y, d.y)
			copy(w, d.w)
			resample(draw(s.Seed, k), y, w)
			r.Resamples[k], _, _ = solver.fit(y, w, &r.Law)
		}
	})
}

// resampler returns what changes losses y and weights w for one resample.
func (r *FitResult) resampler() (func(rng *rand.Rand, y, w []float64), string) {
	d := r.data
	n := len(d.y)
	if r.Law.Form.OfSizes() {
		return casesWithin(strata(d.runs)), "runs"
	}
	if seeded(d.scales) {
		return func(rng *rand.Rand, y, _ []float64) {
			for i, sc := range d.scales {
				y[i] = resampleSeeds(rng, sc)
			}
		}, "seeds"
	}
	k := r.Law.Form.parameters()
	if n <= k {
		return nil, ""
	}
	left, fitted := residuals(r)
	return func(rng *rand.Rand, y, _ []float64) {
		for i := range y {
			y[i] = fitted[i] * math.Max(1+left[rng.IntN(n)], 1e-3)
		}
	}, "residuals"
}

// residuals are the relative residuals of a law of one size, widened as if the
// parameters had not been fitted to them, and its losses.
func residuals(r *FitResult) (left, fitted []float64) {
	n := len(r.data.y)
	widen := math.Sqrt(float64(n) / float64(n-r.Law.Form.parameters()))
	left, fitted = make([]float64, n), make([]float64, n)
	for i, x := range r.data.x {
		fitted[i] = r.Law.At(x)
		left[i] = widen * (r.data.y[i]/fitted[i] - 1)
	}
	return left, fitted
}

func seeded(scales []Scale) bool {
	for _, s := range scales {
		if len(s.Runs) < 2 {
			return false
		}
	}
	return true
}

// resampleSeeds is the mean loss over seeds drawn anew. A single run stays as it is.
func resampleSeeds(rng *rand.Rand, s Scale) float64 {
	n := len(s.Runs)
	if n < 2 {
		return s.Mean
	}
	sum := 0.0
	for range n {
		sum += s.Runs[rng.IntN(n)].Loss - s.Mean
	}
	return math.Max(s.Mean+sum/float64(n)*math.Sqrt(float64(n)/float64(n-1)), 1e-3*s.Mean)
}

// resamplePairs is resampleSeeds for two scales whose runs go in pairs.
func resamplePairs(rng *rand.Rand, a, b Scale) (ya, yb float64) {
	n := len(a.Runs)
	var sa, sb float64
	for range n {
		k := rng.IntN(n)
		sa += a.Runs[k].Loss - a.Mean
		sb += b.Runs[k].Loss - b.Mean
	}
	widen := math.Sqrt(float64(n)/float64(n-1)) / float64(n)
	return math.Max(a.Mean+sa*widen, 1e-3*a.Mean), math.Max(b.Mean+sb*widen, 1e-3*b.Mean)
}

// strata groups runs by N if there are many per N; else all are one group.
func strata(runs []Run) [][]int {
	byN := map[float64][]int{}
	var order []float64
	for i, r := range runs {
		if byN[r.Params] == nil {
			order = append(order, r.Params)
		}
		byN[r.Params] = append(byN[r.Params], i)
	}
	if len(runs) < 8*len(order) {
		all := make([]int, len(runs))
		for i := range all {
			all[i] = i
		}
		return [][]int{all}
	}
	groups := make([][]int, len(order))
	for k, n := range order {
		groups[k] = byN[n]
	}
	return groups
}

// casesWithin draws runs anew within groups: a run that is drawn twice weighs 2.
func casesWithin(groups [][]int) func(rng *rand.Rand, y, w []float64) {
	return func(rng *rand.Rand, _, w []float64) {
		clear(w)
		for _, g := range groups {
			for range g {
				w[g[rng.IntN(len(g))]]++
			}
		}
	}
}
