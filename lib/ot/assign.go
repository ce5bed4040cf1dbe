package ot

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// assignment is a partial one, with potentials under which f_i + g_j ≤ C_ij for the
// rows that have a column, and equal for the pair.
type assignment struct {
	c     *mat.Dense
	f, g  []float64
	owner []int // row of a column, -1 for none
	job   *job.Monitor

	search
	order   []int     // columns as a search closed them,
	reached []float64 // and at which distance
}

// assign finds an optimal assignment and its potentials. An auction finds prices near
// the optimal ones, bidding without a premium gives most rows a column that is optimal
// under them, and shortest augmenting paths bring the rest, one row after the other.
//
// Source: bertsekas:88 for the auction; jonker:87 for the other two.
func assign(c *mat.Dense, monitor *job.Monitor) (perm []int, f, g []float64) {
	n, _ := c.Dims()
	a := &assignment{c: c, f: make([]float64, n), g: make([]float64, n), owner: make([]int, n), search: newSearch(n), job: monitor}
	a.auction()
	left := a.settle()
	for k, row := range left {
		monitor.Step(n-len(left)+k, n)
		a.augment(row)
	}
	perm = make([]int, n)
	for j, i := range a.owner {
		perm[i] = j
	}
	return perm, a.f, a.g
}

const (
	// The premium falls from the mean excess of the costs over the least, by
	// premiumStep at a time, to a fraction 1/n of it, below which bidding costs more
	// than the paths it saves.
	premiumStep = 4
	// bidsPerRow bounds the bids of a round on average: its prices serve as they are.
	bidsPerRow = 64
	// settleBids does so without a premium, where prices may fall by next to nothing.
	settleBids = 4
)

// auction lowers the prices g by rounds of bidding with a falling premium.
func (a *assignment) auction() {
	n := len(a.f)
	data := a.c.RawMatrix().Data
	least, _ := kern.Range64(data)
	excess := 0.0
	for _, v := range data {
		excess += (v - least) / float64(len(data))
	}
	for premium := excess; premium > excess/float64(n); premium /= premiumStep {
		a.bid(a.allRows(), premium, bidsPerRow*n)
	}
}

// allRows takes all columns back and returns the rows in the order of a stack.
func (a *assignment) allRows() (stack []int) {
	for j := range a.owner {
		a.owner[j] = -1
	}
	for i := len(a.f) - 1; i >= 0; i-- {
		stack = append(stack, i)
	}
	return stack
}

// settle gives rows a column that is optimal under the prices, twice, sets f, and
// returns the rows that got none.
func (a *assignment) settle() (left []int) {
	left = a.allRows()
	for range 2 {
		left = a.bid(left, 0, settleBids*len(a.f))
		slices.Sort(left)
		slices.Reverse(left)
	}
	for j, i := range a.owner {
		if i >= 0 {
			a.f[i] = a.c.At(i, j) - a.g[j]
		}
	}
	return left
}

// bid lets the rows of a stack, the last first, make offers, at most limit. A row that
// loses its column to a lower price bids next. The rows returned have none: those whose
// column went at its price to a row that was indifferent, and those that the limit cut
// off.
func (a *assignment) bid(stack []int, premium float64, limit int) (left []int) {
	for bids := 0; len(stack) > 0 && bids < limit; bids++ {
		if bids%64 == 0 {
			a.job.Check()
		}
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		switch loser, cheaper := a.offer(i, premium); {
		case loser < 0:
		case cheaper:
			stack = append(stack, loser)
		default:
			left = append(left, loser)
		}
	}
	return append(left, stack...)
}

// offer gives row i its cheapest column and lowers its price until the second
// cheapest is better by the premium. Where that lowers nothing and the column is taken,
// the row gets the second cheapest, which is as good. It returns the row that had the
// column, -1 for none, and whether the price fell.
func (a *assignment) offer(i int, premium float64) (loser int, cheaper bool) {
	costs := a.c.RawRowView(i)
	least, j := kern.MinDiff64(costs, a.g)
	second, k := kern.MinDiff64(costs[:j], a.g[:j])
	if after, l := kern.MinDiff64(costs[j+1:], a.g[j+1:]); k < 0 || after < second {
		second, k = after, j+1+l
	}
	if len(costs) > 1 {
		before := a.g[j]
		a.g[j] -= second - least + premium
		cheaper = a.g[j] < before
	}
	if !cheaper && a.owner[j] >= 0 && len(costs) > 1 {
		j = k
	}
	loser = a.owner[j]
	a.owner[j] = i
	return loser, cheaper
}

// augment gives row a column, by the shortest path of columns that change hands, and
// moves the potentials so that it has reduced cost 0.
func (a *assignment) augment(row int) {
	a.restart(a.g)
	a.order, a.reached = a.order[:0], a.reached[:0]
	i, last, reach := row, -1, 0.0
	for {
		reach, last = kern.ShortenPaths64(a.slack, a.from, a.c.RawRowView(i), a.price, reach-a.f[i], last)
		a.order, a.reached = append(a.order, last), append(a.reached, reach)
		a.close(last)
		if i = a.owner[last]; i < 0 {
			break
		}
	}
	a.f[row] += reach
	for k, j := range a.order {
		rise := reach - a.reached[k]
		a.g[j] -= rise
		if i := a.owner[j]; i >= 0 {
			a.f[i] += rise
		}
	}
	for j := last; j >= 0; {
		before := a.from[j]
		if before < 0 {
			a.owner[j] = row
		} else {
			a.owner[j] = a.owner[before]
		}
		j = before
	}
}

// search is the state of a search for a shortest path to a column, as
// [kern.ShortenPaths64] wants it.
type search struct {
	slack []float64 // distance of an open column, +Inf of a closed one
	from  []int     // where that path came from
	price []float64 // potential of an open column, -Inf of a closed one
}

func newSearch(columns int) search {
	return search{make([]float64, columns), make([]int, columns), make([]float64, columns)}
}

func (s *search) restart(g []float64) {
	copy(s.price, g)
	for j := range s.slack {
		s.slack[j] = math.Inf(1)
	}
}

func (s *search) close(j int) { s.slack[j], s.price[j] = math.Inf(1), math.Inf(-1) }
