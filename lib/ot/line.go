package ot

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
)

// LineSettings holds the parameters of [Line]. The zero value is the default: the cost
// |x-y|² and uniform weights.
type LineSettings struct {
	Order float64                 // The cost is |x-y|^Order, at least 1; 0 means 2.
	H     func(z float64) float64 // If not nil, the cost is H(x-y) instead, for a convex H.
	A, B  []float64               // Weights of the points of x and y, probabilities; nil means uniform.
	Job   *job.Monitor            // Progress and cancellation; nil means the process's own.
}

// Line solves the transport between the numbers x and y exactly, for the cost h(x-y) of
// any convex h: in ascending order they are matched from the first to the last, whatever
// h is. The optimum is the integral of h(F⁻¹(u) - G⁻¹(u)) over u in [0, 1], with F⁻¹ and
// G⁻¹ the quantile functions.
//
// The result has the plan, of at most n+m-1 entries ([Result.Support]), and potentials
// with f_i + g_j ≤ h(x_i - y_j), equal where the plan has mass, which prove it optimal.
// Value is the optimum itself, of which [Wasserstein] takes the root.
//
// Weights may be 0, numbers may repeat and come in any order.
//
// Convexity of H is only checked at some points: for another function the plan is still
// the monotone one, but it need not be optimal, nor the potentials feasible. H is called
// on the caller's goroutine.
//
// Memory: O(n+m). Time: O((n+m) log(n+m)); about half a second for n = m = 1,000,000.
//
// Line panics with a sentence on an Order below 1 or an H that is seen not to be convex,
// and with a [*job.DataError] on bad data.
//
// Source: santambrogio:15, section 2.2; hoffman:63 for the potentials.
func Line(x, y []float64, s LineSettings) *Result {
	start := time.Now()
	mustBeNumbers(x, y, s.A, s.B)
	h, name := orderCost(s.Order), fmt.Sprintf("|x-y|^%g", orderOf(s.Order))
	if s.H != nil {
		h, name = s.H, "H(x-y)"
		mustBeConvex(h, x, y)
	}
	r := line(x, y, s.A, s.B, h, s.Job)
	if s.H == nil {
		r.p = Points(mat.NewDense(len(x), 1, x), mat.NewDense(len(y), 1, y))
		r.p.A, r.p.B, r.p.Cost = s.A, s.B, cost.PNorm(orderOf(s.Order))
	}
	r.Why = "the line and the convex cost " + name + ", for which the monotone plan is optimal"
	r.Elapsed = time.Since(start)
	return r
}

// Wasserstein returns the distance W_p = (∫ |F⁻¹(u) - G⁻¹(u)|^p du)^(1/p) of the numbers x
// and y, of any two lengths, with uniform weights, for p ≥ 1: the p-th root of
// [WassersteinPow]. For weights, plan and potentials there is [Line].
func Wasserstein(x, y []float64, p float64) float64 {
	return rootOf(WassersteinPow(x, y, p), p)
}

// WassersteinPow returns W_p^p, the mean cost |x-y|^p of the monotone matching of the
// numbers x and y with uniform weights, for p ≥ 1.
//
// Memory: O(n+m). Time: O((n+m) log(n+m)). It panics like [Line].
//
// Source: santambrogio:15, proposition 2.17.
func WassersteinPow(x, y []float64, p float64) float64 {
	mustBeNumbers(x, y, nil, nil)
	if p == 0 {
		panic("ot: the Wasserstein distance of order 0; p is at least 1")
	}
	h := orderCost(p)
	ox, oy := newOrder(len(x)), newOrder(len(y))
	sortBoth(ox, oy, x, y, nil)
	supply, demand, unit := masses(nil, nil, len(x), len(y))
	var total sum
	staircase(supply, demand, 0, false, func(i, j int, mass float64) {
		if mass > 0 {
			total.add(mass * unit * h(ox.sorted[i]-oy.sorted[j]))
		}
	})
	return finiteValue(total.value())
}

// line is Line with valid data.
func line(x, y, a, b []float64, h func(float64) float64, monitor *job.Monitor) *Result {
	n, m := len(x), len(y)
	ox, oy := newOrder(n), newOrder(m)
	sortBoth(ox, oy, x, y, monitor)
	supply, demand, unit := masses(a, b, n, m)
	supply, demand = permuted(supply, ox.index), permuted(demand, oy.index)
	// In order until the end: what is in the places of the lists is far apart in memory.
	f, g := make([]float64, n), make([]float64, m)
	arcs := make([]Arc, 0, n+m-1)
	var transport sum
	row, column, cells := 0, -1, 0
	staircase(supply, demand, 0, false, func(i, j int, mass float64) {
		if cells++; cells%polledCells == 0 {
			monitor.Step(cells, n+m)
		}
		c := h(ox.sorted[i] - oy.sorted[j])
		// A new row or column is tight with the column or row where it begins.
		if i > row {
			f[i] = c - g[j]
		} else if j > column {
			g[j] = c - f[i]
		}
		row, column = i, j
		if mass > 0 {
			mass *= unit
			transport.add(mass * c)
			arcs = append(arcs, Arc{int(ox.index[i]), int(oy.index[j]), mass})
		}
	})
	r := &Result{
		Solver: "Line", EpsilonRule: "none", Iterations: 1, a: weights(a, n), b: weights(b, m),
		F: make([]float64, n), G: make([]float64, m), arcs: sortedArcs(arcs, n),
	}
	for k, i := range ox.index {
		r.F[i] = f[k]
	}
	for k, j := range oy.index {
		r.G[j] = g[k]
	}
	r.finishSorted(transport.value())
	return r
}

// polledCells is how many cells of a staircase take some milliseconds.
const polledCells = 1 << 16

// finishSorted centres the potentials and completes values and errors, with sums that do
// not suffer from a million points.
func (r *Result) finishSorted(transport float64) {
	rows, columns := make([]float64, len(r.a)), make([]float64, len(r.b))
	var mean, sa, sb, mass, dual, off sum
	for i, a := range r.a {
		mean.add(a * r.F[i])
		sa.add(a)
	}
	for _, b := range r.b {
		sb.add(b)
	}
	centre := mean.value() / sa.value()
	scale := sa.value() / sb.value() // as in the plan
	for _, arc := range r.arcs {
		rows[arc.I] += arc.Mass
		columns[arc.J] += arc.Mass
		mass.add(arc.Mass)
	}
	for i, a := range r.a {
		r.F[i] -= centre
		dual.add(a * r.F[i])
		off.add(math.Abs(rows[i] - a))
	}
	for j, b := range r.b {
		r.G[j] += centre
		dual.add(scale * b * r.G[j])
		off.add(math.Abs(columns[j] - b))
	}
	r.Transport, r.Dual, r.MarginalError = finiteValue(transport), finiteValue(dual.value()), off.value()
	r.Value, r.Shannon, r.Mass = r.Transport, r.Transport, mass.value()
}

// finiteValue returns v, or says that costs have overflowed.
func finiteValue(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		panic(job.BadData("ot: costs between these points are not finite; rescale the points"))
	}
	return v
}

// mustBeNumbers panics if lists of numbers or their weights are bad data.
func mustBeNumbers(x, y, a, b []float64) {
	for _, side := range []struct {
		name, weights string
		x, w          []float64
	}{{"x", "a", x, a}, {"y", "b", y, b}} {
		if len(side.x) == 0 {
			panic(job.BadData("ot: %s is empty", side.name))
		}
		if err := checkFinite(side.name, mat.NewDense(len(side.x), 1, side.x)); err != nil {
			panic(err)
		}
		if err := checkWeights(side.weights, side.w, len(side.x)); err != nil {
			panic(err)
		}
	}
}

// mustBeConvex looks at h between the least and the largest x - y.
func mustBeConvex(h func(float64) float64, x, y []float64) {
	lo, hi := math.Inf(1), math.Inf(1)
	for _, v := range x {
		lo, hi = min(lo, v), min(hi, -v)
	}
	low, high := math.Inf(1), math.Inf(1)
	for _, v := range y {
		low, high = min(low, v), min(high, -v)
	}
	from, to := lo+high, -hi-low
	const points = 65
	var z, values [points]float64
	largest := 0.0
	for k := range z {
		z[k] = from + (to-from)*float64(k)/(points-1)
		values[k] = h(z[k])
		if math.IsNaN(values[k]) || math.IsInf(values[k], 0) {
			panic(job.BadData("ot: the cost H(%g) is %v", z[k], values[k]))
		}
		largest = max(largest, math.Abs(values[k]))
	}
	for k := 1; k < points-1; k++ {
		if values[k]-(values[k-1]+values[k+1])/2 > 1e-9*largest {
			panic(fmt.Sprintf("ot: H is not convex: H(%g) = %g lies above the line from H(%g) = %g to H(%g) = %g",
				z[k], values[k], z[k-1], values[k-1], z[k+1], values[k+1]))
		}
	}
}

// orderOf is an order with its default.
func orderOf(p float64) float64 {
	if p == 0 {
		return 2
	}
	if !(p >= 1) || math.IsInf(p, 1) {
		panic(fmt.Sprintf("ot: the order is %v; it is at least 1, and 0 means 2", p))
	}
	return p
}

// orderCost is |z|^p.
func orderCost(p float64) func(z float64) float64 {
	switch p = orderOf(p); p {
	case 1:
		return math.Abs
	case 1.5:
		return func(z float64) float64 { return math.Abs(z) * math.Sqrt(math.Abs(z)) }
	case 2:
		return func(z float64) float64 { return z * z }
	}
	return func(z float64) float64 { return math.Pow(math.Abs(z), p) }
}

// orderSlope is the derivative of |z|^p, 0 at 0.
func orderSlope(p float64) func(z float64) float64 {
	switch p = orderOf(p); p {
	case 1:
		return func(z float64) float64 {
			switch {
			case z > 0:
				return 1
			case z < 0:
				return -1
			}
			return 0
		}
	case 2:
		return func(z float64) float64 { return 2 * z }
	}
	return func(z float64) float64 { return math.Copysign(p*math.Pow(math.Abs(z), p-1), z) }
}

// rootOf is the p-th root of a p-th power.
func rootOf(v, p float64) float64 {
	switch p = orderOf(p); p {
	case 1:
		return v
	case 2:
		return math.Sqrt(v)
	}
	return math.Pow(v, 1/p)
}
