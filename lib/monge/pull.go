package monge

// Gradients of a solved problem's value by the points, at fixed potentials: by
// the envelope theorem nothing else is needed. The sums of P as it stands are
// used where 1/n would do at convergence, so that the result is the exact
// derivative of [scaling.value] however early the iterations stopped.
//
// With weights w_ij the formulas serve every cost of the form φ(|x-y|), whose
// gradient by y is (φ'(r)/r) (y - x): 2 (y - x) for the squared distance.

// plan replaces K by P and the scalings by 1.
func (s *scaling) plan() {
	for i, u := range s.u {
		k := s.k[i*s.m : i*s.m+s.m]
		v := s.v[:len(k)]
		for j := range k {
			k[j] *= u * v[j]
		}
		s.u[i] = 1
	}
	for j := range s.v {
		s.v[j] = 1
	}
}

// pullRows adds scale · Σ_j P_ij (x_i - y_j) to row i of grad, for all i. Shapes:
// x and grad n×d, y m×d, row-major.
func (s *scaling) pullRows(grad, x, y []float64, d int, scale float64) {
	m := s.m
	// vy holds v and the columns of y times v, one after the other.
	vy := grow(&s.scratch, (d+1)*m)
	copy(vy, s.v)
	for j, v := range s.v {
		for l := range d {
			vy[(l+1)*m+j] = v * y[j*d+l]
		}
	}
	add := func(i int, l int, dot float64) {
		dot *= s.u[i] * scale
		if l == 0 {
			for l := range d {
				grad[i*d+l] += dot * x[i*d+l]
			}
			return
		}
		grad[i*d+l-1] -= dot
	}
	i := 0
	for ; i+4 <= s.n; i += 4 {
		k := s.k[i*m : (i+4)*m]
		for l := range d + 1 {
			r0, r1, r2, r3 := dot4(k, vy[l*m:l*m+m])
			add(i, l, r0)
			add(i+1, l, r1)
			add(i+2, l, r2)
			add(i+3, l, r3)
		}
	}
	for ; i < s.n; i++ {
		for l := range d + 1 {
			add(i, l, dotRow(s.k[i*m:i*m+m], vy[l*m:l*m+m]))
		}
	}
}

// pullColumns adds scale · Σ_i P_ij (y_j - x_i) to row j of grad, for all j. Shapes:
// x n×d, y and grad m×d, row-major.
func (s *scaling) pullColumns(grad, x, y []float64, d int, scale float64) {
	m := s.m
	// sums holds, per column, Σ_i u_i K_ij and Σ_i u_i K_ij x_i.
	sums := grow(&s.scratch, (d+1)*m)
	clear(sums)
	factor := func(i, l int) float64 {
		if l == 0 {
			return s.u[i]
		}
		return s.u[i] * x[i*d+l-1]
	}
	i := 0
	for ; i+4 <= s.n; i += 4 {
		k := s.k[i*m : (i+4)*m]
		for l := range d + 1 {
			addRows4(sums[l*m:l*m+m], k, factor(i, l), factor(i+1, l), factor(i+2, l), factor(i+3, l))
		}
	}
	for ; i < s.n; i++ {
		k := s.k[i*m : i*m+m]
		for l := range d + 1 {
			f := factor(i, l)
			for j, p := range k {
				sums[l*m+j] += f * p
			}
		}
	}
	for j, v := range s.v {
		for l := range d {
			grad[j*d+l] += scale * v * (sums[j]*y[j*d+l] - sums[(l+1)*m+j])
		}
	}
}

// grow returns *buf with n entries, reallocated only if it is too small.
func grow(buf *[]float64, n int) []float64 {
	if cap(*buf) < n {
		*buf = make([]float64, n)
	}
	*buf = (*buf)[:n]
	return *buf
}
