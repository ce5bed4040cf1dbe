package monge

import (
	"math"

	"gaspard/lib/internal/kern"
)

// objective is the loss of one batch as a function of the pushed points,
//
//	S_ε(T(x), y) + λ M(r, T(r)),
//
// with S the Sinkhorn divergence of the squared Euclidean cost, or what Settings.Loss
// puts in its place, and M the entropic Monge gap (Shannon convention) of the ground
// cost on the reference points r, which are x unless Settings.Reference says otherwise.
// All buffers are its own.
type objective struct {
	d              int
	epsFit, epsGap float64
	tol            float64
	maxIter        int
	ground         *ground
	user           *userLoss // in place of fit, self and other

	halves *halves // the same

	fit, self, other, gap *problem // (T(x), y), (T(x), T(x)), (y, y), (r, T(r))
	gapSelf, gapOther     *problem // (T(r), T(r)), (r, r), with DebiasGap
	x, y, tx              []float64
	r, tr                 []float64 // x and tx themselves where r is x
	fitLoss, gapLoss      float64   // as of the last evaluate
	gradFit, gradSelf     []float64 // by tx; evaluate adds the second to the first
	gradGap, gradGapSelf  []float64 // by tr; evaluate adds the second to the first

	groundSelf, groundOther   *ground
	gapSelfLoss, gapOtherLoss float64

	jobs       []func()
	job        func(worker, i int) // calls jobs[i]
	full       bool                // whether x and y stay
	otherAt    float64             // ε of the (y, y) that was solved last
	stopped    Unconverged
	iterations Iterations // summed over evaluations
}

// shape is the sizes of an objective's clouds; reference is 0 where r is x.
type shape struct{ source, target, reference, d int }

// newObjective prepares batches. Each iteration of a solve calls poll.
func newObjective(n shape, gap bool, loss Loss, user *userLoss, g *ground, poll func()) *objective {
	floats := func(rows int) []float64 { return make([]float64, rows*n.d) }
	newProblem := func(n, m int) *problem { return &problem{n: n, m: m, poll: poll} }
	o := &objective{
		d: n.d, ground: g, user: user,
		x: floats(n.source), y: floats(n.target), tx: floats(n.source),
		gradFit: floats(n.source), gradSelf: floats(n.source),
	}
	o.r, o.tr = o.x, o.tx
	if n.reference > 0 {
		o.r, o.tr = floats(n.reference), floats(n.reference)
	}
	o.gradGap = make([]float64, len(o.r))
	if gap {
		o.gap = newProblem(len(o.r)/n.d, len(o.r)/n.d)
		o.jobs = append(o.jobs, o.solveGap) // usually the longest
	}
	if user == nil && loss == Unbiased {
		o.halves = newHalves(o, n.source, n.target, newProblem)
	} else if user == nil {
		o.fit = newProblem(n.source, n.target)
		o.jobs = append(o.jobs, o.solveFit)
	}
	if user == nil && loss == Divergence {
		o.self, o.other = newProblem(n.source, n.source), newProblem(n.target, n.target)
		o.jobs = append(o.jobs, o.solveSelf, o.solveOther)
	}
	o.job = func(_, i int) { o.jobs[i]() }
	return o
}

// addDebias asks for the self terms of the gap.
func (o *objective) addDebias() {
	n := o.gap.n
	o.gapSelf, o.gapOther = &problem{n: n, m: n, poll: o.gap.poll}, &problem{n: n, m: n, poll: o.gap.poll}
	o.groundSelf, o.groundOther = newGround(o.ground.c), newGround(o.ground.c)
	o.gradGapSelf = make([]float64, len(o.gradGap))
	o.jobs = append(o.jobs, o.solveGapSelf, o.solveGapOther)
}

// evaluate computes the losses and their gradients for the points at hand. Small
// problems are shared out whole; large ones, which share out their rows, come one
// after the other. They are independent, so that the result does not depend on which
// core does what.
func (o *objective) evaluate() {
	if o.gap != nil {
		o.takeGap()
	}
	if len(o.x)/o.d*len(o.y)/o.d > 2*shardSize {
		for _, job := range o.jobs {
			job()
		}
	} else {
		kern.Run(0, len(o.jobs), o.job)
	}
	if o.gap != nil && o.ground.general() {
		clear(o.gradGap)
		o.ground.pullGeneral(o.gradGap, o.gap)
	}
	o.debias()
	switch {
	case o.user != nil:
		o.fitLoss = o.user.evaluate(o.gradFit, o.tx, o.y)
	case o.halves != nil:
		o.fitLoss = o.halves.value()
	case o.self != nil:
		o.fitLoss = o.fit.value() - (o.self.value()+o.other.value())/2
	default:
		o.fitLoss = o.fit.value()
	}
	for i, g := range o.gradSelf { // 0 where there is no self term
		o.gradFit[i] += g
	}
}

// count keeps account of the solves of an evaluation.
func (o *objective) count() {
	fits, selves := []*problem{o.fit}, []*problem{o.self}
	others := []*problem{o.other}
	if h := o.halves; h != nil {
		fits, selves, others = h.fit[:], []*problem{h.self}, []*problem{h.other}
	}
	i := &o.iterations
	failed := account(fits, &i.Fit) + account(selves, &i.Self) + account(others, new(float64))
	o.stopped.Fit += min(failed, 1)
	failed = account([]*problem{o.gap}, &i.Gap) + account([]*problem{o.gapSelf, o.gapOther}, new(float64))
	o.stopped.Gap += min(failed, 1)
}

// account adds the iterations of the problems that there are, on average, and returns how
// many did not converge.
func account(problems []*problem, iterations *float64) (failed int) {
	for _, p := range problems {
		if p == nil {
			continue
		}
		*iterations += float64(p.taken()) / float64(len(problems))
		if !p.converged() {
			failed++
		}
	}
	return failed
}

// keep lets the next evaluation, of points in the same order, begin where this one
// ended.
func (o *objective) keep() {
	for _, p := range []*problem{o.fit, o.gap} {
		if p != nil {
			p.keep()
		}
	}
}

// carry lets the solve of the gap in the next evaluation, of other points, begin with what
// is known of these.
func (o *objective) carry() {
	if o.gap != nil && !o.ground.general() {
		o.gap.carry()
	}
}

func (o *objective) solveFit() {
	o.fit.fill(o.tx, o.y, o.d, false, o.epsFit, o.tol)
	o.fit.start(o.epsFit)
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

func (o *objective) solveOther() {
	if !o.full || o.otherAt != o.epsFit {
		o.otherAt = 0
		o.solveSymmetric(o.other, o.y)
		o.otherAt = o.epsFit
	}
}

func (o *objective) solveSymmetric(p *problem, x []float64) {
	p.fill(x, x, o.d, false, o.epsFit, o.tol)
	p.solveSymmetric(o.epsFit, o.tol, o.maxIter)
}

// takeGap has the grounds go over to the points at hand, which are embedded once each.
func (o *objective) takeGap() {
	g, self, other := o.ground, o.groundSelf, o.groundOther
	g.take(o.r, o.tr, o.d)
	switch {
	case self == nil:
	case g.general():
		self.take(o.tr, o.tr, o.d)
		other.take(o.r, o.r, o.d)
	default:
		self.x, self.y, self.e, self.from = g.y, g.y, g.e, g.from
		other.x, other.y, other.e = g.x, g.x, g.e
	}
}

// fillGap gives a problem the gap's costs between the points that g has taken.
func (o *objective) fillGap(p *problem, g *ground) {
	switch {
	case g.general():
		p.take(g.costs, o.epsGap, o.tol)
	case g.spherical():
		p.fillAngles(g.x, g.y, g.e, o.epsGap, o.tol)
	default:
		p.fill(g.x, g.y, g.e, g.euclidean(), o.epsGap, o.tol)
	}
}

func (o *objective) solveGap() {
	p := o.gap
	o.fillGap(p, o.ground)
	p.start(o.epsGap)
	p.solve(o.epsGap, o.tol, o.maxIter)
	o.gapLoss = p.displacement() - p.value() + 2*o.epsGap*math.Log(float64(p.n))
	if !o.ground.general() {
		clear(o.gradGap)
		o.ground.pull(o.gradGap, p)
	}
}
