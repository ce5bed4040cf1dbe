package ot

import (
	"cmp"
	"math"
	"slices"
)

// link is an arc with its flow.
type link struct {
	cost float64
	i, j int32
	flow int64
}

// plant makes the first basis: arcs, the cheapest first, take what flow they can. Each
// leaves one of its ends with nothing, so that they are a forest in which a tree has at
// most one node with something left: that one, or else a row, hangs from the root. It
// returns a first penalty for the artificial arcs.
func (s *simplex) plant(supply, demand []int64) (penalty float64) {
	left := append(slices.Clone(supply), demand...)
	links, penalty := s.greedy(left)
	at := make([][]int32, s.n+s.m) // the links of a node
	for k, l := range links {
		at[l.i] = append(at[l.i], int32(k))
		at[s.n+int(l.j)] = append(at[s.n+int(l.j)], int32(k))
	}
	seen := make([]bool, s.n+s.m)
	var stack []int32
	grow := func(from int32) {
		s.hang(from, s.root(), 0, left[from])
		seen[from] = true
		for stack = append(stack[:0], from); len(stack) > 0; {
			v := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, k := range at[v] {
				u := links[k].i
				if u == v {
					u = int32(s.n) + links[k].j
				}
				if !seen[u] {
					seen[u] = true
					s.hang(u, v, links[k].cost, links[k].flow)
					stack = append(stack, u)
				}
			}
		}
	}
	for v, flow := range left {
		if flow > 0 {
			grow(int32(v))
		}
	}
	for i, flow := range supply {
		if flow > 0 && !seen[i] {
			grow(int32(i))
		}
	}
	s.measure()
	return penalty
}

// measure sets the sizes of all parts of the tree.
func (s *simplex) measure() {
	var order []int32
	s.walk(s.root(), func(v int32) { order = append(order, v) })
	for _, v := range slices.Backward(order) {
		s.tree[v].size++
		if v != s.root() {
			s.tree[s.tree[v].parent].size += s.tree[v].size
		}
	}
}

// greedy sends flow along the cheapest arcs first, and takes it from what is left. It
// stops where arcs become much dearer than those that most of the flow takes: they are
// better brought in one by one, under a penalty that keeps prices at the scale of the
// optimum. Two artificial arcs cost as much as where it stops.
func (s *simplex) greedy(left []int64) (links []link, penalty float64) {
	const (
		most = 0.75
		dear = 8
	)
	var all []link
	for i, list := range s.arcs {
		for _, a := range list {
			all = append(all, link{cost: a.cost, i: int32(i), j: a.j})
		}
	}
	slices.SortFunc(all, func(p, q link) int {
		return cmp.Or(cmp.Compare(p.cost, q.cost), cmp.Compare(p.i, q.i), cmp.Compare(p.j, q.j))
	})
	toSend := int64(0)
	for _, flow := range left[:s.n] {
		toSend += flow
	}
	sent, limit := int64(0), math.Inf(1)
	for _, l := range all {
		if l.cost > limit {
			break
		}
		u, v := int(l.i), s.n+int(l.j)
		if l.flow = min(left[u], left[v]); l.flow == 0 {
			continue
		}
		left[u] -= l.flow
		left[v] -= l.flow
		links = append(links, l)
		if sent += l.flow; l.cost > 0 && math.IsInf(limit, 1) && float64(sent) >= most*float64(toSend) {
			limit = dear * l.cost
		}
	}
	if math.IsInf(limit, 1) && len(all) > 0 {
		limit = 2 * math.Abs(all[len(all)-1].cost)
	}
	if !(limit > 0) || math.IsInf(limit, 1) {
		limit = 2
	}
	return links, limit / 2
}
