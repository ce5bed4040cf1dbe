package monge_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/measure"
	"gaspard/lib/monge"
)

func ExampleFit() {
	x := measure.Moons(0.05).Draw(200, 1)
	y := measure.Ring(1.2, 0.05).Shift(3, 0).Draw(200, 2)
	m := monge.Fit(x, y, monge.Settings{Lambda: 1, Steps: 20})
	rows, cols := m.Push(x).Dims()
	fmt.Println(m.Status, rows, cols)
	// Output: done 200 2
}

func ExampleGap() {
	x := mat.NewDense(3, 1, []float64{0, 1, 2})
	crossed := mat.NewDense(3, 1, []float64{2, 1, 0}) // the cheapest map to these points stays put
	r := monge.Gap(x, crossed, monge.GapSettings{})
	fmt.Printf("%.3f of %.3f\n", r.Exact, r.Displacement)
	// Output: 2.667 of 2.667
}

func ExampleLinear() {
	x := measure.Moons(0).Draw(500, 1)
	y := measure.Moons(0).Shift(3, -1).Draw(500, 1)
	m := monge.Linear(x, y)
	fmt.Printf("%.1f\n", mat.Formatted(m.Push(mat.NewDense(1, 2, []float64{0, 0}))))
	// Output: [ 3.0  -1.0]
}
