package tensor

// matmul is y = x w, or x wᵀ, for count consecutive parts of the three.
type matmul[T real] struct {
	x, w, y    *matrix[T]
	count      int
	transposed bool
	scratch[T]
}

// part returns the numbers of part i of v.
func (s *matmul[T]) part(v []T, i int) []T {
	n := len(v) / s.count
	return v[i*n : (i+1)*n]
}

func (s *matmul[T]) forward() {
	rows, cols, inner := s.y.rows/s.count, s.y.cols, s.x.cols
	for i := range s.count {
		x, w, y := s.part(s.x.v, i), s.part(s.w.v, i), s.part(s.y.v, i)
		if s.transposed {
			gemmNT(y, cols, x, inner, w, inner, rows, cols, inner, false, s.scratch.forward)
		} else {
			gemm(y, cols, x, inner, 1, w, cols, rows, cols, inner, false)
		}
	}
}

func (s *matmul[T]) backward() {
	rows, cols, inner := s.y.rows/s.count, s.y.cols, s.x.cols
	for i := range s.count {
		x, w, dy := s.part(s.x.v, i), s.part(s.w.v, i), s.part(s.y.d, i)
		if s.w.d != nil {
			dw := s.part(s.w.d, i)
			if s.transposed {
				gemm(dw, inner, dy, 1, cols, x, inner, cols, inner, rows, !s.w.set)
			} else {
				gemm(dw, cols, x, 1, inner, dy, cols, inner, cols, rows, !s.w.set)
			}
		}
		if s.x.d != nil {
			dx := s.part(s.x.d, i)
			if s.transposed {
				gemm(dx, inner, dy, cols, 1, w, inner, rows, inner, cols, !s.x.set)
			} else {
				gemmNT(dx, inner, dy, cols, w, cols, rows, inner, cols, !s.x.set, s.scratch.backward)
			}
		}
	}
}

// affine is y = act(x w + b). d holds act' between the passes, wt the transpose
// of w.
type affine[T real] struct {
	x, w, b, y *matrix[T]
	act        Activation
	d          []T
	narrow     bool
	parallel   bool
	shared     []T // the transpose of w, if it was made before the pass
	scratch[T]
}

func (p *plan[T]) newAffine(in *inst, args []*matrix[T], y *matrix[T], s scratch[T]) step[T] {
	w := in.args[1]
	a := &affine[T]{x: args[0], w: args[1], b: args[2], y: y, act: in.act, d: s.saved, narrow: narrow(w), parallel: p.parallel, scratch: s}
	if p.transposes != nil && w.op == opParam {
		a.shared = p.transposes.of(w)
	}
	return a
}

// transpose returns wᵀ, in the given scratch unless it is there already.
func (s *affine[T]) transpose(work []T) []T {
	if s.shared != nil {
		return s.shared
	}
	work = work[:s.w.rows*s.w.cols]
	transpose(work, s.w.rows, s.w.v, s.w.cols, s.w.rows, s.w.cols)
	return work
}

func (s *affine[T]) forward() {
	n, m, k := s.y.rows, s.y.cols, s.x.cols
	switch {
	case s.narrow:
		gemmNT(s.y.v, m, s.x.v, k, s.transpose(s.scratch.forward), k, n, m, k, false, nil)
	case s.parallel:
		parallelGemm(s.y.v, m, s.x.v, k, 1, s.w.v, m, n, m, k, false)
	default:
		gemm(s.y.v, m, s.x.v, k, 1, s.w.v, m, n, m, k, false)
	}
	biasActivate(s.act, s.y.v, s.d, s.b.v, n, m)
}

func (s *affine[T]) backward() {
	if s.y.d == nil {
		return
	}
	n, m, k := s.y.rows, s.y.cols, s.x.cols
	dy := s.y.d
	if s.b.d != nil {
		s.b.ready()
		mulColumnSums(s.b.d, dy, s.d, n, m)
	} else if s.d != nil {
		mulInto(dy, dy, s.d)
	}
	if s.w.d != nil {
		s.weightGradient(dy)
	}
	if s.x.d == nil {
		return
	}
	wt := s.transpose(s.scratch.backward)
	if s.parallel {
		parallelGemm(s.x.d, k, dy, m, 1, wt, k, n, k, m, !s.x.set)
	} else {
		gemm(s.x.d, k, dy, m, 1, wt, k, n, k, m, !s.x.set)
	}
}

// weightGradient sets or adds xᵀ dy.
func (s *affine[T]) weightGradient(dy []T) {
	n, m, k := s.y.rows, s.y.cols, s.x.cols
	switch {
	case s.narrow:
		// The transpose has long rows.
		work := s.scratch.backward
		work = work[len(work)-m*k:]
		gemm(work, k, dy, 1, m, s.x.v, k, m, k, n, false)
		s.w.ready()
		for j := range m {
			for i, v := range work[j*k : j*k+k] {
				s.w.d[i*m+j] += v
			}
		}
	case s.parallel:
		parallelGemm(s.w.d, m, s.x.v, 1, k, dy, m, k, m, n, !s.w.set)
	default:
		gemm(s.w.d, m, s.x.v, 1, k, dy, m, k, m, n, !s.w.set)
	}
}

// activate is the derivative of act of the given order; d holds that of the next
// between the passes.
type activate[T real] struct {
	x, y  *matrix[T]
	act   Activation
	order int
	d     []T
}

func (s *activate[T]) forward() { derivative(s.act, s.order, s.y.v, s.d, s.x.v) }

func (s *activate[T]) backward() {
	if s.x.d == nil {
		return
	}
	if s.x.set {
		mulInto(s.x.d, s.y.d, s.d)
	} else {
		mulAdd(s.x.d, s.y.d, s.d)
	}
}
