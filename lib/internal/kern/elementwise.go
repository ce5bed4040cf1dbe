package kern

import "math"

// elementwiseTable has the operations that take a number or two to one number.
type elementwiseTable struct {
	add32, sub32, mul32, div32, mulAdd32 func(dst, a, b []float32)
	axpy32, scale32                      func(dst []float32, c float32, x []float32)
	square32, sqrt32, abs32              func(dst, x []float32)
}

// The functions of this file demand equal lengths. Where the destination is an
// argument itself it must be all of it, from the same first element. Results are
// rounded once (twice in [MulAdd32] and [Axpy32] where the processor has no fused
// multiply-add), so that they are the same at every level up to that.

// Add32 is dst = a + b.
func Add32(dst, a, b []float32) {
	equalLengths("Add32", len(dst), len(a), len(b))
	kernels.add32(dst, a, b)
}

// Sub32 is dst = a - b.
func Sub32(dst, a, b []float32) {
	equalLengths("Sub32", len(dst), len(a), len(b))
	kernels.sub32(dst, a, b)
}

// Mul32 is dst = a b, entry by entry.
func Mul32(dst, a, b []float32) {
	equalLengths("Mul32", len(dst), len(a), len(b))
	kernels.mul32(dst, a, b)
}

// Div32 is dst = a / b, entry by entry.
func Div32(dst, a, b []float32) {
	equalLengths("Div32", len(dst), len(a), len(b))
	kernels.div32(dst, a, b)
}

// MulAdd32 is dst += a b, entry by entry.
func MulAdd32(dst, a, b []float32) {
	equalLengths("MulAdd32", len(dst), len(a), len(b))
	kernels.mulAdd32(dst, a, b)
}

// Axpy32 is dst += c x.
func Axpy32(dst []float32, c float32, x []float32) {
	equalLengths("Axpy32", len(dst), len(x))
	kernels.axpy32(dst, c, x)
}

// Scale32 is dst = c x.
func Scale32(dst []float32, c float32, x []float32) {
	equalLengths("Scale32", len(dst), len(x))
	kernels.scale32(dst, c, x)
}

// Square32 is dst = x².
func Square32(dst, x []float32) {
	equalLengths("Square32", len(dst), len(x))
	kernels.square32(dst, x)
}

// Sqrt32 is dst = √x, correctly rounded; NaN below zero.
func Sqrt32(dst, x []float32) {
	equalLengths("Sqrt32", len(dst), len(x))
	kernels.sqrt32(dst, x)
}

// Abs32 is dst = |x|.
func Abs32(dst, x []float32) {
	equalLengths("Abs32", len(dst), len(x))
	kernels.abs32(dst, x)
}

func (t *table) elementwisePortable() {
	t.add32, t.sub32, t.mul32, t.div32 = addPortable, subPortable, mulPortable, divPortable
	t.mulAdd32, t.axpy32, t.scale32 = mulAddPortable, axpyPortable, scalePortable
	t.square32, t.sqrt32, t.abs32 = squarePortable, sqrtPortable, absPortable
}

func addPortable(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func subPortable(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

func mulPortable(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

func divPortable(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] / b[i]
	}
}

func mulAddPortable(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] += a[i] * b[i]
	}
}

func axpyPortable(dst []float32, c float32, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] += c * x[i]
	}
}

func scalePortable(dst []float32, c float32, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = c * x[i]
	}
}

func squarePortable(dst, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = x[i] * x[i]
	}
}

func sqrtPortable(dst, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = float32(math.Sqrt(float64(x[i])))
	}
}

func absPortable(dst, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = float32(math.Abs(float64(x[i])))
	}
}
