package ottest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/ot"
)

// Diracs is a problem of n and m normal points in R^d with n = 1 or m = 1, for which the
// product is the only plan: the answer for every ε, under any cost. Diracs panics if n
// and m are both larger.
func Diracs(seed uint64, n, m, d int, c cost.Cost) *Known {
	if n != 1 && m != 1 {
		panic(fmt.Sprintf("ottest: Diracs of %d and %d points; one of the two numbers must be 1", n, m))
	}
	rng := rand.New(rand.NewPCG(seed, 105))
	k := &Known{
		Name: fmt.Sprintf("Diracs, %d to %d points under %v", n, m, c), Unique: true,
		X: normalCloud(rng, n, d), Y: normalCloud(rng, m, d),
		Proof: "the marginals leave one plan, the product a⊗b, whose KL is 0",
	}
	k.Problem = ot.Points(k.X, k.Y)
	k.Problem.A, k.Problem.B, k.Problem.Cost = randomWeights(rng, n), randomWeights(rng, m), c
	k.answerIsProduct()
	if n == 1 && m == 1 {
		k.Unbalanced = oneNumber(k.Value)
	}
	return k
}

// ConstantCost is an n×m problem in which everything costs c, with random weights: every
// plan is optimal, and the product is the entropic one.
func ConstantCost(n, m int, c float64) *Known {
	rng := rand.New(rand.NewPCG(uint64(n), 106))
	costs := mat.NewDense(n, m, nil)
	costs.Apply(func(int, int, float64) float64 { return c }, costs)
	k := &Known{
		Name: fmt.Sprintf("%d×%d costs that are all %g", n, m, c), Problem: ot.Matrix(costs), C: costs,
		Proof: "every plan costs the same, and the product a⊗b has no KL",
	}
	k.Problem.A, k.Problem.B = randomWeights(rng, n), randomWeights(rng, m)
	k.answerIsProduct()
	k.Unbalanced = oneNumber(c)
	return k
}

// answerIsProduct sets the answers of a problem that a⊗b solves for every ε.
func (k *Known) answerIsProduct() {
	a, b := k.Weights()
	k.Plan = mat.NewDense(len(a), len(b), nil)
	k.Plan.Outer(1, mat.NewVecDense(len(a), a), mat.NewVecDense(len(b), b))
	var spent mat.Dense
	spent.MulElem(k.Plan, k.Costs())
	k.Value = mat.Sum(&spent)
	k.Entropic = func(float64) float64 { return k.Value }
	k.EntropicPlan = func(float64) *mat.Dense { return mat.DenseCopyOf(k.Plan) }
	k.Tol = rounding(len(a)*len(b), k.Value)
}

// oneNumber answers unbalanced problems between probabilities whose plan is, at every
// mass t, t times one plan: that minimises a balanced entropic problem of value v. What is
// left is to minimise t v + κ (t log t - t + 1) with κ = ε + ρa + ρb, where the
// derivative v + κ log t vanishes. A penalty without bound keeps the mass at 1.
func oneNumber(v float64) func(epsilon, rhoA, rhoB float64) (value, mass float64) {
	return func(epsilon, rhoA, rhoB float64) (value, mass float64) {
		k := epsilon + rhoA + rhoB
		if math.IsInf(k, 1) {
			return v, 1
		}
		return -k * math.Expm1(-v/k), math.Exp(-v / k)
	}
}
