package ot

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/tensor"
)

// allCosts are the costs that points in any dimension can have.
func allCosts(d int) []cost.Cost {
	m := mat.NewSymDense(d, nil)
	for i := range d {
		m.SetSym(i, i, 1+float64(i))
		if i > 0 {
			m.SetSym(i, i-1, 0.3)
		}
	}
	return []cost.Cost{
		cost.SqEuclidean(), cost.Euclidean(), cost.L1(), cost.PNorm(1.5), cost.PNorm(3), cost.Mahalanobis(m), cost.Cosine(),
		cost.ElasticL1(0.5), cost.ElasticSTVS(0.5), cost.ElasticKOverlap(0.5, 1),
		cost.Displacement("quartic", func(z *tensor.Var) *tensor.Var { return z.Square().Square().RowSums() }),
	}
}

// normalised has the points of x on the unit sphere.
func normalised(x *mat.Dense) *mat.Dense {
	n, _ := x.Dims()
	out := mat.DenseCopyOf(x)
	for i := range n {
		floats.Scale(1/floats.Norm(out.RawRowView(i), 2), out.RawRowView(i))
	}
	return out
}

// Whatever the cost, points and their cost matrix have the same solution, which has the
// marginals, and the divergence's gradients are those of its value.
func TestSinkhornTakesEveryCost(t *testing.T) {
	const n, m, d = 20, 24, 3
	x, y := cloud(1, n, d, 1), cloud(2, m, d, 2)
	a, b := randomWeights(3, n), randomWeights(4, m)
	for _, c := range append(allCosts(d), cost.Sphere()) {
		p := Points(x, y)
		if c == cost.Sphere() {
			p = Points(normalised(x), normalised(y))
		}
		p.A, p.B, p.Cost = a, b, c
		q := Matrix(c.Matrix(p.x, p.y))
		q.A, q.B = a, b
		s := Settings{Tol: 1e-11}
		r, want := Sinkhorn(p, s), Sinkhorn(q, s)
		if r.Status != Converged || math.Abs(r.Value-want.Value) > 1e-9*(1+math.Abs(want.Value)) || math.Abs(r.Epsilon/want.Epsilon-1) > 1e-9 {
			t.Errorf("%v: %v\nfrom the matrix: %v", c, r, want)
		}
		if off := marginalsOff(r.Plan(), a, b); off > 1e-10 {
			t.Errorf("%v: marginals off by %g", c, off)
		}
		checkDivergenceGradients(t, p)
	}
}

func marginalsOff(plan *mat.Dense, a, b []float64) (off float64) {
	for i, w := range a {
		off += math.Abs(mat.Sum(plan.RowView(i)) - w)
	}
	for j, w := range b {
		off += math.Abs(mat.Sum(plan.ColView(j)) - w)
	}
	return off
}

// Central differences with a step of 1e-5 err by about 1e-10 for values of order one
// that are known to 1e-13.
func checkDivergenceGradients(t *testing.T, p *Problem) {
	t.Helper()
	s := Settings{Tol: 1e-11, Epsilon: 0.3 * costDeviation(p)}
	r := Divergence(p, s)
	const h = 1e-5
	slope := func(move func(q *Problem, h float64)) float64 {
		at := func(h float64) float64 {
			q := *p
			q.A, q.B = slices.Clone(p.A), slices.Clone(p.B)
			move(&q, h)
			return Divergence(&q, s).Value
		}
		return (at(h) - at(-h)) / (2 * h)
	}
	name := p.Cost.String()
	agree := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) < 1e-6*(1+math.Abs(want))) {
			t.Errorf("%s: gradient by %s is %g, by differences %g", name, what, got, want)
		}
	}
	if r.Status != Converged || r.Value < -1e-10 {
		t.Errorf("%s: %v", name, r)
	}
	// Mass moves from point 3 to point 0, so that the total stays.
	agree("a", r.DA[0]-r.DA[3], slope(func(q *Problem, h float64) { q.A[0] += h; q.A[3] -= h }))
	agree("b", r.DB[0]-r.DB[3], slope(func(q *Problem, h float64) { q.B[0] += h; q.B[3] -= h }))
	if p.Cost == cost.Sphere() {
		return // whose points cannot move alone along a coordinate
	}
	agree("x", r.DX.At(3, 1), slope(func(q *Problem, h float64) {
		q.x = mat.DenseCopyOf(p.x)
		q.x.Set(3, 1, p.x.At(3, 1)+h)
	}))
}

// Soft marginals: the optimum is a fixed point, primal and dual agree, the plan's
// marginals are a exp(-f/ρ) and b exp(-g/ρ), weights need no total, and τ near 1 comes
// near the balanced problem.
func TestSoftMarginals(t *testing.T) {
	for _, n := range []int{12, 150} { // in float64 alone, and with float32 first
		x, y := cloud(1, n, 2, 0), cloud(2, n+5, 2, 1)
		for _, tau := range [][2]float64{{0.9, 0.9}, {0.5, 0.99}, {0.7, 1}, {0, 0.8}} {
			p := Points(x, y)
			p.A, p.B = randomWeights(3, n), randomWeights(4, n+5)
			floats.Scale(2, p.A)
			if tau[0] == 0 || tau[1] == 1 {
				floats.Scale(0.5, p.A)
			}
			name := fmt.Sprintf("n = %d, τ = %v", n, tau)
			r := Sinkhorn(p, Settings{TauA: tau[0], TauB: tau[1], Tol: 1e-11})
			scale := 1 + math.Abs(r.Value)
			if r.Status != Converged || math.Abs(r.Value-r.Dual) > 1e-9*scale {
				t.Errorf("%s: %v", name, r)
			}
			asked := func(w, potential []float64, tau float64) []float64 {
				out := slices.Clone(w)
				for i := range out {
					if tau > 0 && tau < 1 {
						out[i] *= math.Exp(-potential[i] * (1 - tau) / tau / r.Epsilon)
					}
				}
				return out
			}
			plan := r.Plan()
			if off := marginalsOff(plan, asked(p.A, r.F, tau[0]), asked(p.B, r.G, tau[1])); off > 1e-9 {
				t.Errorf("%s: marginals off by %g", name, off)
			}
			if off := math.Abs(mat.Sum(plan) - r.Mass); off > 1e-10 {
				t.Errorf("%s: the plan's mass is off by %g", name, off)
			}
			if !strings.Contains(r.String(), "mass") {
				t.Errorf("%s: %v", name, r)
			}
		}
	}
	p := Points(cloud(1, 30, 2, 0), cloud(2, 30, 2, 1))
	hard, soft := Sinkhorn(p, Settings{}), Sinkhorn(p, Settings{TauA: 1 - 1e-7, TauB: 1 - 1e-7})
	// The marginals move by about |f|/ρ, the value by half as much of |f|.
	if math.Abs(hard.Value-soft.Value) > 1e-5*hard.Value || soft.Status != Converged {
		t.Errorf("nearly hard marginals: %v\nhard ones: %v", soft, hard)
	}
}

// A solve from the solution is over at once, and from that of a near problem soon.
func TestStartShortensASolve(t *testing.T) {
	p := Points(cloud(1, 200, 2, 0), cloud(2, 200, 2, 1))
	cold := Sinkhorn(p, Settings{})
	if warm := Sinkhorn(p, Settings{Start: cold}); warm.Iterations > 2 || warm.Status != Converged {
		t.Errorf("from its own solution: %v", warm)
	}
	x := mat.DenseCopyOf(p.x)
	x.Set(0, 0, x.At(0, 0)+0.01)
	if warm := Sinkhorn(Points(x, p.y), Settings{Start: cold}); warm.Iterations >= cold.Iterations || warm.Status != Converged {
		t.Errorf("from a near problem: %v; cold: %v", warm, cold)
	}
}

// Parts that hardly exchange mass are what Newton steps are for: between clouds this far
// apart, iterations would need about exp(distance²/ε) to move mass.
func TestNewtonMovesMassBetweenFarParts(t *testing.T) {
	x := mat.NewDense(6, 1, []float64{0, 0.1, 0.2, 5, 5.1, 5.2})
	y := mat.NewDense(5, 1, []float64{0.05, 0.15, 5.05, 5.15, 5.3})
	for _, p := range []*Problem{Points(x, y), Points(y, x)} {
		n, _ := p.Dims()
		p.A = randomWeights(3, n)
		r := Sinkhorn(p, Settings{Epsilon: 0.5, Tol: 1e-9, MaxIter: 2000})
		if r.Status != Converged || r.MarginalError > 1.01e-9 {
			t.Errorf("%v", r)
		}
	}
}

// What does not converge says why and what to try.
func TestAdviceOfASolveCutOff(t *testing.T) {
	p := Points(cloud(1, 40, 2, 0), cloud(2, 40, 2, 1))
	r := Sinkhorn(p, Settings{MaxIter: 3, Tol: 1e-12})
	if r.Status != IterationLimit || !strings.Contains(r.Advice, "Raise MaxIter") || !strings.Contains(r.String(), r.Advice) {
		t.Errorf("%v", r)
	}
	far := Sinkhorn(p, Settings{Epsilon: 1e-9, Tol: 1e-15, MaxIter: 5000})
	if far.Status == Converged || far.Advice == "" || math.IsNaN(far.Value) {
		t.Errorf("%v", far)
	}
}

// Rounding gives the marginals, and brackets the unregularised optimum.
func TestRounded(t *testing.T) {
	for name, p := range problems() {
		exact := Exact(p, Settings{})
		for _, tol := range []float64{0.1, 1e-6} {
			r := Sinkhorn(p, Settings{Tol: tol})
			rounded := r.Rounded()
			if off := marginalsOff(rounded.Plan, r.a, r.b); off > 1e-12 || mat.Min(rounded.Plan) < 0 {
				t.Errorf("%s: marginals off by %g", name, off)
			}
			const slack = 1e-12
			if rounded.Dual > exact.Value+slack*(1+exact.Value) || rounded.Transport < exact.Value-slack*(1+exact.Value) {
				t.Errorf("%s: %v; the optimum is %v", name, rounded, exact.Value)
			}
			if rounded.Moved > 2*r.MarginalError+1e-12 {
				t.Errorf("%s: %g moved for an error of %g", name, rounded.Moved, r.MarginalError)
			}
		}
	}
}

func TestPlanRowsAreRowsOfThePlan(t *testing.T) {
	p := Points(cloud(1, 70, 2, 0), cloud(2, 50, 2, 1))
	for _, r := range []*Result{Sinkhorn(p, Settings{}), Exact(p, Settings{})} {
		if got, want := r.PlanRows(13, 31), r.Plan().Slice(13, 31, 0, 50); !mat.Equal(got, want) {
			t.Errorf("%s: rows differ from the plan's", r.Solver)
		}
	}
}

// At the source points the entropic map is the barycentric one, for |x-y|² and what is
// it up to a linear map; for other costs it minimises Σ_j w_j c(z, y_j) where that is
// smooth: the gradient there is the potential's.
func TestExtendAgreesWithPush(t *testing.T) {
	for _, c := range []cost.Cost{cost.SqEuclidean(), allCosts(3)[5]} {
		p := Points(cloud(1, 40, 3, 0), cloud(2, 50, 3, 1))
		p.Cost = c
		r := Sinkhorn(p, Settings{Tol: 1e-11})
		if got, want := r.Extend(p.x), r.Push(p.y); !mat.EqualApprox(got, want, 1e-9) {
			t.Errorf("%v: the maps differ", c)
		}
	}
	p := Points(cloud(1, 40, 3, 0), cloud(2, 50, 3, 1))
	p.Cost = cost.PNorm(1.5)
	r := Sinkhorn(p, Settings{Tol: 1e-11})
	z := p.x
	image := r.Extend(z)
	// ∇h(z - T(z)) is the gradient of the potential, which is that of a soft minimum.
	grad, moved := make([]float64, 3), mat.DenseCopyOf(z)
	p.Cost.AddGrad(grad, 1, z.RawRowView(7), image.RawRowView(7))
	const h = 1e-5
	potential := func(step float64) float64 {
		moved.Set(7, 1, z.At(7, 1)+step)
		at := Points(moved, p.y)
		at.Cost = p.Cost
		k := newSolver(at, r.a, r.b, nil)
		copy(k.g, r.G)
		sweep := k.inDouble(r.Epsilon)
		sweep.UpdateRows()
		sweep.Potentials(k.f, k.g)
		return k.f[7]
	}
	if want := (potential(h) - potential(-h)) / (2 * h); math.Abs(grad[1]-want) > 1e-7 {
		t.Errorf("the potential's gradient is %g, by the map %g", want, grad[1])
	}
}

// The blocks of costs that a sweep asks for do not decide the numbers, nor do workers.
func TestSinkhornOfBlocksDoesNotDependOnWorkers(t *testing.T) {
	p := Points(cloud(1, 150, 3, 0), cloud(2, 170, 3, 1))
	p.Cost = cost.L1()
	k := newSolver(p, weights(nil, 150), weights(nil, 170), nil)
	kept := sweepOf[float64](k, keptBlocks)
	fly := sweepOf[float64](k, blocksOnTheFly)
	for range 3 {
		if a, b := kept.Iterate(), fly.Iterate(); a != b {
			t.Fatalf("kept costs and those on the fly give errors %v and %v", a, b)
		}
	}
}
