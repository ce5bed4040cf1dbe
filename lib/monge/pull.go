package monge

// Gradients of a solved problem's value by the points, at fixed potentials: by
// the envelope theorem nothing else is needed. The sums of P as it stands are
// used where 1/n would do at convergence, so that the result is the exact
// derivative of [scaling.value] however early the iterations stopped.
//
// With weights w_ij the formulas serve every cost of the form φ(|x-y|), whose
// gradient by y is (φ'(r)/r) (y - x): 2 (y - x) for the squared distance.

// pullRows adds scale · Σ_j P_ij (x_i - y_j) to row i of grad (n×d), for all i.
func (s *scaling[T]) pullRows(grad []float64, scale float64) {
	n, m, d := s.n, s.m, s.d
	vy := grow(&s.work, 2*d*m) // v times the columns of y, and scratch
	for l := range d {
		for j, v := range s.v {
			vy[l*m+j] = v * s.yt[l*m+j]
		}
	}
	sums := grow(&s.out, n*d) // Σ_j K_ij v_j y_j
	s.multiplyTransp(sums, d, s.k, m, vy, m, n, d, m, false, vy[d*m:])
	for i, u := range s.u {
		for l := range d {
			grad[i*d+l] += scale * float64(u*(s.rows[i]*s.x[i*d+l]-sums[i*d+l]))
		}
	}
}

// pullColumns adds scale · Σ_i P_ij (y_j - x_i) to row j of grad (m×d), for all j.
func (s *scaling[T]) pullColumns(grad []float64, scale float64) {
	n, m, d := s.n, s.m, s.d
	ux := grow(&s.work, n*d)
	for i, u := range s.u {
		for l := range d {
			ux[i*d+l] = u * s.x[i*d+l]
		}
	}
	sums := grow(&s.out, d*m) // Σ_i u_i x_i K_ij, a row for each coordinate
	s.multiply(sums, m, ux, 1, d, s.k, m, d, m, n, false)
	for j, v := range s.v {
		for l := range d {
			grad[j*d+l] += scale * float64(v*(s.cols[j]*s.yt[l*m+j]-sums[l*m+j]))
		}
	}
}

// plan writes rows from to to-1 of P to dst.
func (s *scaling[T]) plan(dst []float64, from, to int) {
	for i := from; i < to; i++ {
		u, row := s.u[i], dst[(i-from)*s.m:][:s.m]
		for j, k := range s.k[i*s.m : (i+1)*s.m] {
			row[j] = float64(u * k * s.v[j])
		}
	}
}

// divide replaces K by K/C, and by 0 where the cost is 0; rows are not those of the new
// K.
func (s *scaling[T]) divide() {
	s.divideByCosts(s.k, s.c)
	clear(s.cols)
	s.addRows(s.cols, s.k, s.m, s.u)
}

// divideBySines replaces K by K/sin C, for costs that are angles, and by 0 where the sine
// is 0; the costs turn into squared chords, and rows are not those of the new K.
func (s *scaling[T]) divideBySines() {
	s.angular = false
	s.run(s.fillShard)
	s.run(s.sineShard)
	clear(s.cols)
	s.addRows(s.cols, s.k, s.m, s.u)
}

// cost is c_ij.
func (s *scaling[T]) cost(i, j int) float64 { return float64(s.c[i*s.m+j]) }

// grow returns *buf with n entries, reallocated only if it is too small.
func grow[T any](buf *[]T, n int) []T {
	if cap(*buf) < n {
		*buf = make([]T, n)
	}
	*buf = (*buf)[:n]
	return *buf
}
