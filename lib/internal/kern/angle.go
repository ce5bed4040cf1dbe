package kern

import "math"

// angleTable holds the kernels of geodesic costs on the unit sphere.
type angleTable struct {
	angles32 func(c *float32, n int)
	angles64 func(c *float64, n int)
	sines32  func(k, c *float32, n int)
	sines64  func(k, c *float64, n int)
}

// Angles32 turns each squared chord c = |x-y|² between points of the unit sphere into
// their angle 2 asin(√c/2), within 4 units in the last place of it; what rounding has put
// above 4 becomes π. Near π the angle is as inexact as its chord: an error δ of c moves
// it by δ/sin of it, and by √δ at most.
func Angles32(c []float32) {
	if len(c) > 0 {
		kernels.angles32(&c[0], len(c))
	}
}

// Angles64 is [Angles32] in float64.
func Angles64(c []float64) {
	if len(c) > 0 {
		kernels.angles64(&c[0], len(c))
	}
}

// DivideBySines32 divides each k_i by the sine of the angle that belongs to a squared
// chord, √(c_i(4-c_i))/2, within 3 units in the last place, and makes it 0 where that is
// not above 0, as where a derivative of the angle is wanted and there is none. Shapes:
// both of one length.
func DivideBySines32(k, c []float32) {
	if sameLength("DivideBySines32", len(k), len(c)) {
		kernels.sines32(&k[0], &c[0], len(k))
	}
}

// DivideBySines64 is [DivideBySines32] in float64.
func DivideBySines64(k, c []float64) {
	if sameLength("DivideBySines64", len(k), len(c)) {
		kernels.sines64(&k[0], &c[0], len(k))
	}
}

func (t *table) anglePortable() {
	t.angles32, t.angles64 = anglesGo[float32], anglesGo[float64]
	t.sines32, t.sines64 = sinesGo[float32], sinesGo[float64]
}

// anglesGo takes the complement of angles beyond π/2, whose sine says less about them.
func anglesGo[T float32 | float64](c *T, n int) {
	list := slice(c, n)
	for i, s := range list {
		if s > 2 {
			list[i] = T(math.Pi - 2*math.Asin(math.Sqrt(max(0, 4-float64(s)))/2))
			continue
		}
		list[i] = T(2 * math.Asin(math.Sqrt(float64(s))/2))
	}
}

func sinesGo[T float32 | float64](k, c *T, n int) {
	to := slice(k, n)
	for i, c := range slice(c, n) {
		if square := c * ((4 - c) / 4); square > 0 {
			to[i] /= T(math.Sqrt(float64(square)))
		} else {
			to[i] = 0
		}
	}
}
