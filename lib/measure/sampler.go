// Package measure holds point clouds: where they come from, and what is done to
// them before transport. Samplers draw them from laws that are written down,
// tables read them from files, one real data set is embedded, and [Pair] knows the
// optimal map between its two laws.
//
// Notation: a cloud is a *mat.Dense, n rows of d coordinates, each row of weight
// 1/n. x_i is row i, N(m, S) the normal law of mean m and covariance S. Angles
// are in radians and turn anticlockwise.
//
// Randomness is an explicit *rand.Rand in [Sampler.Sample], which is what
// monge.Settings.SourceSampler takes, and a seed everywhere else. The same seed
// gives the same numbers on every machine.
package measure

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Sampler draws independent points of a law on R^d. Make one with [Gaussian],
// [Moons] and their like; change it with its methods, each of which returns a new
// one.
type Sampler struct {
	Name string // What is drawn, for captions.
	Dim  int    // Dimension d.

	fill func(rng *rand.Rand, x *mat.Dense)
}

// Func makes a sampler of a function that sets x, n points in R^dim all 0, to
// points drawn with rng. In a notebook each point costs the interpreter a few
// microseconds.
func Func(name string, dim int, fill func(rng *rand.Rand, x *mat.Dense)) *Sampler {
	if dim < 1 {
		panic(fmt.Sprintf("measure: a sampler in dimension %d", dim))
	}
	return &Sampler{Name: name, Dim: dim, fill: fill}
}

// Sample draws n points with rng, as an n×d matrix.
func (s *Sampler) Sample(rng *rand.Rand, n int) *mat.Dense {
	if n < 1 {
		panic(fmt.Sprintf("measure: cannot draw %d points of %s", n, s.Name))
	}
	if rng == nil {
		panic("measure: Sample needs a generator, such as rand.New(rand.NewPCG(seed, 0)); Draw takes a seed")
	}
	x := mat.NewDense(n, s.Dim, nil)
	s.fill(rng, x)
	return x
}

// Draw draws n points from a seed. Samplers of different names draw independent
// points from one seed.
func (s *Sampler) Draw(n int, seed uint64) *mat.Dense {
	h := fnv.New64a()
	h.Write([]byte(s.Name))
	return s.Sample(rand.New(rand.NewPCG(seed, h.Sum64())), n)
}

// String says what is drawn.
func (s *Sampler) String() string { return fmt.Sprintf("%s in R^%d", s.Name, s.Dim) }

// Shift moves every point by v, one number per dimension.
func (s *Sampler) Shift(v ...float64) *Sampler {
	if len(v) != s.Dim {
		panic(fmt.Sprintf("measure: a shift by %d numbers in dimension %d", len(v), s.Dim))
	}
	v = append([]float64(nil), v...)
	return s.then(fmt.Sprintf("moved by %g", v), func(_ *rand.Rand, row []float64) {
		for k := range row {
			row[k] += v[k]
		}
	})
}

// Scale multiplies every coordinate by c.
func (s *Sampler) Scale(c float64) *Sampler {
	return s.then(fmt.Sprintf("scaled by %g", c), func(_ *rand.Rand, row []float64) {
		for k := range row {
			row[k] *= c
		}
	})
}

// Rotate turns the plane about the origin. It panics in other dimensions.
func (s *Sampler) Rotate(angle float64) *Sampler {
	if s.Dim != 2 {
		panic(fmt.Sprintf("measure: Rotate turns the plane, and %s is in R^%d", s.Name, s.Dim))
	}
	sin, cos := math.Sincos(angle)
	return s.then(fmt.Sprintf("turned by %.4g", angle), func(_ *rand.Rand, row []float64) {
		row[0], row[1] = cos*row[0]-sin*row[1], sin*row[0]+cos*row[1]
	})
}

// Noise adds independent N(0, sd²) to every coordinate.
func (s *Sampler) Noise(sd float64) *Sampler {
	checkScale("a standard deviation", sd)
	return s.then(fmt.Sprintf("noise %g", sd), func(rng *rand.Rand, row []float64) {
		for k := range row {
			row[k] += sd * rng.NormFloat64()
		}
	})
}

// OnSphere projects every point on the unit sphere. The origin goes to the first
// unit vector.
func (s *Sampler) OnSphere() *Sampler {
	return s.then("on the sphere", func(_ *rand.Rand, row []float64) {
		r := norm(row)
		if r == 0 {
			row[0], r = 1, 1
		}
		for k := range row {
			row[k] /= r
		}
	})
}

// then is s with a change made to every point afterwards.
func (s *Sampler) then(what string, change func(rng *rand.Rand, row []float64)) *Sampler {
	return Func(s.Name+", "+what, s.Dim, func(rng *rand.Rand, x *mat.Dense) {
		s.fill(rng, x)
		eachRow(x, func(row []float64) { change(rng, row) })
	})
}

func eachRow(x *mat.Dense, f func(row []float64)) {
	n, _ := x.Dims()
	for i := range n {
		f(x.RawRowView(i))
	}
}

// norm is the Euclidean norm, scaled so that no square overflows.
func norm(v []float64) float64 {
	r := 0.0
	for _, c := range v {
		r = math.Hypot(r, c)
	}
	return r
}

// checkScale panics unless v is at least 0 and finite.
func checkScale(what string, v float64) {
	if !(v >= 0) || math.IsInf(v, 1) {
		panic(fmt.Sprintf("measure: %s is %g", what, v))
	}
}
