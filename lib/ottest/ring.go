package ottest

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/ot"
)

// Ring is the n-th roots of unity in the plane and the same turned by a fraction of a
// whole turn, under |x-y|². The costs C_ij = 2 - 2 cos(2π((i-j)/n - turn)) depend on i - j
// alone, so that every row and column of exp(-C/ε) has the same sum: for every ε the
// entropic answers are in closed form, the plan and unbalanced problems included.
func Ring(n int, turn float64) *Known {
	points := func(turn float64) *mat.Dense {
		x := mat.NewDense(n, 2, nil)
		for i := range n {
			sin, cos := math.Sincos(2 * math.Pi * (float64(i)/float64(n) + turn))
			x.SetRow(i, []float64{cos, sin})
		}
		return x
	}
	k := &Known{
		Name: fmt.Sprintf("ring of %d points turned by %g", n, turn), X: points(0), Y: points(turn),
		Proof: "costs depend on i - j alone, so constant potentials solve the entropic problem; " +
			"and each point goes to the nearest, which no two share",
		Tol: rounding(n, 4),
	}
	k.Problem = ot.Points(k.X, k.Y)
	costs := func(turn float64) []float64 {
		c := make([]float64, n)
		for i := range c {
			c[i] = 2 - 2*math.Cos(2*math.Pi*(float64(i)/float64(n)-turn))
		}
		return c
	}
	c, self := costs(turn), costs(0)
	nearest := 0
	for i, v := range c {
		if v < c[nearest] {
			nearest = i
		}
	}
	k.Value = c[nearest]
	k.Plan = mat.NewDense(n, n, nil)
	for i := range n {
		k.Plan.Set(i, ((i-nearest)%n+n)%n, 1/float64(n))
	}
	// Halfway between two points, two plans are as good.
	k.Unique = true
	for i, v := range c {
		if i != nearest && v <= k.Value+1e-6 {
			k.Unique = false
		}
	}
	k.Entropic = func(epsilon float64) float64 { return softMin(c, epsilon) }
	k.EntropicPlan = func(epsilon float64) *mat.Dense {
		value, plan := softMin(c, epsilon), mat.NewDense(n, n, nil)
		plan.Apply(func(i, j int, _ float64) float64 {
			return math.Exp((value-c[((i-j)%n+n)%n])/epsilon) / float64(n*n)
		}, plan)
		return plan
	}
	k.Divergence = func(epsilon float64) float64 { return softMin(c, epsilon) - softMin(self, epsilon) }
	k.Unbalanced = func(epsilon, rhoA, rhoB float64) (value, mass float64) {
		return oneNumber(softMin(c, epsilon))(epsilon, rhoA, rhoB)
	}
	return k
}

// softMin is -ε log of the mean of exp(-c/ε).
func softMin(c []float64, epsilon float64) float64 {
	least, sum := math.Inf(1), 0.0
	for _, v := range c {
		least = min(least, v)
	}
	for _, v := range c {
		sum += math.Exp((least - v) / epsilon)
	}
	return least - epsilon*math.Log(sum/float64(len(c)))
}
