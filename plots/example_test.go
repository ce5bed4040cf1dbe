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

func ExampleField() {
	pair := measure.W2Pair(2)
	figure := plots.Field(pair.Push, plots.FieldSettings{X: pair.Source.Draw(200, 1), Grid: 10})
	fmt.Println(figure.Size())
	// Output: 800 600
}

func ExampleFrames() {
	pair := measure.W2Pair(2)
	x := pair.Source.Draw(200, 1)
	figure := plots.Frames(x, pair.Target.Draw(200, 1), pair.Push(x), plots.FrameSettings{Times: []float64{0, 0.5, 1}})
	fmt.Println(figure)
	// Output: 200 points on the way from the source to where the map sends them.
}

func ExampleSphere() {
	x := measure.Sphere(3).Draw(100, 1)
	figure := plots.Sphere(x, measure.Sphere(3).Draw(50, 2), nil, plots.SphereSettings{})
	fmt.Println(figure)
	// Output: 100 source points, 50 target points on the sphere; the far side is lighter.
}
