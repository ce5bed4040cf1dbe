// Package distill turns diffusion models into one-step generators by matching
// distributions, with teachers and students whose densities are known: no
// network stands between a formula and its check. Students that are networks, with
// learned scores and ratios, are not here yet: [Student] and [Ratio] are where they
// will fit.
//
// Notation: p is the teacher's law, q the student's, p_σ and q_σ the same with
// N(0, σ² I) added (variance exploding, as in EDM), s_p and s_q the scores
// ∇ log p_σ and ∇ log q_σ, D(x, σ) = x + σ² s(x) the denoiser, r = p_σ/q_σ. The
// student is x = G(z), z ~ N(0, I). Points are rows of *mat.Dense.
//
// Source: xu:25; schedules and samplers from karras:22.
package distill

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
	"gaspard/lib/measure"
)

// Mixture is a mixture of normal laws on R^d, which knows its density, score and
// denoiser at every noise level. It is not changed after it is made.
type Mixture struct {
	Name string // For captions.

	k, d      int
	logWeight []float64
	mean      []float64    // k×d
	variance  []float64    // k, or k×d along the axes
	axes      []*mat.Dense // of each component, d×d, columns; nil where all are isotropic
	same      bool         // all components are isotropic and of one variance
}

// NewMixture is the mixture of N(mean_i, sd_i² I), for the rows of means (k×d).
// weights nil are equal ones; sd has k entries, or one for all. A standard
// deviation of 0 is a point, which has a density once noise is added.
func NewMixture(weights []float64, means *mat.Dense, sd []float64) *Mixture {
	m := newMixture(weights, means)
	if len(sd) != 1 && len(sd) != m.k {
		panic(fmt.Sprintf("distill: %d standard deviations for %d components; want one, or one each", len(sd), m.k))
	}
	m.variance, m.same = make([]float64, m.k), true
	for i := range m.variance {
		s := sd[i%len(sd)]
		if !(s >= 0) || math.IsInf(s, 1) {
			panic(job.BadData("distill: the standard deviation %g", s))
		}
		m.variance[i] = s * s
		m.same = m.same && m.variance[i] == m.variance[0]
	}
	return m
}

// NewMixtureCov is the mixture of N(mean_i, cov_i). Covariances may be singular.
func NewMixtureCov(weights []float64, means *mat.Dense, covs []*mat.SymDense) *Mixture {
	m := newMixture(weights, means)
	if len(covs) != m.k {
		panic(fmt.Sprintf("distill: %d covariances for %d components", len(covs), m.k))
	}
	for i, c := range covs {
		if n := c.SymmetricDim(); n != m.d {
			panic(fmt.Sprintf("distill: a %d×%d covariance in dimension %d", n, n, m.d))
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(c, true) {
			panic(job.BadData("distill: covariance %d has no eigenvalues; is it finite?", i+1))
		}
		var axes mat.Dense
		eigen.VectorsTo(&axes)
		values := eigen.Values(nil)
		for _, v := range values {
			if v < -1e-12*math.Abs(values[m.d-1]) || math.IsNaN(v) {
				panic(job.BadData("distill: covariance %d has the eigenvalue %g; none may be negative", i+1, v))
			}
			m.variance = append(m.variance, math.Max(v, 0))
		}
		m.axes = append(m.axes, &axes)
	}
	return m
}

// OnLine is the mixture on the line of N(means_i, sd_i²); weights nil are equal
// ones, sd has one entry each, or one for all.
func OnLine(weights, means, sd []float64) *Mixture {
	if len(means) == 0 {
		panic("distill: a mixture of nothing")
	}
	return NewMixture(weights, mat.NewDense(len(means), 1, append([]float64(nil), means...)), sd)
}

// Ring is the mixture of k normal laws of standard deviation sd at equal
// distances on the circle of the given radius; weights nil are equal ones.
func Ring(k int, radius, sd float64, weights []float64) *Mixture {
	if k < 1 {
		panic(fmt.Sprintf("distill: a ring of %d", k))
	}
	means := mat.NewDense(k, 2, nil)
	for i := range k {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(k))
		means.SetRow(i, []float64{radius * cos, radius * sin})
	}
	m := NewMixture(weights, means, []float64{sd})
	m.Name = fmt.Sprintf("ring of %d, radius %g, spread %g", k, radius, sd)
	return m
}

func newMixture(weights []float64, means *mat.Dense) *Mixture {
	if means == nil || means.IsEmpty() {
		panic("distill: a mixture of nothing")
	}
	k, d := means.Dims()
	if weights != nil && len(weights) != k {
		panic(fmt.Sprintf("distill: %d weights for %d components", len(weights), k))
	}
	m := &Mixture{Name: fmt.Sprintf("mixture of %d", k), k: k, d: d, logWeight: make([]float64, k)}
	sum := 0.0
	for i := range k {
		w := 1 / float64(k)
		if weights != nil {
			w = weights[i]
		}
		if !(w >= 0) {
			panic(job.BadData("distill: the weight %g; weights are at least 0", w))
		}
		sum += w
		m.logWeight[i] = math.Log(w)
		for _, v := range means.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				panic(job.BadData("distill: the mean of component %d has the coordinate %g", i+1, v))
			}
			m.mean = append(m.mean, v)
		}
	}
	if !(math.Abs(sum-1) <= 1e-6) {
		panic(job.BadData("distill: the weights sum to %.6g, not to 1", sum))
	}
	return m
}

// Dim returns d.
func (m *Mixture) Dim() int { return m.d }

// Components returns the number of normal laws.
func (m *Mixture) Components() int { return m.k }

// String says what is mixed.
func (m *Mixture) String() string { return fmt.Sprintf("%s in R^%d", m.Name, m.d) }

// Means returns the means of the components, k×d.
func (m *Mixture) Means() *mat.Dense {
	return mat.NewDense(m.k, m.d, append([]float64(nil), m.mean...))
}

// Weights returns the weights of the components.
func (m *Mixture) Weights() []float64 {
	w := make([]float64, m.k)
	for i, l := range m.logWeight {
		w[i] = math.Exp(l)
	}
	return w
}

// spread is the largest standard deviation of component i in any direction.
func (m *Mixture) spread(i int) float64 {
	if m.axes == nil {
		return math.Sqrt(m.variance[i])
	}
	largest := 0.0
	for _, v := range m.variance[i*m.d : (i+1)*m.d] {
		largest = math.Max(largest, v)
	}
	return math.Sqrt(largest)
}

// Sampler draws from the mixture, for whatever takes samplers.
func (m *Mixture) Sampler() *measure.Sampler {
	return measure.Func(m.Name, m.d, func(rng *rand.Rand, x *mat.Dense) {
		up, sum := m.Weights(), 0.0
		for i, w := range up {
			sum += w
			up[i] = sum
		}
		z := make([]float64, m.d)
		n, _ := x.Dims()
		for row := range n {
			u, k := rng.Float64()*sum, 0
			for k < m.k-1 && u >= up[k] {
				k++
			}
			for j := range z {
				z[j] = rng.NormFloat64()
			}
			m.place(x.RawRowView(row), k, z)
		}
	})
}

// place writes mean + √covariance z of component k.
func (m *Mixture) place(x []float64, k int, z []float64) {
	copy(x, m.mean[k*m.d:(k+1)*m.d])
	for j, v := range z {
		if m.axes == nil {
			x[j] += math.Sqrt(m.variance[k]) * v
			continue
		}
		v *= math.Sqrt(m.variance[k*m.d+j])
		for i := range x {
			x[i] += m.axes[k].At(i, j) * v
		}
	}
}

// Sample draws n points with rng.
func (m *Mixture) Sample(rng *rand.Rand, n int) *mat.Dense { return m.Sampler().Sample(rng, n) }

// Draw draws n points from a seed.
func (m *Mixture) Draw(n int, seed uint64) *mat.Dense { return m.Sampler().Draw(n, seed) }
