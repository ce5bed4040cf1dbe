// Package monge learns and judges transport maps: the Monge gap, maps trained with
// it, and the closed forms to measure them against.
//
// Notation: μ is the source and ν the target, clouds x (n×d) and y (m×d); T is a
// map and T(x) the images of the rows of x; c is the ground cost of the gap, ρ the
// measure on which the gap is taken, λ its weight. Costs of the fit are |x-y|².
package monge

import (
	"fmt"
	"math"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
	"gaspard/lib/nn"
	"gaspard/lib/ot"
)

// Map is a transport map from R^d to R^d: learned by [Fit], in closed form, or
// any function wrapped by [Func]. The fields below Dim describe how a learned
// map came about and are zero for the others.
type Map struct {
	Name string // What the map is, for captions.
	Dim  int    // Dimension d.

	Net        *nn.MLP       // The trained network; nil if it is a user's.
	Network    *Network      // The trained network of a user.
	Settings   Settings      // As used, defaults filled in.
	EpsilonFit float64       // ε of the loss that was minimised, before schedules.
	EpsilonGap float64       // ε of the gap, before schedules; 0 without a gap.
	Conditions []int         // Of FitConditional; see [Map.Under].
	History    History       // Losses of every step.
	Status     Status        // How training ended.
	Stopped    Unconverged   // Inner solves cut off before Settings.Tol.
	Iterations Iterations    // What an average step took.
	Elapsed    time.Duration // Wall time of training.
	Dual       *DualFit      // Of a map learned from dual potentials, nil for others.
	Solves     []*ot.Result  // Behind an entropic or progressive map, in order.

	push  func(z *mat.Dense) *mat.Dense
	floor float64 // ε log n of the gap's batches, on average over conditions
	field *field
}

// Func wraps a function from n×d to n×d matrices, row to row, as a Map.
func Func(name string, dim int, push func(z *mat.Dense) *mat.Dense) *Map {
	if dim < 1 {
		panic(fmt.Sprintf("monge: a map in dimension %d", dim))
	}
	return &Map{Name: name, Dim: dim, push: push}
}

// Identity returns the map that moves nothing, the yardstick of any fit.
func Identity(dim int) *Map {
	return Func("identity", dim, func(z *mat.Dense) *mat.Dense { return mat.DenseCopyOf(z) })
}

// Push returns the images of the rows of z (n×d), as a new n×d matrix.
func (m *Map) Push(z *mat.Dense) *mat.Dense {
	checkCloud("z", z)
	n, d := z.Dims()
	if d != m.Dim {
		panic(fmt.Sprintf("monge: the map takes %d columns, z has %d", m.Dim, d))
	}
	if m.push == nil {
		panic(fmt.Sprintf("monge: the map depends on the condition; take Under(%d) or another of %v", m.Conditions[0], m.Conditions))
	}
	y := m.push(z)
	if rows, cols := y.Dims(); rows != n || cols != d {
		panic(fmt.Sprintf("monge: the map %q turned %d×%d into %d×%d", m.Name, n, d, rows, cols))
	}
	return y
}

// checkCloud panics with a sentence, calling the matrix by name, unless x has a
// row and only finite entries.
func checkCloud(name string, x *mat.Dense) {
	if x == nil || x.IsEmpty() {
		panic(job.BadData("monge: %s has no points", name))
	}
	n, _ := x.Dims()
	for i := range n {
		for j, v := range x.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				panic(job.BadData("monge: %s has %g at row %d, column %d", name, v, i+1, j+1))
			}
		}
	}
}

// String summarises the map: what it is, and for a learned one its settings,
// last losses, and outcome.
func (m *Map) String() string {
	if m.Dual != nil {
		return m.Dual.summary(m.Name)
	}
	if m.Solves != nil {
		return m.solved()
	}
	if m.field == nil {
		return fmt.Sprintf("%s on R^%d", m.Name, m.Dim)
	}
	var b strings.Builder
	s := m.Settings
	fmt.Fprintf(&b, "%s: %s\n", m.Name, m.field)
	steps := len(m.History.Total)
	fmt.Fprintf(&b, "%v after %d of %d steps of %s in %.1f s (%.0f steps/s), seed %d\n",
		m.Status, steps, s.Steps, m.batches(), m.Elapsed.Seconds(), float64(steps)/max(m.Elapsed.Seconds(), 1e-9), s.Seed)
	fit, gap := m.History.Recent()
	if s.UserLoss != nil {
		fmt.Fprintf(&b, "fit: user's loss %.4g", fit)
	} else {
		fmt.Fprintf(&b, "fit: %v %.4g (ε %.4g, |x-y|²)", s.Loss, fit, m.EpsilonFit)
	}
	if h := m.History.Held; len(h.Total) > 0 {
		fmt.Fprintf(&b, "; held out %.4g at step %.0f, the best", h.Fit[h.Best], h.Step[h.Best])
	}
	switch {
	case s.Lambda == 0:
		b.WriteString("\ngap: none (Lambda 0)")
	case s.DebiasGap:
		fmt.Fprintf(&b, "\ngap: λ %.4g, cost %v, debiased %.4g (ε %.4g)", s.Lambda, s.Cost, gap, m.EpsilonGap)
	default:
		fmt.Fprintf(&b, "\ngap: λ %.4g, cost %v, Shannon %.4g of which ε log n = %.4g is its floor (ε %.4g)",
			s.Lambda, s.Cost, gap, m.floor, m.EpsilonGap)
	}
	if h := m.History.Held; len(h.Total) > 0 && s.Lambda > 0 {
		fmt.Fprintf(&b, "; held out, exact %.4g", h.Gap[h.Best])
	}
	if advice := m.Status.Err(); advice != nil {
		fmt.Fprintf(&b, "\n%v", advice)
	} else if m.Stopped != (Unconverged{}) {
		fmt.Fprintf(&b, "\n%v", m.Stopped)
	}
	return b.String()
}

// batches says what a step takes.
func (m *Map) batches() string {
	text := fmt.Sprintf("batch %d", m.Settings.Batch)
	if m.Settings.Full {
		text = "whole clouds"
	}
	if len(m.Conditions) > 0 {
		text += fmt.Sprintf(" for each of %d conditions", len(m.Conditions))
	}
	return text
}
