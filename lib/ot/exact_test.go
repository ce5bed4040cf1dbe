package ot

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// leastOfAll is the cost of the best permutation, by trying them all.
func leastOfAll(c *mat.Dense) float64 {
	n, _ := c.Dims()
	used := make([]bool, n)
	var least func(i int) float64
	least = func(i int) float64 {
		if i == n {
			return 0
		}
		best := math.Inf(1)
		for j := range n {
			if !used[j] {
				used[j] = true
				best = min(best, c.At(i, j)+least(i+1))
				used[j] = false
			}
		}
		return best
	}
	return least(0)
}

// exactCosts draws costs of kinds that a solver may stumble over.
func exactCosts(rng *rand.Rand, n, m, kind int) *mat.Dense {
	c := mat.NewDense(n, m, nil)
	for i := range n {
		for j := range m {
			switch kind {
			case 0:
				c.Set(i, j, rng.NormFloat64())
			case 1: // ties
				c.Set(i, j, float64(rng.IntN(4)))
			case 2: // all the same
				c.Set(i, j, 3)
			case 3: // large and tiny differences
				c.Set(i, j, 1e6+1e-3*rng.Float64())
			case 4: // rank one: everything is optimal
				c.Set(i, j, float64(i*7%n)+0.1*float64(j*5%m))
			case 5: // a product, for which the orders of both sides matter
				c.Set(i, j, float64(i)*float64(j))
			}
		}
	}
	return c
}

const exactKinds = 6

func TestAssignmentIsTheBestOfAllPermutations(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for n := 1; n <= 7; n++ {
		for kind := range exactKinds {
			c := exactCosts(rng, n, n, kind)
			perm, total := Assignment(c, nil)
			seen := make([]bool, n)
			for _, j := range perm {
				seen[j] = true
			}
			for j, s := range seen {
				if !s {
					t.Fatalf("n %d, kind %d: column %d has no row: %v", n, kind, j, perm)
				}
			}
			// Sums of n numbers of at most 1e6 are rounded n times.
			if want := leastOfAll(c); math.Abs(total-want) > 1e-15*float64(n)*(1+math.Abs(want)) {
				t.Errorf("n %d, kind %d: %.15g, want %.15g", n, kind, total, want)
			}
		}
	}
}

// The dual value proves the plan optimal, for uniform weights by both methods.
func TestExactProvesItself(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	for _, shape := range [][2]int{{1, 1}, {1, 9}, {40, 40}, {61, 61}, {30, 47}, {53, 20}, {80, 80}, {70, 90}} {
		n, m := shape[0], shape[1]
		for kind := range exactKinds {
			p := Matrix(exactCosts(rng, n, m, kind))
			for _, weights := range []string{"nil", "equal", "random", "with zeros"} {
				switch weights {
				case "equal":
					p.A, p.B = equal(n), equal(m)
				case "random":
					p.A, p.B = randomWeights(3, n), randomWeights(4, m)
				case "with zeros":
					p.A, p.B = equal(n), equal(m)
					if n > 1 && m > 1 {
						p.A[0], p.A[1], p.B[0], p.B[1] = 0, 2/float64(n), 0, 2/float64(m)
					}
				}
				checkProof(t, fmt.Sprintf("%d×%d, kind %d, weights %s", n, m, kind, weights), p)
			}
		}
	}
}

// The plan as a list, as a matrix and as a map is one plan, for every solver.
func TestSupportIsThePlan(t *testing.T) {
	x, y := cloud(1, 9, 2, 0), cloud(2, 7, 2, 1)
	p := Points(x, y)
	for _, r := range []*Result{Exact(p, Settings{}), Sinkhorn(p, Settings{Epsilon: 1})} {
		sum := mat.NewDense(9, 7, nil)
		for _, arc := range r.Support() {
			sum.Set(arc.I, arc.J, sum.At(arc.I, arc.J)+arc.Mass)
		}
		if !mat.Equal(sum, r.Plan()) {
			t.Errorf("%s: the support adds up to %v, the plan is %v", r.Solver, mat.Formatted(sum), mat.Formatted(r.Plan()))
		}
		var push mat.Dense
		push.Mul(sum, y)
		push.Scale(9, &push)
		if !mat.EqualApprox(&push, r.Push(y), 1e-5) { // rows of the entropic plan sum to 1/9 by Tol
			t.Errorf("%s: pushed to %v, want %v", r.Solver, mat.Formatted(r.Push(y)), mat.Formatted(&push))
		}
	}
}

func equal(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1 / float64(n)
	}
	return w
}

func checkProof(t *testing.T, name string, p *Problem) {
	t.Helper()
	r := Exact(p, Settings{})
	c := p.costMatrix()
	largest := math.Max(mat.Max(c), -mat.Min(c))
	// Potentials are sums along paths of up to n+m costs.
	tol := 1e-14 * (1 + largest) * float64(len(r.F)+len(r.G))
	if gap := r.Value - r.Dual; math.Abs(gap) > tol || r.MarginalError > 1e-12 {
		t.Errorf("%s: value %.15g, dual %.15g, marginal error %g", name, r.Value, r.Dual, r.MarginalError)
	}
	for i, f := range r.F {
		for j, g := range r.G {
			if f+g > c.At(i, j)+tol {
				t.Fatalf("%s: f_%d + g_%d = %g exceeds the cost %g", name, i, j, f+g, c.At(i, j))
			}
		}
	}
}

// BenchmarkExact solves Gaussian clouds. The gap between the primal and the dual value,
// in units of the last place of the value, is what rounding leaves.
func BenchmarkExact(b *testing.B) {
	for _, n := range []int{256, 1000, 2000, 5000} {
		for _, d := range []int{2, 32} {
			for _, weights := range []string{"uniform", "random"} {
				b.Run(fmt.Sprintf("n=%d/d=%d/weights=%s", n, d, weights), func(b *testing.B) {
					p := Points(cloud(1, n, d, 0), cloud(2, n, d, 1))
					if weights == "random" {
						p.A, p.B = randomWeights(3, n), randomWeights(4, n)
					}
					var r *Result
					for b.Loop() {
						r = Exact(p, Settings{})
					}
					b.ReportMetric(math.Abs(r.Value-r.Dual)/r.Value*0x1p52, "gap-ulp")
				})
			}
		}
	}
}
