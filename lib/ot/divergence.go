package ot

import (
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
)

// DivergenceResult is a Sinkhorn divergence with its parts.
type DivergenceResult struct {
	Value  float64    // S = OT(x,y) - (OT(x,x) + OT(y,y))/2.
	XY     *Result    // The cross term.
	XX, YY float64    // The self terms.
	DX     *mat.Dense // Gradient of Value by the points x, n×d.
	// DA and DB are the gradients by the weights a and b, along which weights may move
	// as long as they sum to one: the means under a and b are 0.
	DA, DB []float64

	Epsilon       float64
	MarginalError float64 // The largest of the three solves.
	Elapsed       time.Duration
	Status        Status // The worst of the three solves.
	Advice        string // If it did not converge, the likely cause and what to try.
}

// String is a summary in three lines.
func (r *DivergenceResult) String() string {
	return fmt.Sprintf("Sinkhorn divergence %.6g, ε = %.4g (%s)\ncross term %.6g, self terms %.6g and %.6g\nmarginal error %.2g, %v; %s",
		r.Value, r.Epsilon, r.XY.EpsilonRule, r.XY.Dual, r.XX, r.YY, r.MarginalError, r.Elapsed.Round(10*time.Microsecond),
		verdict(r.Status, r.Advice))
}

// Divergence returns the debiased Sinkhorn divergence between two clouds,
//
//	S(x, y) = OT(x, y) - (OT(x, x) + OT(y, y)) / 2,
//
// each OT the entropic value of [Sinkhorn] at one ε, and its gradients by the
// points x and by the weights, at fixed potentials, which are the exact ones at
// convergence; that by the points y is DX of the problem with x and y exchanged. S is 0
// for the same cloud and, up to Settings.Tol, never negative. The self terms are solved
// by averaged symmetric updates.
//
// The cost must be symmetric and p made by [Points]; Divergence panics otherwise, and
// like Sinkhorn. Settings.Start is a cross term to begin with. Marginals hold: TauA and
// TauB must be 0 or 1.
//
// Memory: as [Sinkhorn]. Source: genevay:18, feydy:19 eq. 3 and 25.
func Divergence(p *Problem, s Settings) *DivergenceResult {
	start := time.Now()
	s = s.withDefaults()
	if p.c != nil {
		panic("ot: Divergence needs points; a cost matrix does not hold the costs within each cloud")
	}
	s.mustBeBalanced("Divergence")
	p.mustBeValid(s)
	p.mustBeSymmetric()
	r := &DivergenceResult{XY: newResult(p, s)}
	r.Epsilon = r.XY.Epsilon
	xx := r.selfTerm(p.x, r.XY.a, s)
	yy := xx
	r.XX = xx.Dual
	if mat.Equal(p.x, p.y) && floats.Equal(r.XY.a, r.XY.b) {
		r.same(xx, s)
	} else {
		yy = r.selfTerm(p.y, r.XY.b, s)
		r.XY.solve(s)
		r.XY.Why = "cross term of a divergence, " + r.XY.Why
	}
	r.YY = yy.Dual
	for _, part := range []*Result{yy, xx, r.XY} {
		r.MarginalError = max(r.MarginalError, part.MarginalError)
		if part.Status != Converged {
			r.Status, r.Advice = part.Status, part.Advice
		}
	}
	r.Value = r.XY.Dual - (r.XX+r.YY)/2 // dual values err by the square of the marginal error only
	n, d := p.x.Dims()
	r.DX = mat.NewDense(n, d, nil)
	r.XY.addGradient(r.DX, 1)
	xx.addGradient(r.DX, -1)
	r.XY.solving = nil
	r.DA, r.DB = difference(r.XY.F, xx.F, r.XY.a), difference(r.XY.G, yy.F, r.XY.b)
	r.Elapsed = time.Since(start)
	return r
}

// same makes the cross term from the self term: solved for its own sake, it would
// differ by Tol.
func (r *DivergenceResult) same(xx *Result, s Settings) {
	xy := r.XY
	xy.F, xy.G = slices.Clone(xx.F), slices.Clone(xx.F)
	xy.Why = "the two clouds are the same"
	k := newSolver(xy.p, xy.a, xy.b, s.Job)
	k.f, k.g = xy.F, xy.G
	xy.Status, xy.Iterations, xy.Advice = xx.Status, xx.Iterations, xx.Advice
	xy.finish(k)
	xy.Dual = xx.Dual
	xy.solving = k
}

// selfTerm solves the problem of a cloud with itself, whose potentials are equal: f ←
// (f + T f)/2, with T the soft c-transform. Of the result, what a divergence needs is
// set.
func (r *DivergenceResult) selfTerm(x *mat.Dense, w []float64, s Settings) *Result {
	p := &Problem{x: x, y: x, A: w, B: w, Cost: r.XY.p.Cost}
	self := &Result{p: p, a: w, b: w, Epsilon: r.Epsilon, tauA: 1, tauB: 1}
	k := newSolver(p, w, w, s.Job)
	k.averaged = true
	self.Status, self.Iterations = k.solve(r.Epsilon, s.Tol/2, s.MaxIter) // rows and columns err alike
	if self.Status == NotFinite {
		panic(self.overflow(k))
	}
	self.F, self.G = k.f, k.f
	self.solving = k
	rows := make([]float64, len(w))
	self.rowSums(rows, nil, nil, 0, 0, false)
	self.Dual = r.Epsilon
	for i, v := range w {
		self.Dual += 2*v*k.f[i] - r.Epsilon*rows[i]
		self.MarginalError += 2 * math.Abs(rows[i]-v)
	}
	self.Advice = k.advice(self, s)
	return self
}

// difference is f - g less its mean under w.
func difference(f, g, w []float64) []float64 {
	out := make([]float64, len(f))
	floats.SubTo(out, f, g)
	floats.AddConst(-floats.Dot(out, w), out)
	return out
}

// mustBeSymmetric panics if some pairs say that the cost is not.
func (p *Problem) mustBeSymmetric() {
	if !p.Cost.Symmetric(p.x, p.y) {
		panic(fmt.Sprintf("ot: a divergence needs a symmetric cost; %v differs between one way and the other", p.Cost))
	}
}

// addGradient adds w Σ_j P_ij ∇c(x_i, y_j) to each row of dst. The self term enters the
// gradient of a divergence whole: its factor 1/2 cancels against both of its
// arguments moving.
func (r *Result) addGradient(dst *mat.Dense, w float64) {
	p := r.p
	n, d := p.x.Dims()
	slope := p.Cost == cost.Euclidean()
	if !slope && p.Cost != cost.SqEuclidean() {
		pairs := p.Cost.Blocks(p.x, p.y)
		data := dst.RawMatrix().Data
		r.eachBlock(0, n, func(worker int, plan []float64, first, last int) {
			floats.Scale(w, plan)
			pairs.AddGradX(worker, data[first*d:last*d], plan, first, last)
		})
		return
	}
	mass, sums := make([]float64, n), make([]float64, n*d)
	raw := p.y.RawMatrix()
	if !slope {
		w *= 2
	}
	r.rowSums(mass, sums, raw.Data, raw.Stride, d, slope)
	for i := range n {
		row := dst.RawRowView(i)
		for k, v := range p.x.RawRowView(i) {
			row[k] += w * (mass[i]*v - sums[i*d+k])
		}
	}
}
