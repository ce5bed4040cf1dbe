package tensor

// matmul is y = x w.
type matmul[T real] struct{ x, w, y matrix[T] }

func (s *matmul[T]) forward() {
	clear(s.y.v)
	gemmNN(s.y.v, s.x.v, s.w.v, s.y.rows, s.y.cols, s.x.cols)
}

func (s *matmul[T]) backward() {
	productBackward(s.x, s.w, s.y)
}

// productBackward adds dy wᵀ to dx and xᵀ dy to dw.
func productBackward[T real](x, w, y matrix[T]) {
	if w.d != nil {
		gemmTN(w.d, x.v, y.d, w.rows, w.cols, x.rows)
	}
	if x.d != nil {
		gemmNT(x.d, y.d, w.v, x.rows, x.cols, y.cols)
	}
}

// affine is y = act(x w + b); d holds act' between the passes.
type affine[T real] struct {
	x, w, b, y matrix[T]
	act        Activation
	d          []T
}

func (s *affine[T]) forward() {
	m := s.y.cols
	for i := range s.y.rows {
		copy(s.y.v[i*m:i*m+m], s.b.v)
	}
	gemmNN(s.y.v, s.x.v, s.w.v, s.y.rows, m, s.x.cols)
	if s.act != Linear {
		activateTo(s.act, s.y.v, s.d, s.y.v)
	}
}

func (s *affine[T]) backward() {
	if s.y.d == nil {
		return
	}
	if s.act != Linear {
		mulTo(s.y.d, s.d)
	}
	if s.b.d != nil {
		addColumnSums(s.b.d, s.y.d, s.y.rows, s.y.cols)
	}
	productBackward(s.x, s.w, s.y)
}

// activate is y = act(x).
type activate[T real] struct {
	x, y matrix[T]
	act  Activation
	d    []T
}

func (s *activate[T]) forward() { activateTo(s.act, s.y.v, s.d, s.x.v) }

func (s *activate[T]) backward() {
	if s.x.d == nil {
		return
	}
	dx, dy := s.x.d, s.y.d[:len(s.x.d)]
	d := s.d[:len(dx)]
	for i := range dx {
		dx[i] += dy[i] * d[i]
	}
}

// activateTo picks the loops of the precision at hand.
func activateTo[T real](act Activation, y, d, z []T) {
	switch z := any(z).(type) {
	case []float32:
		activate32(act, any(y).([]float32), any(d).([]float32), z)
	case []float64:
		activate64(act, any(y).([]float64), any(d).([]float64), z)
	}
}

// mulTo multiplies dst by a, entry by entry.
func mulTo[T real](dst, a []T) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] *= v
	}
}
