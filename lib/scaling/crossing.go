package scaling

import (
	"fmt"
	"math"
)

// Crossings returns the sizes from low to high at which two laws of one size change
// places, smallest first. The difference of two power laws with floors has at most
// two; laws that coincide have none, and neither has a size at which they only
// touch.
//
// The laws are compared at 400 sizes, evenly in the logarithm, and each change of
// sign is bisected to rounding: two crossings within a 400th of the range in ln x
// may be missed.
func Crossings(a, b Law, low, high float64) []float64 {
	if !(low > 0) || !(high > low) || math.IsInf(high, 1) {
		panic(fmt.Sprintf("scaling: crossings from %g to %g", low, high))
	}
	return signChanges(func(u float64) float64 {
		x := math.Exp(u)
		la, lb := a.At(x), b.At(x)
		// Below this the difference is rounding.
		if d := la - lb; math.Abs(d) > 1e-13*(math.Abs(la)+math.Abs(lb)) {
			return d
		}
		return 0
	}, math.Log(low), math.Log(high), 400)
}

// signChanges returns exp of the places where f changes its sign.
func signChanges(f func(u float64) float64, lo, hi float64, points int) []float64 {
	var roots []float64
	before, sign := lo, 0.0
	for k := range points + 1 {
		u := lo + (hi-lo)*float64(k)/float64(points)
		d := f(u)
		if d == 0 || math.IsNaN(d) {
			continue
		}
		if sign*d < 0 {
			roots = append(roots, math.Exp(bisect(f, before, u, sign)))
		}
		before, sign = u, d
	}
	return roots
}

// bisect finds the change of sign of f, which has the sign of left at a.
func bisect(f func(float64) float64, a, b, left float64) float64 {
	for range 60 {
		mid := (a + b) / 2
		switch d := f(mid); {
		case d == 0:
			return mid
		case d*left > 0:
			a = mid
		default:
			b = mid
		}
	}
	return (a + b) / 2
}

// dataCrossings are the roots of the differences at sizes u = ln x, joined by
// straight lines.
func dataCrossings(u, delta []float64) []float64 {
	var roots []float64
	before := -1
	for i, d := range delta {
		if d == 0 {
			continue
		}
		if before >= 0 && delta[before]*d < 0 {
			// With zeros in between, the line runs from the last difference that is none.
			share := delta[before] / (delta[before] - d)
			roots = append(roots, math.Exp(u[before]+share*(u[i]-u[before])))
		}
		before = i
	}
	return roots
}

// cubicCrossing is the root that the differences, joined by cubics through four
// neighbours each, have nearest to a root of the straight lines; that root itself if
// there is none between the same two sizes.
func cubicCrossing(u, delta []float64, root float64) float64 {
	at := math.Log(root)
	i := 0
	for i < len(u)-2 && u[i+1] < at {
		i++
	}
	from := max(0, min(i-1, len(u)-4))
	near, values := u[from:min(from+4, len(u))], delta[from:min(from+4, len(u))]
	cubic := func(x float64) float64 {
		sum := 0.0
		for a := range near {
			term := values[a]
			for b := range near {
				if a != b {
					term *= (x - near[b]) / (near[a] - near[b])
				}
			}
			sum += term
		}
		return sum
	}
	best := root
	distance := math.Inf(1)
	for _, r := range signChanges(cubic, u[i], u[i+1], 50) {
		if d := math.Abs(math.Log(r / root)); d < distance {
			best, distance = r, d
		}
	}
	return best
}

// line is delta ≈ b0 + b1 u with its covariance.
type line struct {
	b0, b1        float64
	v00, v01, v11 float64
}

// fitLine is weighted least squares with known standard errors. If the points
// scatter more than these allow, which they do where the difference bends, the
// covariance grows by as much.
func fitLine(u, delta, se []float64) line {
	var s, su, suu, sd, sud float64
	for i := range u {
		w := 1 / (se[i] * se[i])
		s += w
		su += w * u[i]
		suu += w * u[i] * u[i]
		sd += w * delta[i]
		sud += w * u[i] * delta[i]
	}
	det := s*suu - su*su
	l := line{b0: (suu*sd - su*sud) / det, b1: (s*sud - su*sd) / det, v00: suu / det, v01: -su / det, v11: s / det}
	if n := len(u); n > 2 {
		chi := 0.0
		for i := range u {
			r := (delta[i] - l.b0 - l.b1*u[i]) / se[i]
			chi += r * r
		}
		grow := math.Max(1, chi/float64(n-2))
		l.v00, l.v01, l.v11 = l.v00*grow, l.v01*grow, l.v11*grow
	}
	return l
}

// fieller returns the sizes x = e^u at which a line may be 0: all u with
// (b0 + b1 u)² ≤ t² Var(b0 + b1 u). If the slope is not significant these reach
// infinity: no crossing can be located (fieller:54).
func (l line) fieller(t, level float64) Interval {
	a := l.b1*l.b1 - t*t*l.v11
	b := l.b0*l.b1 - t*t*l.v01
	c := l.b0*l.b0 - t*t*l.v00
	if !(a > 0) {
		return Interval{0, math.Inf(1), level}
	}
	// The line's own root satisfies the inequality, so that there are roots.
	d := math.Sqrt(math.Max(b*b-a*c, 0))
	return Interval{math.Exp((-b - d) / a), math.Exp((-b + d) / a), level}
}

// quadraticRoots extrapolates the differences by a parabola in u and returns its
// roots in (lo, hi], as sizes.
func quadraticRoots(u, delta, se []float64, lo, hi float64) []float64 {
	var h [9]float64
	var g [3]float64
	mid := u[len(u)-1]
	for i := range u {
		w := 1 / (se[i] * se[i])
		v := u[i] - mid
		p := [3]float64{1, v, v * v}
		for a := range 3 {
			g[a] += w * p[a] * delta[i]
			for b := range 3 {
				h[3*a+b] += w * p[a] * p[b]
			}
		}
	}
	if !solve(h[:], g[:]) {
		return nil
	}
	return signChanges(func(u float64) float64 {
		v := u - mid
		return g[0] + v*(g[1]+v*g[2])
	}, lo, hi, 200)
}
