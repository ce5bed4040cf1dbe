package monge

import (
	"fmt"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"
)

// ConditionalGapResult holds the Monge gaps of a map under each of several conditions,
// and their means over the conditions, each of which counts the same.
type ConditionalGapResult struct {
	Conditions []int        // In increasing order.
	Groups     []*GapResult // Of each condition, at an ε of its own unless Settings give one.

	Exact, KL, Shannon, Debiased, Displacement, Floor float64 // Means over the groups.

	// Grad and ExactGrad are the gradients of the mean Shannon and the mean Exact by T(x),
	// n×d, with GapSettings.Gradient.
	Grad, ExactGrad *mat.Dense

	Elapsed time.Duration
}

// ConditionalGap returns the Monge gap under each condition: that of the rows of x (n×d)
// and of their images tx which labels, n whole numbers, say belong to it. Points of
// different conditions are never paired. Groups may be of any sizes; each is solved as
// it is, without padding.
//
// Time and memory: those of [Gap] for each group. It panics as Gap does, and where there
// are not n labels.
//
// Source: driessen:25.
func ConditionalGap(x, tx *mat.Dense, labels []int, s GapSettings) *ConditionalGapResult {
	start := time.Now()
	checkPair(x, tx)
	checkLabels("source", x, labels)
	r := &ConditionalGapResult{Conditions: distinct(labels)}
	if s.Gradient {
		n, d := x.Dims()
		r.Grad, r.ExactGrad = mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	}
	share := 1 / float64(len(r.Conditions))
	for _, label := range r.Conditions {
		g := Gap(rowsOf(x, labels, label), rowsOf(tx, labels, label), s)
		r.Groups = append(r.Groups, g)
		r.Exact += share * g.Exact
		r.KL += share * g.KL
		r.Shannon += share * g.Shannon
		r.Debiased += share * g.Debiased
		r.Displacement += share * g.Displacement
		r.Floor += share * g.Floor
		if s.Gradient {
			scatter(r.Grad, g.Grad, labels, label, share)
			scatter(r.ExactGrad, g.ExactGrad, labels, label, share)
		}
	}
	r.Elapsed = time.Since(start)
	return r
}

// scatter writes the rows of a group, scaled, to where they belong.
func scatter(dst, group *mat.Dense, labels []int, label int, scale float64) {
	next := 0
	for i, l := range labels {
		if l != label {
			continue
		}
		row := dst.RawRowView(i)
		for k, v := range group.RawRowView(next) {
			row[k] = scale * v
		}
		next++
	}
}

// String is a summary: the means, and the extremes by condition.
func (r *ConditionalGapResult) String() string {
	var b strings.Builder
	first := r.Groups[0]
	fmt.Fprintf(&b, "Monge gap of %v under %d conditions: exact %.4g on average (%.2g%% of the displacement %.4g)\n",
		first.Cost, len(r.Groups), r.Exact, percent(r.Exact, r.Displacement), r.Displacement)
	lo, hi, cut := 0, 0, 0
	for k, g := range r.Groups {
		if g.Exact < r.Groups[lo].Exact {
			lo = k
		}
		if g.Exact > r.Groups[hi].Exact {
			hi = k
		}
		if g.Status.Err() != nil {
			cut++
		}
	}
	fmt.Fprintf(&b, "from %.4g under condition %d (%d points) to %.4g under %d (%d points)\n",
		r.Groups[lo].Exact, r.Conditions[lo], r.Groups[lo].N, r.Groups[hi].Exact, r.Conditions[hi], r.Groups[hi].N)
	fmt.Fprintf(&b, "Shannon %.4g, of which the floor ε log n is %.4g; ", r.Shannon, r.Floor)
	if cut > 0 {
		fmt.Fprintf(&b, "NOT CONVERGED under %d conditions, ", cut)
	}
	fmt.Fprintf(&b, "in %v", r.Elapsed.Round(10*time.Microsecond))
	return b.String()
}
