package monge

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"gaspard/lib/internal/anderson"
)

// scaling solves the entropic problem of one training batch,
//
//	min_P ⟨P, C⟩ + ε KL(P | a⊗b),  a = 1/n, b = 1/m,
//
// in the kernel domain: P = diag(u) K diag(v) with K = exp((f+g-C)/ε), where f
// and g change only when the scalings u, v threaten to overflow. Training
// solves thousands of small problems to a loose tolerance, for which this is
// several times faster than the log domain: an iteration is one pass over K.
//
// All buffers live as long as the scaling; nothing is allocated per solve. Large
// problems are shared out by shards of rows, of a size that depends on the problem
// alone; small ones are a single shard.
type scaling[T real] struct {
	*kernels[T]
	shards[T]
	n, m, d    int
	x, yt      []T // the points, n×d and d×m, relative to the first y
	c, k       []T // costs and kernel, n×m
	f, g       []T
	u, v       []T
	rows, cols []T // K v and Kᵀ u when a solve ends
	next       []T // u or v after the step
	warm       []T // g of an earlier solve, to begin with
	work, out  []T
	root       bool      // whether the cost is |x-y|
	angular    bool      // whether it is the angle between x and y
	origin     []float64 // from which the points count
	carried    carried[T]
	eps        float64
	poll       func()               // called in each iteration
	history    *anderson.History[T] // of log v

	iterations int
	err        float64 // L1 error of the marginals at the last iteration
	passed     bool    // whether err fell to the tolerance
}

func newScaling[T real](n, m int, poll func()) *scaling[T] {
	list := func(n int) []T { return make([]T, n) }
	s := &scaling[T]{
		kernels: kernelsOf[T](), n: n, m: m, c: list(n * m), k: list(n * m),
		f: list(n), u: list(n), rows: list(n), g: list(m), v: list(m), cols: list(m),
		next: list(max(n, m)), poll: poll,
	}
	s.shards = newShards(s)
	return s
}

// fill sets the costs between the rows of x and y: |x-y|², and with root |x-y|. Moving
// the origin to a point of y keeps float32 exact for clouds far from 0.
func (s *scaling[T]) fill(x, y []float64, d int, root bool) {
	s.d, s.root, s.angular = d, root, false
	grow(&s.x, s.n*d)
	grow(&s.yt, s.m*d)
	copy(grow(&s.origin, d), y)
	for i, v := range x {
		s.x[i] = T(v - y[i%d])
	}
	for j := range s.m {
		for l := range d {
			s.yt[l*s.m+j] = T(y[j*d+l] - y[l])
		}
	}
	s.run(s.fillShard)
}

// fillAngles sets the costs to the angles between the directions of the rows of x and y.
func (s *scaling[T]) fillAngles(x, y []float64, d int) {
	s.d, s.root, s.angular = d, false, true
	clear(grow(&s.origin, d))
	grow(&s.x, s.n*d)
	grow(&s.yt, s.m*d)
	for i := range s.n {
		norm := floats.Norm(x[i*d:(i+1)*d], 2)
		for l, v := range x[i*d : (i+1)*d] {
			s.x[i*d+l] = T(v / norm)
		}
	}
	for j := range s.m {
		norm := floats.Norm(y[j*d:(j+1)*d], 2)
		for l, v := range y[j*d : (j+1)*d] {
			s.yt[l*s.m+j] = T(v / norm)
		}
	}
	s.run(s.fillShard)
}

// reach is a bound of the costs that fill set, from the box of the points.
func (s *scaling[T]) reach() float64 {
	lo, hi := s.ends(s.x)
	lo2, hi2 := s.ends(s.yt)
	side := float64(max(hi, hi2) - min(lo, lo2))
	reach := side * side * float64(s.d)
	if s.root {
		reach = math.Sqrt(reach)
	}
	return reach
}

// largest is the largest cost, which in high dimensions is far below the bound.
func (s *scaling[T]) largest() float64 {
	_, hi := s.ends(s.c)
	return float64(hi)
}

// take sets the costs to given ones. The gradients of such costs are pulled through
// plan.
func (s *scaling[T]) take(costs []float64) {
	for i, v := range costs {
		s.c[i] = T(v)
	}
}

// start chooses the potentials to begin with: those that keep left if the points have
// hardly moved since, those that carry left for other points, or others that need neither.
func (s *scaling[T]) start(eps float64) {
	s.carried.used = false
	switch {
	case len(s.warm) > 0 && s.startWarm(eps):
	case len(s.carried.f) > 0:
		s.startCarried(eps)
	default:
		s.startCold()
	}
}

// startCold begins with g as the hard c-transform of 0 and f as that of g. Every row and
// every column of K then holds a 1, and no entry exceeds it: nothing underflows as a whole,
// however small ε is.
func (s *scaling[T]) startCold() {
	for j := range s.g {
		s.g[j] = T(math.Inf(1))
	}
	s.columnMins(s.g, s.c, s.m, s.n)
	s.rowMins(s.f, s.c, s.m, s.g)
}

// warmReach bounds, in units of ε, how far the largest entry of a column of K may be
// below 1 for a warm start: exp of it is far from where float32 underflows.
const warmReach = 30

// startWarm begins with the g that was kept and its hard c-transform, for which every
// row holds a 1, and reports whether no column is about to underflow.
func (s *scaling[T]) startWarm(eps float64) bool {
	copy(s.g, s.warm)
	s.rowMins(s.f, s.c, s.m, s.g)
	least := s.next[:s.m]
	for j := range least {
		least[j] = T(math.Inf(1))
	}
	for i, f := range s.f {
		for j, c := range s.c[i*s.m : (i+1)*s.m] {
			least[j] = min(least[j], c-f)
		}
	}
	for j, v := range least {
		if !(float64(v-s.g[j]) <= warmReach*eps) {
			return false
		}
	}
	return true
}

// keep remembers the potential of the columns for the next start.
func (s *scaling[T]) keep() {
	grow(&s.warm, s.m)
	logs := grow(&s.work, s.m)
	s.log(logs, s.v)
	for j, l := range logs {
		s.warm[j] = s.g[j] + T(s.eps)*l
	}
}

// taken is the number of iterations.
func (s *scaling[T]) taken() int { return s.iterations }

// build computes K and sets u and v to 1.
func (s *scaling[T]) build() {
	s.run(s.buildShard)
	for i := range s.u {
		s.u[i] = 1
	}
	for j := range s.v {
		s.v[j] = 1
	}
}

// absorb moves the scalings into the potentials and rebuilds K.
func (s *scaling[T]) absorb() {
	eps := T(s.eps)
	s.log(s.u, s.u)
	s.log(s.v, s.v)
	for i, u := range s.u {
		s.f[i] += eps * u
	}
	for j, v := range s.v {
		s.g[j] += eps * v
	}
	s.build()
}

// far reports whether a scaling is to be absorbed.
func (s *scaling[T]) far(scalings []T) bool {
	lo, hi := s.ends(scalings)
	return float64(hi) > s.bound || float64(lo) < 1/s.bound
}

// solve runs Sinkhorn iterations from the potentials that start left in f and g, until
// the L1 error of the columns is at most tol; the rows are exact. Near the solution they
// are extrapolated in log v.
func (s *scaling[T]) solve(eps, tol float64, maxIter int) {
	s.eps, s.passed = eps, false
	b, next := T(1/float64(s.m)), s.next[:s.m]
	if s.history == nil {
		s.history = anderson.New[T](s.m, s.memory, nil)
	}
	s.history.Restart()
	s.build()
	if s.carried.used && s.startsBadly() {
		s.startCold()
		s.build()
	}
	for s.iterations = 1; ; s.iterations++ {
		s.poll()
		s.sweep()
		s.err = float64(s.rescale(next, s.v, s.cols, b))
		if s.passed = s.err <= tol; s.passed || s.iterations >= maxIter || math.IsNaN(s.err) {
			return
		}
		s.advance(next)
		if s.far(s.u) || s.far(s.v) {
			s.absorb()
			s.history.Restart() // it knew logarithms of other scalings
		}
	}
}

// advance sets v to where next, its update, is extrapolated to, or to next itself if that
// is nowhere near.
func (s *scaling[T]) advance(next []T) {
	logs := grow(&s.work, 2*s.m)
	before, after := logs[:s.m], logs[s.m:]
	s.log(before, s.v)
	s.log(after, next)
	if s.history.Extrapolate(before, after, s.err) {
		s.exp(s.v, after)
		if !s.far(s.v) {
			return
		}
		s.history.Restart()
	}
	copy(s.v, next)
}

// solveSymmetric solves the problem of a cloud with itself, for a symmetric cost
// that is 0 on the diagonal. Then f = g, found by averaging each iterate with
// its update: alternating ones would oscillate. It needs no start.
// Source: feydy:19, section 3.
func (s *scaling[T]) solveSymmetric(eps, tol float64, maxIter int) {
	s.eps, s.passed = eps, false
	clear(s.f)
	clear(s.g)
	s.build()
	a, next := T(1/float64(s.n)), s.next[:s.n]
	for s.iterations = 1; ; s.iterations++ {
		s.poll()
		s.run(s.dotShard)
		s.err = float64(s.halfway(next, s.u, s.rows, a))
		if s.passed = s.err <= tol; s.passed || s.iterations >= maxIter || math.IsNaN(s.err) {
			copy(s.v, s.u)
			copy(s.cols, s.rows)
			return
		}
		copy(s.u, next)
		if s.far(s.u) {
			copy(s.v, s.u)
			s.absorb()
		}
	}
}

// value returns the dual objective Σ a f + Σ b g + ε (1 - Σ P), in the
// normalisation P = a⊗b exp((f+g-C)/ε): the optimum at convergence and a lower
// bound of it before.
func (s *scaling[T]) value() float64 {
	var mass float64
	for j, v := range s.v {
		mass += float64(v) * float64(s.cols[j])
	}
	return s.mean(s.f, s.u) + s.mean(s.g, s.v) + s.eps*(1-mass)
}

// mean is the mean over the points of potential + ε log(scaling / weight).
func (s *scaling[T]) mean(potential, scaling []T) (sum float64) {
	n := len(potential)
	logs := grow(&s.work, n)
	s.log(logs, scaling)
	for i, l := range logs {
		sum += float64(potential[i]) + s.eps*float64(l)
	}
	return sum/float64(n) + s.eps*math.Log(float64(n))
}

// displacement is the mean of c_ii.
func (s *scaling[T]) displacement() (mean float64) {
	for i := 0; i < len(s.c); i += s.m + 1 {
		mean += float64(s.c[i]) / float64(s.n)
	}
	return mean
}

func (s *scaling[T]) converged() bool { return s.passed }
