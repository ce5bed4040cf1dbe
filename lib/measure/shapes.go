package measure

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// HalfMoon is the upper half of the unit circle, (cos t, sin t), with N(0, noise²)
// added to both coordinates. The angles t are at equal distances from 0 to π and
// in random order, so that a cloud covers the arc evenly.
func HalfMoon(noise float64) *Sampler {
	s := Func("half moon", 2, func(rng *rand.Rand, x *mat.Dense) {
		n, _ := x.Dims()
		for i, k := range rng.Perm(n) {
			sin, cos := math.Sincos(math.Pi * float64(k) / float64(max(n-1, 1)))
			x.SetRow(i, []float64{cos, sin})
		}
	})
	return s.Noise(noise)
}

// Moons is two half circles that reach into each other, with equal weight:
// (cos t, sin t) and (1 - cos t, 1/2 - sin t) for t uniform in [0, π], with
// N(0, noise²) added to both coordinates.
func Moons(noise float64) *Sampler {
	s := Func("moons", 2, func(rng *rand.Rand, x *mat.Dense) {
		eachRow(x, func(row []float64) {
			row[1], row[0] = math.Sincos(math.Pi * rng.Float64())
			if rng.Uint64()&1 == 1 {
				row[0], row[1] = 1-row[0], 0.5-row[1]
			}
		})
	})
	return s.Noise(noise)
}

// SCurve is an S lying on its side, (sign(t) (cos t - 1), sin t) for t uniform in
// [-3π/2, 3π/2], with N(0, noise²) added to both coordinates: the profile of the
// S-curve that manifold learning uses.
func SCurve(noise float64) *Sampler {
	s := Func("S-curve", 2, func(rng *rand.Rand, x *mat.Dense) {
		eachRow(x, func(row []float64) {
			t := 3 * math.Pi * (rng.Float64() - 0.5)
			sin, cos := math.Sincos(t)
			row[0], row[1] = math.Copysign(1, t)*(cos-1), sin
		})
	})
	return s.Noise(noise)
}

// Ring is the circle of the given radius about the origin, with N(0, noise²)
// added to both coordinates.
func Ring(radius, noise float64) *Sampler {
	checkScale("a radius", radius)
	s := Func(fmt.Sprintf("ring of radius %g", radius), 2, func(rng *rand.Rand, x *mat.Dense) {
		eachRow(x, func(row []float64) {
			sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
			row[0], row[1] = radius*cos, radius*sin
		})
	})
	return s.Noise(noise)
}

// Sphere is the uniform law on the unit sphere of R^dim.
func Sphere(dim int) *Sampler {
	s := Gaussian(make([]float64, dim), nil).OnSphere()
	s.Name = "sphere"
	return s
}

// Uniform is the uniform law on the box of the points with lo_k ≤ x_k < hi_k.
func Uniform(lo, hi []float64) *Sampler {
	if len(lo) != len(hi) {
		panic(fmt.Sprintf("measure: a box from a point of R^%d to one of R^%d", len(lo), len(hi)))
	}
	for k, v := range lo {
		if !(v <= hi[k]) || math.IsInf(hi[k]-v, 0) {
			panic(fmt.Sprintf("measure: a box from %g to %g in coordinate %d", v, hi[k], k+1))
		}
	}
	lo, hi = append([]float64(nil), lo...), append([]float64(nil), hi...)
	return Func(fmt.Sprintf("uniform from %g to %g", lo, hi), len(lo), func(rng *rand.Rand, x *mat.Dense) {
		eachRow(x, func(row []float64) {
			for k := range row {
				row[k] = lo[k] + (hi[k]-lo[k])*rng.Float64()
			}
		})
	})
}

// TutorialSource is the source of the OTT tutorial on the Monge gap, a half moon
// turned by π/6 and moved by (0, -0.5), with noise of 0.05. Mean (-0.318, 0.051),
// variances 0.401 and 0.199, covariance 0.176. Source: cuturi:22.
func TutorialSource() *Sampler {
	return renamed("tutorial source", HalfMoon(0.05).Rotate(math.Pi/6).Shift(0, -0.5))
}

// TutorialTarget is the target of the OTT tutorial on the Monge gap, an upright
// S: the S-curve with noise of 0.05, turned by π/2, scaled by 0.6, and moved by
// (1, -2). Mean (1, -2), variances 0.181 and 0.692, covariance 0.038.
// Source: cuturi:22.
func TutorialTarget() *Sampler {
	return renamed("tutorial target", SCurve(0.05).Rotate(math.Pi/2).Scale(0.6).Shift(1, -2))
}

func renamed(name string, s *Sampler) *Sampler {
	s.Name = name
	return s
}
