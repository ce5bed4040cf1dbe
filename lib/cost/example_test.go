package cost_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
)

func ExampleSqEuclidean() {
	x := mat.NewDense(2, 2, []float64{0, 0, 3, 4})
	fmt.Println(mat.Formatted(cost.SqEuclidean().Matrix(x, x)))
	// Output:
	// ⎡ 0  25⎤
	// ⎣25   0⎦
}
