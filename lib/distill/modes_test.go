package distill

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/fdiv"
)

func TestModes(t *testing.T) {
	m := OnLine([]float64{0.5, 0.5}, []float64{-2, 2}, []float64{0.3})
	c := Modes(cloudOf(-2, -1.9, -2.2, 2.5, 0, 0.1), m)
	if c.Covered != 2 || c.Total != 2 {
		t.Errorf("%v", c)
	}
	near(t, "high quality", c.HighQuality, 4.0/6, 1e-14)
	near(t, "TV", c.TV, 0.25, 1e-14)
	near(t, "KL", c.KL, 0.75*math.Log(1.5)+0.25*math.Log(0.5), 1e-14)
	if c := Modes(cloudOf(-2, -2, -2), m); c.Covered != 1 {
		t.Errorf("one mode: %v", c)
	}
	if c := Modes(cloudOf(0, 0), m); c.Covered != 0 || c.TV != 1 {
		t.Errorf("no mode: %v", c)
	}
}

func TestHistogramDivergence(t *testing.T) {
	x, y := cloudOf(0, 0.1, 0.9, 1), cloudOf(0, 0.1, 0.2, 1)
	near(t, "TV", HistogramDivergence(fdiv.TV, x, y, 2), 0.25, 1e-14)
	near(t, "FKL", HistogramDivergence(fdiv.FKL, x, y, 2), 0.5*math.Log(0.5/0.75)+0.5*math.Log(2), 1e-14)
	plane := mat.NewDense(2, 2, []float64{0, 0, 1, 1})
	other := mat.NewDense(2, 2, []float64{0, 1, 1, 0})
	near(t, "disjoint in the plane", HistogramDivergence(fdiv.JS, plane, other, 2), 2*math.Ln2, 1e-14)
}
