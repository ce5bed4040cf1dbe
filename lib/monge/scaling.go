package monge

import "math"

// scaling solves the entropic problem of one training batch,
//
//	min_P ⟨P, C⟩ + ε KL(P | a⊗b),  a = 1/n, b = 1/m,
//
// in the kernel domain: P = diag(u) K diag(v) with K = exp((f+g-C)/ε), where f
// and g change only when the scalings u, v threaten to overflow. Training
// solves thousands of small problems to a loose tolerance, for which this is
// several times faster than the log domain: an iteration is one pass over K.
//
// All buffers live as long as the scaling; nothing is allocated per solve.
type scaling struct {
	n, m int
	c    []float64 // costs, n×m; the caller fills them before each solve
	k    []float64
	f, g []float64
	u, v []float64
	sums []float64 // column sums of diag(u) K

	scratch []float64
	eps     float64

	iterations int
	err        float64 // L1 error of the marginals at the last iteration
	omega      float64 // over-relaxation
	passed     bool    // whether err fell to the tolerance
}

func newScaling(n, m int) *scaling {
	floats := func(n int) []float64 { return make([]float64, n) }
	return &scaling{
		n: n, m: m, c: floats(n * m), k: floats(n * m),
		f: floats(n), u: floats(n), g: floats(m), v: floats(m), sums: floats(m),
	}
}

// start sets g to the hard c-transform of 0 and f to that of g. Every row and
// every column of K then holds a 1, and no entry exceeds it: nothing underflows
// as a whole, however small ε is.
func (s *scaling) start() {
	for j := range s.g {
		s.g[j] = math.Inf(1)
	}
	for i := range s.f {
		row := s.c[i*s.m : i*s.m+s.m]
		g := s.g[:len(row)]
		for j, c := range row {
			if c < g[j] {
				g[j] = c
			}
		}
	}
	for i := range s.f {
		row := s.c[i*s.m : i*s.m+s.m]
		g := s.g[:len(row)]
		least := math.Inf(1)
		for j, c := range row {
			if z := c - g[j]; z < least {
				least = z
			}
		}
		s.f[i] = least
	}
}

// build computes K and sets u and v to 1.
func (s *scaling) build() {
	for i, f := range s.f {
		gibbs(s.k[i*s.m:i*s.m+s.m], s.c[i*s.m:i*s.m+s.m], s.g, f, 1/s.eps)
	}
	for i := range s.u {
		s.u[i] = 1
	}
	for j := range s.v {
		s.v[j] = 1
	}
}

// absorb moves the scalings into the potentials and rebuilds K.
func (s *scaling) absorb() {
	for i, u := range s.u {
		s.f[i] += s.eps * math.Log(u)
	}
	for j, v := range s.v {
		s.g[j] += s.eps * math.Log(v)
	}
	s.build()
}

// scalingRange bounds u and v before they are absorbed: products of three
// factors then stay far inside the range of float64.
const scalingRange = 1e80

// solve runs over-relaxed Sinkhorn iterations from the potentials that start or
// an earlier solve left in f and g, until the L1 error of both marginals is at
// most tol.
//
// Over-relaxation with ω moves ω times as far as Sinkhorn would. With ρ the rate
// of plain Sinkhorn, the best ω is 2/(1+√(1-ρ)), with rate ω-1, which takes
// about the square root of the iterations. ρ is estimated from the
// observed rate μ at the current ω by (μ+ω-1)² = ρ ω² μ, Young's relation.
// Sources: thibault:21; lehmann:22, section 2.
func (s *scaling) solve(eps, tol float64, maxIter int) {
	s.eps, s.omega, s.passed = eps, 1, false
	s.build()
	mark, markErr := 0, 0.0
	for s.iterations = 1; ; s.iterations++ {
		s.err = s.sweepRows() + s.columnError()
		if s.passed = s.err <= tol; s.passed || s.iterations >= maxIter || math.IsNaN(s.err) {
			return
		}
		// After ω changed, a transient of about 1/(2-ω) iterations passes
		// before the error shows its rate.
		settle := 1 + int(1/(2-s.omega))
		period := settle + 1
		switch k := s.iterations - mark; {
		case s.err > relaxBelow:
			mark, s.omega = s.iterations, 1
		case k == settle:
			markErr = s.err
		case k == settle+period:
			s.adapt(math.Pow(s.err/markErr, 1/float64(period)))
			mark = s.iterations
		}
		if s.updateColumns() {
			s.absorb()
		}
	}
}

// relaxBelow is the error from which on over-relaxation is tried: farther from
// the solution the iteration is not yet linear.
const relaxBelow = 0.5

// adapt chooses ω from the rate mu observed at the current one.
func (s *scaling) adapt(mu float64) {
	switch {
	case !(mu < 1): // not contracting: ω is too large for this far from the end
		s.omega = 1 + (s.omega-1)/2
	case mu > s.omega-1:
		q := mu + s.omega - 1
		rho := min(q*q/(s.omega*s.omega*mu), 0.9999)
		s.omega = max(s.omega, 2/(1+math.Sqrt(1-rho)))
	}
}

// sweepRows updates u, leaves the column sums of diag(u) K in sums and returns
// the L1 error of the rows before the update.
func (s *scaling) sweepRows() (err float64) {
	clear(s.sums)
	a, m := 1/float64(s.n), s.m
	i := 0
	for ; i+4 <= s.n; i += 4 {
		k := s.k[i*m : (i+4)*m]
		r0, r1, r2, r3 := dot4(k, s.v)
		u := s.u[i : i+4 : i+4]
		e0 := s.relax(&u[0], r0, a)
		e1 := s.relax(&u[1], r1, a)
		e2 := s.relax(&u[2], r2, a)
		e3 := s.relax(&u[3], r3, a)
		err += e0 + e1 + e2 + e3
		addRows4(s.sums, k, u[0], u[1], u[2], u[3])
	}
	for ; i < s.n; i++ {
		k := s.k[i*m : i*m+m]
		err += s.relax(&s.u[i], dotRow(k, s.v), a)
		for j, x := range k {
			s.sums[j] += s.u[i] * x
		}
	}
	if s.omega == 1 {
		return 0 // plain updates make the row sums exact
	}
	return err
}

// relax moves *u towards weight/sum and returns |u sum - weight| beforehand.
// The step is taken in u and not in log u, which near the solution is the same
// to first order and spares a logarithm; far from it the step is plain.
func (s *scaling) relax(u *float64, sum, weight float64) float64 {
	next := weight / sum
	err := math.Abs(*u*sum - weight)
	if relaxed := *u + s.omega*(next-*u); relaxed > 0.5*next && relaxed < 2*next {
		next = relaxed
	}
	*u = next
	return err
}

// columnError returns the L1 error of the column sums.
func (s *scaling) columnError() (err float64) {
	b := 1 / float64(s.m)
	for j, v := range s.v {
		err += math.Abs(v*s.sums[j] - b)
	}
	return err
}

// updateColumns updates v and reports whether a scaling left its range.
func (s *scaling) updateColumns() (far bool) {
	b := 1 / float64(s.m)
	for j := range s.v {
		s.relax(&s.v[j], s.sums[j], b)
	}
	lo, hi := 1.0, 1.0
	for _, v := range s.v {
		lo, hi = min(lo, v), max(hi, v)
	}
	for _, u := range s.u {
		lo, hi = min(lo, u), max(hi, u)
	}
	return hi > scalingRange || lo < 1/scalingRange
}

// solveSymmetric solves the problem of a cloud with itself, for a symmetric cost
// that is 0 on the diagonal. Then f = g, found by averaging each iterate with
// its update: alternating ones would oscillate. It needs no start.
// Source: feydy:19, section 3.
func (s *scaling) solveSymmetric(eps, tol float64, maxIter int) {
	s.eps, s.omega, s.passed = eps, 1, false
	clear(s.f)
	clear(s.g)
	s.buildSymmetric()
	for s.iterations = 1; ; s.iterations++ {
		s.err = s.symmetricError()
		if s.passed = s.err <= tol; s.passed || s.iterations >= maxIter || math.IsNaN(s.err) {
			copy(s.v, s.u)
			return
		}
		lo, hi := 1.0, 1.0
		for i, r := range s.sums {
			u := math.Sqrt(s.u[i] / (r * float64(s.n)))
			lo, hi = min(lo, u), max(hi, u)
			s.u[i] = u
		}
		if hi > scalingRange || lo < 1/scalingRange {
			copy(s.v, s.u)
			s.absorb()
		}
	}
}

// symmetricError leaves K u in sums and returns the L1 error of the marginals.
func (s *scaling) symmetricError() (err float64) {
	m, i := s.m, 0
	for ; i+4 <= s.n; i += 4 {
		r := s.sums[i : i+4 : i+4]
		r[0], r[1], r[2], r[3] = dot4(s.k[i*m:(i+4)*m], s.u)
	}
	for ; i < s.n; i++ {
		s.sums[i] = dotRow(s.k[i*m:i*m+m], s.u)
	}
	for i, r := range s.sums {
		err += math.Abs(s.u[i]*r - 1/float64(s.n))
	}
	return err
}

// buildSymmetric is build for a symmetric K: half of the exponentials.
func (s *scaling) buildSymmetric() {
	m := s.m
	for i, f := range s.f {
		gibbs(s.k[i*m+i:i*m+m], s.c[i*m+i:i*m+m], s.g[i:], f, 1/s.eps)
		for j := range i {
			s.k[i*m+j] = s.k[j*m+i]
		}
		s.u[i], s.v[i] = 1, 1
	}
}

// value returns the dual objective Σ a f + Σ b g + ε (1 - Σ P), in the
// normalisation P = a⊗b exp((f+g-C)/ε): the optimum at convergence and a lower
// bound of it before.
func (s *scaling) value() float64 {
	a, b := 1/float64(s.n), 1/float64(s.m)
	var rows, cols, mass float64
	for i, u := range s.u {
		rows += s.f[i] + s.eps*math.Log(u/a)
		mass += u * dotRow(s.k[i*s.m:i*s.m+s.m], s.v)
	}
	for j, v := range s.v {
		cols += s.g[j] + s.eps*math.Log(v/b)
	}
	return a*rows + b*cols + s.eps*(1-mass)
}
