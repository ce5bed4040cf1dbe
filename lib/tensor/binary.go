package tensor

// binary is an entrywise operation of two arguments, of which either may be
// repeated along rows or columns: its stride there is 0.
type binary[T real] struct {
	op         opKind
	a, b, y    *matrix[T]
	rowA, colA int
	rowB, colB int
	sameShape  bool
}

func newBinary[T real](op opKind, a, b, y *matrix[T]) *binary[T] {
	s := &binary[T]{op: op, a: a, b: b, y: y}
	s.rowA, s.colA = strides(a)
	s.rowB, s.colB = strides(b)
	s.sameShape = len(a.v) == len(y.v) && len(b.v) == len(y.v)
	return s
}

// strides returns how far to move in a per row and per column of the result.
func strides[T real](a *matrix[T]) (row, col int) {
	if a.rows > 1 {
		row = a.cols
	}
	if a.cols > 1 {
		col = 1
	}
	return row, col
}

func (s *binary[T]) forward() {
	if s.sameShape {
		s.row(s.y.v, s.a.v, s.b.v, 1, 1)
		return
	}
	m := s.y.cols
	for i := range s.y.rows {
		s.row(s.y.v[i*m:i*m+m], s.a.v[i*s.rowA:], s.b.v[i*s.rowB:], s.colA, s.colB)
	}
}

// row computes one row of the result; ca and cb are the column strides.
func (s *binary[T]) row(y, a, b []T, ca, cb int) {
	n := len(y)
	switch {
	case s.op == opMul && ca == 1 && cb == 0:
		scaleInto(y, b[0], a[:n])
	case s.op == opMul && ca == 0 && cb == 1:
		scaleInto(y, a[0], b[:n])
	case ca == 1 && cb == 1 && s.op == opAdd:
		addInto(y, a[:n], b[:n])
	case ca == 1 && cb == 1 && s.op == opSub:
		subInto(y, a[:n], b[:n])
	case ca == 1 && cb == 1 && s.op == opMul:
		mulInto(y, a[:n], b[:n])
	case ca == 1 && cb == 1 && s.op == opDiv:
		divInto(y, a[:n], b[:n])
	default:
		binaryRow(s.op, y, a, b, ca, cb)
	}
}

// binaryRow is row for any operation and strides.
func binaryRow[T real](op opKind, y, a, b []T, ca, cb int) {
	ia, ib := 0, 0
	for j := range y {
		u, v := a[ia], b[ib]
		switch op {
		case opAdd:
			y[j] = u + v
		case opSub:
			y[j] = u - v
		case opMul:
			y[j] = u * v
		case opDiv:
			y[j] = u / v
		case opMax:
			y[j] = max(u, v)
		case opMin:
			y[j] = min(u, v)
		}
		ia += ca
		ib += cb
	}
}

func (s *binary[T]) backward() {
	if s.sameShape && s.sameShapeBackward() {
		return
	}
	for _, x := range []*matrix[T]{s.a, s.b} {
		if x.d != nil {
			x.ready()
		}
	}
	if s.y.d == nil {
		return
	}
	m := s.y.cols
	for i := range s.y.rows {
		dy := s.y.d[i*m : i*m+m]
		a, b := s.a.v[i*s.rowA:], s.b.v[i*s.rowB:]
		if s.a.d != nil {
			s.backwardA(s.a.d[i*s.rowA:], dy, a, b)
		}
		if s.b.d != nil {
			s.backwardB(s.b.d[i*s.rowB:], dy, a, b)
		}
	}
}

// sameShapeBackward does the whole backward pass of a sum, difference or product of
// matrices of one shape, and reports whether it was one.
func (s *binary[T]) sameShapeBackward() bool {
	switch s.op {
	case opAdd:
		s.a.addScaled(1, s.y.d)
		s.b.addScaled(1, s.y.d)
	case opSub:
		s.a.addScaled(1, s.y.d)
		s.b.addScaled(-1, s.y.d)
	case opMul:
		s.a.addProduct(s.y.d, s.b.v)
		s.b.addProduct(s.y.d, s.a.v)
	default:
		return false
	}
	return true
}

// addScaled adds c dy to the adjoint, or sets it to that.
func (m *matrix[T]) addScaled(c T, dy []T) {
	switch {
	case m.d == nil:
	case m.set && c == 1:
		copy(m.d, dy)
	case m.set:
		scaleInto(m.d, c, dy)
	default:
		axpy(m.d, c, dy)
	}
}

// addProduct adds dy ∘ v to the adjoint, or sets it to that.
func (m *matrix[T]) addProduct(dy, v []T) {
	switch {
	case m.d == nil:
	case m.set:
		mulInto(m.d, dy, v)
	default:
		mulAdd(m.d, dy, v)
	}
}

// backwardA adds one row's contribution to the adjoint of the first argument.
func (s *binary[T]) backwardA(da, dy, a, b []T) {
	switch s.op {
	case opAdd, opSub:
		pull(da, s.colA, 1, dy)
		return
	case opMul:
		pullTimes(da, s.colA, dy, b, s.colB)
		return
	}
	ia, ib := 0, 0
	for _, d := range dy {
		switch {
		case s.op == opDiv:
			da[ia] += d / b[ib]
		case s.op == opMax && a[ia] >= b[ib], s.op == opMin && a[ia] <= b[ib]:
			da[ia] += d
		}
		ia += s.colA
		ib += s.colB
	}
}

// backwardB adds one row's contribution to the adjoint of the second argument.
func (s *binary[T]) backwardB(db, dy, a, b []T) {
	switch s.op {
	case opAdd:
		pull(db, s.colB, 1, dy)
		return
	case opSub:
		pull(db, s.colB, -1, dy)
		return
	case opMul:
		pullTimes(db, s.colB, dy, a, s.colA)
		return
	}
	ia, ib := 0, 0
	for _, d := range dy {
		switch {
		case s.op == opDiv:
			db[ib] -= d * a[ia] / (b[ib] * b[ib])
		case s.op == opMax && !(a[ia] >= b[ib]), s.op == opMin && !(a[ia] <= b[ib]):
			db[ib] += d
		}
		ia += s.colA
		ib += s.colB
	}
}

// pull adds c dy to d, whose column stride is 0 or 1.
func pull[T real](d []T, stride int, c T, dy []T) {
	if stride == 1 {
		axpy(d[:len(dy)], c, dy)
		return
	}
	d[0] += c * sumOf(dy)
}

// pullTimes adds dy ∘ w to d, with column strides of 0 or 1.
func pullTimes[T real](d []T, stride int, dy, w []T, strideW int) {
	n := len(dy)
	switch {
	case strideW == 0:
		pull(d, stride, w[0], dy)
	case stride == 1:
		mulAdd(d[:n], dy, w[:n])
	default:
		d[0] += dotOf(dy, w[:n])
	}
}
