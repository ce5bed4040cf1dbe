package monge

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
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
	ground         ground

	fit, self, other, gap *scaling // (T(x), y), (T(x), T(x)), (y, y), (r, T(r))
	x, y, tx              []float64
	r, tr                 []float64 // x and tx themselves where r is x
	fitLoss, gapLoss      float64   // as of the last evaluate
	gradFit, gradGap      []float64 // by tx, by tr
	jobs                  []func()
	stopped               Unconverged
}

// newObjective prepares batches of n points in dimension d. With reference, r and
// tr are buffers of their own.
func newObjective(n, d int, lambda float64, reference bool, g ground) *objective {
	floats := func() []float64 { return make([]float64, n*d) }
	o := &objective{
		d: d, lambda: lambda, ground: g,
		x: floats(), y: floats(), tx: floats(), gradFit: floats(), gradGap: floats(),
		fit: newScaling(n, n), self: newScaling(n, n), other: newScaling(n, n),
	}
	o.r, o.tr = o.x, o.tx
	if reference {
		o.r, o.tr = floats(), floats()
	}
	if lambda > 0 {
		o.gap = newScaling(n, n)
		// First, and so on the caller's goroutine: the cost may be the
		// user's own code.
		o.jobs = append(o.jobs, o.solveGap)
	}
	o.jobs = append(o.jobs, o.solveFit, o.solveSelf, o.solveOther)
	return o
}

// evaluate computes the losses and their gradients for the points at hand. The
// problems are independent, so that the result does not depend on which core
// solves which.
func (o *objective) evaluate() {
	runAll(o.jobs)
	o.fitLoss = o.fit.value() - (o.self.value()+o.other.value())/2
	clear(o.gradFit)
	o.fit.pullRows(o.gradFit, o.tx, o.y, o.d, 2)
	// Both arguments of the self term move: twice one half.
	o.self.pullRows(o.gradFit, o.tx, o.tx, o.d, -2)
	if !o.fit.passed || !o.self.passed || !o.other.passed {
		o.stopped.Fit++
	}
	if o.gap != nil && !o.gap.passed {
		o.stopped.Gap++
	}
}

// total is the loss that is minimised.
func (o *objective) total() float64 { return o.fitLoss + o.lambda*o.gapLoss }

func (o *objective) solveFit() {
	squaredDistances(o.fit.c, o.tx, o.y, o.d)
	o.fit.start()
	o.fit.solve(o.epsFit, o.tol, o.maxIter)
}

func (o *objective) solveSelf() { o.solveSymmetric(o.self, o.tx) }

func (o *objective) solveOther() { o.solveSymmetric(o.other, o.y) }

func (o *objective) solveSymmetric(s *scaling, x []float64) {
	squaredDistances(s.c, x, x, o.d)
	s.solveSymmetric(o.epsFit, o.tol, o.maxIter)
}

func (o *objective) solveGap() {
	s := o.gap
	o.ground.fill(s.c, o.r, o.tr, o.d)
	o.gapLoss = meanDiagonal(s.c, s.m)
	s.start()
	s.solve(o.epsGap, o.tol, o.maxIter)
	o.gapLoss -= s.value() - 2*o.epsGap*math.Log(float64(s.n))
	clear(o.gradGap)
	o.ground.pull(o.gradGap, s, o.r, o.tr, o.d)
}

// runAll runs the jobs, the first on the calling goroutine, the others wherever
// there is a core, and returns when all are done. A panic of any of them
// continues on the caller.
func runAll(jobs []func()) {
	var next atomic.Int32
	next.Store(1)
	work := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(jobs) {
				return
			}
			jobs[i]()
		}
	}
	var wg sync.WaitGroup
	var failure atomic.Pointer[any]
	for range min(runtime.GOMAXPROCS(0), len(jobs)) - 1 {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					failure.Store(&r)
				}
			}()
			work()
		})
	}
	func() {
		defer wg.Wait() // also when the first job unwinds
		jobs[0]()
		work()
	}()
	if r := failure.Load(); r != nil {
		panic(*r)
	}
}
