package ottest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/dense"
)

// Normals is the transport between two normal laws N(Mean1, Cov1) and N(Mean2, Cov2) on
// R^d under |x-y|², in closed form. A mean of nil is 0, a covariance of nil the identity;
// one of the means must be given, since it tells d. Covariances must be positive
// definite; methods panic with a sentence if they are not, or if shapes differ.
//
// What the methods return is for the laws themselves. Samples of n points come near it: by
// [Normals.StandardError], and a bias of order 1/n for a fixed ε. [Normals.Grid] is a
// finite problem with the same answer.
//
// Source: gelbrich:90; janati:20.
type Normals struct {
	Mean1, Mean2 []float64
	Cov1, Cov2   *mat.SymDense
}

// laws has the moments written out.
type laws struct {
	d      int
	m1, m2 []float64
	s1, s2 *mat.SymDense
}

func (g Normals) laws() laws {
	d := max(len(g.Mean1), len(g.Mean2))
	if d == 0 {
		panic("ottest: Normals has no mean; one of the two must be given")
	}
	mean := func(m []float64) []float64 {
		if m == nil {
			return make([]float64, d)
		}
		if len(m) != d {
			panic(fmt.Sprintf("ottest: the means have %d and %d coordinates", len(g.Mean1), len(g.Mean2)))
		}
		return m
	}
	cov := func(s *mat.SymDense) *mat.SymDense {
		if s == nil {
			return scaledIdentity(d, 1)
		}
		if s.SymmetricDim() != d {
			panic(fmt.Sprintf("ottest: a mean of %d coordinates with a %d×%d covariance", d, s.SymmetricDim(), s.SymmetricDim()))
		}
		return s
	}
	return laws{d, mean(g.Mean1), mean(g.Mean2), cov(g.Cov1), cov(g.Cov2)}
}

// displacement is |m1 - m2|².
func (l laws) displacement() (sum float64) {
	for k, v := range l.m1 {
		sum += (v - l.m2[k]) * (v - l.m2[k])
	}
	return sum
}

// SquaredWasserstein is W₂², the least mean of |x-y|²:
//
//	|m1-m2|² + tr S1 + tr S2 - 2 tr (S1^½ S2 S1^½)^½.
//
// Source: gelbrich:90.
func (g Normals) SquaredWasserstein() float64 {
	l := g.laws()
	root := power(between(l.s1, l.s2), 0.5)
	return l.displacement() + mat.Trace(l.s1) + mat.Trace(l.s2) - 2*mat.Trace(root)
}

// Map is the optimal map of rows of points, m2 + A (x - m1) with
//
//	A = S1^-½ (S1^½ S2 S1^½)^½ S1^-½.
func (g Normals) Map(x *mat.Dense) *mat.Dense {
	l := g.laws()
	back := power(l.s1, -0.5)
	return l.affine(product(back, power(between(l.s1, l.s2), 0.5), back), x)
}

// affine is m2 + A (x - m1), row by row.
func (l laws) affine(a mat.Matrix, x *mat.Dense) *mat.Dense {
	var centred, y mat.Dense
	centred.Apply(func(_, k int, v float64) float64 { return v - l.m1[k] }, x)
	y.Mul(&centred, a.T())
	y.Apply(func(_, k int, v float64) float64 { return v + l.m2[k] }, &y)
	return &y
}

// Entropic is the least mean of |x-y|² plus ε KL(P | N1⊗N2). With h = ε/2 and
// D = (4 S1^½ S2 S1^½ + h² I)^½ it is
//
//	|m1-m2|² + tr S1 + tr S2 - tr D + d h (1 - log 2h) + h log det(D + h I).
//
// Source: janati:20 theorem 1, where ε is written 2σ².
func (g Normals) Entropic(epsilon float64) float64 {
	l := g.laws()
	h := epsilon / 2
	value := l.displacement() + mat.Trace(l.s1) + mat.Trace(l.s2)
	for _, v := range eigenvalues(between(l.s1, l.s2)) {
		d := math.Sqrt(4*v + h*h)
		value += h*(1-math.Log(2*h)+math.Log(d+h)) - d
	}
	return value
}

// Divergence is the Sinkhorn divergence, Entropic less half of both laws' own values.
func (g Normals) Divergence(epsilon float64) float64 {
	l := g.laws()
	self := func(m []float64, s *mat.SymDense) float64 {
		return Normals{Mean1: m, Mean2: m, Cov1: s, Cov2: s}.Entropic(epsilon)
	}
	return g.Entropic(epsilon) - (self(l.m1, l.s1)+self(l.m2, l.s2))/2
}

// CrossCovariance is that of x and y under the entropic plan, d×d, which is a normal law
// of mean (m1, m2): S1^½ D S1^-½/2 - ε/4 I, with D as in [Normals.Entropic].
func (g Normals) CrossCovariance(epsilon float64) *mat.Dense {
	l := g.laws()
	root, back := power(l.s1, 0.5), power(l.s1, -0.5)
	middle := between(l.s1, l.s2)
	middle.ScaleSym(4, middle)
	middle.AddSym(middle, scaledIdentity(l.d, epsilon*epsilon/4))
	c := product(root, power(middle, 0.5), back)
	c.Scale(0.5, c)
	for k := range l.d {
		c.Set(k, k, c.At(k, k)-epsilon/4)
	}
	return c
}

// EntropicMap is the mean of y given x under the entropic plan, of rows of points.
func (g Normals) EntropicMap(x *mat.Dense, epsilon float64) *mat.Dense {
	l := g.laws()
	var a mat.Dense
	a.Mul(g.CrossCovariance(epsilon).T(), power(l.s1, -1))
	return l.affine(&a, x)
}

// Sample draws n and m points from the two laws.
func (g Normals) Sample(seed uint64, n, m int) (x, y *mat.Dense) {
	l := g.laws()
	rng := rand.New(rand.NewPCG(seed, 109))
	draw := func(n int, mean []float64, cov *mat.SymDense) *mat.Dense {
		x := product(normalCloud(rng, n, l.d), power(cov, 0.5))
		x.Apply(func(_, k int, v float64) float64 { return v + mean[k] }, x)
		return x
	}
	x = draw(n, l.m1, l.s1)
	return x, draw(m, l.m2, l.s2)
}

// StandardError is the standard deviation, to leading order in 1/n and 1/m, of the
// entropic value between samples of n and m points of the two laws:
//
//	√(Var f(x)/n + Var g(y)/m)
//
// with f and g the entropic potentials, which are quadratic functions. ε = 0 is the exact
// value's, for which the bias may be larger: it is of order n^(-2/d) for d above 4.
//
// Source: delbarrio:23 for ε above 0; delbarrio:19 for 0.
func (g Normals) StandardError(epsilon float64, n, m int) float64 {
	l := g.laws()
	back := laws{l.d, l.m2, l.m1, l.s2, l.s1}
	return math.Sqrt(l.variance(epsilon)/float64(n) + back.variance(epsilon)/float64(m))
}

// variance is that of f under N1. The gradient of f at x is 2 (x - T(x)), T the entropic
// map m2 + A (x - m1): so f is z·(I - A) z + 2 (m1 - m2)·z with z = x - m1.
func (l laws) variance(epsilon float64) float64 {
	g := Normals{l.m1, l.m2, l.s1, l.s2}
	var a mat.Dense
	a.Mul(g.CrossCovariance(epsilon).T(), power(l.s1, -1))
	a.Scale(-1, &a)
	slope := mat.NewVecDense(l.d, nil)
	for k := range l.d {
		a.Set(k, k, 1+a.At(k, k))
		slope.SetVec(k, 2*(l.m1[k]-l.m2[k]))
	}
	spread := product(&a, l.s1)
	return 2*mat.Trace(product(spread, spread)) + mat.Inner(slope, l.s1, slope)
}

// between is S1^½ S2 S1^½.
func between(s1, s2 *mat.SymDense) *mat.SymDense {
	root := power(s1, 0.5)
	return dense.Symmetric(product(root, s2, root))
}

func product(factors ...mat.Matrix) *mat.Dense {
	var out mat.Dense
	out.Product(factors...)
	return &out
}

func scaledIdentity(d int, v float64) *mat.SymDense {
	s := mat.NewSymDense(d, nil)
	for k := range d {
		s.SetSym(k, k, v)
	}
	return s
}

// power is a power of a positive definite matrix.
func power(s *mat.SymDense, exponent float64) *mat.SymDense {
	var eigen mat.EigenSym
	if !eigen.Factorize(s, true) {
		panic("ottest: a covariance has no eigenvalues; is it finite?")
	}
	var v, scaled mat.Dense
	eigen.VectorsTo(&v)
	values := eigen.Values(nil)
	for _, l := range values {
		if !(l > 0) {
			panic(fmt.Sprintf("ottest: a covariance has the eigenvalue %g; all must be positive", l))
		}
	}
	scaled.Apply(func(_, k int, x float64) float64 { return x * math.Pow(values[k], exponent) }, &v)
	return dense.Symmetric(product(&scaled, v.T()))
}

func eigenvalues(s *mat.SymDense) []float64 {
	var eigen mat.EigenSym
	if !eigen.Factorize(s, false) {
		panic("ottest: a covariance has no eigenvalues; is it finite?")
	}
	return eigen.Values(nil)
}
