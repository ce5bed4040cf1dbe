package ot

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"gaspard/lib/job"
)

// CircleSettings holds the parameters of [Circle]. The zero value is the default: angles
// in radians, the squared length of the shorter arc and uniform weights.
type CircleSettings struct {
	Order  float64      // The cost is d(x,y)^Order, at least 1, of the shorter arc d; 0 means 2.
	Period float64      // Length of the circle, in the unit of x and y: 360, 24, 1; 0 means 2π.
	A, B   []float64    // Weights of the points of x and y, probabilities; nil means uniform.
	Job    *job.Monitor // Progress and cancellation; nil means the process's own.
}

// Circle solves the transport between the points x and y of a circle exactly, for the
// cost d(x,y)^p with the length d of the shorter arc. Points are positions along the
// circle, angles in radians unless Settings.Period says otherwise, and equal modulo the
// period.
//
// The optimal plan is monotone on the line of which the circle is a period, for one of
// the shifts of mass
//
//	C(θ) = ∫ |F⁻¹(u) - G⁻¹(u+θ)|^p du  over one period,
//
// a convex function of θ whose least value is the optimum. The root of its slope is
// bracketed.
//
// The result has the plan, of at most n+m-1 entries ([Result.Support]), and potentials
// with f_i + g_j ≤ d(x_i, y_j)^p, equal where the plan has mass, which prove it optimal.
// Value is the optimum itself, not its p-th root. Weights may be 0.
//
// Memory: O(n+m). Time: O((n+m) log(n+m)) for sorting and 10 to 60 passes over the points,
// a second or two for n = m = 1,000,000.
//
// Circle panics with a sentence on an Order below 1 or a Period that is not positive,
// and with a [*job.DataError] on bad data.
//
// Source: delon:10, with rabin:11 for the circle.
func Circle(x, y []float64, s CircleSettings) *Result {
	start := time.Now()
	if s.Period == 0 {
		s.Period = 2 * math.Pi
	}
	if !(s.Period > 0) || math.IsInf(s.Period, 1) {
		panic(fmt.Sprintf("ot: the period is %v; it must be positive, or 0 for 2π", s.Period))
	}
	h := orderCost(s.Order)
	mustBeNumbers(x, y, s.A, s.B)
	n, m := len(x), len(y)
	x, y = reduced(x, s.Period), reduced(y, s.Period)
	c := &circle{period: s.Period, h: h, uniform: s.A == nil && s.B == nil, job: s.Job}
	supply, demand, unit := masses(withoutDust(s.A), withoutDust(s.B), n, m)
	ox, oy := newOrder(n), newOrder(m)
	sortBoth(ox, oy, x, y, s.Job)
	c.x, c.y = newRing(ox, supply), newRing(oy, demand)
	r := &Result{Solver: "Circle", EpsilonRule: "none", a: weights(s.A, n), b: weights(s.B, m)}
	var theta float64
	theta, r.Iterations = c.bisect()
	arcs := c.solve(r, theta)
	var transport sum
	for k := range arcs {
		arc := &arcs[k]
		arc.Mass *= unit
		d := math.Abs(x[arc.I] - y[arc.J])
		transport.add(arc.Mass * h(min(d, s.Period-d)))
	}
	r.arcs = sortedArcs(arcs, n)
	r.finishSorted(transport.value())
	r.Why = fmt.Sprintf("the circle of length %.6g and the cost d(x,y)^%g: the best of the monotone plans", s.Period, orderOf(s.Order))
	r.Elapsed = time.Since(start)
	return r
}

// rounding is that of sums of weights, up to which steps of x and y meet.
const rounding = 4e-15

// withoutDust returns w without the weights that get lost in rounding: where such points
// stand among the levels is chance. Each is sent along an arc of its own.
func withoutDust(w []float64) []float64 {
	w = slices.Clone(w)
	for i, v := range w {
		if v <= rounding {
			w[i] = 0
		}
	}
	return w
}

// reduced returns x modulo a period, in [0, period).
func reduced(x []float64, period float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		v = math.Mod(v, period)
		if v < 0 {
			v += period
		}
		if v < period {
			out[i] = v
		}
	}
	return out
}

// ring is one side of a problem on the circle, in order.
type ring struct {
	at    []float64 // positions
	index []int32   // and where they were
	mass  []float64
	level []float64 // share of the mass up to and with a point; the last is 1
}

func newRing(o *order, mass []float64) ring {
	r := ring{o.sorted, o.index, permuted(mass, o.index), make([]float64, len(mass))}
	var total sum
	for _, v := range r.mass {
		total.add(v)
	}
	var below sum
	for k, v := range r.mass {
		below.add(v)
		r.level[k] = min(1, below.value()/total.value())
	}
	for k := len(mass) - 1; k >= 0; k-- {
		r.level[k] = 1
		if r.mass[k] > 0 {
			break
		}
	}
	return r
}

// circle is a problem on the circle. A shift by θ puts the mass of x at the level u beside
// that of y at the level u+θ.
type circle struct {
	period float64
	h      func(float64) float64
	x, y   ring
	// The points of both sides have equal masses.
	uniform bool
	job     *job.Monitor
}

// eachStep calls visit for the steps of y, in the order of the line: at step l, from point
// l to the next, the mass of x is at point k of turn q of the circle, and a share u-level[k]
// of it is left.
func (c *circle) eachStep(theta float64, visit func(l, k int, q, left float64)) {
	n := len(c.x.level)
	q := math.Floor(c.y.level[0] - theta)
	k := 0
	for l, level := range c.y.level {
		u := level - theta - q
		if l == 0 {
			k = min(sort.SearchFloat64s(c.x.level, u), n-1)
		}
		for u > c.x.level[k] {
			if k++; k == n {
				k = 0
				q++
				u = level - theta - q
			}
		}
		visit(l, k, q, c.x.level[k]-u)
	}
}

// slope is the derivative of C at θ: a step of y meets the point of x at its level a
// little earlier.
func (c *circle) slope(theta float64) float64 {
	var total sum
	c.eachStep(theta, func(l, k int, q, _ float64) {
		if l%polledCells == 0 {
			c.job.Check()
		}
		x := c.x.at[k] + q*c.period
		total.add(c.h(x-c.next(l)) - c.h(x-c.y.at[l]))
	})
	return total.value()
}

// next is the point of y after point l.
func (c *circle) next(l int) float64 {
	if l+1 < len(c.y.at) {
		return c.y.at[l+1]
	}
	return c.y.at[0] + c.period
}

// bisect returns a θ at which C is least, up to rounding, and the number of slopes
// computed. At -1 all of y lies before x, and at 1 behind it.
//
// Where many steps of C are left between the bounds its slope is nearly a smooth
// function, of which secants find the root in few steps.
func (c *circle) bisect() (theta float64, count int) {
	lo, hi := -1.0, 1.0
	low, high := c.slope(lo), c.slope(hi)
	enough := c.spacing() / 2
	smooth := 4 / float64(min(len(c.x.at), len(c.y.at)))
	for wide := true; hi-lo > enough; {
		before := hi - lo
		theta = lo + (hi-lo)/2
		if secant := lo - low*(hi-lo)/(high-low); wide && before > smooth && secant > lo && secant < hi {
			theta = secant
		}
		if theta == lo || theta == hi {
			break
		}
		count++
		slope := c.slope(theta)
		c.job.Step(count, 0)
		switch {
		case slope < 0:
			lo, low = theta, slope
			high /= 2 // a bound that stays loses its weight, or secants never move it
		case slope > 0:
			hi, high = theta, slope
			low /= 2
		default:
			return theta, count
		}
		wide = hi-lo < 0.7*before
	}
	return lo + (hi-lo)/2, count
}

// spacing is the least distance between two θ at which steps meet: that of fractions if
// the points have equal masses, and otherwise nothing but rounding.
func (c *circle) spacing() float64 {
	n, m := len(c.x.at), len(c.y.at)
	if !c.uniform {
		return 0x1p-53
	}
	a, b := n, m
	for b != 0 {
		a, b = b, a%b
	}
	return max(0x1p-53, 1/(float64(n/a)*float64(m)))
}

// corner returns where a monotone plan of shift θ can begin: behind a step of x and one
// of y that meet, or nearly. C is linear between such shifts, so that moving to the
// nearest one from a least θ leaves it least.
func (c *circle) corner(theta float64) (i, j int, turns float64) {
	n, m := len(c.x.at), len(c.y.at)
	best := math.Inf(1)
	consider := func(l, k int, q, distance float64) {
		if distance < best {
			best, i, j, turns = distance, k+1, l+1, q
		}
	}
	c.eachStep(theta, func(l, k int, q, left float64) {
		consider(l, k, q, left)
		// The step of x before that point.
		if k > 0 {
			consider(l, k-1, q, c.x.level[k]-left-c.x.level[k-1])
		} else {
			consider(l, n-1, q-1, c.x.level[0]-left)
		}
	})
	// The turns are counted for the point i itself, and relative to the point j.
	for ; i == n || c.x.mass[i] == 0; i++ {
		if i == n {
			i, turns = -1, turns+1
		}
	}
	for ; j == m || c.y.mass[j] == 0; j++ {
		if j == m {
			j, turns = -1, turns-1
		}
	}
	return i, j, turns
}

// unrolled is a period of a ring from a point on, with that point once more at its end.
type unrolled struct {
	at, mass []float64
	index    []int32
}

func (r ring) unroll(from int, turns, period float64) unrolled {
	n := len(r.at)
	u := unrolled{make([]float64, n+1), make([]float64, n+1), make([]int32, n+1)}
	for t := range n + 1 {
		k := from + t
		lift := turns
		if k >= n {
			k -= n
			lift++
		}
		u.at[t], u.mass[t], u.index[t] = r.at[k]+lift*period, r.mass[k], r.index[k]
	}
	return u
}

// solve sets the potentials and returns the plan for a least θ.
//
// The potentials of a staircase return after a period with a drift, the slope of C on one
// side: where steps of x and y meet, taking x first has the one of the right side, y first
// that of the left. Both are feasible, and the mean of the two that does not drift is so
// on the circle.
func (c *circle) solve(r *Result, theta float64) (arcs []Arc) {
	i, j, turns := c.corner(theta)
	x, y := c.x.unroll(i, turns, c.period), c.y.unroll(j, 0, c.period)
	n, m := len(c.x.at), len(c.y.at)
	var f, g [2][]float64
	for side := range f {
		f[side], g[side] = make([]float64, n+1), make([]float64, m+1)
		arcs = c.walk(x, y, f[side], g[side], r, side == 1)
	}
	share := 0.0
	right, left := f[0][n]-f[0][0], f[1][n]-f[1][0]
	if right > 0 && left < right {
		share = min(1, right/(right-left))
	}
	r.F, r.G = make([]float64, n), make([]float64, m)
	for k := range n {
		r.F[x.index[k]] = (1-share)*f[0][k] + share*f[1][k]
	}
	for k := range m {
		r.G[y.index[k]] = (1-share)*g[0][k] + share*g[1][k]
	}
	return arcs
}

// walk fills the potentials along a staircase and returns its masses, and those of the
// points of r without one in x or y.
func (c *circle) walk(x, y unrolled, f, g []float64, r *Result, columnsFirst bool) []Arc {
	n, m := len(f)-1, len(g)-1
	total := 0.0
	for _, v := range x.mass[:n] {
		total += v
	}
	arcs := make([]Arc, 0, n+m-1)
	row, column, cells := 0, -1, 0
	staircase(x.mass, y.mass, rounding*total, columnsFirst, func(i, j int, mass float64) {
		if cells++; cells%polledCells == 0 {
			c.job.Check()
		}
		cost := c.h(x.at[i] - y.at[j])
		if i > row {
			f[i] = cost - g[j]
			if x.mass[i] == 0 {
				mass = r.a[x.index[i]]
			}
		} else if j > column {
			g[j] = cost - f[i]
			if y.mass[j] == 0 {
				mass = r.b[y.index[j]]
			}
		}
		row, column = i, j
		if mass > 0 && i < n && j < m {
			arcs = append(arcs, Arc{int(x.index[i]), int(y.index[j]), mass})
		}
	})
	return arcs
}
