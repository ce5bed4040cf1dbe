package ot_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/ot"
)

func ExampleExact() {
	x := mat.NewDense(3, 1, []float64{0, 1, 2})
	y := mat.NewDense(3, 1, []float64{1, 2, 3})
	r := ot.Exact(ot.Points(x, y), ot.Settings{})
	fmt.Println(r.Value, r.Status)
	// Output: 1 converged
}

func ExampleSinkhorn() {
	x := mat.NewDense(3, 1, []float64{0, 1, 2})
	y := mat.NewDense(3, 1, []float64{1, 2, 3})
	r := ot.Sinkhorn(ot.Points(x, y), ot.Settings{Epsilon: 0.05})
	fmt.Printf("⟨P, C⟩ = %.4f\n", r.Transport)
	fmt.Printf("%.3f\n", mat.Formatted(r.Plan()))
	// Output:
	// ⟨P, C⟩ = 1.0000
	// ⎡0.333  0.000  0.000⎤
	// ⎢0.000  0.333  0.000⎥
	// ⎣0.000  0.000  0.333⎦
}

func ExampleDivergence() {
	x := mat.NewDense(3, 1, []float64{0, 1, 2})
	y := mat.NewDense(3, 1, []float64{5, 6, 7})
	p := ot.Points(x, y)
	fmt.Printf("%.3f\n", ot.Divergence(p, ot.Settings{Epsilon: 0.5}).Value) // a shift by 5 costs 5²
	// Output: 25.000
}

func ExampleMatrix() {
	p := ot.Matrix(mat.NewDense(2, 3, []float64{
		0, 1, 2,
		2, 1, 0,
	}))
	p.A = []float64{0.75, 0.25} // weights of the rows; those of the columns are equal
	r := ot.Exact(p, ot.Settings{})
	fmt.Printf("%.3f\n%.3f\n", r.Value, mat.Formatted(r.Plan()))
	// Output:
	// 0.500
	// ⎡0.333  0.333  0.083⎤
	// ⎣0.000  0.000  0.250⎦
}

func ExampleAssignment() {
	perm, total := ot.Assignment(mat.NewDense(2, 2, []float64{
		5, 1,
		2, 3,
	}), nil)
	fmt.Println(perm, total)
	// Output: [1 0] 3
}
