package ot

import (
	"math"
	"slices"
)

// staircase walks the monotone plan between points in order, the north-west corner of
// what is left of their masses: from cell (0, 0) to the last one, one row or one column
// at a time. It visits all n+m-1 cells, those without mass where a row and a column end
// together as well: there the row goes on first or, if columnsFirst, the column. Rests of
// a row and a column of up to tie are dropped, so that they end together.
func staircase(supply, demand []float64, tie float64, columnsFirst bool, visit func(i, j int, mass float64)) {
	n, m := len(supply), len(demand)
	s, d := supply[0], demand[0]
	for i, j := 0, 0; ; {
		amount := min(s, d)
		visit(i, j, amount)
		s -= amount
		d -= amount
		if amount > 0 && s <= tie && d <= tie {
			s, d = 0, 0
		}
		switch row := s < d || s == d && !columnsFirst; {
		case i == n-1 && j == m-1:
			return
		case j == m-1 || row && i < n-1:
			i++
			s = supply[i]
		default:
			j++
			d = demand[j]
		}
	}
}

// masses returns the weights of both sides with equal sums, and the unit that they are
// in. Uniform weights are whole numbers, which add up without rounding.
func masses(a, b []float64, n, m int) (supply, demand []float64, unit float64) {
	supply, demand = make([]float64, n), make([]float64, m)
	if a == nil && b == nil {
		for i := range supply {
			supply[i] = float64(m)
		}
		for j := range demand {
			demand[j] = float64(n)
		}
		return supply, demand, 1 / (float64(n) * float64(m))
	}
	a, b = weights(a, n), weights(b, m)
	var sa, sb sum
	for _, v := range a {
		sa.add(v)
	}
	for _, v := range b {
		sb.add(v)
	}
	copy(supply, a)
	ratio := sa.value() / sb.value()
	for j, v := range b {
		demand[j] = v * ratio
	}
	return supply, demand, 1
}

// permuted returns w in an order.
func permuted(w []float64, index []int32) []float64 {
	out := make([]float64, len(w))
	for k, i := range index {
		out[k] = w[i]
	}
	return out
}

// sum adds numbers with the error of one rounding.
//
// Source: neumaier:74.
type sum struct{ high, low float64 }

func (s *sum) add(v float64) {
	t := s.high + v
	if math.Abs(s.high) >= math.Abs(v) {
		s.low += (s.high - t) + v
	} else {
		s.low += (v - t) + s.high
	}
	s.high = t
}

func (s *sum) value() float64 { return s.high + s.low }

// sortedArcs returns the entries of a plan with n rows, of which each has another place,
// in the order of [Result.Support].
func sortedArcs(arcs []Arc, n int) []Arc {
	out, next := make([]Arc, len(arcs)), make([]int, n+1)
	for _, arc := range arcs {
		next[arc.I+1]++
	}
	for k := range n {
		next[k+1] += next[k]
	}
	for _, arc := range arcs {
		out[next[arc.I]] = arc
		next[arc.I]++
	}
	from := 0
	for i := range n {
		if row := out[from:next[i]]; len(row) > 1 {
			slices.SortFunc(row, func(a, b Arc) int { return a.J - b.J })
		}
		from = next[i]
	}
	return out
}
