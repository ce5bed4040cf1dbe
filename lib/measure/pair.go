package measure

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Pair is two laws on R^d with the optimal map between them, for the cost |x-y|²: a
// pair of the continuous Wasserstein-2 benchmark. The source is a mixture of three
// normal laws, and the target its image under
//
//	T(x) = s (∇ψ₁(x) + ∇ψ₂(x) - m),
//
// with two convex networks ψ, each trained towards a mixture of ten normal laws, and m
// and s such that the target has mean 0 and a total variance near d. T is the gradient
// of a convex function, so that Brenier's theorem makes it the optimal map: the error of
// a learned one is known exactly, in any dimension.
//
// Source: korotin:21, section 4 and appendix.
type Pair struct {
	Name string // What the pair is, for captions.
	Dim  int    // Dimension d.

	// Source and Target draw from the two laws, independently of one another.
	Source, Target *Sampler

	notice  string
	convex  float64 // α of α |x|²/2, part of each ψ
	scale   float64
	shift   []float64
	psi     *potentials
	centres *mat.Dense
	roots   []*mat.Dense // of the covariances, d×d
}

// Push returns T(x), the images of the rows of x (n×d) under the optimal map, as a new
// matrix. It takes some 20 µs per row in R^64, shared out to all cores.
func (p *Pair) Push(x *mat.Dense) *mat.Dense {
	checkCloud("x", x)
	n, d := x.Dims()
	if d != p.Dim {
		panic(fmt.Sprintf("measure: the pair is in R^%d, x has %d columns", p.Dim, d))
	}
	y := mat.NewDense(n, d, nil)
	p.psi.gradients(y, x)
	for i := range n {
		row, from := y.RawRowView(i), x.RawRowView(i)
		for k := range row {
			row[k] = p.scale * (row[k] + 2*p.convex*from[k] - p.shift[k])
		}
	}
	return y
}

// Notice is what the licence of an embedded pair asks to be passed on, and empty for
// one read from files.
func (p *Pair) Notice() string { return p.notice }

// String says what the pair is.
func (p *Pair) String() string {
	return fmt.Sprintf("%s: a mixture of three normal laws on R^%d, and its image under a known optimal map", p.Name, p.Dim)
}

// samplers sets Source and Target.
func (p *Pair) samplers() {
	p.Source = Func(p.Name+", source", p.Dim, p.fill)
	p.Target = Func(p.Name+", target", p.Dim, func(rng *rand.Rand, y *mat.Dense) {
		p.fill(rng, y)
		y.Copy(p.Push(y))
	})
}

// fill draws points c_k + R_k z, z normal, for k uniform among the components.
func (p *Pair) fill(rng *rand.Rand, x *mat.Dense) {
	z := make([]float64, p.Dim)
	eachRow(x, func(row []float64) {
		k := rng.IntN(len(p.roots))
		for j := range z {
			z[j] = rng.NormFloat64()
		}
		copy(row, p.centres.RawRowView(k))
		for i := range row {
			for j, r := range p.roots[k].RawRowView(i) {
				row[i] += r * z[j]
			}
		}
	})
}

// celu is z above 0 and e^z - 1 below, with its slope, of e = e^min(z, 0).
func celu(z, e float64) (value, slope float64) { return math.Max(z, 0) + e - 1, e }
