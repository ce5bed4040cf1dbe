package ot_test

import (
	"fmt"
	"math"

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

func ExampleBures() {
	p := ot.Gaussian{Mean: []float64{0, 0}, Cov: mat.NewSymDense(2, []float64{1, 0, 0, 4})}
	q := ot.Gaussian{Mean: []float64{3, 0}, Cov: mat.NewSymDense(2, []float64{4, 0, 0, 1})}
	r := ot.Bures(p, q)
	fmt.Printf("W₂² = %.3f, of the means %.3f\n", r.WassersteinPow, r.Shift)
	fmt.Printf("%.2f\n", mat.Formatted(r.A))
	// Output:
	// W₂² = 11.000, of the means 9.000
	// ⎡2.00  0.00⎤
	// ⎣0.00  0.50⎦
}

func ExampleBuresBarycenter() {
	laws := []ot.Gaussian{
		{Mean: []float64{0}, Cov: mat.NewSymDense(1, []float64{1})},
		{Mean: []float64{4}, Cov: mat.NewSymDense(1, []float64{9})},
	}
	b := ot.BuresBarycenter(laws, nil, ot.BuresSettings{}).Barycenter
	fmt.Println(b.Mean, b.Cov.At(0, 0)) // standard deviations average: (1 + 3) / 2
	// Output: [2] 4
}

func ExampleLine() {
	x := []float64{3, 0, 1}
	y := []float64{2, 5}
	r := ot.Line(x, y, ot.LineSettings{Order: 1, B: []float64{0.5, 0.5}})
	fmt.Printf("%.3f\n%.3f\n", r.Value, mat.Formatted(r.Plan()))
	// Output:
	// 2.167
	// ⎡0.000  0.333⎤
	// ⎢0.333  0.000⎥
	// ⎣0.167  0.167⎦
}

func ExampleWasserstein() {
	fmt.Println(ot.Wasserstein([]float64{0, 1, 3}, []float64{5, 6, 8}, 1))
	fmt.Println(ot.Wasserstein([]float64{0}, []float64{3, 4}, 2)) // the root of (9 + 16) / 2
	// Output:
	// 5
	// 3.5355339059327378
}

func ExampleCircle() {
	// From half past eleven at night to a quarter to one, on a clock of 24 hours.
	r := ot.Circle([]float64{23.5}, []float64{0.75}, ot.CircleSettings{Order: 1, Period: 24})
	fmt.Println(r.Value)
	// Output: 1.25
}

func ExampleSliced() {
	x := mat.NewDense(2, 2, []float64{0, 0, 1, 1})
	y := mat.NewDense(2, 2, []float64{3, 4, 4, 5}) // shifted by 5
	r := ot.Sliced(ot.Points(x, y), ot.SlicedSettings{})
	fmt.Printf("%.1f, 5/√2 = %.1f\n", r.Wasserstein, 5/math.Sqrt2)
	// Output: 3.5, 5/√2 = 3.5
}

func ExampleMaxSliced() {
	x := mat.NewDense(2, 2, []float64{0, 0, 1, 1})
	y := mat.NewDense(2, 2, []float64{3, 4, 4, 5})
	r := ot.MaxSliced(ot.Points(x, y), ot.MaxSlicedSettings{})
	fmt.Printf("%.2f along %.2f\n", r.Wasserstein, r.Direction)
	// Output: 5.00 along [0.60 0.80]
}

func ExampleSolve() {
	x := mat.NewDense(3, 1, []float64{0, 1, 2})
	y := mat.NewDense(2, 1, []float64{1, 3})
	r := ot.Solve(ot.Points(x, y), ot.Settings{})
	fmt.Printf("%.3f\n%s\n", r.Value, r.Why)
	// Output:
	// 1.333
	// Solve chose Line: the points have one coordinate and |x-y|² is convex; the monotone plan is optimal
}
