package monge

import (
	"math"

	"gaspard/lib/internal/kern"
)

// objective is the loss of one batch as a function of the pushed points,
//
//	S_ε(T(x), y) + λ M(r, T(r)),
//
// with S the Sinkhorn divergence of the squared Euclidean cost and M the
// entropic Monge gap (Shannon convention) of the ground cost on the reference
// points r, which are x unless Settings.Reference says otherwise. All buffers
// are its own.
type objective struct {
	d              int
	lambda         float64
	epsFit, epsGap float64
	tol            float64
	maxIter        int
	ground         *ground

	fit, self, other, gap *problem // (T(x), y), (T(x), T(x)), (y, y), (r, T(r))
	x, y, tx              []float64
	r, tr                 []float64 // x and tx themselves where r is x
	fitLoss, gapLoss      float64   // as of the last evaluate
	gradFit, gradSelf     []float64 // by tx; evaluate adds the second to the first
	gradGap               []float64 // by tr
	jobs                  []func()
	job                   func(worker, i int) // calls jobs[i]
	stopped               Unconverged
}

// newObjective prepares batches of n points in dimension d. With reference, r and
// tr are buffers of their own. Each iteration of a solve calls poll.
func newObjective(n, d int, lambda float64, reference bool, g *ground, poll func()) *objective {
	floats := func() []float64 { return make([]float64, n*d) }
	problem := func() *problem { return &problem{n: n, m: n, poll: poll} }
	o := &objective{
		d: d, lambda: lambda, ground: g,
		x: floats(), y: floats(), tx: floats(), gradFit: floats(), gradSelf: floats(), gradGap: floats(),
		fit: problem(), self: problem(), other: problem(),
	}
	o.r, o.tr = o.x, o.tx
	if reference {
		o.r, o.tr = floats(), floats()
	}
	if lambda > 0 {
		o.gap = problem()
		o.jobs = append(o.jobs, o.solveGap) // usually the longest
	}
	o.jobs = append(o.jobs, o.solveFit, o.solveSelf, o.solveOther)
	o.job = func(_, i int) { o.jobs[i]() }
	return o
}

// evaluate computes the losses and their gradients for the points at hand. Small
// problems are shared out whole; large ones, which share out their rows, come one
// after the other. They are independent, so that the result does not depend on which
// core does what.
func (o *objective) evaluate() {
	general := o.gap != nil && o.ground.general()
	if general {
		o.ground.take(o.r, o.tr, o.d)
	}
	if n := len(o.x) / o.d; n*n > 2*shardSize {
		for _, job := range o.jobs {
			job()
		}
	} else {
		kern.Run(0, len(o.jobs), o.job)
	}
	if general {
		clear(o.gradGap)
		o.ground.pullGeneral(o.gradGap, o.gap)
	}
	o.fitLoss = o.fit.value() - (o.self.value()+o.other.value())/2
	for i, g := range o.gradSelf {
		o.gradFit[i] += g
	}
	if !o.fit.converged() || !o.self.converged() || !o.other.converged() {
		o.stopped.Fit++
	}
	if o.gap != nil && !o.gap.converged() {
		o.stopped.Gap++
	}
}

// total is the loss that is minimised.
func (o *objective) total() float64 { return o.fitLoss + o.lambda*o.gapLoss }

func (o *objective) solveFit() {
	o.fit.fill(o.tx, o.y, o.d, false, o.epsFit, o.tol)
	o.fit.start()
	o.fit.solve(o.epsFit, o.tol, o.maxIter)
	clear(o.gradFit)
	o.fit.pullRows(o.gradFit, 2)
}

func (o *objective) solveSelf() {
	o.solveSymmetric(o.self, o.tx)
	clear(o.gradSelf)
	// Both arguments of the self term move: twice one half.
	o.self.pullRows(o.gradSelf, -2)
}

func (o *objective) solveOther() { o.solveSymmetric(o.other, o.y) }

func (o *objective) solveSymmetric(p *problem, x []float64) {
	p.fill(x, x, o.d, false, o.epsFit, o.tol)
	p.solveSymmetric(o.epsFit, o.tol, o.maxIter)
}

func (o *objective) solveGap() {
	p := o.gap
	general := o.ground.general()
	if general {
		p.take(o.ground.costs, o.epsGap, o.tol)
	} else {
		p.fill(o.r, o.tr, o.d, o.ground.euclidean(), o.epsGap, o.tol)
	}
	p.start()
	p.solve(o.epsGap, o.tol, o.maxIter)
	o.gapLoss = p.displacement() - p.value() + 2*o.epsGap*math.Log(float64(p.n))
	if !general {
		clear(o.gradGap)
		o.ground.pull(o.gradGap, p, o.r, o.tr, o.d)
	}
}
