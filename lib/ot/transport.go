package ot

import (
	"math"
	"slices"

	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// transport is an exact problem on its way to a solution: a network simplex on a few
// of the arcs, to which a pass over all costs adds those of negative reduced cost,
// until there are none. That no pass finds one is the proof.
//
// Source: gilmore:61 for columns that are generated as they are needed.
type transport struct {
	costs          *costRows
	a, b           []float64
	supply, demand []int64 // in units, 0 for points without mass
	// Potentials near the optimum. Arcs cost c_ij - f_i - g_j in the simplex, so that
	// its prices are small and lose nothing beside large costs.
	f, g    []float64
	simplex *simplex
	job     *job.Monitor
	stuck   *shortage // why there is no plan, or nil
	// Only infinite costs between points, of coordinates beyond 1e150, do this.
	overflows bool
}

const (
	// A pass takes up to so many arcs of a row, the ones of least reduced cost: the
	// first of any, the others of those that violate the dual constraints.
	firstArcs = 12
	moreArcs  = 6
	// The penalty on what is not served grows until all is.
	penaltyStep = 8
	// Beyond these, sums of costs or of penalties may overflow.
	largestCost    = 1e300
	largestPenalty = 1e304
	// Of problems with up to allPairs costs, all arcs are taken at once.
	allPairs = 1 << 12
)

// newTransport prepares a problem. The potentials f and g may be any; the nearer the
// optimum, the faster.
func newTransport(costs *costRows, a, b, f, g []float64, monitor *job.Monitor) *transport {
	t := &transport{costs: costs, a: a, b: b, f: f, g: g, job: monitor}
	t.supply, t.demand = quanta(a, b)
	return t
}

// solve finds an optimal basis, or why there is none.
func (t *transport) solve() {
	arcs := make([][]arc, len(t.a))
	s := newSimplex(len(t.a), len(t.b), arcs, t.job)
	t.simplex = s
	first := firstArcs
	if len(t.a)*len(t.b) <= allPairs {
		first = len(t.b)
	}
	t.scan(first, true)
	if t.farOff() {
		t.f, t.g = leastOfRows(t.costs)
		clear(arcs)
		t.scan(first, true)
	}
	s.setPenalty(s.plant(t.supply, t.demand))
	for {
		s.optimize()
		if s.penalty > 0 && !s.missing() {
			// The artificial arcs have done their work. None will carry flow again, since
			// all come from rows, and a cycle over the root needs one that gives some up.
			s.setPenalty(0)
			s.optimize()
		}
		s.reprice()
		switch {
		case t.scan(moreArcs, false) > 0:
		case s.penalty == 0 || t.shortage():
			return
		case s.penalty > largestPenalty:
			t.overflows = true
			return
		default:
			s.setPenalty(penaltyStep * s.penalty)
		}
	}
}

// farOff reports whether the potentials are so much larger than the costs of the arcs
// that they propose that those would drown in their rounding.
func (t *transport) farOff() bool {
	const far = 1 << 20
	used, largest := 0.0, 0.0
	for i, list := range t.simplex.arcs {
		if len(list) > 0 {
			a := list[0]
			used = max(used, math.Abs(t.costs.at(i, int(a.j))))
			largest = max(largest, math.Abs(t.f[i]), math.Abs(t.g[a.j]))
		}
	}
	return largest > far*used
}

// finish returns potentials for all points, feasible up to rounding, with those of
// points without mass as large as they can be.
func (t *transport) finish() (f, g []float64) {
	f, g = t.potentials()
	if slices.Contains(t.demand, 0) {
		for i, w := range t.supply {
			if w == 0 {
				f[i] = math.Inf(-1)
			}
		}
		for j, least := range t.costs.columnMins(f) {
			if t.demand[j] == 0 {
				g[j] = finiteOr(least, 0)
			}
		}
	}
	for i, least := range t.costs.rowMins(g) {
		f[i] = finiteOr(least, t.f[i])
	}
	return f, g
}

// finiteOr is x, or another number where no cost is finite, which any potential suits.
func finiteOr(x, other float64) float64 {
	if math.IsInf(x, 0) {
		return other
	}
	return x
}

// potentials returns f and g with the prices of the simplex.
func (t *transport) potentials() (f, g []float64) {
	f, g = slices.Clone(t.f), slices.Clone(t.g)
	for i := range f {
		f[i] -= t.simplex.price[i]
	}
	for j := range g {
		g[j] += t.simplex.price[len(f)+j]
	}
	return f, g
}

// slackness is the share of a reduced cost's terms that rounding may make of 0.
const slackness = 0x1p-50

// scan adds up to count arcs to each row, those of least reduced cost, and returns how
// many in all. Unless any will do, they must be below 0 by more than rounding.
func (t *transport) scan(count int, anyCost bool) (added int) {
	f, g := t.potentials()
	for j, w := range t.demand {
		if w == 0 {
			g[j] = math.Inf(-1)
		}
	}
	limit := t.costs.workers()
	lists, found := make([][]arc, limit), make([]int, limit)
	t.costs.each(limit, func(worker, i int, costs []float64) {
		if t.supply[i] == 0 {
			return
		}
		bound := math.Inf(1)
		if !anyCost {
			var least [1]float64
			kern.RowMins64(least[:], costs, len(costs), g)
			if bound = f[i] - slackness/2*math.Abs(f[i]); !(least[0] < bound) {
				return
			}
		}
		list := leastArcs(lists[worker][:0], count, costs, g, f[i], bound, anyCost)
		lists[worker] = list
		for _, a := range list {
			known := slices.ContainsFunc(t.simplex.arcs[i], func(b arc) bool { return a.j == b.j })
			if !known {
				t.simplex.arcs[i] = append(t.simplex.arcs[i], arc{costs[a.j] - t.f[i] - t.g[a.j], a.j})
				found[worker]++
			}
		}
	})
	for _, k := range found {
		added += k
	}
	return added
}

// leastArcs appends to list up to count arcs of a row, those with the least c_j - g_j
// below bound. Unless any will do, what exceeds rounding must be below f.
func leastArcs(list []arc, count int, costs, g []float64, f, bound float64, anyCost bool) []arc {
	for j, c := range costs {
		z := c - g[j]
		if !(z < bound) || !anyCost && !(z-f < -slackness*(math.Abs(c)+math.Abs(g[j])+math.Abs(f))) {
			continue
		}
		k := len(list)
		if k < count {
			list = append(list, arc{})
		} else {
			k--
		}
		for ; k > 0 && list[k-1].cost > z; k-- {
			list[k] = list[k-1]
		}
		list[k] = arc{z, int32(j)}
		if len(list) == count {
			bound = list[count-1].cost
		}
	}
	return list
}

// quanta turns weights into whole numbers of units with the same sum for both sides,
// at least one for each positive weight. Equal weights stay equal.
func quanta(a, b []float64) (supply, demand []int64) {
	positive := func(w []float64) (count int64) {
		for _, v := range w {
			if v > 0 {
				count++
			}
		}
		return count
	}
	const resolution = 1 << 53
	common := positive(a) * positive(b)
	units := common * max(1, resolution/common)
	divide := func(w []float64) []int64 {
		out, sum := make([]int64, len(w)), total(w)
		left, most := units, 0
		for i, v := range w {
			if v > 0 {
				out[i] = max(1, int64(math.Round(v/sum*float64(units))))
				left -= out[i]
				if out[i] > out[most] {
					most = i
				}
			}
		}
		out[most] += left
		return out
	}
	return divide(a), divide(b)
}

func total(w []float64) (sum float64) {
	for _, v := range w {
		sum += v
	}
	return sum
}

// arcsOf returns the plan of the basis, by rows and then by columns, in the weights
// themselves: what units have rounded is not in it.
func (t *transport) arcsOf() []Arc {
	s, n := t.simplex, len(t.a)
	scale := total(t.a) / total(t.b)
	left := slices.Clone(t.a) // what a row has to send, and less what a column has to get
	for _, w := range t.b {
		left = append(left, -w*scale)
	}
	left = append(left, 0)
	var order []int32
	s.walk(s.root(), func(v int32) { order = append(order, v) })
	arcs := make([]Arc, 0, len(order))
	for _, v := range slices.Backward(order) {
		x := s.tree[v]
		if v == s.root() || x.parent == s.root() || x.flow == 0 {
			continue
		}
		left[x.parent] += left[v]
		arc := Arc{int(v), int(x.parent) - n, left[v]}
		if !s.isRow(v) {
			arc = Arc{int(x.parent), int(v) - n, -left[v]}
		}
		if arc.Mass > 0 {
			arcs = append(arcs, arc)
		}
	}
	slices.SortFunc(arcs, func(p, q Arc) int {
		if p.I != q.I {
			return p.I - q.I
		}
		return p.J - q.J
	})
	return arcs
}
