package monge_test

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/measure"
	"gaspard/lib/monge"
	"gaspard/lib/nn"
	"gaspard/lib/tensor"
)

func ExampleFit() {
	x := measure.Moons(0.05).Draw(200, 1)
	y := measure.Ring(1.2, 0.05).Shift(3, 0).Draw(200, 2)
	m := monge.Fit(x, y, monge.Settings{Lambda: 1, Steps: 20})
	rows, cols := m.Push(x).Dims()
	fmt.Println(m.Status, rows, cols)
	// Output: done 200 2
}

// A cell that takes long can be stopped, and its successor goes on.
func ExampleTrainer() {
	x := measure.Moons(0.05).Draw(200, 1)
	y := measure.Ring(1.2, 0.05).Shift(3, 0).Draw(200, 2)
	t := monge.NewTrainer(x, y, monge.Settings{Lambda: 1, Steps: 30})
	fmt.Println(t.Run(20).Status, t.Steps())
	fmt.Println(t.Run(0).Status, t.Steps())
	// Output:
	// under way 20
	// done 30
}

// A network of the user's, of which the map is a gradient step.
func ExampleNetwork() {
	x := measure.Moons(0.05).Draw(200, 1)
	y := measure.Ring(1.2, 0.05).Shift(3, 0).Draw(200, 2)
	w := make([]float32, 2*16+16+16)
	nn.LeCun(rand.New(rand.NewPCG(1, 1)), w, 2)
	sines := &monge.Network{Name: "sines", Params: w, Apply: func(x *tensor.Var) *tensor.Var {
		g := x.Graph()
		return tensor.Affine(x, g.Param(2, 16), g.Param(1, 16), tensor.Linear).Sin().MatMul(g.Param(16, 1))
	}}
	m := monge.Fit(x, y, monge.Settings{Lambda: 1, Form: monge.Gradient, Network: sines, Steps: 20})
	fmt.Println(m.Status, len(m.Network.Params))
	// Output: done 64
}

func ExampleFitConditional() {
	x := mat.NewDense(4, 1, []float64{0, 0.1, 0.2, 0.3})
	y := mat.NewDense(4, 1, []float64{1, 1.1, -1, -1.1})
	patients := []int{1, 1, 2, 2}
	m := monge.FitConditional(x, y, patients, patients, monge.Settings{Steps: 600})
	z := mat.NewDense(1, 1, []float64{0.15})
	fmt.Println(m.Under(1).Push(z).At(0, 0) > 0.5, m.Under(2).Push(z).At(0, 0) < -0.5)
	// Output: true true
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

func ExampleScore() {
	pair := measure.W2Pair(2)
	linear := monge.Linear(pair.Source.Draw(4000, 1), pair.Target.Draw(4000, 1))
	r := monge.Score(linear, pair.Source.Draw(1000, 2), pair.Target.Draw(1000, 2), monge.ScoreSettings{Truth: pair.Push})
	fmt.Println(r.UVP > 12 && r.UVP < 17) // The best linear map has 14.1 %.
	// Output: true
}
