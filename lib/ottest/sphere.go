package ottest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/ot"
)

// SphereRotation is n points on the unit sphere of R³ and the same rotated about an axis,
// in shuffled order, under [cost.Sphere]. The angle of the rotation is 0.45
// of the least one between points, so no point goes half as far as to another's place and
// its own image is the nearest. Further rotations would not be optimal in general.
func SphereRotation(seed uint64, n int) *Known {
	rng := rand.New(rand.NewPCG(seed, 108))
	x := spiral(n)
	least := math.Inf(1)
	for i := range n {
		for j := range i {
			least = min(least, cost.Sphere().At(x.RawRowView(i), x.RawRowView(j)))
		}
	}
	sin, cos := math.Sincos(0.45 * least)
	if n == 1 {
		sin, cos = 1, 0
	}
	// About the third axis after a random change of basis.
	basis := randomBasis(rng)
	var turn mat.Dense
	turn.Product(basis, mat.NewDense(3, 3, []float64{cos, -sin, 0, sin, cos, 0, 0, 0, 1}), basis.T())
	rotate := func(x *mat.Dense) *mat.Dense {
		var y mat.Dense
		y.Mul(x, turn.T())
		return &y
	}
	image, perm := rotate(x), rng.Perm(n)
	y, plan := mat.NewDense(n, 3, nil), mat.NewDense(n, n, nil)
	for i, j := range perm {
		y.SetRow(j, image.RawRowView(i))
		plan.Set(i, j, 1/float64(n))
	}
	value := mean(uniform(n), cost.Sphere().Displacement(x, image))
	p := ot.Points(x, y)
	p.Cost = cost.Sphere()
	return &Known{
		Name: fmt.Sprintf("rotation of %d points of the sphere", n), Problem: p, X: x, Y: y,
		Proof: "each point's own image is the nearest, since it moves by less than half of the least distance between points",
		Value: value, Plan: plan, Unique: true, Map: rotate, Tol: rounding(n, math.Pi),
	}
}

// spiral is n points spread evenly over the unit sphere, along a spiral whose turns are at
// the golden angle.
func spiral(n int) *mat.Dense {
	x := mat.NewDense(n, 3, nil)
	golden := math.Pi * (3 - math.Sqrt(5))
	for i := range n {
		z := 1 - 2*(float64(i)+0.5)/float64(n)
		sin, cos := math.Sincos(golden * float64(i))
		r := math.Sqrt(1 - z*z)
		x.SetRow(i, []float64{r * cos, r * sin, z})
	}
	return x
}

// randomBasis is an orthogonal 3×3 matrix.
func randomBasis(rng *rand.Rand) *mat.Dense {
	var qr mat.QR
	qr.Factorize(normalCloud(rng, 3, 3))
	var q mat.Dense
	qr.QTo(&q)
	return &q
}
