package ottest_test

import (
	"fmt"

	"gaspard/lib/ot"
	"gaspard/lib/ottest"
)

func ExampleRing() {
	k := ottest.Ring(50, 0.01)
	r := ot.Sinkhorn(k.Problem, ot.Settings{Epsilon: 0.1})
	fmt.Printf("%.6f, known %.6f\n", r.Value, k.Entropic(0.1))
	// Output: 0.241039, known 0.241039
}

func ExampleNormals() {
	g := ottest.Normals{Mean1: []float64{0, 0}, Mean2: []float64{3, 0}}
	fmt.Printf("W₂² = %.3f, at ε = 1 %.3f ± %.3f for 1000 points of each\n",
		g.SquaredWasserstein(), g.Entropic(1), g.StandardError(1, 1000, 1000))
	// Output: W₂² = 9.000, at ε = 1 10.818 ± 0.269 for 1000 points of each
}
