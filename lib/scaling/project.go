package scaling

import (
	"math"
)

// Variable projection (golub:73): for a given exponent a power law is linear in its
// floor and its factor, which a least squares of two columns then gives exactly, so
// that only the exponent is searched. There are no starts to get wrong.

// The exponents that are searched. A fit that ends at either is not a fit.
const (
	leastExponent, mostExponent = 0.01, 4.0
	exponents                   = 48 // of the first grid, evenly in the logarithm
)

// powerBasis holds the columns t_i = exp(-α u_i) of a grid of exponents for one set
// of sizes, u = ln x less its mean. Bootstraps fit to the same sizes again and again.
type powerBasis struct {
	u       []float64
	shift   float64 // what was taken off ln x
	alphas  []float64
	columns [][]float64
	scratch []float64
}

func newPowerBasis(x []float64) *powerBasis {
	b := &powerBasis{u: make([]float64, len(x)), scratch: make([]float64, len(x))}
	for i, v := range x {
		b.u[i] = math.Log(v)
		b.shift += b.u[i] / float64(len(x))
	}
	for i := range b.u {
		b.u[i] -= b.shift
	}
	for k := range exponents {
		alpha := leastExponent * math.Pow(mostExponent/leastExponent, float64(k)/(exponents-1))
		column := make([]float64, len(x))
		b.columnTo(column, alpha)
		b.alphas, b.columns = append(b.alphas, alpha), append(b.columns, column)
	}
	return b
}

func (b *powerBasis) columnTo(dst []float64, alpha float64) {
	for i, u := range b.u {
		dst[i] = math.Exp(-alpha * u)
	}
}

// powerSolution is y ≈ floor + factor exp(-alpha u).
type powerSolution struct {
	floor, factor, alpha float64
	ssr                  float64 // Σ w (y - fit)²
}

// project solves for floor ≥ 0 and factor ≥ 0 at a column; floor NaN means free, and
// anything else is where it is held.
func project(t, y, w []float64, floor float64) powerSolution {
	var sw, swt, swy, swty, swtt float64
	for i := range t {
		wt := w[i] * t[i]
		sw += w[i]
		swt += wt
		swy += w[i] * y[i]
		swty += wt * y[i]
		swtt += wt * t[i]
	}
	s := powerSolution{floor: floor}
	if math.IsNaN(floor) {
		// About the means, so that the columns may be nearly parallel.
		mt, my := swt/sw, swy/sw
		var ty, tt float64
		for i := range t {
			d := t[i] - mt
			ty += w[i] * d * (y[i] - my)
			tt += w[i] * d * d
		}
		s.factor = math.Max(ty/tt, 0)
		s.floor = my - s.factor*mt
		if s.floor < 0 {
			s.floor = 0
			s.factor = swty / swtt
		}
	} else {
		s.factor = math.Max((swty-floor*swt)/swtt, 0)
	}
	for i := range t {
		r := y[i] - s.floor - s.factor*t[i]
		s.ssr += w[i] * r * r
	}
	return s
}

// fit returns the least squares fit with the floor held, or free for NaN.
func (b *powerBasis) fit(y, w []float64, floor float64) powerSolution {
	best := -1
	var least powerSolution
	for k, t := range b.columns {
		s := project(t, y, w, floor)
		s.alpha = b.alphas[k]
		if best < 0 || s.ssr < least.ssr {
			best, least = k, s
		}
	}
	lo, hi := math.Log(b.alphas[max(best-1, 0)]), math.Log(b.alphas[min(best+1, exponents-1)])
	at := func(log float64) powerSolution {
		alpha := math.Exp(log)
		b.columnTo(b.scratch, alpha)
		s := project(b.scratch, y, w, floor)
		s.alpha = alpha
		return s
	}
	s := golden(lo, hi, 16, at)
	if least.ssr < s.ssr {
		s = least
	}
	return b.finish(s, y, w, floor)
}

// golden is a golden section search for the least ssr, over the given steps.
func golden(lo, hi float64, steps int, at func(float64) powerSolution) powerSolution {
	const ratio = 0.6180339887498949
	x1, x2 := hi-ratio*(hi-lo), lo+ratio*(hi-lo)
	s1, s2 := at(x1), at(x2)
	for range steps {
		if s1.ssr <= s2.ssr {
			hi, x2, s2 = x2, x1, s1
			x1 = hi - ratio*(hi-lo)
			s1 = at(x1)
		} else {
			lo, x1, s1 = x1, x2, s2
			x2 = lo + ratio*(hi-lo)
			s2 = at(x2)
		}
	}
	if s1.ssr <= s2.ssr {
		return s1
	}
	return s2
}

// finish runs Gauss-Newton on all parameters: a search by values alone knows the
// exponent to the root of the rounding error only.
func (b *powerBasis) finish(s powerSolution, y, w []float64, floor float64) powerSolution {
	free := math.IsNaN(floor) && s.floor > 0
	for range 8 {
		if s.factor <= 0 {
			return s
		}
		k := 2
		if free {
			k = 3
		}
		var h [9]float64
		var g, j [3]float64
		for i, u := range b.u {
			t := math.Exp(-s.alpha * u)
			j = [3]float64{t, -s.factor * t * u, 1}
			r := y[i] - s.floor - s.factor*t
			for p := range k {
				g[p] += w[i] * j[p] * r
				for q := range k {
					h[p*k+q] += w[i] * j[p] * j[q]
				}
			}
		}
		if !solve(h[:k*k], g[:k]) {
			return s
		}
		alpha := s.alpha + g[1]
		if !(alpha > leastExponent && alpha < mostExponent) {
			return s
		}
		b.columnTo(b.scratch, alpha)
		next := project(b.scratch, y, w, floor)
		next.alpha = alpha
		if !(next.ssr < s.ssr) {
			return s
		}
		s = next
	}
	return s
}

// law is the solution in terms of x.
func (b *powerBasis) law(s powerSolution) Law {
	return Law{Form: PowerFloor, E: s.floor, A: s.factor * math.Exp(s.alpha*b.shift), Alpha: s.alpha}
}

// sharedFloor fits two ladders with one floor: for each floor both problems are
// separate, and the sum of their squares is searched.
func sharedFloor(a, b *powerBasis, ya, wa, yb, wb []float64) (sa, sb powerSolution) {
	least := math.Inf(1)
	for _, y := range append(append([]float64(nil), ya...), yb...) {
		least = math.Min(least, y)
	}
	at := func(floor float64) (powerSolution, powerSolution) {
		return a.fit(ya, wa, floor), b.fit(yb, wb, floor)
	}
	const grid = 12
	best, bestSSR := 0, math.Inf(1)
	for k := range grid {
		p, q := at(least * float64(k) / grid)
		if p.ssr+q.ssr < bestSSR {
			best, bestSSR = k, p.ssr+q.ssr
		}
	}
	sum := func(floor float64) powerSolution {
		p, q := at(floor)
		return powerSolution{floor: floor, ssr: p.ssr + q.ssr}
	}
	found := golden(least*float64(max(best-1, 0))/grid, least*math.Min(float64(best+1)/grid, 1), 20, sum)
	floor := found.floor
	if bestSSR < found.ssr {
		floor = least * float64(best) / grid
	}
	return at(floor)
}

// nonNegative solves min Σ w (y - Σ_k c_k columns_k)² over c ≥ 0 for up to three
// columns by trying every set of columns that may be in use.
func nonNegative(columns [][]float64, y, w []float64) (c []float64, ssr float64) {
	k := len(columns)
	gram, moment := make([]float64, k*k), make([]float64, k)
	norm := 0.0
	for i := range y {
		norm += w[i] * y[i] * y[i]
		for p := range k {
			wp := w[i] * columns[p][i]
			moment[p] += wp * y[i]
			for q := p; q < k; q++ {
				gram[p*k+q] += wp * columns[q][i]
			}
		}
	}
	ssr = norm
	c = make([]float64, k)
	var use []int
	h, g := make([]float64, 0, k*k), make([]float64, 0, k)
	for set := 1; set < 1<<k; set++ {
		use, h, g = use[:0], h[:0], g[:0]
		for p := range k {
			if set>>p&1 == 1 {
				use = append(use, p)
			}
		}
		for _, p := range use {
			g = append(g, moment[p])
			for _, q := range use {
				h = append(h, gram[min(p, q)*k+max(p, q)])
			}
		}
		if !solve(h, g) {
			continue
		}
		left, allowed := norm, true
		for n, p := range use {
			allowed = allowed && g[n] >= 0
			left -= g[n] * moment[p]
		}
		if allowed && left < ssr {
			ssr = left
			clear(c)
			for n, p := range use {
				c[p] = g[n]
			}
		}
	}
	return c, ssr
}

// solve solves the positive definite h z = g in place of g by Cholesky's method, and
// reports whether h is positive definite. h is overwritten.
func solve(h, g []float64) bool {
	n := len(g)
	for i := range n {
		for j := 0; j <= i; j++ {
			sum := h[i*n+j]
			for k := range j {
				sum -= h[i*n+k] * h[j*n+k]
			}
			if i != j {
				h[i*n+j] = sum / h[j*n+j]
				continue
			}
			if !(sum > 1e-14*math.Abs(h[i*n+i])) || math.IsInf(sum, 0) {
				return false
			}
			h[i*n+i] = math.Sqrt(sum)
		}
	}
	for i := range n {
		for k := range i {
			g[i] -= h[i*n+k] * g[k]
		}
		g[i] /= h[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			g[i] -= h[k*n+i] * g[k]
		}
		g[i] /= h[i*n+i]
	}
	return true
}
