package monge

import "math"

// carried is a potential of an earlier batch, which says much about that of the next one
// though their points differ: it is evaluated at new points y by its entropic extension
//
//	g(y) = -ε log Σ_i exp((f_i - c(x_i, y)) / ε),
//
// in about the time of five iterations in the plane. In high dimensions few of the new
// points are near old ones: the extension costs more and saves less.
type carried[T real] struct {
	x, f     []T // points, n×d, and what is known of them; empty if nothing is
	origin   []float64
	xt, y, g []T // scratch: x and y from the origin at hand, and the extension
	ones     []T
	used     bool // whether this solve began with an extension
}

// carryDimension is the largest dimension in which potentials are carried on.
const carryDimension = 16

// carry remembers the potential of the rows for other points of the same number.
func (s *scaling[T]) carry() {
	if s.n != s.m || s.d > carryDimension {
		return
	}
	c := &s.carried
	c.x, c.origin = append(c.x[:0], s.x...), append(c.origin[:0], s.origin...)
	logs, f := grow(&s.work, s.n), grow(&c.f, s.n)
	s.log(logs, s.u)
	for i, l := range logs {
		f[i] = s.f[i] + T(s.eps)*l
	}
}

// startCarried begins with the extension and its hard c-transform.
func (s *scaling[T]) startCarried(eps float64) {
	c, n, d := &s.carried, s.n, s.d
	xt, y := grow(&c.xt, n*d), grow(&c.y, n*d)
	grow(&c.g, n)
	for len(c.ones) < n {
		c.ones = append(c.ones, 1)
	}
	for l := range d {
		shift := T(c.origin[l] - s.origin[l])
		for i := range n {
			xt[l*n+i] = c.x[i*d+l] + shift
			y[i*d+l] = s.yt[l*n+i]
		}
	}
	s.eps = eps
	s.run(s.extendShard) // with K as scratch
	s.rowMins(s.f, s.c, n, s.g)
	c.used = true
}

// extend sets g at some of the points.
func (s *scaling[T]) extend(from, to, _ int) {
	c, n, d := &s.carried, s.n, s.d
	k, least, g := s.k[from*n:to*n], c.g[from:to], s.g[from:to]
	s.distances(k, n, c.y[from*d:to*d], d, c.xt, s.root)
	if s.angular {
		s.angles(k)
	}
	s.rowMins(least, k, n, c.f)
	s.gibbs(k, k, n, least, c.f, T(1/s.eps))
	s.rowDots(g, k, n, c.ones)
	s.log(g, g)
	for j, l := range g {
		g[j] = least[j] - T(s.eps)*l
	}
}

// startsBadly reports whether columns of K are about to underflow, which only those far
// from what the extension knew can.
func (s *scaling[T]) startsBadly() bool {
	clear(s.cols)
	s.addRows(s.cols, s.k, s.m, s.u)
	lo, _ := s.ends(s.cols)
	return !(float64(lo) > math.Exp(-warmReach))
}
