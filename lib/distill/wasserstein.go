package distill

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Wasserstein1D is the p-Wasserstein distance between the points x and y on the
// line, of any two numbers and equal weights: the p-th root of ∫ |F⁻¹-G⁻¹|^p, by
// sorting, exactly.
func Wasserstein1D(x, y []float64, p float64) float64 {
	if len(x) == 0 || len(y) == 0 {
		panic(fmt.Sprintf("distill: clouds of %d and %d points", len(x), len(y)))
	}
	checkPair(mat.NewDense(len(x), 1, x), mat.NewDense(len(y), 1, y))
	return math.Pow(power1D(slices.Clone(x), slices.Clone(y), p), 1/p)
}

// SlicedWasserstein is the p-th root of the mean over directions of the p-th power
// of the distance between projections. directions 0 means 100; they are drawn
// from the seed, uniformly. On the line there is one direction. Source: bonneel:15.
func SlicedWasserstein(x, y *mat.Dense, p float64, directions int, seed uint64) float64 {
	checkPair(x, y)
	if directions < 0 {
		panic(fmt.Sprintf("distill: %d directions", directions))
	}
	if directions == 0 {
		directions = 100
	}
	_, d := x.Dims()
	if d == 1 {
		directions = 1
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	at := make([][]float64, directions)
	for k := range at {
		at[k] = make([]float64, d)
		norm := 0.0
		for norm == 0 {
			for j := range at[k] {
				at[k][j] = rng.NormFloat64()
				norm = math.Hypot(norm, at[k][j])
			}
		}
		for j := range at[k] {
			at[k][j] /= norm
		}
	}
	n, _ := x.Dims()
	powers := make([]float64, directions)
	parallel(directions, 20*n, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			powers[k] = power1D(project(x, at[k]), project(y, at[k]), p)
		}
	})
	sum := 0.0
	for _, v := range powers {
		sum += v
	}
	return math.Pow(sum/float64(directions), 1/p)
}

func project(x *mat.Dense, v []float64) []float64 {
	n, _ := x.Dims()
	out := make([]float64, n)
	for i := range out {
		for j, c := range x.RawRowView(i) {
			out[i] += c * v[j]
		}
	}
	return out
}

// power1D sorts its arguments and merges the two quantile functions.
func power1D(x, y []float64, p float64) float64 {
	if !(p >= 1) || math.IsInf(p, 1) {
		panic(fmt.Sprintf("distill: the Wasserstein distance of order %g; p is at least 1", p))
	}
	slices.Sort(x)
	slices.Sort(y)
	n, m := len(x), len(y)
	sum, done := 0.0, 0 // in units of 1/(n m)
	for i, j := 0, 0; i < n && j < m; {
		next := min((i+1)*m, (j+1)*n)
		sum += float64(next-done) * math.Pow(math.Abs(x[i]-y[j]), p)
		done = next
		if done == (i+1)*m {
			i++
		}
		if done == (j+1)*n {
			j++
		}
	}
	return sum / float64(n) / float64(m)
}
