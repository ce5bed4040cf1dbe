package scaling

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// Difference is what two ladders say about each other at one size.
type Difference struct {
	X           float64
	A, B        float64 // Mean losses.
	Delta       float64 // A - B: positive where B is better.
	SE          float64 // Standard error of Delta.
	Z           float64 // Delta / SE.
	P           float64 // Of a two-sided t test, by Holm's method over all sizes.
	Seeds       int     // Pairs if Paired, else the smaller number of runs.
	Paired      bool
	Significant bool // |Z| ≥ 2, P ≤ 0.05, and |Delta| of at least the smallest relevant effect.

	ia, ib int // places in the scales of the two ladders
}

// noiseSource says where standard errors come from.
type noiseSource string

const (
	fromSeeds     noiseSource = "seeds"
	fromUser      noiseSource = "Noise"
	fromResiduals noiseSource = "residuals of the laws"
	fromNothing   noiseSource = ""
)

// common lists the sizes that both ladders have.
func common(a, b []Scale) []Difference {
	var out []Difference
	j := 0
	for i, s := range a {
		for j < len(b) && b[j].X < s.X*(1-1e-6) {
			j++
		}
		if j == len(b) || b[j].X > s.X*(1+1e-6) {
			continue
		}
		out = append(out, Difference{
			X: s.X, A: s.Mean, B: b[j].Mean, Delta: s.Mean - b[j].Mean,
			Seeds: min(len(s.Runs), len(b[j].Runs)), Paired: paired(s, b[j]), ia: i, ib: j,
		})
	}
	return out
}

// seedsOf lists the seeds of a scale in order.
func seedsOf(s Scale) []uint64 {
	var seeds []uint64
	for _, r := range s.Runs {
		seeds = append(seeds, r.Seed)
	}
	slices.Sort(seeds)
	return seeds
}

// paired reports whether two scales have the same seeds, each once.
func paired(a, b Scale) bool {
	sa, sb := seedsOf(a), seedsOf(b)
	return slices.Equal(sa, sb) && len(slices.Compact(slices.Clone(sa))) == len(sa)
}

// bySeed orders the runs of a scale so that pairs have one place.
func bySeed(s Scale) Scale {
	s.Runs = slices.Clone(s.Runs)
	sort.SliceStable(s.Runs, func(i, j int) bool { return s.Runs[i].Seed < s.Runs[j].Seed })
	return s
}

// spread is the variance of the difference of means at a size, from seeds, and its
// degrees of freedom.
func (d Difference) spread(a, b Scale) (variance float64, df int) {
	if !d.Paired {
		na, nb := float64(len(a.Runs)), float64(len(b.Runs))
		return a.SD*a.SD/na + b.SD*b.SD/nb, len(a.Runs) + len(b.Runs) - 2
	}
	a, b = bySeed(a), bySeed(b)
	n := float64(len(a.Runs))
	sum := 0.0
	for k := range a.Runs {
		r := a.Runs[k].Loss - b.Runs[k].Loss - d.Delta
		sum += r * r
	}
	return sum / (n - 1) / n, len(a.Runs) - 1
}

// misfit is the relative residual beyond which a law does not describe its ladder:
// what it misses is no noise then.
const misfit = 0.05

// judge fills in the standard errors and tests. noise is the standard deviation of
// one run, or 0; rmsA and rmsB are relative residuals of the laws, NaN if there are
// none. A standard error from few seeds may be small by luck, so none is taken to
// be below what all sizes together say, relative to the loss.
func judge(diffs []Difference, a, b []Scale, noise, effect, rmsA, rmsB float64) (noiseSource, int) {
	source, df := fromSeeds, 0
	for _, d := range diffs {
		if len(a[d.ia].Runs) < 2 || len(b[d.ib].Runs) < 2 {
			source = fromResiduals
		}
	}
	switch {
	case noise > 0:
		source, df = fromUser, 1000
		for i := range diffs {
			d := &diffs[i]
			d.SE = noise * math.Sqrt(1/float64(len(a[d.ia].Runs))+1/float64(len(b[d.ib].Runs)))
		}
	case source == fromSeeds:
		pooled := 0.0
		for i := range diffs {
			d := &diffs[i]
			v, k := d.spread(a[d.ia], b[d.ib])
			d.SE = math.Sqrt(v)
			pooled += float64(k) * v * float64(d.Seeds) / (d.A * d.A)
			df += k
		}
		pooled /= float64(df)
		for i := range diffs {
			d := &diffs[i]
			d.SE = math.Max(d.SE, d.A*math.Sqrt(pooled/float64(d.Seeds)))
		}
	case rmsA <= misfit && rmsB <= misfit:
		df = max(len(diffs)-3, 1)
		for i := range diffs {
			d := &diffs[i]
			d.SE = math.Hypot(rmsA*d.A, rmsB*d.B)
		}
	default:
		source = fromNothing
		for i := range diffs {
			diffs[i].SE = math.NaN()
		}
	}
	test(diffs, df, effect)
	return source, df
}

// test fills in Z, P and Significant; P is adjusted by Holm's method (holm:79).
func test(diffs []Difference, df int, effect float64) {
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(max(df, 1))}
	order := make([]int, len(diffs))
	for i := range diffs {
		d := &diffs[i]
		order[i] = i
		d.Z, d.P = 0, 1
		switch {
		case d.Delta == 0 || math.IsNaN(d.SE):
		case d.SE == 0:
			d.Z, d.P = math.Copysign(math.Inf(1), d.Delta), 0
		default:
			d.Z = d.Delta / d.SE
			d.P = 2 * t.Survival(math.Abs(d.Z))
		}
	}
	sort.SliceStable(order, func(i, j int) bool { return diffs[order[i]].P < diffs[order[j]].P })
	worst := 0.0
	for rank, i := range order {
		d := &diffs[i]
		worst = math.Max(worst, math.Min(1, d.P*float64(len(diffs)-rank)))
		d.P = worst
		d.Significant = math.Abs(d.Z) >= 2 && d.P <= 0.05 && math.Abs(d.Delta) >= effect
	}
}
