package measure

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Gaussian is the normal law N(mean, cov); cov nil is the identity. A covariance
// may be singular: the points then lie in a subspace. Gaussian panics if the
// shapes differ, or if cov is not a covariance because it has a negative
// eigenvalue, beyond rounding.
func Gaussian(mean []float64, cov *mat.SymDense) *Sampler {
	d := len(mean)
	mean = append([]float64(nil), mean...)
	if cov == nil {
		return Func(fmt.Sprintf("N(%g, I)", mean), d, func(rng *rand.Rand, x *mat.Dense) {
			eachRow(x, func(row []float64) {
				for k := range row {
					row[k] = mean[k] + rng.NormFloat64()
				}
			})
		})
	}
	if c := cov.SymmetricDim(); c != d {
		panic(fmt.Sprintf("measure: a mean of %d numbers with a %d×%d covariance", d, c, c))
	}
	root := squareRoot(cov)
	name := fmt.Sprintf("N(%g, %g)", mean, mat.DenseCopyOf(cov).RawMatrix().Data)
	return Func(name, d, func(rng *rand.Rand, x *mat.Dense) {
		z := make([]float64, d)
		eachRow(x, func(row []float64) {
			for k := range z {
				z[k] = rng.NormFloat64()
			}
			for k := range row {
				row[k] = mean[k]
				for l, v := range z {
					row[k] += root.At(k, l) * v
				}
			}
		})
	})
}

// squareRoot returns V √Λ of the eigenvalues Λ and eigenvectors V of s, a matrix
// whose product with its transpose is s.
func squareRoot(s *mat.SymDense) *mat.Dense {
	var eigen mat.EigenSym
	if !eigen.Factorize(s, true) {
		panic("measure: the covariance has no eigenvalues; is it finite?")
	}
	var v mat.Dense
	eigen.VectorsTo(&v)
	values := eigen.Values(nil)
	largest := math.Max(math.Abs(values[0]), math.Abs(values[len(values)-1]))
	for k, l := range values {
		if !(l >= -1e-12*largest) {
			panic(fmt.Sprintf("measure: the covariance has the eigenvalue %g; none may be negative", l))
		}
		root := math.Sqrt(math.Max(l, 0))
		for i := range values {
			v.Set(i, k, v.At(i, k)*root)
		}
	}
	return &v
}

// Clusters is an equal mixture of the normal laws N(c, sd² I), one around each
// row c of centres (k×d).
func Clusters(centres *mat.Dense, sd float64) *Sampler {
	checkScale("a standard deviation", sd)
	checkCloud("the matrix of centres", centres)
	c := mat.DenseCopyOf(centres)
	k, d := c.Dims()
	name := fmt.Sprintf("%d clusters at %.4g of spread %g", k, c.RawMatrix().Data, sd)
	return Func(name, d, func(rng *rand.Rand, x *mat.Dense) {
		eachRow(x, func(row []float64) {
			centre := c.RawRowView(rng.IntN(k))
			for l := range row {
				row[l] = centre[l] + sd*rng.NormFloat64()
			}
		})
	})
}

// Mixture draws each point from one of the parts, part k with probability
// weights[k]; nil means equal ones. Mixture panics unless the parts have one
// dimension, and the weights are at least 0 and sum to 1.
func Mixture(weights []float64, parts ...*Sampler) *Sampler {
	if len(parts) == 0 {
		panic("measure: a mixture of nothing")
	}
	up := upTo(weights, len(parts))
	d, name := parts[0].Dim, "mixture of "
	for k, p := range parts {
		if p.Dim != d {
			panic(fmt.Sprintf("measure: a mixture of %s in R^%d and %s in R^%d", parts[0].Name, d, p.Name, p.Dim))
		}
		if k > 0 {
			name += "; "
		}
		if weights != nil {
			name += fmt.Sprintf("%g of ", weights[k])
		}
		name += p.Name
	}
	parts = append([]*Sampler(nil), parts...)
	return Func(name, d, func(rng *rand.Rand, x *mat.Dense) {
		n, _ := x.Dims()
		rows := make([][]int, len(parts))
		for i := range n {
			u, k := rng.Float64(), 0
			for u >= up[k] {
				k++
			}
			rows[k] = append(rows[k], i)
		}
		for k, p := range parts {
			if len(rows[k]) == 0 {
				continue
			}
			drawn := p.Sample(rng, len(rows[k]))
			for i, row := range rows[k] {
				x.SetRow(row, drawn.RawRowView(i))
			}
		}
	})
}

// upTo returns the cumulative sums of weights, which end in 1 from the last
// positive weight on.
func upTo(weights []float64, k int) []float64 {
	up := make([]float64, k)
	if weights == nil {
		for i := range up {
			up[i] = float64(i+1) / float64(k)
		}
		return up
	}
	if len(weights) != k {
		panic(fmt.Sprintf("measure: %d weights for %d parts", len(weights), k))
	}
	sum, last := 0.0, 0
	for i, w := range weights {
		if !(w >= 0) {
			panic(fmt.Sprintf("measure: the weight %g; weights are at least 0", w))
		}
		if w > 0 {
			last = i
		}
		sum += w
		up[i] = sum
	}
	if !(math.Abs(sum-1) <= 1e-6) {
		panic(fmt.Sprintf("measure: the weights sum to %.6g, not to 1", sum))
	}
	for i := last; i < k; i++ {
		up[i] = 1
	}
	return up
}
