package ot

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/dense"
	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// Exact solves the unregularised problem
//
//	min_P ⟨P, C⟩   over P ≥ 0 with P1 = a and Pᵀ1 = b
//
// by a network simplex, and returns the plan, an extreme one, with dual potentials as
// a certificate: f_i + g_j ≤ C_ij, so that Result.Dual bounds the optimum from below
// and Value - Dual is the gap that is left, of the order of rounding. Where it is not,
// as costs differ by more than float64 holds, the status is Inexact; where costs between
// points overflow, NotFinite.
//
// Entropic potentials at a small ε tell which arcs to begin with, some ten for each
// point, and passes over all costs find the others that are needed. Uniform weights
// with n = m up to some thousand make an assignment, which has a solver of its own.
//
// Shapes: p holds n and m points or an n×m cost, in which +Inf forbids an arc. Any
// weights; zeros are normal. If the forbidden arcs leave no plan, the status is
// Infeasible, Value is +Inf, Result.Advice names the rows that cannot be served, and
// the plan moves as much as can be. Of the settings, Epsilon, Tol and MaxIter are not
// used.
//
// Memory: O(n+m) for points of low dimension; for others up to 512 MiB for costs in
// float32; 4nm bytes beside a given matrix. An assignment between points forms the
// matrix, 8nm bytes. Exact panics with a [*job.DataError] before it takes more than
// Settings.MemoryLimit.
//
// Time: for clouds of n = m points some passes over the costs, in practice O(n²) or
// little more; n = 5,000 takes about a second.
//
// Exact panics like [Sinkhorn], and on finite entries of a matrix beyond 1e300.
//
// Source: dantzig:63, cunningham:76; bertsekas:88 and jonker:87 for assignments.
func Exact(p *Problem, s Settings) *Result {
	start := time.Now()
	s = s.withDefaults()
	s.mustBeBalanced("Exact")
	p.mustBeValidOrForbidden()
	r := newExact(p)
	if need, ok := r.isAssignment(s.memoryLimit()); ok {
		r.Why = "assignment, since the weights are uniform and n = m; about " + byteCount(need)
		r.assignment(s.Job)
	}
	if r.Iterations == 0 || r.Status != Converged {
		need := simplexMemory(p)
		mustFit(p, need, s.memoryLimit())
		r = newExact(p)
		r.Why = "network simplex on arcs that entropic potentials propose; about " + byteCount(need)
		r.transport(s.Job)
	}
	r.Elapsed = time.Since(start)
	return r
}

func newExact(p *Problem) *Result {
	n, m := p.Dims()
	return &Result{Solver: "Exact", EpsilonRule: "none", p: p, a: weights(p.A, n), b: weights(p.B, m)}
}

// assignment solves as such, unless costs between points overflow.
func (r *Result) assignment(monitor *job.Monitor) {
	c := dense.Contiguous(r.p.costMatrix())
	if _, high := kern.Range64(c.RawMatrix().Data); !(high <= largestCost) {
		return
	}
	perm, f, g := assign(c, monitor)
	for i, j := range perm {
		r.arcs = append(r.arcs, Arc{i, j, r.a[i]})
	}
	r.F, r.G, r.Iterations = f, g, len(perm)
	r.finishExact(newCostRows(Matrix(c), monitor))
}

// transport solves by the network simplex.
func (r *Result) transport(monitor *job.Monitor) {
	costs := newCostRows(r.p, monitor)
	f, g := guess(costs, r.a, r.b, monitor)
	t := newTransport(costs, r.a, r.b, f, g, monitor)
	t.solve()
	r.F, r.G = t.finish()
	r.arcs = t.arcsOf()
	r.Iterations = t.simplex.pivots
	if t.overflows {
		r.Status, r.Value, r.Dual = NotFinite, math.Inf(1), math.Inf(-1)
		r.Advice = "Costs overflow: divide the points by their size"
		return
	}
	if t.stuck != nil {
		r.Status, r.Advice = Infeasible, t.stuck.String()
	}
	r.finishExact(costs)
}

// assignmentSide is the number of points up to which the assignment solver is as fast
// as the simplex.
const assignmentSide = 3000

// isAssignment reports whether the problem is one for the assignment solver, and the
// memory that it takes.
func (r *Result) isAssignment(limit int64) (need int64, ok bool) {
	if len(r.a) != len(r.b) || len(r.a) > assignmentSide {
		return 0, false
	}
	for i, w := range r.a {
		if w != r.a[0] || r.b[i] != r.b[0] {
			return 0, false
		}
	}
	need = assignmentMemory(r.p)
	return need, need <= limit && (r.p.c == nil || checkFinite("", r.p.c) == nil)
}

// Assignment returns the permutation s that minimises Σ_i C[i,s(i)] for a square
// cost, and that sum. Time: O(n³) at worst. It panics on bad data like [Exact].
func Assignment(c *mat.Dense, monitor *job.Monitor) (perm []int, total float64) {
	n, m := c.Dims()
	if n != m {
		panic(fmt.Sprintf("ot: Assignment needs as many rows as columns; c is %d×%d", n, m))
	}
	p := Matrix(c)
	p.mustBeValid(Settings{})
	perm = make([]int, n)
	for _, arc := range Exact(p, Settings{Job: monitor, MemoryLimit: math.MaxInt64}).arcs {
		perm[arc.I] = arc.J // one for each row, since units of mass are whole
	}
	for i, j := range perm {
		total += c.At(i, j)
	}
	return perm, total
}

// mustBeValidOrForbidden panics with what Validate finds, except for +Inf in a cost
// matrix.
func (p *Problem) mustBeValidOrForbidden() {
	if p.c == nil {
		p.mustBeValid(Settings{})
		return
	}
	n, m := p.c.Dims()
	for i := range n {
		for j, v := range p.c.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, -1) {
				panic(job.BadData("ot: the cost matrix has %v at row %d, column %d", v, i+1, j+1))
			}
			if math.Abs(v) > largestCost && !math.IsInf(v, 1) {
				panic(job.BadData("ot: the cost matrix has %v at row %d, column %d, and sums of such overflow; divide the costs, or forbid the arc by +Inf", v, i+1, j+1))
			}
		}
	}
	if n == 0 || m == 0 {
		panic(job.BadData("ot: the cost matrix is empty"))
	}
	if err := p.checkBoth(checkWeights); err != nil {
		panic(err)
	}
}

// finishExact centres the potentials and computes values and errors.
func (r *Result) finishExact(costs *costRows) {
	mean := 0.0
	for i, a := range r.a {
		mean += a * r.F[i]
	}
	terms := 0.0 // sum of the sizes of what is added up
	rows, columns := make([]float64, len(r.a)), make([]float64, len(r.b))
	// Sums that differ a little are made equal for the dual too, as they are for the plan.
	scale := total(r.a) / total(r.b)
	for _, arc := range r.arcs {
		rows[arc.I] += arc.Mass
		columns[arc.J] += arc.Mass
		r.Mass += arc.Mass
		c := costs.at(arc.I, arc.J)
		r.Transport += arc.Mass * c
		terms += arc.Mass * math.Abs(c)
	}
	for i, a := range r.a {
		r.F[i] -= mean
		r.Dual += a * r.F[i]
		r.MarginalError += math.Abs(rows[i] - a)
	}
	for j, b := range r.b {
		r.G[j] += mean
		r.Dual += scale * b * r.G[j]
		r.MarginalError += math.Abs(columns[j] - b)
	}
	r.Value, r.Shannon = r.Transport, r.Transport
	if r.Status == Infeasible {
		r.Value, r.Shannon = math.Inf(1), math.Inf(1)
	} else if gap := r.Value - r.Dual; gap > 1e-9*terms && gap > 1e-12*costs.scale() {
		r.Status = Inexact
		r.Advice = fmt.Sprintf("The optimum is between %.6g and %.6g: costs of very different sizes cancel. Forbid arcs by +Inf instead of huge costs", r.Dual, r.Value)
	}
}
