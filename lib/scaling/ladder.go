// Package scaling is about losses that fall with size: laboratories in which they
// are known exactly, fits of the laws that people extrapolate, and the comparison
// of two recipes of which only small runs can be afforded.
//
// A [Run] is one training: Params weights, Tokens samples, FLOPs floating-point
// operations, and the loss it reached, in nats for language models. A [Ladder] is
// the runs of one recipe. In formulas N, D and C stand for Params, Tokens and FLOPs,
// and C = 6ND where nothing else is known. A [Law] is a formula for the loss, and a
// [FitResult] one with its numbers, as [Fit] found them from a ladder. [Compare]
// judges two ladders. A [Recipe] says how to train at any size; [Spectrum] is a
// problem on which the loss of a recipe is known without noise.
//
// Runs without a usable loss are left out of every fit and counted: see [Excluded].
package scaling

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"gaspard/lib/job"
)

// Run is one training run. Sizes are 0 where they are not known.
type Run struct {
	Params, Tokens, FLOPs float64
	Loss                  float64 // NaN if missing, +Inf if the run diverged.
	Seed                  uint64
	Diverged              bool // The run is not to be used, whatever its loss.
	RateAtEdge            bool // The best learning rate was the first or last that was tried.
}

// Ladder is the runs of one recipe at several sizes, in any order.
type Ladder struct {
	Recipe  string
	Runs    []Run
	Tuning  string // How the recipe was tuned, in words; [Compare] warns where two differ.
	Compute string // How FLOPs were counted, such as "6ND"; [Compare] warns where two differ.
}

// Axis is the size against which losses are compared.
type Axis int

const (
	ByFLOPs  Axis = iota // Compute.
	ByParams             // Model size.
	ByTokens             // Training samples.
)

// String names the axis.
func (a Axis) String() string {
	switch a {
	case ByFLOPs:
		return "FLOPs"
	case ByParams:
		return "Params"
	case ByTokens:
		return "Tokens"
	}
	return fmt.Sprintf("Axis(%d)", int(a))
}

func (a Axis) of(r Run) float64 {
	switch a {
	case ByFLOPs:
		return r.FLOPs
	case ByParams:
		return r.Params
	case ByTokens:
		return r.Tokens
	}
	panic(fmt.Sprintf("scaling: there is no axis %d", int(a)))
}

// Excluded counts the runs of a ladder that a fit cannot use, each once.
type Excluded struct {
	Diverged    int // Marked as diverged.
	Missing     int // No loss.
	Infinite    int // A loss that is not finite.
	NotPositive int // A loss of 0 or less, of which there is no logarithm.
	NoSize      int // The size that the fit needs is missing, infinite or not positive.
}

// Total is the number of runs left out.
func (e Excluded) Total() int {
	return e.Diverged + e.Missing + e.Infinite + e.NotPositive + e.NoSize
}

// String lists the reasons, or is empty if no run was left out.
func (e Excluded) String() string {
	var parts []string
	for _, c := range []struct {
		n    int
		what string
	}{
		{e.Diverged, "diverged"}, {e.Missing, "without a loss"}, {e.Infinite, "with an infinite loss"},
		{e.NotPositive, "with a loss of 0 or less"}, {e.NoSize, "without a size"},
	} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	return strings.Join(parts, ", ")
}

// Usable returns the runs that have a loss and all the given sizes, and how many
// others were left out. Loss and size must be positive and finite.
func (l *Ladder) Usable(sizes ...Axis) ([]Run, Excluded) {
	var kept []Run
	var out Excluded
	for _, r := range l.Runs {
		sized := true
		for _, a := range sizes {
			x := a.of(r)
			sized = sized && x > 0 && !math.IsInf(x, 1)
		}
		switch {
		case r.Diverged:
			out.Diverged++
		case math.IsNaN(r.Loss):
			out.Missing++
		case math.IsInf(r.Loss, 0):
			out.Infinite++
		case r.Loss <= 0:
			out.NotPositive++
		case !sized:
			out.NoSize++
		default:
			kept = append(kept, r)
		}
	}
	return kept, out
}

// Scale is what a ladder knows at one size: the usable runs there, one per seed,
// with the mean of their losses and their standard deviation (0 for one run).
type Scale struct {
	X        float64
	Mean, SD float64
	Runs     []Run
}

// Scales groups the usable runs by their size along an axis, smallest first. Sizes
// that differ by less than a part in 10⁹ are one.
func (l *Ladder) Scales(axis Axis) ([]Scale, Excluded) {
	runs, out := l.Usable(axis)
	sort.SliceStable(runs, func(i, j int) bool { return axis.of(runs[i]) < axis.of(runs[j]) })
	var scales []Scale
	for _, r := range runs {
		x := axis.of(r)
		if k := len(scales) - 1; k >= 0 && x <= scales[k].X*(1+1e-9) {
			scales[k].Runs = append(scales[k].Runs, r)
			continue
		}
		scales = append(scales, Scale{X: x, Runs: []Run{r}})
	}
	for k := range scales {
		s := &scales[k]
		for _, r := range s.Runs {
			s.Mean += r.Loss / float64(len(s.Runs))
		}
		if n := len(s.Runs); n > 1 {
			sum := 0.0
			for _, r := range s.Runs {
				sum += (r.Loss - s.Mean) * (r.Loss - s.Mean)
			}
			s.SD = math.Sqrt(sum / float64(n-1))
		}
	}
	return scales, out
}

// needScales is Scales for callers that need at least the given number of them.
func (l *Ladder) needScales(axis Axis, least int, what string) ([]Scale, Excluded) {
	scales, out := l.Scales(axis)
	if len(scales) < least {
		note := ""
		if out.Total() > 0 {
			note = " (left out: " + out.String() + ")"
		}
		panic(job.BadData("scaling: %s needs at least %d sizes; %s has %d by %v%s", what, least, l.name(), len(scales), axis, note))
	}
	return scales, out
}

// Between returns the ladder with only the runs whose size along an axis is from
// low to high.
func (l *Ladder) Between(axis Axis, low, high float64) *Ladder {
	kept := *l
	kept.Runs = slices.DeleteFunc(slices.Clone(l.Runs), func(r Run) bool {
		x := axis.of(r)
		return !(x >= low && x <= high)
	})
	return &kept
}

func (l *Ladder) name() string {
	if l.Recipe == "" {
		return "the ladder"
	}
	return l.Recipe
}

// String says what the ladder holds.
func (l *Ladder) String() string {
	runs, out := l.Usable()
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d runs", l.name(), len(l.Runs))
	if out.Total() > 0 {
		fmt.Fprintf(&b, ", of which %s", out)
	}
	for _, a := range []Axis{ByParams, ByTokens, ByFLOPs} {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, r := range runs {
			if x := a.of(r); x > 0 {
				lo, hi = math.Min(lo, x), math.Max(hi, x)
			}
		}
		if lo <= hi {
			fmt.Fprintf(&b, "\n%v %.4g to %.4g", a, lo, hi)
		}
	}
	return b.String()
}
