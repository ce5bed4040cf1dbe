package cost

import "math"

// Sphere is the geodesic distance arccos⟨x, y⟩ on the unit sphere of R^d, from 0 to π.
// It keeps all its places for coincident and antipodal points, where arccos and its
// derivative lose them, by Kahan's formula 2 atan(|x-y| / |x+y|). Points that rounding
// has put off the sphere are taken in their directions; the gradient is tangential.
func Sphere() Cost { return Cost{kind: sphere} }

// sphereTol is how far from 1 the norm of a point on the sphere may be, such as one
// that was read from a few decimals.
const sphereTol = 1e-4

func angle(x, y []float64) float64 {
	rx, ry := norm(x), norm(y)
	minus, plus := 0.0, 0.0
	for l, v := range x {
		u, v := v/rx, y[l]/ry
		minus += (u - v) * (u - v)
		plus += (u + v) * (u + v)
	}
	return angleOf(minus, plus)
}

// angleOf is the angle between directions u and v from |u-v|² and |u+v|².
func angleOf(minus, plus float64) float64 { return 2 * math.Atan(math.Sqrt(minus/plus)) }

// addAngleGrad adds -w t/(|t||x|) with t the part of y's direction v that is
// orthogonal to that of x, u: of length |u-v||u+v|/2. Close to u it is v-u with a
// correction, close to -u it is v+u with one.
func addAngleGrad(dst []float64, w float64, x, y []float64) {
	rx, ry := norm(x), norm(y)
	minus, plus := 0.0, 0.0
	for l, v := range x {
		u, v := v/rx, y[l]/ry
		minus += (u - v) * (u - v)
		plus += (u + v) * (u + v)
	}
	sine := math.Sqrt(minus*plus) / 2
	if sine == 0 {
		return
	}
	scale := w / (sine * rx)
	for l, v := range x {
		u, v := v/rx, y[l]/ry
		if minus <= plus {
			dst[l] -= scale * (v - u + u*minus/2)
		} else {
			dst[l] -= scale * (v + u - u*plus/2)
		}
	}
}
