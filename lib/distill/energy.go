package distill

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// EnergyDistance estimates 2 E|X-Y| - E|X-X'| - E|Y-Y'|, which is 0 only between
// equal laws, without bias: pairs of a point with itself are left out, so that the
// mean over draws of one law is 0 and single values may be negative.
//
// Time: n² + m² + n m distances. Source: szekely:13.
func EnergyDistance(x, y *mat.Dense) float64 { return pairMean(x, y, 1, pairKernel{}, true) }

// EnergyDistanceBiased is the energy distance of the two clouds themselves, at
// least 0; between draws of one law its mean is (1/n + 1/m) E|X-X'|.
func EnergyDistanceBiased(x, y *mat.Dense) float64 { return pairMean(x, y, 1, pairKernel{}, false) }

// MMD estimates the squared maximum mean discrepancy of the Gaussian kernel
// exp(-|x-y|²/(2 b²)) without bias. Bandwidth b 0 means the median distance
// between points of both clouds, of the first 500 rows each. Source: gretton:12, equation 3.
func MMD(x, y *mat.Dense, bandwidth float64) float64 {
	return pairMean(x, y, -1, gaussianKernel(x, y, bandwidth), true)
}

// MMDBiased is the squared discrepancy of the two clouds themselves, at least 0.
func MMDBiased(x, y *mat.Dense, bandwidth float64) float64 {
	return pairMean(x, y, -1, gaussianKernel(x, y, bandwidth), false)
}

// pairKernel is exp(-half |x-y|²), or with half 0 the distance |x-y|.
type pairKernel struct{ half float64 }

// atZero is the kernel of a point with itself.
func (k pairKernel) atZero() float64 {
	if k.half == 0 {
		return 0
	}
	return 1
}

func gaussianKernel(x, y *mat.Dense, bandwidth float64) pairKernel {
	if bandwidth < 0 || math.IsNaN(bandwidth) {
		panic(fmt.Sprintf("distill: a bandwidth of %g", bandwidth))
	}
	checkPair(x, y)
	if bandwidth == 0 {
		bandwidth = medianDistance(x, y)
	}
	return pairKernel{1 / (2 * bandwidth * bandwidth)}
}

func medianDistance(x, y *mat.Dense) float64 {
	const rows = 500
	var all [][]float64
	for _, c := range []*mat.Dense{x, y} {
		n, _ := c.Dims()
		for i := range min(n, rows) {
			all = append(all, c.RawRowView(i))
		}
	}
	var d []float64
	for i, a := range all {
		for _, b := range all[:i] {
			d = append(d, squareDistance(a, b))
		}
	}
	slices.Sort(d)
	m := math.Sqrt(d[len(d)/2])
	if m == 0 {
		panic(job.BadData("distill: half of the points coincide, which leaves no median distance; set the bandwidth"))
	}
	return m
}

// pairMean is sign (2 E k(X,Y) - E k(X,X') - E k(Y,Y')).
func pairMean(x, y *mat.Dense, sign float64, k pairKernel, unbiased bool) float64 {
	checkPair(x, y)
	n, _ := x.Dims()
	m, _ := y.Dims()
	if unbiased && (n < 2 || m < 2) {
		panic(job.BadData("distill: clouds of %d and %d points; without bias each needs 2", n, m))
	}
	within := func(c *mat.Dense, n int) float64 {
		pairs := sumPairs(c, c, k) // a point with itself included
		if unbiased {
			return (pairs - float64(n)*k.atZero()) / float64(n) / float64(n-1)
		}
		return pairs / float64(n) / float64(n)
	}
	return sign * (2*sumPairs(x, y, k)/float64(n)/float64(m) - within(x, n) - within(y, m))
}

// sumPairs is Σ k(x_i, y_j). Each row is summed by itself, so that the sum does
// not depend on the cores.
func sumPairs(x, y *mat.Dense, k pairKernel) float64 {
	n, _ := x.Dims()
	rows := make([]float64, n)
	eachDistances(x, y, k.half == 0, func(i int, c []float64) {
		if k.half != 0 {
			for j := range c {
				c[j] *= -k.half
			}
			kern.Exp64(c, c)
		}
		rows[i] = floats.Sum(c)
	})
	return floats.Sum(rows)
}

func squareDistance(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += (v - b[i]) * (v - b[i])
	}
	return sum
}

func checkPair(x, y *mat.Dense) {
	for _, c := range []*mat.Dense{x, y} {
		if c == nil || c.IsEmpty() {
			panic(job.BadData("distill: a cloud is empty"))
		}
		n, _ := c.Dims()
		for i := range n {
			for _, v := range c.RawRowView(i) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					panic(job.BadData("distill: a cloud has %g at row %d", v, i+1))
				}
			}
		}
	}
	_, d := x.Dims()
	if _, e := y.Dims(); d != e {
		panic(fmt.Sprintf("distill: x has %d columns, y has %d", d, e))
	}
}
