package distill

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// Student is a one-step generator whose law is known, so that its score and the
// density ratio are exact. [Affine] and [Particles] are students.
type Student interface {
	Dim() int
	// Law is the law of the generated points, as the parameters stand.
	Law() *Mixture
	// Generate draws points and keeps what Pull needs.
	Generate(rng *rand.Rand, n int) *Generated
	// Pull returns the gradient by the parameters from that by each point.
	Pull(g *Generated, dx *mat.Dense) []float64
	// Params are the parameters themselves, which training moves.
	Params() []float64
}

// Generated is a batch of points x = G(z).
type Generated struct{ X, Z *mat.Dense }

// Affine is the student G(z) = m + S z on R^d, of law N(m, S Sᵀ).
type Affine struct {
	d      int
	params []float64 // m, then S by rows
}

// NewAffine is the affine student that starts at the given m (d) and S (d×d).
func NewAffine(m []float64, s *mat.Dense) *Affine {
	d := len(m)
	if rows, cols := s.Dims(); rows != d || cols != d {
		panic(fmt.Sprintf("distill: an affine student with a mean of %d numbers and a %d×%d matrix", d, rows, cols))
	}
	a := &Affine{d: d, params: append([]float64(nil), m...)}
	for i := range d {
		a.params = append(a.params, s.RawRowView(i)...)
	}
	return a
}

// AffineOnLine is the student G(z) = m + s z on the line.
func AffineOnLine(m, s float64) *Affine {
	return NewAffine([]float64{m}, mat.NewDense(1, 1, []float64{s}))
}

// Dim returns d.
func (a *Affine) Dim() int { return a.d }

// Mean returns m.
func (a *Affine) Mean() []float64 { return append([]float64(nil), a.params[:a.d]...) }

// Matrix returns S.
func (a *Affine) Matrix() *mat.Dense {
	return mat.NewDense(a.d, a.d, append([]float64(nil), a.params[a.d:]...))
}

// Params returns m and the rows of S, to be moved.
func (a *Affine) Params() []float64 { return a.params }

// Law returns N(m, S Sᵀ).
func (a *Affine) Law() *Mixture {
	mean := mat.NewDense(1, a.d, a.Mean())
	if a.d == 1 {
		return NewMixture(nil, mean, []float64{math.Abs(a.params[1])})
	}
	s := a.Matrix()
	var cov mat.SymDense
	cov.SymOuterK(1, s)
	return NewMixtureCov(nil, mean, []*mat.SymDense{&cov})
}

// Generate draws z ~ N(0, I) and returns m + S z.
func (a *Affine) Generate(rng *rand.Rand, n int) *Generated {
	z := mat.NewDense(n, a.d, nil)
	for i := range n {
		for j := range z.RawRowView(i) {
			z.RawRowView(i)[j] = rng.NormFloat64()
		}
	}
	x := mat.NewDense(n, a.d, nil)
	x.Mul(z, a.Matrix().T())
	for i := range n {
		for j, m := range a.params[:a.d] {
			x.RawRowView(i)[j] += m
		}
	}
	return &Generated{X: x, Z: z}
}

// Pull is the mean over the batch of dx and of dx zᵀ.
func (a *Affine) Pull(g *Generated, dx *mat.Dense) []float64 {
	n, _ := dx.Dims()
	out := make([]float64, len(a.params))
	for i := range n {
		z := g.Z.RawRowView(i)
		for j, v := range dx.RawRowView(i) {
			v /= float64(n)
			out[j] += v
			for k, w := range z {
				out[a.d+a.d*j+k] += v * w
			}
		}
	}
	return out
}

// Particles is the student whose parameters are its points: it generates each of
// them, and its law at noise σ is the mixture of N(x_i, σ² I).
type Particles struct{ x *mat.Dense }

// NewParticles is the student that starts at the rows of x, which are copied.
func NewParticles(x *mat.Dense) *Particles {
	if x == nil || x.IsEmpty() {
		panic(job.BadData("distill: a student without particles"))
	}
	return &Particles{x: mat.DenseCopyOf(x)}
}

// Dim returns the dimension of the points.
func (p *Particles) Dim() int { _, d := p.x.Dims(); return d }

// Points returns a copy of the particles.
func (p *Particles) Points() *mat.Dense { return mat.DenseCopyOf(p.x) }

// Params returns the coordinates, by rows, to be moved.
func (p *Particles) Params() []float64 { return p.x.RawMatrix().Data }

// Law is the mixture of points of equal weight.
func (p *Particles) Law() *Mixture { return NewMixture(nil, p.x, []float64{0}) }

// Generate returns every particle once, whatever n is.
func (p *Particles) Generate(*rand.Rand, int) *Generated { return &Generated{X: p.Points()} }

// Pull returns dx: a particle moves by its own gradient, not by its share of the
// mean, so that the rate is a velocity whatever their number.
func (p *Particles) Pull(_ *Generated, dx *mat.Dense) []float64 {
	return append([]float64(nil), dx.RawMatrix().Data...)
}
