package ot

import (
	"math"

	"gaspard/lib/job"
)

// simplex is the network simplex for the transport problem on some of its arcs. Its
// nodes are n rows, m columns and a root, to which every row and from which every
// column has an artificial arc at the price of a penalty. A basis is a spanning tree,
// whose arcs carry the flow.
//
// Flows are whole multiples of a unit, so that ties and balances are exact. Trees are
// kept strongly feasible: an arc without flow points towards the root, and of several
// arcs that could leave the basis the last on the cycle does. Then no basis comes
// twice, however degenerate the problem is.
//
// Source: dantzig:63 for trees as bases; cunningham:76 for strongly feasible ones.
type simplex struct {
	n, m    int
	arcs    [][]arc   // of a row, found so far
	tree    []node    // rows, then columns, then the root
	price   []float64 // π of the nodes: an arc from i to j has reduced cost c + π_i - π_j
	penalty float64
	job     *job.Monitor

	next   int // the row at which pricing goes on
	pivots int
}

// arc goes from a row to column j.
type arc struct {
	cost float64
	j    int32
}

// node is a place in the tree and the arc that ties it to its parent. Arcs go from rows
// to columns: upward from a row, downward to a column.
type node struct {
	parent, child, after, before int32 // the first child, and its brothers; none for none
	depth                        int32
	flow                         int64
	cost                         float64
}

const none = -1

func newSimplex(n, m int, arcs [][]arc, monitor *job.Monitor) *simplex {
	s := &simplex{n: n, m: m, arcs: arcs, tree: make([]node, n+m+1), price: make([]float64, n+m+1), job: monitor}
	for v := range s.tree {
		s.tree[v] = node{parent: none, child: none, after: none, before: none}
	}
	return s
}

func (s *simplex) root() int32 { return int32(s.n + s.m) }

func (s *simplex) isRow(v int32) bool { return int(v) < s.n }

// hang makes v a child of p by an arc.
func (s *simplex) hang(v, p int32, cost float64, flow int64) {
	t := s.tree
	t[v].parent, t[v].cost, t[v].flow = p, cost, flow
	first := t[p].child
	t[v].before, t[v].after = none, first
	if first != none {
		t[first].before = v
	}
	t[p].child = v
}

// cut takes v from its parent.
func (s *simplex) cut(v int32) {
	t := s.tree
	x := t[v]
	if x.before != none {
		t[x.before].after = x.after
	} else {
		t[x.parent].child = x.after
	}
	if x.after != none {
		t[x.after].before = x.before
	}
}

// walk visits the nodes under v, parents first.
func (s *simplex) walk(v int32, visit func(u int32)) {
	t := s.tree
	for u := v; ; {
		visit(u)
		if t[u].child != none {
			u = t[u].child
			continue
		}
		for u != v && t[u].after == none {
			u = t[u].parent
		}
		if u == v {
			return
		}
		u = t[u].after
	}
}

// setPenalty prices the artificial arcs, and with them all nodes.
func (s *simplex) setPenalty(penalty float64) {
	s.penalty = penalty
	root := s.root()
	for v := s.tree[root].child; v != none; v = s.tree[v].after {
		s.tree[v].cost = penalty
	}
	s.reprice()
}

// reprice sets depths and prices from the tree, without the rounding that changes of
// them have left.
func (s *simplex) reprice() {
	root := s.root()
	s.tree[root].depth, s.price[root] = 0, 0
	s.walk(root, func(v int32) {
		if v == root {
			return
		}
		x := &s.tree[v]
		x.depth = s.tree[x.parent].depth + 1
		if s.isRow(v) {
			s.price[v] = s.price[x.parent] - x.cost
		} else {
			s.price[v] = s.price[x.parent] + x.cost
		}
	})
}

// tolerance is what rounding may make of a reduced cost that is 0.
func (s *simplex) tolerance() float64 {
	largest := s.penalty
	for _, v := range s.price {
		largest = max(largest, math.Abs(v))
	}
	return 0x1p-50 * largest
}

// blockArcs is about how many arcs are priced to find one that enters the basis.
const blockArcs = 500

// optimize pivots until no arc has a negative reduced cost.
func (s *simplex) optimize() {
	tol := s.tolerance()
	for idle := 0; idle < s.n; {
		best, row, column := -tol, 0, arc{j: none}
		for seen := 0; seen < blockArcs && idle < s.n; idle++ {
			i := s.next
			if s.next++; s.next == s.n {
				s.next = 0
			}
			seen += len(s.arcs[i]) + 1
			here, prices := s.price[i], s.price[s.n:]
			for _, a := range s.arcs[i] {
				if z := a.cost - prices[a.j] + here; z < best {
					best, row, column = z, i, a
				}
			}
		}
		if column.j == none {
			continue
		}
		s.enter(int32(row), int32(s.n)+column.j, column.cost, best)
		idle = 0
		if s.pivots++; s.pivots%256 == 0 {
			s.job.Step(s.pivots, 0)
		}
	}
}

// enter brings the arc from i to j of a negative reduced cost into the basis.
func (s *simplex) enter(i, j int32, cost, reduced float64) {
	t := s.tree
	apex := s.apex(i, j)
	// Arcs against the cycle: of rows on the side of i, of columns on that of j. The
	// cycle goes from the apex down to i, over the arc, and from j back up.
	leaving, onI := int32(none), true
	flow := int64(math.MaxInt64)
	for v := i; v != apex; v = t[v].parent {
		if s.isRow(v) && t[v].flow < flow {
			leaving, flow = v, t[v].flow
		}
	}
	for v := j; v != apex; v = t[v].parent {
		if !s.isRow(v) && t[v].flow <= flow {
			leaving, flow, onI = v, t[v].flow, false
		}
	}
	if flow > 0 {
		s.send(i, apex, -flow)
		s.send(j, apex, flow)
	}
	if onI {
		s.move(i, j, leaving, cost, flow, -reduced)
	} else {
		s.move(j, i, leaving, cost, flow, reduced)
	}
}

// apex is where the paths from u and v to the root meet.
func (s *simplex) apex(u, v int32) int32 {
	t := s.tree
	for u != v {
		switch du, dv := t[u].depth, t[v].depth; {
		case du > dv:
			u = t[u].parent
		case dv > du:
			v = t[v].parent
		default:
			u, v = t[u].parent, t[v].parent
		}
	}
	return u
}

// send adds flow upward along the path from v to apex.
func (s *simplex) send(v, apex int32, flow int64) {
	for t := s.tree; v != apex; v = t[v].parent {
		if s.isRow(v) {
			t[v].flow += flow
		} else {
			t[v].flow -= flow
		}
	}
}

// move cuts the tree above leaving, which is v or an ancestor, and hangs the part by v
// under p, with its prices raised by rise.
func (s *simplex) move(v, p, leaving int32, cost float64, flow int64, rise float64) {
	t := s.tree
	for u, under := v, p; ; {
		old := t[u]
		s.cut(u)
		s.hang(u, under, cost, flow)
		if u == leaving {
			break
		}
		u, under, cost, flow = old.parent, u, old.cost, old.flow
	}
	s.shift(v, rise)
}

// shift raises the prices under v and sets the depths.
func (s *simplex) shift(v int32, rise float64) {
	t := s.tree
	for u := v; ; {
		t[u].depth = t[t[u].parent].depth + 1
		s.price[u] += rise
		if t[u].child != none {
			u = t[u].child
			continue
		}
		for u != v && t[u].after == none {
			u = t[u].parent
		}
		if u == v {
			return
		}
		u = t[u].after
	}
}

// missing reports whether artificial arcs carry flow.
func (s *simplex) missing() bool {
	for v := s.tree[s.root()].child; v != none; v = s.tree[v].after {
		if s.tree[v].flow > 0 {
			return true
		}
	}
	return false
}
