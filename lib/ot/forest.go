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
// returns a penalty for the artificial arcs: the largest cost of the forest.
func (s *simplex) plant(supply, demand []int64) (penalty float64) {
	left := append(slices.Clone(supply), demand...)
	links := s.greedy(left)
	at := make([][]int32, s.n+s.m) // the links of a node
	for k, l := range links {
		penalty = max(penalty, math.Abs(l.cost))
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
	if penalty == 0 {
		return 1
	}
	return penalty
}

// greedy sends flow along the cheapest arcs first, and takes it from what is left.
func (s *simplex) greedy(left []int64) (links []link) {
	var all []link
	for i, list := range s.arcs {
		for _, a := range list {
			all = append(all, link{cost: a.cost, i: int32(i), j: a.j})
		}
	}
	slices.SortFunc(all, func(p, q link) int {
		return cmp.Or(cmp.Compare(p.cost, q.cost), cmp.Compare(p.i, q.i), cmp.Compare(p.j, q.j))
	})
	for _, l := range all {
		u, v := int(l.i), s.n+int(l.j)
		if l.flow = min(left[u], left[v]); l.flow > 0 {
			left[u] -= l.flow
			left[v] -= l.flow
			links = append(links, l)
		}
	}
	return links
}
