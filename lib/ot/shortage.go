package ot

import (
	"fmt"
	"math"
	"strings"
)

// shortage proves a problem infeasible: rows whose mass is more than the columns take
// that they reach at a finite cost.
type shortage struct {
	rows, columns  []int
	supply, demand float64
}

// shortage looks, from the rows with mass left, for a way to columns that lack some:
// over finite costs forward and over arcs with flow backward. If there is none it
// keeps what it has reached as the proof. Without infinite costs there always is one.
//
// Source: ford:62.
func (t *transport) shortage() bool {
	if t.costs.c == nil {
		return false
	}
	s, n := t.simplex, len(t.a)
	seen := make([]bool, len(s.tree))
	var queue []int32
	reach := func(v int32) {
		if !seen[v] {
			seen[v] = true
			queue = append(queue, v)
		}
	}
	lacks := func(v int32) bool { return s.tree[v].parent == s.root() && s.tree[v].flow > 0 }
	for v := s.tree[s.root()].child; v != none; v = s.tree[v].after {
		if s.isRow(v) && lacks(v) {
			reach(v)
		}
	}
	for k := 0; k < len(queue); k++ {
		t.job.Check()
		v := queue[k]
		if s.isRow(v) {
			for j, c := range t.costs.c.RawRowView(int(v)) {
				if t.demand[j] > 0 && !math.IsInf(c, 1) {
					reach(int32(n + j))
				}
			}
			continue
		}
		if lacks(v) {
			return false
		}
		if x := s.tree[v]; x.flow > 0 {
			reach(x.parent)
		}
		for u := s.tree[v].child; u != none; u = s.tree[u].after {
			if s.tree[u].flow > 0 {
				reach(u)
			}
		}
	}
	t.stuck = &shortage{}
	for i, w := range t.a {
		if seen[i] {
			t.stuck.rows = append(t.stuck.rows, i+1)
			t.stuck.supply += w
		}
	}
	for j, w := range t.b {
		if seen[n+j] {
			t.stuck.columns = append(t.stuck.columns, j+1)
			t.stuck.demand += w
		}
	}
	return true
}

// String is the proof in a sentence.
func (s *shortage) String() string {
	if len(s.columns) == 0 {
		return fmt.Sprintf("%s with mass %.4g have only infinite costs to columns with mass", numbered("row", s.rows), s.supply)
	}
	return fmt.Sprintf("%s with mass %.4g have finite costs only to %s, where %.4g can go",
		numbered("row", s.rows), s.supply, numbered("column", s.columns), s.demand)
}

// numbered lists the first few numbers of things.
func numbered(what string, list []int) string {
	const shown = 5
	if len(list) == 1 {
		return fmt.Sprintf("%s %d", what, list[0])
	}
	text := strings.Trim(strings.ReplaceAll(fmt.Sprint(list[:min(shown, len(list))]), " ", ", "), "[]")
	if len(list) > shown {
		text += fmt.Sprintf(" and %d more", len(list)-shown)
	}
	return what + "s " + text
}
