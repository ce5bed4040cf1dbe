package tensor

import (
	"math"

	"gaspard/lib/internal/kern"
)

// unary is an entrywise operation of one argument.
type unary[T real] struct {
	op    opKind
	x, y  *matrix[T]
	c     T
	power float64
}

func (s *unary[T]) forward() {
	x, y := s.x.v, s.y.v
	switch s.op {
	case opScale:
		scaleInto(y, s.c, x)
		return
	case opStop:
		copy(y, x)
		return
	}
	if single[T]() && unary32(s.op, f32(y), f32(x)) {
		return
	}
	switch s.op { // the choice for each entry would take longer than these
	case opShift:
		for i, v := range x {
			y[i] = v + s.c
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
	default:
		for i, v := range x {
			y[i] = s.at(v)
		}
	}
}

// unary32 computes the operations that have a kernel and reports whether op is one.
func unary32(op opKind, y, x []float32) bool {
	switch op {
	case opSquare:
		kern.Square32(y, x)
	case opSqrt:
		kern.Sqrt32(y, x)
	case opAbs:
		kern.Abs32(y, x)
	case opExp:
		kern.Exp32(y, x)
	case opLog:
		kern.Log32(y, x)
	default:
		return false
	}
	return true
}

// at returns the value at v of the operations that forward does not do itself.
func (s *unary[T]) at(v T) T {
	switch s.op {
	case opSign:
		return sign(v)
	case opInverse:
		if v == 0 {
			return 0
		}
		return 1 / v
	case opAtLeast:
		switch {
		case v >= 0:
			return 1
		case v < 0:
			return 0
		}
		return v
	case opExp:
		return T(math.Exp(float64(v)))
	case opLog:
		return T(math.Log(float64(v)))
	case opPow:
		return T(math.Pow(float64(v), s.power))
	case opSin:
		return T(math.Sin(float64(v)))
	case opCos:
		return T(math.Cos(float64(v)))
	}
	panic("tensor: no such operation of one argument")
}

func (s *unary[T]) backward() {
	if s.x.d == nil {
		return
	}
	switch s.op {
	case opScale:
		s.x.addScaled(s.c, s.y.d)
		return
	case opShift:
		s.x.addScaled(1, s.y.d)
		return
	case opExp:
		s.x.addProduct(s.y.d, s.y.v)
		return
	case opSquare:
		scaleInto(s.y.d, 2, s.y.d)
		s.x.addProduct(s.y.d, s.x.v)
		return
	}
	s.x.ready()
	if s.op == opStop || s.op == opSign || s.op == opAtLeast {
		return
	}
	dx, dy, y := s.x.d, s.y.d, s.y.v
	for i, x := range s.x.v {
		dx[i] += dy[i] * s.slope(x, y, i)
	}
}

// slope returns the operation's derivative at x, entry i of the argument, given its
// values y, which only some derivatives read.
func (s *unary[T]) slope(x T, y []T, i int) T {
	switch s.op {
	case opSqrt:
		if y[i] == 0 {
			return 0
		}
		return 1 / (2 * y[i])
	case opAbs:
		return sign(x)
	case opInverse:
		return -y[i] * y[i]
	case opLog:
		return 1 / x
	case opPow:
		if x == 0 && s.power < 1 {
			return 0
		}
		return s.c * T(math.Pow(float64(x), s.power-1))
	case opSin:
		return T(math.Cos(float64(x)))
	case opCos:
		return -T(math.Sin(float64(x)))
	}
	panic("tensor: no such operation of one argument")
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
