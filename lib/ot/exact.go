package ot

import (
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// Exact solves the unregularised problem
//
//	min_P ⟨P, C⟩   over P ≥ 0 with P1 = a and Pᵀ1 = b
//
// by successive shortest paths, and returns the plan with dual potentials as a
// certificate: f_i + g_j ≤ C_ij, so that Result.Dual bounds the optimum from
// below and Value - Dual is the gap that is left, of the order of rounding.
//
// Shapes: p holds n and m points or an n×m cost. Any weights; zeros are normal.
// Settings.Epsilon and Tol are not used.
//
// Memory: two n×m matrices. Time: O((n+m) nm) at worst and usually far less;
// n = m = 500 take about a tenth of a second, and 1,000 about a second.
//
// Exact panics like [Sinkhorn].
//
// Source: ford:62 and edmonds:72 for the method; jonker:87 for uniform weights.
func Exact(p *Problem, s Settings) *Result {
	start := time.Now()
	s = s.withDefaults()
	p.mustBeValid()
	c := contiguous(p.costMatrix())
	n, m := c.Dims()
	r := &Result{
		Solver: "Exact", EpsilonRule: "none", a: weights(p.A, n), b: weights(p.B, m), c: c,
		plan: mat.NewDense(n, m, nil),
	}
	if p.A == nil && p.B == nil && n == m {
		r.Why = "assignment, since the weights are uniform and n = m"
		perm, f, g := assign(c, s.Job)
		for i, j := range perm {
			r.plan.Set(i, j, 1/float64(n))
		}
		r.F, r.G, r.Iterations = f, g, n
	} else {
		r.Why = "shortest paths, for general weights"
		r.flow(s.Job)
	}
	r.finishExact()
	r.Elapsed = time.Since(start)
	return r
}

// Assignment returns the permutation s that minimises Σ_i C[i,s(i)] for a square
// cost, and that sum. Time: O(n³) at worst. It panics on bad data like [Exact].
func Assignment(c *mat.Dense, monitor *job.Monitor) (perm []int, total float64) {
	if n, m := c.Dims(); n != m {
		panic("ot: Assignment needs as many rows as columns")
	}
	Matrix(c).mustBeValid()
	c = contiguous(c)
	perm, _, _ = assign(c, monitor)
	for i, j := range perm {
		total += c.At(i, j)
	}
	return perm, total
}

// assign finds an optimal assignment and its potentials by shortest augmenting
// paths, one row after the other (jonker:87, without its column reduction).
func assign(c *mat.Dense, monitor *job.Monitor) (perm []int, f, g []float64) {
	n, _ := c.Dims()
	f, g = make([]float64, n), make([]float64, n)
	owner := make([]int, n) // row assigned to a column, -1 for none
	for j := range owner {
		owner[j] = -1
	}
	slack, from, done := make([]float64, n), make([]int, n), make([]bool, n)
	var visited []int
	for row := range n {
		monitor.Step(row, n)
		for j := range slack {
			slack[j], from[j], done[j] = math.Inf(1), -1, false
		}
		visited = visited[:0]
		i, last, reach := row, -1, 0.0
		for {
			costs, fi := c.RawRowView(i), f[i]
			next, best := -1, math.Inf(1)
			for j, cij := range costs {
				if done[j] {
					continue
				}
				if s := reach + cij - fi - g[j]; s < slack[j] {
					slack[j], from[j] = s, last
				}
				if slack[j] < best {
					best, next = slack[j], j
				}
			}
			last, reach, done[next] = next, best, true
			visited = append(visited, next)
			if owner[next] < 0 {
				break
			}
			i = owner[next]
		}
		f[row] += reach
		for _, j := range visited {
			if j != last {
				f[owner[j]] += reach - slack[j]
			}
			g[j] -= reach - slack[j]
		}
		for j := last; j >= 0; {
			prev := from[j]
			if prev < 0 {
				owner[j] = row
			} else {
				owner[j] = owner[prev]
			}
			j = prev
		}
	}
	perm = make([]int, n)
	for j, i := range owner {
		perm[i] = j
	}
	return perm, f, g
}

// flow fills plan, F and G for general weights: each source sends its supply
// along shortest paths in the residual graph, whose backward arcs have reduced
// cost 0.
func (r *Result) flow(monitor *job.Monitor) {
	n, m := len(r.a), len(r.b)
	r.F, r.G = make([]float64, n), make([]float64, m)
	supply, demand := balance(r.a, r.b)
	t := &tree{
		r: r, slack: make([]float64, m), from: make([]int, m), done: make([]bool, m),
		reach: make([]float64, n), seen: make([]bool, n), via: make([]int, n),
	}
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
	r.freePotentials()
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
	r     *Result
	slack []float64 // distance of a column
	from  []int     // the row it was reached from
	done  []bool
	reach []float64 // distance of a row
	seen  []bool
	via   []int // the column through which a row was reached, -1 for the root
}

// grow searches from row root and updates the potentials so that the path found
// has reduced cost 0.
func (t *tree) grow(root int, demand []float64) (column int, ok bool) {
	r := t.r
	for j := range t.slack {
		t.slack[j], t.done[j] = math.Inf(1), false
	}
	clear(t.seen)
	t.seen[root], t.reach[root], t.via[root] = true, 0, -1
	rows := []int{root}
	next := 0
	for {
		for ; next < len(rows); next++ {
			i := rows[next]
			for j, c := range r.c.RawRowView(i) {
				if t.done[j] || r.b[j] == 0 {
					continue
				}
				if s := t.reach[i] + c - r.F[i] - r.G[j]; s < t.slack[j] {
					t.slack[j], t.from[j] = s, i
				}
			}
		}
		column, best := -1, math.Inf(1)
		for j, s := range t.slack {
			if !t.done[j] && s < best {
				best, column = s, j
			}
		}
		if column < 0 {
			return 0, false
		}
		t.done[column] = true
		if demand[column] > 0 {
			t.shift(rows, best)
			return column, true
		}
		for i := range t.seen {
			if !t.seen[i] && r.plan.At(i, column) > 0 {
				t.seen[i], t.reach[i], t.via[i] = true, best, column
				rows = append(rows, i)
			}
		}
	}
}

// shift raises the potentials of what was reached before the goal.
func (t *tree) shift(rows []int, best float64) {
	for _, i := range rows {
		t.r.F[i] += best - t.reach[i]
	}
	for j, done := range t.done {
		if done {
			t.r.G[j] -= best - t.slack[j]
		}
	}
}

// augment sends up to amount from root to column and returns what went.
func (t *tree) augment(root, column int, amount float64) float64 {
	plan := t.r.plan
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
		plan.Set(i, j, plan.At(i, j)+amount)
		if t.via[i] < 0 {
			return amount
		}
		j = t.via[i]
		plan.Set(i, j, max(0, plan.At(i, j)-amount))
	}
}

// freePotentials gives points without mass the largest potentials that keep the
// dual feasible.
func (r *Result) freePotentials() {
	for j, w := range r.b {
		if w == 0 {
			r.G[j] = math.Inf(1)
			for i := range r.a {
				if r.a[i] > 0 {
					r.G[j] = min(r.G[j], r.c.At(i, j)-r.F[i])
				}
			}
		}
	}
	for i, w := range r.a {
		if w == 0 {
			r.F[i] = math.Inf(1)
			for j, c := range r.c.RawRowView(i) {
				r.F[i] = min(r.F[i], c-r.G[j])
			}
		}
	}
}

// finishExact centres the potentials and computes values and errors.
func (r *Result) finishExact() {
	mean := 0.0
	for i, a := range r.a {
		mean += a * r.F[i]
	}
	columns := make([]float64, len(r.b))
	for i, a := range r.a {
		r.F[i] -= mean
		r.Dual += a * r.F[i]
		sum := 0.0
		for j, w := range r.plan.RawRowView(i) {
			sum += w
			columns[j] += w
			if w > 0 {
				r.Transport += w * r.c.At(i, j)
			}
		}
		r.MarginalError += math.Abs(sum - a)
	}
	for j, b := range r.b {
		r.G[j] += mean
		r.Dual += b * r.G[j]
		r.MarginalError += math.Abs(columns[j] - b)
	}
	r.Value, r.Shannon = r.Transport, r.Transport
}
