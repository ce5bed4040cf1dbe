package plots

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"gaspard/lib/job"
)

func gaussian(n, d int, seed uint64) *mat.Dense {
	r := rand.New(rand.NewPCG(seed, 1))
	x := mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			x.Set(i, j, r.NormFloat64())
		}
	}
	return x
}

func decode(t *testing.T, f *Figure) image.Image {
	t.Helper()
	data, err := f.PNG()
	if err != nil {
		t.Fatalf("%s: %v", f.Caption, err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// near counts the pixels within a distance of a colour.
func near(img image.Image, want color.NRGBA, distance int) int {
	n := 0
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			if abs(int(c.R)-int(want.R))+abs(int(c.G)-int(want.G))+abs(int(c.B)-int(want.B)) <= distance {
				n++
			}
		}
	}
	return n
}

func abs(v int) int { return max(v, -v) }

// record draws a figure onto a canvas that remembers what was drawn.
func record(t *testing.T, f *Figure) []recorder.Action {
	t.Helper()
	var rec recorder.Canvas
	w, h := f.lengths()
	f.draw(draw.NewCanvas(&rec, w, h))
	return rec.Actions
}

// arcs returns the centres of the discs of one colour.
func arcs(actions []recorder.Action, colour color.NRGBA) []vg.Point {
	var current color.Color
	var out []vg.Point
	for _, a := range actions {
		switch a := a.(type) {
		case *recorder.SetColor:
			current = a.Color
		case *recorder.Fill:
			c, ok := current.(color.NRGBA)
			if !ok || c.R != colour.R || c.G != colour.G || c.B != colour.B {
				continue
			}
			for _, comp := range a.Path {
				if comp.Type == vg.ArcComp {
					out = append(out, comp.Pos)
				}
			}
		}
	}
	return out
}

func TestMapDrawsEachPointOnceAndInEqualUnits(t *testing.T) {
	for _, n := range []int{2, 90, 300} {
		x, y := gaussian(n, 2, 1), gaussian(n+3, 2, 2)
		y.Scale(7, y) // much wider than high would be without care
		for i := range n + 3 {
			y.Set(i, 1, y.At(i, 1)/20)
		}
		tx := mat.DenseCopyOf(x)
		tx.Scale(0.5, tx)
		f := Map(x, y, tx, MapSettings{})
		actions := record(t, f)
		const inLegend = 1
		for colour, want := range map[color.NRGBA]int{blue: n, orange: n + 3, green: n} {
			if got := len(arcs(actions, colour)) - inLegend; got != want {
				t.Errorf("n = %d: %d discs of colour %v, want %d", n, got, colour, want)
			}
		}
		at := arcs(actions, blue)[inLegend:]
		perX := float64(at[1].X-at[0].X) / (x.At(1, 0) - x.At(0, 0))
		perY := float64(at[1].Y-at[0].Y) / (x.At(1, 1) - x.At(0, 1))
		if math.Abs(perX/perY-1) > 1e-3 {
			t.Errorf("n = %d: a unit is %.4f points long across and %.4f up", n, perX, perY)
		}
	}
}

func TestMapStaysEqualWhateverTheSize(t *testing.T) {
	x := gaussian(20, 2, 3)
	for _, size := range [][2]int{{800, 600}, {300, 900}, {1600, 400}} {
		f := Map(x, x, nil, MapSettings{Title: "equal", XLabel: "x", YLabel: "y"}).Resize(size[0], size[1])
		at := arcs(record(t, f), blue)[1:]
		perX := float64(at[1].X-at[0].X) / (x.At(1, 0) - x.At(0, 0))
		perY := float64(at[1].Y-at[0].Y) / (x.At(1, 1) - x.At(0, 1))
		if math.Abs(perX/perY-1) > 1e-3 {
			t.Errorf("%v: a unit is %.4f points long across and %.4f up", size, perX, perY)
		}
	}
}

func TestMapCaptionSaysHowMuchDataAndHowItWasProjected(t *testing.T) {
	f := Map(gaussian(7, 5, 1), gaussian(9, 5, 2), gaussian(7, 5, 3), MapSettings{Epsilon: 0.05})
	for _, want := range []string{"7 source points", "9 target points", "ε = 0.05", "5 dimensions", "principal axes of the target"} {
		if !strings.Contains(f.Caption, want) {
			t.Errorf("caption %q lacks %q", f.Caption, want)
		}
	}
	if f = Map(gaussian(1, 2, 1), gaussian(9, 2, 2), nil, MapSettings{}); f.String() != "1 source point, 9 target points." {
		t.Errorf("caption %q", f.String())
	}
}

func TestArrowsJoinSourceAndPushedRows(t *testing.T) {
	from, to := pairs(gaussian(100, 2, 1)), pairs(gaussian(100, 2, 2))
	for most, want := range map[int]int{0: 30, -1: 0, 7: 7, 1000: 100} {
		a := sampleArrows(from, to, most)
		if len(a.from) != want {
			t.Errorf("Arrows %d draws %d, want %d", most, len(a.from), want)
		}
		for k := range a.from {
			found := false
			for i := range from {
				found = found || from[i] == a.from[k] && to[i] == a.to[k]
			}
			if !found {
				t.Fatalf("arrow %d does not join rows of one index", k)
			}
		}
	}
}

func TestMapDrawsDegenerateClouds(t *testing.T) {
	line := mat.NewDense(50, 2, nil)
	for i := range 50 {
		line.Set(i, 0, float64(i))
	}
	huge := mat.NewDense(3, 3, []float64{1e149, -1e149, 0, 0, 0, 0, 1, 1, 1})
	clouds := map[string]*mat.Dense{
		"collinear": line, "one point": mat.NewDense(1, 2, []float64{3, -4}), "the origin": mat.NewDense(1, 2, nil),
		"identical": mat.NewDense(9, 2, nil), "one dimension": gaussian(30, 1, 1), "identical in 4-d": mat.NewDense(6, 4, nil),
		"huge": huge, "tiny": mat.NewDense(2, 2, []float64{1e-300, 0, 0, 1e-300}), "one point in 600-d": gaussian(1, 600, 1),
		"5000 points": gaussian(5000, 2, 1),
	}
	for name, x := range clouds {
		img := decode(t, Map(x, x, x, MapSettings{Title: name}))
		if near(img, green, 150) < 10 {
			t.Errorf("%s: no pushed point is to be seen", name)
		}
	}
}

func TestMapRefusesWhatItCannotDraw(t *testing.T) {
	x := gaussian(5, 2, 1)
	nan, inf := mat.DenseCopyOf(x), mat.DenseCopyOf(x)
	nan.Set(3, 1, math.NaN())
	inf.Set(0, 0, math.Inf(-1))
	for _, test := range []struct {
		x, y, tx *mat.Dense
		want     string
		data     bool
	}{
		{x, gaussian(5, 3, 1), nil, "plots: the source has 2 columns, the target has 3", false},
		{x, x, gaussian(5, 1, 1), "plots: the pushed cloud has 1 column, the source has 2", false},
		{x, x, gaussian(4, 2, 1), "plots: the pushed cloud has 4 points, the source has 5", false},
		{nil, x, nil, "plots: the source is nil", false},
		{x, new(mat.Dense), nil, "plots: the target has no points", true},
		{nan, x, nil, "plots: the source holds NaN in row 3, column 1, which cannot be drawn", true},
		{x, x, inf, "plots: the pushed cloud holds -Inf in row 0, column 0, which cannot be drawn", true},
	} {
		if got, data := refusal(func() { Map(test.x, test.y, test.tx, MapSettings{}) }); got != test.want || data != test.data {
			t.Errorf("got %q (bad data: %v), want %q (%v)", got, data, test.want, test.data)
		}
	}
}

// refusal returns the sentence with which f panics and whether it is about data.
func refusal(f func()) (sentence string, data bool) {
	defer func() {
		r := recover()
		var bad *job.DataError
		if err, ok := r.(error); ok && errors.As(err, &bad) {
			sentence, data = bad.Message, true
		} else if r != nil {
			sentence = fmt.Sprint(r)
		}
	}()
	f()
	return "", false
}
