package ot

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/dense"
	"gaspard/lib/job"
)

// Gaussian is the normal law N(Mean, Cov) on R^d, or the first two moments of any law.
// Cov (d×d) is positive semidefinite and may be singular.
type Gaussian struct {
	Mean []float64
	Cov  *mat.SymDense
}

// GaussianOf returns the mean and the covariance of the points x (n×d) with the weights
// w, nil for uniform:
//
//	m = Σ w_i x_i,  S = Σ w_i (x_i - m)(x_i - m)ᵀ.
//
// These are the moments of the cloud itself, with 1/n and not 1/(n-1), so that the
// distance of two normal laws with them bounds the one of the clouds from below. It
// panics with a [*job.DataError] on values that are not finite and on weights that are
// not probabilities.
//
// Source: gelbrich:90 for the bound.
func GaussianOf(x *mat.Dense, w []float64) Gaussian {
	if err := checkFinite("x", x); err != nil {
		panic(err)
	}
	n, d := x.Dims()
	if err := checkWeights("w", w, n); err != nil {
		panic(err)
	}
	w = weights(w, n)
	// About the first point, which keeps what is far from the origin from cancelling.
	first := x.RawRowView(0)
	shift, total := make([]float64, d), 0.0
	for i, v := range w {
		total += v
		for k, c := range x.RawRowView(i) {
			shift[k] += v * (c - first[k])
		}
	}
	g := Gaussian{Mean: make([]float64, d)}
	for k := range shift {
		shift[k] /= total
		g.Mean[k] = first[k] + shift[k]
	}
	rows := mat.NewDense(n, d, nil)
	for i, v := range w {
		row := rows.RawRowView(i)
		for k, c := range x.RawRowView(i) {
			row[k] = math.Sqrt(v/total) * ((c - first[k]) - shift[k])
		}
	}
	var s mat.SymDense
	s.SymOuterK(1, rows.T())
	g.Cov = &s
	return g
}

// Validate returns what is wrong with the law, as a [*job.DataError]: values that are
// not finite, or a covariance with an eigenvalue that is negative beyond rounding. It
// panics if the shapes differ.
func (g Gaussian) Validate() error {
	_, err := g.spectrum("the normal law")
	return err
}

// spectrum returns the eigenvalues and vectors of the covariance.
func (g Gaussian) spectrum(name string) (*spectrum, error) {
	if g.Cov == nil || g.Cov.SymmetricDim() != len(g.Mean) {
		d := 0
		if g.Cov != nil {
			d = g.Cov.SymmetricDim()
		}
		panic(fmt.Sprintf("ot: %s has a mean of %d numbers and a %d×%d covariance", name, len(g.Mean), d, d))
	}
	for i, v := range g.Mean {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, job.BadData("ot: %s has the mean %v at %d", name, v, i+1)
		}
	}
	for i := range g.Mean {
		for j := i; j < len(g.Mean); j++ {
			if v := g.Cov.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, job.BadData("ot: %s has the covariance %v at row %d, column %d", name, v, i+1, j+1)
			}
		}
	}
	s := newSpectrum(g.Cov)
	if s == nil {
		return nil, job.BadData("ot: the eigenvalues of the covariance of %s could not be found", name)
	}
	if least, most := s.values[0], s.values[len(s.values)-1]; least < -1e-9*math.Abs(most) {
		return nil, job.BadData("ot: the covariance of %s has the eigenvalue %.3g; none may be negative", name, least)
	}
	return s, nil
}

func (g Gaussian) mustSpectrum(name string) *spectrum {
	s, err := g.spectrum(name)
	if err != nil {
		panic(err)
	}
	return s
}

// BuresResult is the optimal transport, under |x-y|², from one normal law to another.
type BuresResult struct {
	Wasserstein    float64 // W₂, the root of WassersteinPow.
	WassersteinPow float64 // W₂² = Shift + Shape.
	Shift          float64 // |m₁ - m₂|².
	Shape          float64 // The squared Bures distance of the covariances.

	A        *mat.SymDense // The map T(z) = m₂ + A (z - m₁); d×d, positive semidefinite.
	Rank     int           // Of S₁: below d, T is the map within its range only.
	Residual float64       // |A S₁ A - S₂| / |S₂| in Frobenius norms: above rounding, T does not reach S₂.

	from, to []float64
}

// Push returns T of the rows of z (k×d), freshly allocated.
func (r *BuresResult) Push(z *mat.Dense) *mat.Dense {
	k, d := z.Dims()
	if d != len(r.from) {
		panic(fmt.Sprintf("ot: z has %d columns, the normal laws have %d coordinates", d, len(r.from)))
	}
	out := mat.NewDense(k, d, nil)
	out.Apply(func(_, j int, v float64) float64 { return v - r.from[j] }, z)
	out.Mul(out, r.A)
	out.Apply(func(_, j int, v float64) float64 { return v + r.to[j] }, out)
	return out
}

// String is a summary.
func (r *BuresResult) String() string {
	d := len(r.from)
	verdict := "the map carries the one law to the other"
	if r.Residual > 1e-6 {
		verdict = fmt.Sprintf("NO MAP: the first covariance has rank %d of %d; the image misses the second by %.2g of its norm", r.Rank, d, r.Residual)
	} else if r.Rank < d {
		verdict = fmt.Sprintf("the first covariance has rank %d of %d; the map is the optimal one within its range", r.Rank, d)
	}
	return fmt.Sprintf("Bures, normal laws in %d dimensions\n"+
		"W₂ %.6g, W₂² %.6g = %.6g of the means + %.6g of the covariances\n"+
		"residual of A S₁ A = S₂: %.2g\n%s", d, r.Wasserstein, r.WassersteinPow, r.Shift, r.Shape, r.Residual, verdict)
}

// Bures solves the transport under |x-y|² from N(m₁, S₁) to N(m₂, S₂) in closed form:
//
//	W₂² = |m₁-m₂|² + tr S₁ + tr S₂ - 2 tr (S₁^½ S₂ S₁^½)^½
//	T(z) = m₂ + A (z - m₁),  A = S₁^-½ (S₁^½ S₂ S₁^½)^½ S₁^-½,  A S₁ A = S₂.
//
// The covariance part is computed as min |S₁^½ - S₂^½ U|² over orthogonal U, which does
// not cancel: the distance of nearly equal laws is right to rounding too.
//
// A singular covariance is allowed, and the distance keeps its meaning. The map takes
// the pseudo-inverse of S₁^½: directions in which the first law does not vary go to
// m₂. Where the second law varies more than such a map can reach, the optimal plan is
// no map, and Residual says by how much.
//
// For clouds: Bures(GaussianOf(x, a), GaussianOf(y, b)). Its W₂ is then a lower bound of
// that of the clouds.
//
// Memory: some ten d×d matrices. Time: O(d³), two eigendecompositions and a singular
// value decomposition; they cannot be interrupted. Bures panics if the shapes differ and
// with a [*job.DataError] on what [Gaussian.Validate] finds.
//
// Source: gelbrich:90; bhatia:19 for the form with U.
func Bures(p, q Gaussian) *BuresResult {
	s1, s2 := p.mustSpectrum("the first law"), q.mustSpectrum("the second law")
	d := len(p.Mean)
	if dq := len(q.Mean); d != dq {
		panic(fmt.Sprintf("ot: the first law has %d coordinates, the second %d", d, dq))
	}
	r := &BuresResult{from: p.Mean, to: q.Mean, Rank: s1.rank()}
	for k, v := range p.Mean {
		r.Shift += (v - q.Mean[k]) * (v - q.Mean[k])
	}
	root1, root2 := s1.apply(math.Sqrt), s2.apply(math.Sqrt)
	// With S₂^½ S₁^½ = V Σ Wᵀ, (S₁^½ S₂ S₁^½)^½ = W Σ Wᵀ and U = V Wᵀ.
	var product, u, diff mat.Dense
	product.Mul(root2, root1)
	var svd mat.SVD
	if !svd.Factorize(&product, mat.SVDFull) {
		panic(job.BadData("ot: the singular values of a product of roots of covariances could not be found"))
	}
	var v, w mat.Dense
	svd.UTo(&v)
	svd.VTo(&w)
	u.Mul(&v, w.T())
	diff.Mul(root2, &u)
	diff.Sub(root1, &diff)
	norm := mat.Norm(&diff, 2)
	r.Shape = norm * norm
	r.WassersteinPow = r.Shift + r.Shape
	r.Wasserstein = math.Sqrt(r.WassersteinPow)

	var middle, a mat.Dense
	middle.Mul(&w, mat.NewDiagDense(d, svd.Values(nil)))
	middle.Mul(&middle, w.T())
	inverse := s1.apply(inverseRoot)
	a.Mul(inverse, &middle)
	a.Mul(&a, inverse)
	r.A = dense.Symmetric(&a)
	var image mat.Dense
	image.Mul(r.A, p.Cov)
	image.Mul(&image, r.A)
	image.Sub(&image, q.Cov)
	if r.Residual = mat.Norm(&image, 2); r.Residual > 0 {
		r.Residual /= max(mat.Norm(q.Cov, 2), math.SmallestNonzeroFloat64)
	}
	return r
}

// BuresSettings holds the parameters of [BuresBarycenter]. The zero value is the default.
type BuresSettings struct {
	Tol     float64      // Stop at this residual; 0 means 1e-10.
	MaxIter int          // Stop after this many iterations; 0 means 1000.
	Job     *job.Monitor // Progress and cancellation; nil means the process's own.
}

func (s BuresSettings) withDefaults() BuresSettings {
	if !(s.Tol >= 0) || math.IsInf(s.Tol, 1) {
		panic(fmt.Sprintf("ot: Tol is %v; it must be positive, or 0 for the default", s.Tol))
	}
	if s.MaxIter < 0 {
		panic(fmt.Sprintf("ot: MaxIter is %d; it must be positive, or 0 for the default", s.MaxIter))
	}
	if s.Tol == 0 {
		s.Tol = 1e-10
	}
	if s.MaxIter == 0 {
		s.MaxIter = 1000
	}
	return s
}

// BuresBarycenterResult is a mean of normal laws.
type BuresBarycenterResult struct {
	Barycenter Gaussian
	Value      float64 // Σ w_k W₂²(Barycenter, law k), the least over all laws at convergence.
	Residual   float64 // |Σ w_k (S^½ S_k S^½)^½ - S| / |S| in Frobenius norms.
	Iterations int
	Elapsed    time.Duration
	Status     Status

	laws int
}

// String is a summary.
func (r *BuresBarycenterResult) String() string {
	verdict := r.Status.String()
	if r.Status != Converged {
		verdict = "NOT CONVERGED: raise MaxIter or Tol; a mean of singular covariances may be reached slowly"
	}
	return fmt.Sprintf("barycenter of %d normal laws in %d dimensions\nvalue %.6g\nresidual %.2g after %d iterations, %v\n%s",
		r.laws, len(r.Barycenter.Mean), r.Value, r.Residual, r.Iterations, r.Elapsed.Round(10*time.Microsecond), verdict)
}

// BuresBarycenter returns the barycenter under W₂² of normal laws with the weights w,
// probabilities, nil for equal: the law that minimises Σ w_k W₂²(·, law k). It is
// normal, its mean is Σ w_k m_k, and its covariance S solves
//
//	S = Σ w_k (S^½ S_k S^½)^½,
//
// found by the iteration S ← S^-½ (Σ w_k (S^½ S_k S^½)^½)² S^-½ from (Σ w_k S_k^½)²,
// which is the answer already where the covariances commute, as in one dimension.
//
// The barycenter is unique if a law of positive weight has an invertible covariance.
// Otherwise inverses are pseudo-inverses, and the result is one fixed point.
//
// Memory: one d×d matrix for each law and some more. Time: O(d³) for each law and
// iteration; few iterations do unless the laws are nearly singular. It panics with a
// sentence if there are no laws or their dimensions differ and with a [*job.DataError]
// on bad data. See Status and Residual for convergence.
//
// Source: alvarez:16, theorem 4.2; agueh:11 for existence and the equation of S.
func BuresBarycenter(laws []Gaussian, w []float64, s BuresSettings) *BuresBarycenterResult {
	start := time.Now()
	s = s.withDefaults()
	if len(laws) == 0 {
		panic("ot: the barycenter of no laws")
	}
	if err := checkWeights("w", w, len(laws)); err != nil {
		panic(err)
	}
	w = weights(w, len(laws))
	d := len(laws[0].Mean)
	mean, root := make([]float64, d), mat.NewDense(d, d, nil)
	for k, law := range laws {
		if dk := len(law.Mean); dk != d {
			panic(fmt.Sprintf("ot: law 1 has %d coordinates, law %d has %d", d, k+1, dk))
		}
		spectrum := law.mustSpectrum(fmt.Sprintf("law %d", k+1))
		for j, v := range law.Mean {
			mean[j] += w[k] * v
		}
		addScaled(root, w[k], spectrum.apply(math.Sqrt))
	}
	r := &BuresBarycenterResult{laws: len(laws), Status: IterationLimit}
	var square mat.Dense
	square.Mul(root, root)
	cov := dense.Symmetric(&square)
	for r.Iterations < s.MaxIter {
		r.Iterations++
		next := r.step(laws, w, cov, s.Job)
		s.Job.Step(r.Iterations, 0, job.Metric{Name: "residual", Value: r.Residual})
		if r.Residual <= s.Tol {
			r.Status = Converged
			break
		}
		cov = next
	}
	r.Barycenter = Gaussian{Mean: mean, Cov: cov}
	for k, law := range laws {
		if w[k] > 0 {
			s.Job.Check()
			r.Value += w[k] * Bures(r.Barycenter, law).WassersteinPow
		}
	}
	r.Elapsed = time.Since(start)
	return r
}

// step sets the residual of a covariance and returns the next one.
func (r *BuresBarycenterResult) step(laws []Gaussian, w []float64, cov *mat.SymDense, monitor *job.Monitor) *mat.SymDense {
	d := cov.SymmetricDim()
	s := newSpectrum(cov)
	if s == nil {
		panic(job.BadData("ot: the eigenvalues of the barycenter's covariance could not be found"))
	}
	root, inverse := s.apply(math.Sqrt), s.apply(inverseRoot)
	sum := mat.NewDense(d, d, nil)
	for k, law := range laws {
		monitor.Check()
		var middle mat.Dense
		middle.Mul(root, law.Cov)
		middle.Mul(&middle, root)
		m := newSpectrum(dense.Symmetric(&middle))
		if m == nil {
			panic(job.BadData("ot: the eigenvalues for law %d could not be found", k+1))
		}
		addScaled(sum, w[k], m.apply(math.Sqrt))
	}
	var off, next mat.Dense
	off.Sub(sum, cov)
	if r.Residual = mat.Norm(&off, 2); r.Residual > 0 {
		r.Residual /= max(mat.Norm(cov, 2), math.SmallestNonzeroFloat64)
	}
	next.Mul(inverse, sum)
	var after mat.Dense
	after.Mul(&next, next.T())
	return dense.Symmetric(&after)
}

func addScaled(dst *mat.Dense, w float64, a mat.Matrix) {
	dst.Apply(func(i, j int, v float64) float64 { return v + w*a.At(i, j) }, dst)
}

// spectrum is a symmetric matrix as its eigenvalues, ascending, and vectors.
type spectrum struct {
	values  []float64
	vectors mat.Dense
}

// newSpectrum returns nil if the eigenvalues are not found.
func newSpectrum(s *mat.SymDense) *spectrum {
	var e mat.EigenSym
	if !e.Factorize(s, true) {
		return nil
	}
	out := &spectrum{values: e.Values(nil)}
	e.VectorsTo(&out.vectors)
	return out
}

// floor is where an eigenvalue is zero up to the rounding of its computation.
func (s *spectrum) floor() float64 {
	d := len(s.values)
	return 0x1p-50 * float64(d) * math.Abs(s.values[d-1])
}

func (s *spectrum) rank() (r int) {
	for _, v := range s.values {
		if v > s.floor() {
			r++
		}
	}
	return r
}

// apply returns the matrix with f of the eigenvalues, which are 0 where they were up
// to rounding.
func (s *spectrum) apply(f func(float64) float64) *mat.Dense {
	d := len(s.values)
	diag, floor := make([]float64, d), s.floor()
	for i, v := range s.values {
		if v > floor {
			diag[i] = f(v)
		}
	}
	var a mat.Dense
	a.Mul(&s.vectors, mat.NewDiagDense(d, diag))
	a.Mul(&a, s.vectors.T())
	return &a
}

func inverseRoot(v float64) float64 { return 1 / math.Sqrt(v) }
