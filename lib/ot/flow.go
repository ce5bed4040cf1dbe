package ot

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// flow fills the plan, F and G for general weights: each source sends its supply
// along shortest paths in the residual graph, whose backward arcs have reduced
// cost 0. While nothing is sent any G serves, and one near the optimal keeps the
// searches short.
func (r *Result) flow(monitor *job.Monitor) {
	n, m := len(r.a), len(r.b)
	r.F, r.G = make([]float64, n), make([]float64, m)
	supply, demand := balance(r.a, r.b)
	t := &tree{
		r: r, search: newSearch(m), distance: make([]float64, m), sources: make([][]int, m),
		reach: make([]float64, n), seen: make([]bool, n), via: make([]int, n), plan: mat.NewDense(n, m, nil),
	}
	r.guess(monitor)
	for i := range n {
		for supply[i] > 0 {
			r.Iterations++
			monitor.Step(i, n)
			j, ok := t.grow(i, demand)
			if !ok {
				break // what is left is rounding
			}
			amount := t.augment(i, j, min(supply[i], demand[j]))
			supply[i] -= amount
			demand[j] -= amount
		}
	}
	for i := range n {
		for j, mass := range t.plan.RawRowView(i) {
			if mass > 0 {
				r.arcs = append(r.arcs, Arc{i, j, mass})
			}
		}
	}
	r.freePotentials()
}

const (
	// The guess is worth its iterations from guessPairs costs on. At guessEpsilon of
	// their spread and an error of guessTol, they take about as long as what follows.
	guessPairs   = 1 << 12
	guessEpsilon = 1e-4
	guessTol     = 0.01
	guessMaxIter = 300
)

// guess sets G to a potential of the entropic problem at a small ε.
func (r *Result) guess(monitor *job.Monitor) {
	if len(r.a)*len(r.b) < guessPairs {
		return
	}
	k := newSolver(r.p, r.a, r.b, monitor)
	if !(k.spread > 0) {
		return
	}
	k.solve(guessEpsilon*k.spread, guessTol, guessMaxIter)
	for j, v := range k.g {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			r.G[j] = v
		}
	}
}

// balance copies the weights, scaled so that both sum to the same.
func balance(a, b []float64) (supply, demand []float64) {
	sum := func(w []float64) (s float64) {
		for _, v := range w {
			s += v
		}
		return s
	}
	sa, sb := sum(a), sum(b)
	supply = append(supply, a...)
	for _, v := range b {
		demand = append(demand, v*sa/sb)
	}
	return supply, demand
}

// tree is a search for the nearest column with demand left.
type tree struct {
	r    *Result
	plan *mat.Dense
	search
	distance []float64 // of a closed column
	order    []int     // closed columns
	sources  [][]int   // rows that send something to a column
	rows     []int     // reached rows,
	reach    []float64 // their distances,
	seen     []bool
	via      []int // and the columns through which they were reached, -1 for the root
}

// grow searches from row root and updates the potentials so that the path found
// has reduced cost 0.
func (t *tree) grow(root int, demand []float64) (column int, ok bool) {
	r := t.r
	t.restart(r.G)
	for j, b := range r.b {
		if b == 0 {
			t.close(j)
		}
	}
	clear(t.seen)
	t.seen[root], t.reach[root], t.via[root] = true, 0, -1
	t.rows, t.order = append(t.rows[:0], root), t.order[:0]
	for next := 0; ; {
		// At least one row: the last one again changes nothing but tells the nearest.
		best := math.Inf(1)
		for next = min(next, len(t.rows)-1); next < len(t.rows); next++ {
			i := t.rows[next]
			best, column = kern.ShortenPaths64(t.slack, t.from, r.c.RawRowView(i), t.price, t.reach[i]-r.F[i], i)
		}
		if math.IsInf(best, 1) {
			return 0, false
		}
		t.close(column)
		t.distance[column] = best
		t.order = append(t.order, column)
		if demand[column] > 0 {
			t.shift(best)
			return column, true
		}
		for _, i := range t.sources[column] {
			if !t.seen[i] {
				t.seen[i], t.reach[i], t.via[i] = true, best, column
				t.rows = append(t.rows, i)
			}
		}
	}
}

// shift raises the potentials of what was reached before the goal.
func (t *tree) shift(best float64) {
	for _, i := range t.rows {
		t.r.F[i] += best - t.reach[i]
	}
	for _, j := range t.order {
		t.r.G[j] -= best - t.distance[j]
	}
}

// augment sends up to amount from root to column and returns what went.
func (t *tree) augment(root, column int, amount float64) float64 {
	plan := t.plan
	for j := column; ; {
		i := t.from[j]
		if t.via[i] < 0 {
			break
		}
		amount = min(amount, plan.At(i, t.via[i]))
		j = t.via[i]
	}
	for j := column; ; {
		i := t.from[j]
		t.send(i, j, amount)
		if t.via[i] < 0 {
			return amount
		}
		j = t.via[i]
		t.send(i, j, -amount)
	}
}

// send changes what row i sends to column j, and whether it is among its sources.
func (t *tree) send(i, j int, amount float64) {
	before := t.plan.At(i, j)
	after := max(0, before+amount)
	t.plan.Set(i, j, after)
	switch sources := t.sources[j]; {
	case before == 0 && after > 0:
		t.sources[j] = append(sources, i)
	case before > 0 && after == 0:
		for k, s := range sources {
			if s == i {
				sources[k] = sources[len(sources)-1]
				t.sources[j] = sources[:len(sources)-1]
				break
			}
		}
	}
}
