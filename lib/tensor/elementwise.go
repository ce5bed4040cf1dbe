package tensor

import "math"

// unary is an entrywise operation of one argument.
type unary[T real] struct {
	op    opKind
	x, y  *matrix[T]
	c     T
	power float64
}

func (s *unary[T]) forward() {
	x, y, c := s.x.v, s.y.v[:len(s.x.v)], s.c
	switch s.op {
	case opScale:
		scaleInto(y, c, x)
	case opShift:
		for i, v := range x {
			y[i] = v + c
		}
	case opSquare:
		for i, v := range x {
			y[i] = v * v
		}
	case opSqrt:
		for i, v := range x {
			y[i] = T(math.Sqrt(float64(v)))
		}
	case opAbs:
		for i, v := range x {
			y[i] = T(math.Abs(float64(v)))
		}
	case opSign:
		for i, v := range x {
			y[i] = sign(v)
		}
	case opInverse:
		for i, v := range x {
			y[i] = 0
			if v != 0 {
				y[i] = 1 / v
			}
		}
	case opAtLeast:
		for i, v := range x {
			y[i] = 0
			if v >= 0 {
				y[i] = 1
			}
		}
	case opSin:
		for i, v := range x {
			y[i] = T(math.Sin(float64(v)))
		}
	case opCos:
		for i, v := range x {
			y[i] = T(math.Cos(float64(v)))
		}
	case opStop:
		copy(y, x)
	case opExp:
		for i, v := range x {
			y[i] = T(math.Exp(float64(v)))
		}
	case opLog:
		for i, v := range x {
			y[i] = T(math.Log(float64(v)))
		}
	case opPow:
		for i, v := range x {
			y[i] = T(math.Pow(float64(v), s.power))
		}
	}
}

func (s *unary[T]) backward() {
	if s.x.d == nil {
		return
	}
	if s.op == opScale {
		s.x.addScaled(s.c, s.y.d)
		return
	}
	s.x.ready()
	if s.op == opStop || s.op == opSign || s.op == opAtLeast {
		return
	}
	dx, dy := s.x.d, s.y.d[:len(s.x.d)]
	x, y, c := s.x.v, s.y.v, s.c
	switch s.op {
	case opShift:
		for i, d := range dy {
			dx[i] += d
		}
	case opSquare:
		for i, d := range dy {
			dx[i] += 2 * x[i] * d
		}
	case opSqrt:
		for i, d := range dy {
			if y[i] != 0 {
				dx[i] += d / (2 * y[i])
			}
		}
	case opAbs:
		for i, d := range dy {
			dx[i] += d * sign(x[i])
		}
	case opInverse:
		for i, d := range dy {
			dx[i] -= d * y[i] * y[i]
		}
	case opSin:
		for i, d := range dy {
			dx[i] += d * T(math.Cos(float64(x[i])))
		}
	case opCos:
		for i, d := range dy {
			dx[i] -= d * T(math.Sin(float64(x[i])))
		}
	case opExp:
		for i, d := range dy {
			dx[i] += d * y[i]
		}
	case opLog:
		for i, d := range dy {
			dx[i] += d / x[i]
		}
	case opPow:
		for i, d := range dy {
			if x[i] != 0 || s.power >= 1 {
				dx[i] += d * c * T(math.Pow(float64(x[i]), s.power-1))
			}
		}
	}
}

// sign is -1, 0 or 1, and NaN for a NaN.
func sign[T real](v T) T {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return v
}

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
		switch s.op {
		case opAdd:
			addInto(s.y.v, s.a.v, s.b.v)
			return
		case opSub:
			subInto(s.y.v, s.a.v, s.b.v)
			return
		case opMul:
			mulInto(s.y.v, s.a.v, s.b.v)
			return
		}
		binaryRow(s.op, s.y.v, s.a.v, s.b.v, 1, 1)
		return
	}
	m := s.y.cols
	for i := range s.y.rows {
		binaryRow(s.op, s.y.v[i*m:i*m+m], s.a.v[i*s.rowA:], s.b.v[i*s.rowB:], s.colA, s.colB)
	}
}

// binaryRow computes one row of the result; ca and cb are the column strides.
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
	if s.sameShape && s.linearBackward() {
		return
	}
	if s.a.d != nil {
		s.a.ready()
	}
	if s.b.d != nil {
		s.b.ready()
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

// linearBackward does the whole backward pass of a sum, difference or product of
// matrices of one shape, and reports whether it was one.
func (s *binary[T]) linearBackward() bool {
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
	ia, ib := 0, 0
	for _, d := range dy {
		switch s.op {
		case opAdd, opSub:
			da[ia] += d
		case opMul:
			da[ia] += d * b[ib]
		case opDiv:
			da[ia] += d / b[ib]
		case opMax:
			if a[ia] >= b[ib] {
				da[ia] += d
			}
		case opMin:
			if a[ia] <= b[ib] {
				da[ia] += d
			}
		}
		ia += s.colA
		ib += s.colB
	}
}

// backwardB adds one row's contribution to the adjoint of the second argument.
func (s *binary[T]) backwardB(db, dy, a, b []T) {
	ia, ib := 0, 0
	for _, d := range dy {
		switch s.op {
		case opAdd:
			db[ib] += d
		case opSub:
			db[ib] -= d
		case opMul:
			db[ib] += d * a[ia]
		case opDiv:
			db[ib] -= d * a[ia] / (b[ib] * b[ib])
		case opMax:
			if !(a[ia] >= b[ib]) {
				db[ib] += d
			}
		case opMin:
			if !(a[ia] <= b[ib]) {
				db[ib] += d
			}
		}
		ia += s.colA
		ib += s.colB
	}
}
