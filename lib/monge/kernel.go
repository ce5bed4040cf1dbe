package monge

import (
	"math"

	"gaspard/lib/internal/kern"
)

// real is what a problem is solved in. [problem] chooses.
type real interface{ float32 | float64 }

// kernels are the loops of a solve in one precision.
type kernels[T real] struct {
	bound float64 // of the scalings: products of three factors stay far inside the range of T
	// memory is how many iterations an extrapolation takes into account. Six are enough for
	// the tolerances of float32, but may come to a standstill before 1e-6.
	memory int

	distances        func(c []T, ldc int, x []T, d int, yt []T, root bool)
	columnMins       func(dst, c []T, ld, n int)
	rowMins          func(out, c []T, ld int, p []T)
	gibbs            func(k, c []T, ld int, f, g []T, inv T)
	sweepRows        func(cols, sums, u, k []T, ld int, v []T, weight T) (err T)
	rescale          func(next, u, sums []T, weight T) (err T)
	halfway          func(next, u, sums []T, weight T) (err T)
	ends             func(x []T) (lo, hi T)
	log, exp         func(dst, x []T)
	rowDots          func(out, k []T, ld int, v []T)
	addRows          func(dst, k []T, ld int, u []T)
	divideByCosts    func(k, c []T)
	angles           func(c []T)
	quotientsBySines func(k, c []T)
	multiply         func(c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool)
	multiplyTransp   func(c []T, ldc int, a []T, lda int, b []T, ldb, m, n, k int, add bool, work []T)
}

var (
	inSingle = kernels[float32]{
		1e12, 6, kern.Distances32, kern.ColumnMins32, kern.RowMins32, kern.Gibbs32, kern.SweepRows32, kern.Rescale32, kern.Halfway32,
		kern.Range32, kern.Log32, kern.Exp32, kern.RowDots32, kern.AddRows32, kern.DivideByCosts32, kern.Angles32, kern.DivideBySines32, kern.Gemm32, kern.GemmNT32,
	}
	inDouble = kernels[float64]{
		1e80, 10, kern.Distances64, kern.ColumnMins64, kern.RowMins64, kern.Gibbs64, kern.SweepRows64, kern.Rescale64, kern.Halfway64,
		kern.Range64, kern.Log64, kern.Exp64, kern.RowDots64, kern.AddRows64, kern.DivideByCosts64, kern.Angles64, kern.DivideBySines64, kern.Gemm64, kern.GemmNT64,
	}
)

func kernelsOf[T real]() *kernels[T] {
	if k, ok := any(&inSingle).(*kernels[T]); ok {
		return k
	}
	return any(&inDouble).(*kernels[T])
}

// solver is a scaling of either precision.
type solver interface {
	start(eps float64)
	keep()
	carry()
	taken() int
	solve(eps, tol float64, maxIter int)
	solveSymmetric(eps, tol float64, maxIter int)
	value() float64
	displacement() float64
	converged() bool
	pullRows(grad []float64, scale float64)
	pullColumns(grad []float64, scale float64)
	plan(dst []float64, from, to int)
	divide()
	divideBySines()
	cost(i, j int) float64
}

// problem holds the scaling that a pair of clouds asks for: float32 where the
// tolerance is loose and an exponent of K, of the size of cost/ε, still tells errors of
// that tolerance; float64 else.
type problem struct {
	solver
	n, m   int
	poll   func() // called in each iteration
	single *scaling[float32]
	double *scaling[float64]
}

// singleTol is the least tolerance that float32 is trusted with.
const singleTol = 1e-4

// fill sets the costs of n points x and m points y in dimension d.
func (p *problem) fill(x, y []float64, d int, root bool, eps, tol float64) {
	if tol >= singleTol {
		s := p.inSingle()
		s.fill(x, y, d, root)
		if resolves(s.reach(), eps, tol) || resolves(s.largest(), eps, tol) {
			p.solver = s
			return
		}
	}
	s := p.inDouble()
	s.fill(x, y, d, root)
	p.solver = s
}

// fillAngles sets the costs to the angles between directions.
func (p *problem) fillAngles(x, y []float64, d int, eps, tol float64) {
	if tol >= singleTol && resolves(math.Pi, eps, tol) {
		s := p.inSingle()
		s.fillAngles(x, y, d)
		p.solver = s
		return
	}
	s := p.inDouble()
	s.fillAngles(x, y, d)
	p.solver = s
}

// take sets the costs, n×m, to given ones.
func (p *problem) take(costs []float64, eps, tol float64) {
	lo, hi := kern.Range64(costs)
	if tol >= singleTol && resolves(max(hi, -lo), eps, tol) {
		s := p.inSingle()
		s.take(costs)
		p.solver = s
		return
	}
	s := p.inDouble()
	s.take(costs)
	p.solver = s
}

func (p *problem) inSingle() *scaling[float32] {
	if p.single == nil {
		p.single = newScaling[float32](p.n, p.m, p.poll)
	}
	return p.single
}

func (p *problem) inDouble() *scaling[float64] {
	if p.double == nil {
		p.double = newScaling[float64](p.n, p.m, p.poll)
	}
	return p.double
}

// resolves reports whether rounding the exponents of K, three times by the unit of
// float32, leaves errors well below tol for costs up to the largest.
func resolves(largest, eps, tol float64) bool { return 3*largest/eps*0x1p-24 <= tol/4 }
