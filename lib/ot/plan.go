package ot

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// Arc is an entry of a plan: the mass that goes from point I of the source to point J
// of the target, counted from 0.
type Arc struct {
	I, J int
	Mass float64
}

// Support returns the entries of the plan that are not 0, by rows and then by columns,
// freshly allocated. An exact plan has at most n+m-1 of them, an entropic one nearly
// n×m.
func (r *Result) Support() []Arc {
	if r.arcs != nil {
		return slices.Clone(r.arcs)
	}
	plan := r.Plan()
	var arcs []Arc
	for i := range r.a {
		for j, mass := range plan.RawRowView(i) {
			if mass > 0 {
				arcs = append(arcs, Arc{i, j, mass})
			}
		}
	}
	return arcs
}

// Plan returns the n×m plan P, freshly allocated. Beyond 4 GiB it panics with a
// [*job.DataError].
func (r *Result) Plan() *mat.Dense { return r.PlanRows(0, len(r.a)) }

// PlanRows returns rows from to to-1 of the plan, freshly allocated: what a figure of
// a few points needs where the whole would not fit in memory.
func (r *Result) PlanRows(from, to int) *mat.Dense {
	n, m := len(r.a), len(r.b)
	if !(0 <= from && from < to && to <= n) {
		panic(fmt.Sprintf("ot: rows %d to %d of a plan with %d", from, to, n))
	}
	if need := 8 * int64(to-from) * int64(m); need > defaultMemory {
		panic(job.BadData("ot: %d×%d entries of a plan take %s; PlanRows gives some rows, Push the map", to-from, m, byteCount(need)))
	}
	plan := mat.NewDense(to-from, m, nil)
	if r.arcs != nil {
		for _, arc := range r.arcs {
			if from <= arc.I && arc.I < to {
				plan.Set(arc.I-from, arc.J, arc.Mass)
			}
		}
		return plan
	}
	r.eachBlock(from, to, func(_ int, rows []float64, first, last int) {
		copy(plan.RawMatrix().Data[(first-from)*m:], rows)
	})
	return plan
}

// planBlock is about the number of entries of the plan that are computed together.
const planBlock = 1 << 16

// eachBlock computes rows of an entropic plan in blocks and hands them to f, which
// workers call; a block belongs to f until it returns.
func (r *Result) eachBlock(from, to int, f func(worker int, plan []float64, first, last int)) {
	m := len(r.b)
	costs := r.p.costRows()
	rows := max(1, planBlock/m)
	kern.Run(0, (to-from+rows-1)/rows, func(worker, k int) {
		if worker == 0 { // the caller, which may unwind
			job.Default().Check()
		}
		first, last := from+k*rows, min(from+(k+1)*rows, to)
		plan := make([]float64, (last-first)*m)
		costs(worker, plan, first, last)
		kern.Gibbs64(plan, plan, m, r.F[first:last], r.G, 1/r.Epsilon)
		for i, a := range r.a[first:last] {
			row := plan[i*m:][:m]
			for j, b := range r.b {
				row[j] *= a * b
			}
		}
		f(worker, plan, first, last)
	})
}
