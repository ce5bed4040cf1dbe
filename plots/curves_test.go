package plots

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg/recorder"
)

func TestCurvesLeaveOutAndCountWhatCannotBeDrawn(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	y := []float64{1, nan, 2, inf, 0, -3, 5}
	for _, test := range []struct {
		name string
		c    Curve
		s    CurveSettings
		want string
	}{
		{"linear", Curve{Y: y}, CurveSettings{}, "1 curve of 7 points; 2 points left out (2 not finite)."},
		{"log y", Curve{Y: y}, CurveSettings{LogY: true}, "1 curve of 7 points; 4 points left out (2 not finite, 2 not positive on a logarithmic axis)."},
		{"log x", Curve{X: []float64{0, 1, 2}, Y: []float64{1, 1, 1}}, CurveSettings{LogX: true}, "1 curve of 3 points; 1 point left out (1 not positive on a logarithmic axis)."},
		{"all well", Curve{Y: []float64{2, 1}}, CurveSettings{LogX: true, LogY: true}, "1 curve of 2 points."},
		{"band", Curve{Y: []float64{2, 1, 1}, Low: []float64{nan, 0.5, -1}, High: []float64{3, 3, 3}}, CurveSettings{LogY: true}, "1 curve of 3 points; 2 points left out (1 not finite, 1 not positive on a logarithmic axis)."},
	} {
		f := Curves([]Curve{test.c}, test.s)
		if f.Caption != test.want {
			t.Errorf("%s: caption %q, want %q", test.name, f.Caption, test.want)
		}
		if near(decode(t, f), blue, 30) < 20 {
			t.Errorf("%s: no curve to be seen", test.name)
		}
	}
}

func TestALineBreaksWhereAValueIsMissing(t *testing.T) {
	var left leftOut
	got := newTrace(Curve{Y: []float64{1, 2, math.NaN(), 4, 5, 6, math.Inf(1), 8}}, 0, CurveSettings{}, &left)
	var lengths []int
	for _, run := range got.runs {
		lengths = append(lengths, len(run))
	}
	if len(lengths) != 3 || lengths[0] != 2 || lengths[1] != 3 || lengths[2] != 1 {
		t.Errorf("runs of %v points, want 2, 3, 1", lengths)
	}
	if got.runs[1][0] != [2]float64{4, 4} {
		t.Errorf("the second run starts at %v, want x = 4: positions count from 1", got.runs[1][0])
	}
}

func TestThinningKeepsEndsAndExtremes(t *testing.T) {
	run := make([][2]float64, 100_000)
	for k := range run {
		run[k] = [2]float64{float64(k), math.Sin(float64(k) / 3000)}
	}
	run[54_321][1], run[77_777][1] = 9, -9
	kept := thin(run)
	if len(kept) > 4000 || kept[0] != run[0] || kept[len(kept)-1] != run[len(run)-1] {
		t.Fatalf("kept %d points, ends %v, %v", len(kept), kept[0], kept[len(kept)-1])
	}
	found := 0
	for k, q := range kept {
		if q == run[54_321] || q == run[77_777] {
			found++
		}
		if k > 0 && q[0] <= kept[k-1][0] {
			t.Fatalf("out of order at %d", k)
		}
	}
	if found != 2 {
		t.Errorf("%d of 2 peaks survived", found)
	}
}

func TestEachCurveLooksDifferent(t *testing.T) {
	seen := map[string]bool{}
	for i := range 28 {
		var left leftOut
		tr := newTrace(Curve{Y: []float64{1}}, i, CurveSettings{}, &left)
		look := strings.Join([]string{string([]byte{tr.colour.R, tr.colour.G, tr.colour.B}), string(rune(len(tr.dashes)))}, "/")
		if len(tr.dashes) > 0 {
			look += string(rune(tr.dashes[0]))
		}
		if seen[look] {
			t.Fatalf("curve %d looks like an earlier one", i)
		}
		seen[look] = true
	}
}

func TestLegendNamesEachCurveOutsideTheData(t *testing.T) {
	names := []string{"first", "second with a rather long name", "third with another long name", "fourth, also long enough"}
	var series []Curve
	for i, name := range names {
		series = append(series, Curve{Name: name, Y: []float64{float64(i), 1, 2}})
	}
	f := Curves(series, CurveSettings{Title: "t", YLabel: "up"})
	top := 0.0
	found := map[string]float64{}
	var colour color.Color
	for _, a := range record(t, f) {
		switch a := a.(type) {
		case *recorder.SetColor:
			colour = a.Color
		case *recorder.FillString:
			found[a.String] = float64(a.Point.Y)
		case *recorder.Stroke:
			if colour == color.Color(gridInk) {
				for _, comp := range a.Path {
					top = math.Max(top, float64(comp.Pos.Y))
				}
			}
		}
	}
	for _, name := range names {
		if y, ok := found[name]; !ok || y <= top {
			t.Errorf("%q stands at height %.0f, the data end at %.0f", name, y, top)
		}
	}
}

func TestCurvesDrawEdgeCases(t *testing.T) {
	long := make([]float64, 50_000)
	for k := range long {
		long[k] = math.Exp(-float64(k) / 5000)
	}
	for name, c := range map[string]Curve{
		"one point": {Y: []float64{3}}, "constant": {Y: []float64{2, 2, 2}}, "long": {Y: long},
		"wide": {Y: []float64{1e-140, 1e140}}, "tiny": {Y: []float64{1e-300, 3e-300}}, "zero": {Y: []float64{0, 0}},
		"same x": {X: []float64{1, 1}, Y: []float64{1, 2}}, "close": {Y: []float64{1, 1 + 1e-15}},
	} {
		for _, log := range []bool{false, true} {
			if log && (name == "zero" || name == "tiny") {
				continue
			}
			f := Curves([]Curve{c}, CurveSettings{LogX: log, LogY: log})
			if near(decode(t, f), blue, 30) < 20 {
				t.Errorf("%s, log %v: no curve to be seen", name, log)
			}
		}
	}
}

func TestCurvesRefuseWhatTheyCannotDraw(t *testing.T) {
	for _, test := range []struct {
		c    []Curve
		s    CurveSettings
		want string
		data bool
	}{
		{nil, CurveSettings{}, "plots: there are no curves to draw", true},
		{[]Curve{{Name: "a", X: []float64{1}, Y: []float64{1, 2}}}, CurveSettings{}, `plots: curve "a" has 1 value in X, 2 in Y`, false},
		{[]Curve{{Name: "a", Low: []float64{1}, Y: []float64{1}}}, CurveSettings{}, `plots: curve "a" has one edge of its band; give both Low and High`, false},
		{[]Curve{{Y: []float64{math.NaN()}}}, CurveSettings{}, "plots: none of the values can be drawn: 1 point left out (1 not finite)", true},
		{[]Curve{{Y: []float64{-1, 0}}}, CurveSettings{LogY: true}, "plots: none of the values can be drawn: 2 points left out (2 not positive on a logarithmic axis)", true},
		{[]Curve{{}}, CurveSettings{}, "plots: none of the values can be drawn", true},
	} {
		if got, data := refusal(func() { Curves(test.c, test.s) }); got != test.want || data != test.data {
			t.Errorf("got %q (bad data: %v), want %q (%v)", got, data, test.want, test.data)
		}
	}
}
