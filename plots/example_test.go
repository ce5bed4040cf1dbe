package plots_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

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

func ExampleDensity() {
	law := func(x *mat.Dense) []float64 {
		n, _ := x.Dims()
		log := make([]float64, n)
		for i := range log {
			log[i] = -mat.Dot(x.RowView(i), x.RowView(i)) / 2
		}
		return log
	}
	figure := plots.Density(law, plots.DensitySettings{Lo: []float64{-4, -4}, Hi: []float64{4, 4}})
	fmt.Println(figure.Caption)
	// Output: 3 contours around 50, 80, 95% of the mass.
}
