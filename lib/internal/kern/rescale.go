package kern

import (
	"math"
	"unsafe"
)

// rescaleTable holds the update of the scalings of Sinkhorn's iteration on a
// stored kernel.
type rescaleTable struct {
	rescale32  func(next, u, sums *float32, n int, weight float32) (err float32)
	rescale64  func(next, u, sums *float64, n int, weight float64) (err float64)
	halfway32  func(next, u, sums *float32, n int, weight float32) (err float32)
	halfway64  func(next, u, sums *float64, n int, weight float64) (err float64)
	range32    func(x *float32, n int) (lo, hi float32)
	range64    func(x *float64, n int) (lo, hi float64)
	quotient32 func(k, c *float32, n int)
	quotient64 func(k, c *float64, n int)
}

// Rescale32 is Sinkhorn's step, to the scalings that give their rows the right mass, and
// returns the error that was there:
//
//	next_i = weight/sums_i,  err = Σ_i |u_i sums_i - weight|.
//
// Shapes: all of one length; next may be u. A NaN in u or sums is in err.
func Rescale32(next, u, sums []float32, weight float32) (err float32) {
	checkRescale("Rescale32", len(next), len(u), len(sums))
	if len(u) == 0 {
		return 0
	}
	return kernels.rescale32(&next[0], &u[0], &sums[0], len(u), weight)
}

// Rescale64 is [Rescale32] in float64.
func Rescale64(next, u, sums []float64, weight float64) (err float64) {
	checkRescale("Rescale64", len(next), len(u), len(sums))
	if len(u) == 0 {
		return 0
	}
	return kernels.rescale64(&next[0], &u[0], &sums[0], len(u), weight)
}

// Halfway32 is the step for a symmetric problem, to the geometric mean of the old
// scaling and Sinkhorn's, and returns the error that was there:
//
//	next_i = √(u_i weight/sums_i),  err = Σ_i |u_i sums_i - weight|.
//
// Shapes: all of one length; next may be u. A NaN in u or sums is in err.
func Halfway32(next, u, sums []float32, weight float32) (err float32) {
	checkRescale("Halfway32", len(next), len(u), len(sums))
	if len(u) == 0 {
		return 0
	}
	return kernels.halfway32(&next[0], &u[0], &sums[0], len(u), weight)
}

// Halfway64 is [Halfway32] in float64.
func Halfway64(next, u, sums []float64, weight float64) (err float64) {
	checkRescale("Halfway64", len(next), len(u), len(sums))
	if len(u) == 0 {
		return 0
	}
	return kernels.halfway64(&next[0], &u[0], &sums[0], len(u), weight)
}

// DivideByCosts32 divides each k_i by c_i where that is above 0 and makes it 0
// elsewhere, as where a derivative of |x-y| is wanted and there is none. Shapes: both
// of one length.
func DivideByCosts32(k, c []float32) {
	checkRescale("DivideByCosts32", len(k), len(c), len(c))
	if len(k) > 0 {
		kernels.quotient32(&k[0], &c[0], len(k))
	}
}

// DivideByCosts64 is [DivideByCosts32] in float64.
func DivideByCosts64(k, c []float64) {
	checkRescale("DivideByCosts64", len(k), len(c), len(c))
	if len(k) > 0 {
		kernels.quotient64(&k[0], &c[0], len(k))
	}
}

func checkRescale(name string, next, u, sums int) {
	if next != u || sums != u {
		panic("kern: " + name + ": the vectors differ in length")
	}
}

// Range32 returns the least and the largest entry of x, +Inf and -Inf of none. NaN
// entries are passed over.
func Range32(x []float32) (lo, hi float32) {
	if len(x) == 0 {
		return rangeGo[float32](nil, 0)
	}
	return kernels.range32(&x[0], len(x))
}

// Range64 is [Range32] in float64.
func Range64(x []float64) (lo, hi float64) {
	if len(x) == 0 {
		return rangeGo[float64](nil, 0)
	}
	return kernels.range64(&x[0], len(x))
}

// sweepBytes bounds the rows that [SweepRows64] takes at once: together with the
// column sums they stay in the first-level cache, where they are read again.
const sweepBytes = 16 << 10

// SweepRows32 is half an iteration of Sinkhorn's and the sums for the other half,
// in one pass over K: with sums_i = Σ_j k_ij v_j it updates u as [Rescale32] does
// and returns that error, and leaves in cols the column sums Σ_i u_i k_ij of
// the new u. Shapes: k n×m with distance ld between rows; u and sums n; v and cols
// m.
func SweepRows32(cols, sums, u, k []float32, ld int, v []float32, weight float32) (err float32) {
	checkSweep("SweepRows32", len(cols), len(sums), len(u), len(v))
	clear(cols)
	block := max(4, sweepBytes/4/max(1, len(v))&^3)
	for i := 0; i < len(u); i += block {
		end := min(i+block, len(u))
		rows := k[i*ld:]
		RowDots32(sums[i:end], rows, ld, v)
		err += Rescale32(u[i:end], u[i:end], sums[i:end], weight)
		AddRows32(cols, rows, ld, u[i:end])
	}
	return err
}

// SweepRows64 is [SweepRows32] in float64.
func SweepRows64(cols, sums, u, k []float64, ld int, v []float64, weight float64) (err float64) {
	checkSweep("SweepRows64", len(cols), len(sums), len(u), len(v))
	clear(cols)
	block := max(4, sweepBytes/8/max(1, len(v))&^3)
	for i := 0; i < len(u); i += block {
		end := min(i+block, len(u))
		rows := k[i*ld:]
		RowDots64(sums[i:end], rows, ld, v)
		err += Rescale64(u[i:end], u[i:end], sums[i:end], weight)
		AddRows64(cols, rows, ld, u[i:end])
	}
	return err
}

func checkSweep(name string, cols, sums, u, v int) {
	if cols != v || sums != u {
		panic("kern: " + name + ": the sums and the scalings differ in length")
	}
}

func (t *table) rescalePortable() {
	t.rescale32, t.rescale64 = rescaleGo[float32], rescaleGo[float64]
	t.halfway32, t.halfway64 = halfwayGo[float32], halfwayGo[float64]
	t.quotient32, t.quotient64 = quotientGo[float32], quotientGo[float64]
	t.range32, t.range64 = rangeGo[float32], rangeGo[float64]
}

func rescaleGo[T float32 | float64](next, u, sums *T, n int, weight T) (err T) {
	to, s := slice(next, n), slice(sums, n)
	for i, u := range slice(u, n) {
		err += abs(u*s[i] - weight)
		to[i] = weight / s[i]
	}
	return err
}

func halfwayGo[T float32 | float64](next, u, sums *T, n int, weight T) (err T) {
	to, s := slice(next, n), slice(sums, n)
	for i, u := range slice(u, n) {
		err += abs(u*s[i] - weight)
		to[i] = T(math.Sqrt(float64(u * (weight / s[i]))))
	}
	return err
}

func quotientGo[T float32 | float64](k, c *T, n int) {
	to := slice(k, n)
	for i, c := range slice(c, n) {
		if c > 0 {
			to[i] /= c
		} else {
			to[i] = 0
		}
	}
}

func rangeGo[T float32 | float64](x *T, n int) (lo, hi T) {
	var zero T
	lo, hi = 1/zero, -1/zero
	for _, v := range slice(x, n) {
		if v < lo {
			lo = v
		}
		if v > hi {
			hi = v
		}
	}
	return lo, hi
}

func abs[T float32 | float64](x T) T {
	if x < 0 {
		return -x
	}
	return x
}

// slice is the n elements from first on: kernels of all levels take pointers.
func slice[T any](first *T, n int) []T { return unsafe.Slice(first, n) }
