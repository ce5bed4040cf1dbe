package plots

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Points move on straight lines, at a steady pace, within the same ranges.
func TestFramesInterpolate(t *testing.T) {
	x := mat.NewDense(2, 2, []float64{0, 0, 1, 0})
	tx := mat.NewDense(2, 2, []float64{4, 2, 1, 0})
	v, _ := frameView(x, nil, tx)
	for _, at := range []float64{0, 0.25, 1} {
		f := v.frame(at, FrameSettings{}, "")
		if f.plot.X.Min > 0 || f.plot.X.Max < 4 || f.plot.Y.Max < 2 {
			t.Errorf("t = %g: the ranges are %g to %g and to %g", at, f.plot.X.Min, f.plot.X.Max, f.plot.Y.Max)
		}
		want := alpha(between(blue, green, at), 0.9)
		dots := arcs(record(t, Frame(x, nil, tx, at, FrameSettings{})), want)
		// Two points, and one in the legend of the same colour.
		if len(dots) < 2 {
			t.Fatalf("t = %g: %d discs", at, len(dots))
		}
	}
	named := FrameSettings{Source: "points", Moving: "points"} // Equal legends.
	a := arcs(record(t, Frame(x, nil, tx, 0, named)), alpha(blue, 0.9))
	b := arcs(record(t, Frame(x, nil, tx, 0.5, named)), alpha(between(blue, green, 0.5), 0.9))
	c := arcs(record(t, Frame(x, nil, tx, 1, named)), alpha(green, 0.9))
	if len(a) != len(b) || len(b) != len(c) {
		t.Fatalf("%d, %d and %d discs", len(a), len(b), len(c))
	}
	for i := range a {
		middle := (a[i].X + c[i].X) / 2
		if math.Abs(float64(middle-b[i].X)) > 1e-6 {
			t.Errorf("disc %d is at %v, %v, %v", i, a[i], b[i], c[i])
		}
	}
}

func TestFramesDraw(t *testing.T) {
	x, y := gaussian(60, 2, 1), gaussian(50, 2, 2)
	f := Frames(x, y, double(x), FrameSettings{Title: "On the way"})
	if !strings.Contains(f.Caption, "60 points on the way") {
		t.Error(f.Caption)
	}
	img := decode(t, f)
	for _, c := range []color.NRGBA{blue, green} {
		if near(img, c, 60) == 0 {
			t.Errorf("nothing has the colour %v", c)
		}
	}
	decode(t, Frames(gaussian(30, 1, 1), nil, gaussian(30, 1, 2), FrameSettings{Times: []float64{0.5}}))
	if high := Frames(gaussian(30, 5, 1), nil, gaussian(30, 5, 2), FrameSettings{}); !strings.Contains(high.Caption, "projected from 5 dimensions") {
		t.Error(high.Caption)
	}
	mustPanic(t, "must be from 0 to 1", func() { Frame(x, y, x, 1.5, FrameSettings{}) })
	mustPanic(t, "there must be 1 to 20", func() { Frames(x, y, x, FrameSettings{Times: []float64{}}) })
	mustPanic(t, "the image has 50 points", func() { Frames(x, nil, y, FrameSettings{}) })
}
