package ot_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/ot"
	"gaspard/lib/ottest"
)

// tight is what laws are checked with: marginals to 1e-10, so that values of order 1 are
// good to 1e-9 with potentials of up to ten times that.
var tight = ot.Settings{Tol: 1e-10, MaxIter: 100000}

const tightly = 1e-9

// regularisation is an ε for a problem: a twentieth of the spread of its costs, or 1 where
// they are equal.
func regularisation(k *ottest.Known) float64 {
	costs := k.Costs()
	if spread := mat.Max(costs) - mat.Min(costs); spread > 0 {
		return spread / 20
	}
	return 1
}

// size is the scale of the costs, for tolerances.
func size(k *ottest.Known) float64 {
	return 1 + math.Max(mat.Max(k.Costs()), -mat.Min(k.Costs()))
}

func withEpsilon(eps float64) ot.Settings {
	s := tight
	s.Epsilon = eps
	return s
}

// marginals is the L1 error of a plan.
func marginals(plan *mat.Dense, a, b []float64) (off float64) {
	for i, w := range a {
		off += math.Abs(mat.Sum(plan.RowView(i)) - w)
	}
	for j, w := range b {
		off += math.Abs(mat.Sum(plan.ColView(j)) - w)
	}
	return off
}

// apart is the largest difference of two plans.
func apart(p, q *mat.Dense) float64 {
	var d mat.Dense
	d.Sub(p, q)
	return math.Max(mat.Max(&d), -mat.Min(&d))
}

func meanUnder(w, v []float64) (sum float64) {
	for i, x := range v {
		sum += w[i] * x
	}
	return sum
}

// The exact plan is the known one, where that is unique, and its potentials prove it.
func TestExactOnKnownProblems(t *testing.T) {
	for _, k := range ottest.All(1) {
		checkExact(t, k, ot.Exact(k.Problem, ot.Settings{}))
		checkExact(t, k, ot.Solve(k.Problem, ot.Settings{}))
	}
}

func checkExact(t *testing.T, k *ottest.Known, r *ot.Result) {
	t.Helper()
	a, b := k.Weights()
	costs, tol := k.Costs(), 1e-13*size(k)*float64(len(a)+len(b))
	if r.Status != ot.Converged {
		t.Errorf("%s: %v", k.Name, r)
	}
	if !math.IsNaN(k.Value) && math.Abs(r.Value-k.Value) > tol+k.Tol {
		t.Errorf("%s by %s: value %.15g, known %.15g", k.Name, r.Solver, r.Value, k.Value)
	}
	plan := r.Plan()
	if off := marginals(plan, a, b); off > 1e-13 || mat.Min(plan) < 0 {
		t.Errorf("%s: marginals off by %g, least mass %g", k.Name, off, mat.Min(plan))
	}
	if k.Unique {
		if off := apart(plan, k.Plan); off > 1e-14 {
			t.Errorf("%s: the plan is %g from the only one", k.Name, off)
		}
	}
	if gap := r.Value - r.Dual; math.Abs(gap) > tol {
		t.Errorf("%s: gap %g", k.Name, gap)
	}
	if off := meanUnder(a, r.F); math.Abs(off) > tol {
		t.Errorf("%s: the mean of F is %g", k.Name, off)
	}
	for i, f := range r.F {
		for j, g := range r.G {
			if over := f + g - costs.At(i, j); over > tol {
				t.Fatalf("%s: f_%d + g_%d exceeds the cost by %g", k.Name, i, j, over)
			}
		}
	}
}

// Entropic answers: marginals, duality, the known values and plans, and the bounds
//
//	V ≤ ⟨P_ε, C⟩ ≤ V_ε ≤ V + ε KL(P|a⊗b)
//
// with V and P of the exact problem.
func TestSinkhornOnKnownProblems(t *testing.T) {
	for _, k := range ottest.All(2) {
		a, b := k.Weights()
		exact, tol := ot.Exact(k.Problem, ot.Settings{}), tightly*size(k)
		information := 0.0
		for _, arc := range exact.Support() {
			information += arc.Mass * math.Log(arc.Mass/a[arc.I]/b[arc.J])
		}
		eps := regularisation(k)
		for _, eps := range []float64{eps, 8 * eps} {
			r := ot.Sinkhorn(k.Problem, withEpsilon(eps))
			if r.Status != ot.Converged || r.MarginalError > 1.01e-10 {
				t.Errorf("%s, ε = %g: %v", k.Name, eps, r)
			}
			plan := r.Plan()
			if off := marginals(plan, a, b); off > 1.01e-10 {
				t.Errorf("%s, ε = %g: marginals off by %g", k.Name, eps, off)
			}
			if off := meanUnder(a, r.F); math.Abs(off) > tol {
				t.Errorf("%s, ε = %g: the mean of F is %g", k.Name, eps, off)
			}
			if math.Abs(r.Value-r.Dual) > tol {
				t.Errorf("%s, ε = %g: gap %g", k.Name, eps, r.Value-r.Dual)
			}
			if r.Transport < exact.Value-tol || r.Value < r.Transport-tol || r.Value > exact.Value+eps*information+tol {
				t.Errorf("%s, ε = %g: exact %.12g, transport %.12g, value %.12g, bound %.12g",
					k.Name, eps, exact.Value, r.Transport, r.Value, exact.Value+eps*information)
			}
			if k.Entropic != nil {
				if off := math.Abs(r.Value - k.Entropic(eps)); off > tol+k.Tol {
					t.Errorf("%s, ε = %g: value %.12g, known %.12g", k.Name, eps, r.Value, k.Entropic(eps))
				}
			}
			if k.EntropicPlan != nil {
				if off := apart(plan, k.EntropicPlan(eps)); off > 1e-10 {
					t.Errorf("%s, ε = %g: the plan is %g from the known one", k.Name, eps, off)
				}
			}
		}
	}
}

// tau is the exponent of a marginal penalty ρ.
func tau(rho, eps float64) float64 {
	if math.IsInf(rho, 1) {
		return 1
	}
	return rho / (rho + eps)
}

// Soft marginals: values and masses in closed form, and duality. Of the marginal error's
// 1e-10 the mass gets no more.
func TestUnbalancedOnKnownProblems(t *testing.T) {
	for _, k := range ottest.All(8) {
		if k.Unbalanced == nil {
			continue
		}
		eps, tol := regularisation(k), tightly*size(k)+k.Tol
		for _, rho := range [][2]float64{{1, 1}, {0.1, 0.1}, {3, 0.5}, {2, math.Inf(1)}, {math.Inf(1), 0.3}} {
			value, mass := k.Unbalanced(eps, rho[0], rho[1])
			if math.IsNaN(value) {
				continue
			}
			s := withEpsilon(eps)
			s.TauA, s.TauB = tau(rho[0], eps), tau(rho[1], eps)
			r := ot.Sinkhorn(k.Problem, s)
			if r.Status != ot.Converged || math.Abs(r.Value-r.Dual) > tol {
				t.Errorf("%s, ρ = %g: %v", k.Name, rho, r)
			}
			if math.Abs(r.Value-value) > tol || math.Abs(r.Mass-mass) > tol || math.Abs(mat.Sum(r.Plan())-mass) > tol {
				t.Errorf("%s, ρ = %g: value %.12g, mass %.12g; known %.12g, %.12g", k.Name, rho, r.Value, r.Mass, value, mass)
			}
		}
	}
}

// Masses other than 1, in closed form for normal laws.
func TestUnbalancedMasses(t *testing.T) {
	g := ottest.Normals{Mean1: []float64{0.5}, Cov2: mat.NewSymDense(1, []float64{0.5})}
	k := g.Grid(48)
	const eps, rho = 0.5, 2.0
	for _, masses := range [][2]float64{{1, 1}, {0.3, 2}, {5, 4}} {
		p := ot.Points(k.X, k.Y)
		p.A, p.B = append([]float64(nil), k.Problem.A...), append([]float64(nil), k.Problem.B...)
		floats.Scale(masses[0], p.A)
		floats.Scale(masses[1], p.B)
		s := withEpsilon(eps)
		s.TauA, s.TauB = tau(rho, eps), tau(rho, eps)
		r, want := ot.Sinkhorn(p, s), g.Unbalanced(masses[0], masses[1], eps, rho)
		if math.Abs(r.Value-want.Value) > 1e-7 || math.Abs(r.Mass-want.Mass) > 1e-7 {
			t.Errorf("masses %g: value %.10g, mass %.10g; closed form %.10g, %.10g", masses, r.Value, r.Mass, want.Value, want.Mass)
		}
		image := r.Push(k.Y)
		mean := meanUnder(rowMasses(r, len(p.A)), mat.Col(nil, 0, image)) / r.Mass
		if math.Abs(mean-want.Mean[1]) > 1e-7 {
			t.Errorf("masses %g: what moves arrives at %.10g on average, closed form %.10g", masses, mean, want.Mean[1])
		}
	}
}

func rowMasses(r *ot.Result, n int) []float64 {
	plan, sums := r.Plan(), make([]float64, n)
	for i := range sums {
		sums[i] = mat.Sum(plan.RowView(i))
	}
	return sums
}

// The line's own solver gives the known plans, for any convex cost.
func TestLineOnKnownProblems(t *testing.T) {
	for seed := range uint64(3) {
		for order, c := range map[float64]cost.Cost{1: cost.Euclidean(), 1.5: cost.PNorm(1.5), 2: cost.SqEuclidean()} {
			k := ottest.Line(seed, 37, 52, c)
			r := ot.Line(mat.Col(nil, 0, k.X), mat.Col(nil, 0, k.Y), ot.LineSettings{Order: order, A: k.Problem.A, B: k.Problem.B})
			tol := 1e-13 * size(k) * 89
			if math.Abs(r.Value-k.Value) > tol || math.Abs(r.Value-r.Dual) > tol {
				t.Errorf("%s: value %.15g, dual %.15g, known %.15g", k.Name, r.Value, r.Dual, k.Value)
			}
			if off := apart(r.Plan(), k.Plan); order > 1 && off > 1e-14 {
				t.Errorf("%s: the plan is %g from the one that keeps the order", k.Name, off)
			}
		}
	}
}

// Both ⟨P_ε, C⟩ and V_ε rise with ε, and V_ε lies above its
// chords, being a minimum of functions that are linear in ε.
func TestValuesRiseWithEpsilon(t *testing.T) {
	for _, k := range ottest.All(3) {
		eps, tol := regularisation(k), tightly*size(k)
		var values, transports []float64
		for level := range 4 {
			r := ot.Sinkhorn(k.Problem, withEpsilon(float64(level+1)*eps))
			values, transports = append(values, r.Value), append(transports, r.Transport)
		}
		for i := 1; i < len(values); i++ {
			if values[i] < values[i-1]-tol || transports[i] < transports[i-1]-tol {
				t.Errorf("%s: values %.12g, transports %.12g", k.Name, values, transports)
			}
			if i > 1 && values[i-1] < (values[i]+values[i-2])/2-tol {
				t.Errorf("%s: values %.12g are not concave in ε", k.Name, values)
			}
		}
	}
}

func TestDivergenceOnKnownProblems(t *testing.T) {
	for _, k := range ottest.All(4) {
		if k.X == nil {
			continue
		}
		eps, tol := regularisation(k), tightly*size(k)
		r := ot.Divergence(k.Problem, withEpsilon(eps))
		if r.Status != ot.Converged || r.Value < -tol {
			t.Errorf("%s: %v", k.Name, r)
		}
		if k.Divergence != nil && math.Abs(r.Value-k.Divergence(eps)) > tol+k.Tol {
			t.Errorf("%s: divergence %.12g, known %.12g", k.Name, r.Value, k.Divergence(eps))
		}
		checkGradient(t, k, eps, r.DX)
	}
}

// checkGradient holds the gradient by points to central differences, whose error is that
// of the third derivative, h²/6 times some 1/ε², and of values solved to 1e-10 over h.
func checkGradient(t *testing.T, k *ottest.Known, eps float64, dx *mat.Dense) {
	t.Helper()
	n, d := k.X.Dims()
	h := 1e-4 * math.Sqrt(eps)
	for _, at := range [][2]int{{0, 0}, {n / 2, d - 1}, {n - 1, d / 2}} {
		value := func(step float64) float64 {
			x := mat.DenseCopyOf(k.X)
			x.Set(at[0], at[1], x.At(at[0], at[1])+step)
			p := ot.Points(x, k.Y)
			p.A, p.B, p.Cost = k.Problem.A, k.Problem.B, k.Problem.Cost
			return ot.Divergence(p, withEpsilon(eps)).Value
		}
		want := (value(h) - value(-h)) / (2 * h)
		if got := dx.At(at[0], at[1]); math.Abs(got-want) > 1e-6*size(k) {
			t.Errorf("%s: gradient at %v is %.9g, differences %.9g", k.Name, at, got, want)
		}
	}
}

// Values between samples of normal laws scatter about the population's as their standard
// error says. Of 30 samples, the standard deviation is within a factor of 1.5 with
// probability 0.999, and the mean within 4 standard errors and a bias of 10/n.
func TestSamplesOfNormalLawsScatterAsTheySay(t *testing.T) {
	g := ottest.Normals{Mean1: []float64{0, 0}, Mean2: []float64{0.5, 1}, Cov2: mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1})}
	const eps, n, m, runs = 1.0, 120, 150, 30
	var sum, squares float64
	for seed := range uint64(runs) {
		x, y := g.Sample(seed, n, m)
		off := ot.Sinkhorn(ot.Points(x, y), ot.Settings{Epsilon: eps}).Value - g.Entropic(eps)
		sum += off
		squares += off * off
	}
	mean := sum / runs
	sd, want := math.Sqrt((squares-runs*mean*mean)/(runs-1)), g.StandardError(eps, n, m)
	if sd < want/1.5 || sd > 1.5*want || math.Abs(mean) > 4*want/math.Sqrt(runs)+10.0/n {
		t.Errorf("%d samples are off by %g on average, with standard deviation %g; %g was said", runs, mean, sd, want)
	}
}
