package monge

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// FitConditional is [Fit] for clouds whose rows belong to conditions, such as patients
// or doses: one network T(x, k), told the condition k, which moves the source points of
// each to its target points. Loss and gap are those within each condition, averaged over
// the conditions; batches are as large as the smaller cloud of a condition allows, so
// that groups may be unequal.
//
// xl and yl are the conditions of the rows of x and y, any whole numbers, the same ones
// on both sides. [Map.Under] gives the map of a condition.
//
// It panics as Fit does, and with a [*job.DataError] where a condition has points on
// one side only. Settings must have no samplers. A user's network takes d + k columns:
// the coordinates of a point, and an indicator for each of the k conditions.
//
// Source: driessen:25.
func FitConditional(x, y *mat.Dense, xl, yl []int, s Settings) *Map {
	return NewConditionalTrainer(x, y, xl, yl, s).Run(0)
}

// NewConditionalTrainer prepares a [FitConditional] without taking a step.
func NewConditionalTrainer(x, y *mat.Dense, xl, yl []int, s Settings) *Trainer {
	if s.SourceSampler != nil || s.TargetSampler != nil {
		panic("monge: samplers do not tell the conditions of their points")
	}
	checkCloud("the source", x)
	checkCloud("the target", y)
	checkLabels("source", x, xl)
	checkLabels("target", y, yl)
	return newTrainer(x, y, xl, yl, s)
}

func checkLabels(name string, x *mat.Dense, labels []int) {
	if n, _ := x.Dims(); len(labels) != n {
		panic(fmt.Sprintf("monge: %d conditions for the %d points of the %s", len(labels), n, name))
	}
}

// labelsOf returns the conditions in increasing order, the same on both sides.
func labelsOf(xl, yl []int) []int {
	if xl == nil {
		return nil
	}
	labels := distinct(xl)
	for _, l := range distinct(yl) {
		if !slices.Contains(labels, l) {
			panic(job.BadData("monge: condition %d has target points and no source points", l))
		}
	}
	for _, l := range labels {
		if !slices.Contains(yl, l) {
			panic(job.BadData("monge: condition %d has source points and no target points", l))
		}
	}
	return labels
}

func distinct(labels []int) []int { return slices.Compact(slices.Sorted(slices.Values(labels))) }

// rowsOf returns the rows of x that have the label.
func rowsOf(x *mat.Dense, labels []int, label int) *mat.Dense {
	var rows []int
	for i, l := range labels {
		if l == label {
			rows = append(rows, i)
		}
	}
	return pick(x, rows)
}

// Under returns the map of one condition of a [FitConditional].
func (m *Map) Under(condition int) *Map {
	k, ok := slices.BinarySearch(m.Conditions, condition)
	if !ok {
		panic(fmt.Sprintf("monge: the map has the conditions %v, not %d", m.Conditions, condition))
	}
	return Func(fmt.Sprintf("%s, condition %d", m.Name, condition), m.Dim, func(z *mat.Dense) *mat.Dense {
		return m.field.push(m.field.params, z, k)
	})
}
