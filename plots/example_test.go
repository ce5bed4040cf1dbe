package plots_test

import (
	"fmt"

	"gaspard/lib/measure"
	"gaspard/lib/ot"
	"gaspard/plots"
)

func ExampleMap() {
	x := measure.Moons(0.05).Draw(100, 1)
	y := measure.Ring(1, 0.05).Draw(100, 2)
	figure := plots.Map(x, y, nil, plots.MapSettings{Title: "Where from, where to"})
	fmt.Println(figure.Caption)
	// Output: 100 source points, 100 target points.
}

func ExamplePlan() {
	x := measure.Moons(0.05).Draw(20, 1)
	r := ot.Exact(ot.Points(x, x), ot.Settings{})
	figure := plots.Plan(r.Plan(), plots.PlanSettings{})
	fmt.Println(figure.Size())
	// Output: 800 600
}

func ExampleCurves() {
	figure := plots.Curves([]plots.Curve{{Name: "loss", Y: []float64{3, 2, 1}}}, plots.CurveSettings{XLabel: "step"})
	fmt.Println(figure.Caption)
	// Output: 1 curve of 3 points.
}
