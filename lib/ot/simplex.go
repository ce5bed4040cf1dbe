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
	size                         int32 // of the part of the tree from here down
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

// reprice sets prices from the tree, without the rounding that changes of them have left.
func (s *simplex) reprice() {
	root := s.root()
	s.price[root] = 0
	s.walk(root, func(v int32) {
		if v == root {
			return
		}
		x := &s.tree[v]
		if s.isRow(v) {
			s.price[v] = s.price[x.parent] - x.cost
		} else {
			s.price[v] = s.price[x.parent] + x.cost
		}
	})
}

const (
	// blockArcs is about how many arcs are priced to find one that enters the basis.
	blockArcs = 500
	// drift is the share of a reduced cost's terms that rounding in prices may make of 0,
	// between two times that they are computed anew.
	drift        = 0x1p-47
	repriceAfter = 1000
)

// optimize pivots until no arc has a negative reduced cost.
func (s *simplex) optimize() {
	for idle := 0; idle < s.n; {
		best, row, column := 0.0, 0, arc{j: none}
		for seen := 0; seen < blockArcs && idle < s.n; idle++ {
			i := s.next
			if s.next++; s.next == s.n {
				s.next = 0
			}
			seen += len(s.arcs[i]) + 1
			here, prices := s.price[i], s.price[s.n:]
			for _, a := range s.arcs[i] {
				there := prices[a.j]
				z := a.cost - there + here
				if z < best && z < -drift*(math.Abs(a.cost)+math.Abs(there)+math.Abs(here)) {
					best, row, column = z, i, a
				}
			}
		}
		if column.j == none {
			continue
		}
		s.enter(int32(row), int32(s.n)+column.j, column.cost, best)
		idle = 0
		if s.pivots++; s.pivots%repriceAfter == 0 {
			s.reprice()
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
		s.move(i, j, leaving, apex, link{cost: cost, flow: flow}, -reduced)
	} else {
		s.move(j, i, leaving, apex, link{cost: cost, flow: flow}, reduced)
	}
}

// apex is where the paths from u and v to the root meet. Of two nodes the one with the
// smaller part of the tree is not above the other.
func (s *simplex) apex(u, v int32) int32 {
	t := s.tree
	for u != v {
		if t[u].size < t[v].size {
			u = t[u].parent
		} else if t[v].size < t[u].size {
			v = t[v].parent
		} else {
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
// under p over an arc, with its prices raised by rise.
func (s *simplex) move(v, p, leaving, apex int32, by link, rise float64) {
	t := s.tree
	size := t[leaving].size
	for u := t[leaving].parent; u != apex; u = t[u].parent {
		t[u].size -= size
	}
	for u := p; u != apex; u = t[u].parent {
		t[u].size += size
	}
	for u, under, above := v, p, size; ; {
		old := t[u]
		s.cut(u)
		s.hang(u, under, by.cost, by.flow)
		t[u].size = above
		if u == leaving {
			break
		}
		above = size - old.size
		u, under, by.cost, by.flow = old.parent, u, old.cost, old.flow
	}
	s.shift(v, rise)
}

// shift raises the prices of v and what is below against those of the others: of the
// smaller part, since only differences count.
func (s *simplex) shift(v int32, rise float64) {
	t, root := s.tree, s.root()
	from, skip := v, int32(none)
	if 2*t[v].size > t[root].size {
		from, skip, rise = root, v, -rise
	}
	for u := from; ; {
		if u != skip {
			s.price[u] += rise
			if t[u].child != none {
				u = t[u].child
				continue
			}
		}
		for u != from && t[u].after == none {
			u = t[u].parent
		}
		if u == from {
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
