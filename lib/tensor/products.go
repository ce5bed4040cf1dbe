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

// activate is the derivative of act of the given order; d holds that of the next
// between the passes.
type activate[T real] struct {
	x, y  *matrix[T]
	act   Activation
	order int
	d     []T
	work  []T
}

func (s *activate[T]) forward() { derivative(s.act, s.order, s.y.v, s.d, s.x.v, s.work) }

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
