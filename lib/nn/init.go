package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// LeCun fills w with normal numbers of mean 0 and variance 1/fanIn, truncated
// at two standard deviations before scaling, as flax does by default.
// Source: lecun:98.
func LeCun(rng *rand.Rand, w []float32, fanIn int) {
	const truncatedStd = 0.87962566103423978 // of a normal truncated at ±2
	scale := 1 / (truncatedStd * math.Sqrt(float64(fanIn)))
	for i := range w {
		z := rng.NormFloat64()
		for math.Abs(z) > 2 {
			z = rng.NormFloat64()
		}
		w[i] = float32(z * scale)
	}
}

// Gaussian fills w with normal numbers of mean 0.
func Gaussian(rng *rand.Rand, w []float32, std float64) {
	for i := range w {
		w[i] = float32(std * rng.NormFloat64())
	}
}

// He fills w with normal numbers of mean 0 and variance 2/fanIn, which keeps the
// size of activations through layers of ReLU. Source: he:15.
func He(rng *rand.Rand, w []float32, fanIn int) {
	Gaussian(rng, w, math.Sqrt(2/float64(fanIn)))
}

// Glorot fills w with uniform numbers of mean 0 and variance 2/(fanIn+fanOut).
// Source: glorot:10.
func Glorot(rng *rand.Rand, w []float32, fanIn, fanOut int) {
	limit := math.Sqrt(6 / float64(fanIn+fanOut))
	for i := range w {
		w[i] = float32(limit * (2*rng.Float64() - 1))
	}
}

// Orthogonal fills w, rows×cols, with gain times a matrix drawn uniformly from
// those whose columns are orthonormal, or whose rows are if they are fewer.
// Source: saxe:14.
func Orthogonal(rng *rand.Rand, w []float32, rows, cols int, gain float64) {
	if rows*cols != len(w) {
		panic(fmt.Sprintf("nn: %d numbers for a %d×%d matrix", len(w), rows, cols))
	}
	long, short := max(rows, cols), min(rows, cols)
	q := make([][]float64, short)
	for i := range q {
		q[i] = make([]float64, long)
		orthonormal(rng, q[:i], q[i])
	}
	for i := range rows {
		for j := range cols {
			if rows >= cols {
				w[i*cols+j] = float32(gain * q[j][i])
			} else {
				w[i*cols+j] = float32(gain * q[i][j])
			}
		}
	}
}

// orthonormal draws into v a unit vector orthogonal to the orthonormal ones
// before. A normal vector has a uniform direction, and so has what the projection
// leaves of it; projecting twice removes what rounding left the first time.
func orthonormal(rng *rand.Rand, before [][]float64, v []float64) {
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	for range 2 {
		for _, u := range before {
			dot := 0.0
			for i, x := range u {
				dot += x * v[i]
			}
			for i, x := range u {
				v[i] -= dot * x
			}
		}
	}
	norm := 0.0
	for _, x := range v {
		norm += x * x
	}
	for i := range v {
		v[i] /= math.Sqrt(norm)
	}
}

// Fill sets all of w to one value.
func Fill(w []float32, value float32) {
	for i := range w {
		w[i] = value
	}
}
