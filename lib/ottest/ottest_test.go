package ottest

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
)

// solved is the outcome of plain iterations.
type solved struct{ value, mass float64 }

// iterate solves a discrete entropic problem by the definition: potentials from the soft
// c-transform, times τ, until they stand still; ρ = +Inf is a balanced one. It shares
// nothing with package ot.
func iterate(c *mat.Dense, a, b []float64, epsilon, rho float64) solved {
	n, m := c.Dims()
	tau := 1.0
	if !math.IsInf(rho, 1) {
		tau = rho / (rho + epsilon)
	}
	f, g, terms := make([]float64, n), make([]float64, m), make([]float64, max(n, m))
	transform := func(to, from, w []float64, at func(i, j int) float64) (change float64) {
		for i := range to {
			for j, v := range from {
				terms[j] = math.Log(w[j]) + (v-at(i, j))/epsilon
			}
			next := -tau * epsilon * floats.LogSumExp(terms[:len(from)])
			change = max(change, math.Abs(next-to[i]))
			to[i] = next
		}
		return change
	}
	for range 5000 {
		if transform(f, g, b, c.At)+transform(g, f, a, func(j, i int) float64 { return c.At(i, j) }) < 1e-13 {
			break
		}
	}
	var out solved
	rows, columns := make([]float64, n), make([]float64, m)
	for i := range n {
		for j := range m {
			p := a[i] * b[j] * math.Exp((f[i]+g[j]-c.At(i, j))/epsilon)
			rows[i] += p
			columns[j] += p
			out.mass += p
			out.value += p*c.At(i, j) + epsilon*kl(p, a[i]*b[j])
		}
	}
	if !math.IsInf(rho, 1) {
		for i, v := range rows {
			out.value += rho * kl(v, a[i])
		}
		for j, v := range columns {
			out.value += rho * kl(v, b[j])
		}
	}
	return out
}

// Plans have the marginals and the value that are said, under costs computed one by one.
func TestPlansAreWhatTheySay(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range All(3) {
		if seen[k.Name] || k.Proof == "" || k.Tol <= 0 {
			t.Errorf("%s: twice, or without a proof or a tolerance", k.Name)
		}
		seen[k.Name] = true
		if err := k.Problem.Validate(); err != nil {
			t.Errorf("%s: %v", k.Name, err)
		}
		if k.Plan == nil {
			continue
		}
		a, b := k.Weights()
		costs, total := k.Costs(), 0.0
		for i, w := range a {
			if off := math.Abs(mat.Sum(k.Plan.RowView(i)) - w); off > 1e-14 {
				t.Errorf("%s: row %d is off by %g", k.Name, i, off)
			}
			for j := range b {
				total += k.Plan.At(i, j) * costs.At(i, j)
			}
		}
		for j, w := range b {
			if off := math.Abs(mat.Sum(k.Plan.ColView(j)) - w); off > 1e-14 {
				t.Errorf("%s: column %d is off by %g", k.Name, j, off)
			}
		}
		if math.Abs(total-k.Value) > k.Tol {
			t.Errorf("%s: the plan costs %.17g, the value is %.17g", k.Name, total, k.Value)
		}
	}
}

// No closed form is believed before plain iterations confirm it. At the stop, potentials
// move by less than 1e-13 in units of ε, which contracts by at least a half.
func TestEntropicAnswersAgainstPlainIterations(t *testing.T) {
	for _, k := range All(5) {
		a, b := k.Weights()
		for _, eps := range []float64{0.3, 2} {
			if k.Entropic != nil {
				if got := iterate(k.Costs(), a, b, eps, math.Inf(1)).value; math.Abs(got-k.Entropic(eps)) > k.Tol+1e-11 {
					t.Errorf("%s, ε = %g: %.12g, closed form %.12g", k.Name, eps, got, k.Entropic(eps))
				}
			}
			if k.Unbalanced != nil {
				for _, rho := range []float64{0.2, 5} {
					got := iterate(k.Costs(), a, b, eps, rho)
					value, mass := k.Unbalanced(eps, rho, rho)
					if math.Abs(got.value-value) > k.Tol+1e-11 || math.Abs(got.mass-mass) > k.Tol+1e-11 {
						t.Errorf("%s, ε = %g, ρ = %g: %.12g and mass %.12g, closed form %.12g and %.12g",
							k.Name, eps, rho, got.value, got.mass, value, mass)
					}
				}
			}
		}
	}
}

func TestEntropicPlanIsFeasibleAndTendsToPlan(t *testing.T) {
	k := Ring(9, 0.02)
	for _, eps := range []float64{1, 0.02} {
		plan := k.EntropicPlan(eps)
		for i := range 9 {
			if off := math.Abs(mat.Sum(plan.RowView(i)) - 1.0/9); off > 1e-14 {
				t.Errorf("ε = %g: row %d is off by %g", eps, i, off)
			}
		}
	}
	var difference mat.Dense
	difference.Sub(k.EntropicPlan(0.005), k.Plan)
	// The next point costs 0.4 more: exp(-80) of the mass goes there.
	if off := mat.Norm(&difference, 2); off > 1e-12 {
		t.Errorf("at ε = 0.005 the plan is %g from the permutation", off)
	}
}

// Two dimensions with correlations that do not commute, masses that are not 1.
func TestNormalsInThePlane(t *testing.T) {
	g := Normals{
		Mean1: []float64{0, 0.5}, Cov1: mat.NewSymDense(2, []float64{1, 0.4, 0.4, 0.6}),
		Mean2: []float64{0.6, 0}, Cov2: mat.NewSymDense(2, []float64{0.5, -0.2, -0.2, 0.9}),
	}
	k := g.Grid(22)
	costs := k.Costs()
	const eps, rho = 2.0, 1.5
	// 22 points leave exp(-2π² v/Δ²) with v about 0.7 and Δ = 2/3: 1e-12 and more where
	// conditional variances are smaller along one axis.
	if got := iterate(costs, k.Problem.A, k.Problem.B, eps, math.Inf(1)); math.Abs(got.value-g.Entropic(eps)) > 1e-7 {
		t.Errorf("entropic %.10g, closed form %.10g", got.value, g.Entropic(eps))
	}
	a, b := scaled(0.7, k.Problem.A), scaled(1.6, k.Problem.B)
	got, want := iterate(costs, a, b, eps, rho), g.Unbalanced(0.7, 1.6, eps, rho)
	if math.Abs(got.value-want.Value) > 1e-7 || math.Abs(got.mass-want.Mass) > 1e-7 {
		t.Errorf("unbalanced %.10g of mass %.10g, closed form %.10g of %.10g", got.value, got.mass, want.Value, want.Mass)
	}
}

func scaled(s float64, w []float64) []float64 {
	out := make([]float64, len(w))
	floats.AddScaled(out, s, w)
	return out
}

// Numbers computed apart from this package, to ten digits.
func TestNormalsKnownNumbers(t *testing.T) {
	g := Normals{
		Mean2: []float64{1, -2},
		Cov1:  mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1}), Cov2: mat.NewSymDense(2, []float64{1, -0.3, -0.3, 1.5}),
	}
	if got := g.SquaredWasserstein(); math.Abs(got-5.4634711896) > 1e-9 {
		t.Errorf("W₂² = %.11g, want 5.4634711896", got)
	}
	image := g.Map(mat.NewDense(2, 2, []float64{1, 0, 0, 1}))
	for i, want := range []float64{0.7535411635, -0.2973508037, -0.2973508037, 1.3085328820} {
		if got := image.RawMatrix().Data[i] - g.Mean2[i%2]; math.Abs(got-want) > 1e-9 {
			t.Errorf("entry %d of the map is %.11g, want %.11g", i, got, want)
		}
	}
	// As ε vanishes the entropic answers become these; they differ by ε log(1/ε).
	if got := g.Entropic(1e-9); math.Abs(got-g.SquaredWasserstein()) > 1e-7 {
		t.Errorf("entropic value at ε = 1e-9 is %g", got)
	}
	if off := mat.Sum(difference(g.EntropicMap(image, 1e-9), g.Map(image))); math.Abs(off) > 1e-7 {
		t.Errorf("the entropic map at ε = 1e-9 differs by %g", off)
	}
	// As ρ grows mass and value become balanced ones, by about value²/ρ.
	if plan := g.Unbalanced(1, 1, 0.5, 1e6); math.Abs(plan.Value-g.Entropic(0.5)) > 1e-4 || math.Abs(plan.Mass-1) > 1e-5 {
		t.Errorf("at ρ = 1e6 the value is %g, mass %g; balanced %g", plan.Value, plan.Mass, g.Entropic(0.5))
	}
}

func difference(a, b mat.Matrix) *mat.Dense {
	var out mat.Dense
	out.Sub(a, b)
	return &out
}

// Of the unbalanced plan, a Gaussian, the moments solve the fixed point: its covariance
// has the balanced cross-covariance in the limit.
func TestUnbalancedMomentsTendToBalanced(t *testing.T) {
	g := Normals{Mean2: []float64{1, 2}, Cov1: mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1})}
	plan, cross := g.Unbalanced(1, 1, 0.7, 1e7), g.CrossCovariance(0.7)
	for i := range 2 {
		for j := range 2 {
			if off := math.Abs(plan.Cov.At(i, 2+j) - cross.At(i, j)); off > 1e-5 {
				t.Errorf("covariance of x_%d and y_%d is off by %g", i, j, off)
			}
		}
		if off := math.Abs(plan.Mean[2+i] - g.Mean2[i]); off > 1e-5 {
			t.Errorf("mean of y_%d is off by %g", i, off)
		}
	}
}

// The optimum of the discrete problem under a permutation of few points, by trying all.
func TestMatchedPlansAgainstAllPermutations(t *testing.T) {
	for _, k := range []*Known{Permutation(1, 6), SphereRotation(2, 7), Ring(7, 0.05), Line(3, 7, 7, cost.SqEuclidean())} {
		n, _ := k.Problem.Dims()
		if k.Problem.A != nil {
			continue // Birkhoff's theorem needs equal weights
		}
		costs, best := k.Costs(), math.Inf(1)
		used := make([]bool, n)
		var visit func(i int, sum float64)
		visit = func(i int, sum float64) {
			if i == n {
				best = min(best, sum)
				return
			}
			for j := range n {
				if !used[j] {
					used[j] = true
					visit(i+1, sum+costs.At(i, j)/float64(n))
					used[j] = false
				}
			}
		}
		visit(0, 0)
		if math.Abs(best-k.Value) > k.Tol {
			t.Errorf("%s: the best of all permutations costs %.15g, the value is %.15g", k.Name, best, k.Value)
		}
	}
}
