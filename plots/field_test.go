package plots

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func double(z *mat.Dense) *mat.Dense {
	var y mat.Dense
	y.Scale(2, z)
	return &y
}

// The grid fills the box with nearly square cells, and T(z) = 2z moves its corners most:
// by their own length.
func TestFieldGrid(t *testing.T) {
	z, cell := fieldGrid([]float64{-2, -1}, []float64{2, 1}, 8)
	if n, _ := z.Dims(); n != 32 || cell != 0.5 {
		t.Errorf("%d points, cells of %g", n, cell)
	}
	if z.At(0, 0) != -1.75 || z.At(31, 1) != 0.75 {
		t.Errorf("from %v to %v", z.RawRowView(0), z.RawRowView(31))
	}
	f := Field(double, FieldSettings{Lo: []float64{-2, -1}, Hi: []float64{2, 1}, Grid: 8, Scale: 1})
	if want := math.Hypot(1.75, 0.75); !strings.Contains(f.Caption, "the longest is 1.9") || math.Abs(want-1.9039) > 1e-4 {
		t.Error(f.Caption)
	}
	v := Field(double, FieldSettings{Lo: []float64{-2, -1}, Hi: []float64{2, 1}, Grid: 8, Velocity: true})
	if !strings.Contains(v.Caption, "velocity") || !strings.Contains(v.Caption, "the longest is 3.81") {
		t.Error(v.Caption)
	}
}

func TestFieldDraws(t *testing.T) {
	x := gaussian(80, 2, 1)
	decode(t, Field(double, FieldSettings{X: x, Y: gaussian(40, 2, 2), Title: "Twice"}))
	decode(t, Field(func(z *mat.Dense) *mat.Dense { return z }, FieldSettings{Y: x}))
	for want, f := range map[string]func(){
		"to know where to draw": func() { Field(double, FieldSettings{}) },
		"it is nil":             func() { Field(nil, FieldSettings{X: x}) },
		"Field draws the plane": func() { Field(double, FieldSettings{X: gaussian(3, 3, 1)}) },
		"Lo the smaller":        func() { Field(double, FieldSettings{Lo: []float64{1, 1}, Hi: []float64{0, 2}}) },
		"Grid -1":               func() { Field(double, FieldSettings{X: x, Grid: -1}) },
		"which cannot be drawn": func() {
			Field(func(z *mat.Dense) *mat.Dense { z.Set(0, 0, math.NaN()); return z }, FieldSettings{X: x})
		},
		"turned 4×2 into 1×2": func() {
			Field(func(*mat.Dense) *mat.Dense { return mat.NewDense(1, 2, nil) }, FieldSettings{Lo: []float64{0, 0}, Hi: []float64{1, 1}, Grid: 2})
		},
	} {
		mustPanic(t, want, f)
	}
}
