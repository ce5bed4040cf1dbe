package cost_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/tensor"
)

func ExampleSqEuclidean() {
	x := mat.NewDense(2, 2, []float64{0, 0, 3, 4})
	fmt.Println(mat.Formatted(cost.SqEuclidean().Matrix(x, x)))
	// Output:
	// ⎡ 0  25⎤
	// ⎣25   0⎦
}

func ExampleFunc() {
	uphill := cost.Func("uphill", func(x, y *tensor.Var) *tensor.Var {
		rise := y.Columns(1, 2).Sub(x.Columns(1, 2))
		return x.Sub(y).RowNorms().Add(rise)
	})
	x := mat.NewDense(2, 2, []float64{0, 0, 3, 4})
	fmt.Println(uphill)
	fmt.Println(mat.Formatted(uphill.Matrix(x, x)))
	// Output:
	// uphill
	// ⎡0  9⎤
	// ⎣1  0⎦
}
