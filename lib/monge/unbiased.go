package monge

import "math"

// halves solves the problems of [Unbiased]: with the batches cut into halves x, x' and
// y, y', the loss is
//
//	(W(T(x), y) + W(T(x'), y')) / 2 - W(T(x), T(x')) / 2 - W(y, y') / 2.
//
// Where T(x) and y have one law, the gradient of the first part and that of the second
// cancel on average, for batches of any size: to T(x), the points y and T(x') are alike.
// In the divergence the self term pairs a batch with itself, which a batch fits better
// than any other, so that minibatches draw T away from the truth.
//
// Source: salimans:18, section 3.
type halves struct {
	o             *objective
	n, m          int // points in a half
	fit           [2]*problem
	self, other   *problem
	grads, within [2][]float64 // by the images of each half: of fit, and of self
}

func newHalves(o *objective, n, m int, newProblem func(n, m int) *problem) *halves {
	h := &halves{o: o, n: n / 2, m: m / 2}
	for k := range 2 {
		h.fit[k] = newProblem(h.n, h.m)
		from, to := k*h.n*o.d, (k+1)*h.n*o.d
		h.grads[k], h.within[k] = o.gradFit[from:to], o.gradSelf[from:to]
		o.jobs = append(o.jobs, func() { h.solveFit(k) })
	}
	h.self, h.other = newProblem(h.n, h.n), newProblem(h.m, h.m)
	o.jobs = append(o.jobs, h.solveSelf, h.solveOther)
	return h
}

// half returns the first or second half of the points.
func half(points []float64, k, n, d int) []float64 { return points[k*n*d : (k+1)*n*d] }

func (h *halves) solve(p *problem, x, y []float64) {
	o := h.o
	p.fill(x, y, o.d, false, o.epsFit, o.tol)
	p.start(o.epsFit)
	p.solve(o.epsFit, o.tol, o.maxIter)
}

func (h *halves) solveFit(k int) {
	h.solve(h.fit[k], half(h.o.tx, k, h.n, h.o.d), half(h.o.y, k, h.m, h.o.d))
	clear(h.grads[k])
	h.fit[k].pullRows(h.grads[k], 1)
}

func (h *halves) solveSelf() {
	h.solve(h.self, half(h.o.tx, 0, h.n, h.o.d), half(h.o.tx, 1, h.n, h.o.d))
	clear(h.within[0])
	clear(h.within[1])
	h.self.pullRows(h.within[0], -1)
	h.self.pullColumns(h.within[1], -1)
}

func (h *halves) solveOther() {
	h.solve(h.other, half(h.o.y, 0, h.m, h.o.d), half(h.o.y, 1, h.m, h.o.d))
}

func (h *halves) value() float64 {
	return (h.fit[0].value() + h.fit[1].value() - h.self.value() - h.other.value()) / 2
}

// solveGapSelf solves what DebiasGap adds to the gap, (W(r, r) + W(T(r), T(r))) / 2 with
// the entropic value W of the gap's cost, which makes a divergence of the cost in the
// gap: the gradient of the identity and of translations is then 0 at any ε.
func (o *objective) solveGapSelf() {
	p, g := o.gapSelf, o.groundSelf
	o.fillGap(p, g)
	p.solveSymmetric(o.epsGap, o.tol, o.maxIter)
	o.gapSelfLoss = p.value() / 2
	if !g.general() {
		clear(o.gradGapSelf)
		g.pullWithin(o.gradGapSelf, p)
	}
}

// solveGapOther solves the term that does not move.
func (o *objective) solveGapOther() {
	p := o.gapOther
	o.fillGap(p, o.groundOther)
	p.solveSymmetric(o.epsGap, o.tol, o.maxIter)
	o.gapOtherLoss = p.value() / 2
}

// debias adds the self terms to the gap, whose floor goes.
func (o *objective) debias() {
	if o.gapSelf == nil {
		return
	}
	if o.ground.general() {
		clear(o.gradGapSelf)
		o.groundSelf.pullSelf(o.gradGapSelf, o.gapSelf)
	}
	for i, g := range o.gradGapSelf {
		o.gradGap[i] += g
	}
	o.gapLoss += o.gapSelfLoss + o.gapOtherLoss - 2*o.epsGap*math.Log(float64(o.gap.n))
}
