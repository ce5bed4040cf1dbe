package plots

import (
	"bytes"
	"image/color"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
)

func permutation(n, step int) *mat.Dense {
	p := mat.NewDense(n, n, nil)
	for i := range n {
		p.Set(i, i*step%n, 1/float64(n))
	}
	return p
}

func product(n, m int) *mat.Dense {
	p := mat.NewDense(n, m, nil)
	for i := range n {
		for j := range m {
			p.Set(i, j, 1/float64(n*m))
		}
	}
	return p
}

func TestPlanCaptionSaysHowFarMassSpreads(t *testing.T) {
	for _, test := range []struct {
		plan *mat.Dense
		s    PlanSettings
		want []string
	}{
		{permutation(7, 3), PlanSettings{}, []string{"7 source points with 7 target points, total mass 1;", "spreads over 1.0 target points"}},
		{product(4, 30), PlanSettings{Epsilon: 0.1, Source: "control", Target: "treated"},
			[]string{"4 control points with 30 treated points", "over 30.0 treated points", "ε = 0.1"}},
		{product(900, 30), PlanSettings{Log: true}, []string{"summed in 400 x 30 blocks", "logarithmic over 6 decades"}},
		{mat.NewDense(1, 1, []float64{2.5}), PlanSettings{}, []string{"1 source point with 1 target point, total mass 2.5;"}},
	} {
		got := Plan(test.plan, test.s).Caption
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("caption %q lacks %q", got, want)
			}
		}
	}
}

// TestHeatMapPutsRowZeroOnTop looks up, in the picture, the cells of a matrix
// that is dark in one corner.
func TestHeatMapPutsRowZeroOnTop(t *testing.T) {
	p := mat.NewDense(3, 4, nil)
	p.Set(0, 3, 1)
	img := decode(t, Plan(p, PlanSettings{}))
	dark := shade(1)
	b := img.Bounds()
	sumX, sumY, n := 0, 0, 0
	for y := range b.Max.Y {
		for x := range b.Max.X * 4 / 5 { // the rest is the colour bar
			if color.NRGBAModel.Convert(img.At(x, y)) == dark {
				sumX, sumY, n = sumX+x, sumY+y, n+1
			}
		}
	}
	if n < 10_000 || sumX/n < b.Max.X/2 || sumY/n > b.Max.Y/3 {
		t.Errorf("%d dark pixels around (%d, %d)", n, sumX/max(n, 1), sumY/max(n, 1))
	}
}

func TestBlocksKeepTheMass(t *testing.T) {
	for _, shape := range [][2]int{{3, 5}, {400, 401}, {1203, 77}} {
		p := mat.NewDense(shape[0], shape[1], nil)
		p.Apply(func(i, j int, _ float64) float64 { return float64(i*j%11) + 0.5 }, p)
		h := newHeat(p, true)
		if got, want := mat.Sum(h.cells), mat.Sum(p); math.Abs(got/want-1) > 1e-12 {
			t.Errorf("%v: mass %g became %g", shape, want, got)
		}
		rows, cols := h.cells.Dims()
		if rows > maxCells || cols > maxCells || mat.Min(h.cells) <= 0 {
			t.Errorf("%v: %d x %d blocks, the least %g", shape, rows, cols, mat.Min(h.cells))
		}
	}
}

func TestOneLargeEntryDoesNotPaleTheRest(t *testing.T) {
	p := product(50, 50)
	p.Set(0, 0, 0.02) // fifty times the others
	top := crest(p)
	if top < 1.0/2500 || top > 1.1/2500 {
		t.Errorf("colours end at %g, want just above %g", top, 1.0/2500)
	}
	if f := Plan(p, PlanSettings{}); !strings.Contains(f.Caption, "colours end at a mass of 0.0004") {
		t.Errorf("caption %q", f.Caption)
	}
	if even := product(9, 9); crest(even) != mat.Max(even) {
		t.Errorf("an even plan's colours end at %g, not at its largest mass", crest(even))
	}
}

func TestHeaviestLinksAreTheHeaviest(t *testing.T) {
	n := 40
	plan := mat.NewDense(n, n, nil)
	plan.Apply(func(i, j int, _ float64) float64 { return math.Exp(-float64(i*n+j) / 100) }, plan)
	from := pairs(gaussian(n, 2, 1))
	kept, share := heaviest(plan, from, from, 200)
	if len(kept) > 200 || len(kept) < 190 {
		t.Fatalf("kept %d links of 200", len(kept))
	}
	sum := 0.0
	for k := range kept {
		sum += plan.At(k/n, k%n) // entries fall with their index: these are the heaviest
	}
	if want := sum / mat.Sum(plan); math.Abs(share-want) > 1e-9 {
		t.Errorf("they carry %.6f of the mass, the heaviest %d carry %.6f", share, len(kept), want)
	}
	if all, share := heaviest(permutation(n, 7), from, from, 10); len(all) != n || share != 1 {
		t.Errorf("of equal masses %d were kept, with %g of the mass", len(all), share)
	}
}

func TestPlanDrawsLinksBetweenThePoints(t *testing.T) {
	n := 12
	for _, d := range []int{1, 2, 5} {
		x, y := gaussian(n, d, 1), gaussian(n, d, 2)
		f := Plan(permutation(n, 5), PlanSettings{X: x, Y: y})
		from := arcs(record(t, f), blue)[1:]
		to := arcs(record(t, f), orange)[1:]
		found := 0
		for _, a := range record(t, f) {
			s, ok := a.(*recorder.Stroke)
			if !ok || len(s.Path) != 2 {
				continue
			}
			for i := range n {
				if s.Path[0].Pos == from[i] && s.Path[1].Pos == to[i*5%n] {
					found++
				}
			}
		}
		if found != n {
			t.Errorf("d = %d: %d of %d links join their points", d, found, n)
		}
	}
}

func TestBitmapAndVectorLinesLookAlike(t *testing.T) {
	x := gaussian(30, 2, 1)
	f := Plan(permutation(30, 7), PlanSettings{X: x, Y: gaussian(30, 2, 2)})
	fast := near(decode(t, f), ink, 450)
	lines := inkOf(f)
	if lines == 0 || fast < lines/2 || fast > 2*lines {
		t.Errorf("%d inked pixels, the lines' area is %d", fast, lines)
	}
}

// inkOf is the area of the strokes in the colour of ink, in pixels.
func inkOf(f *Figure) int {
	var rec recorder.Canvas
	w, h := f.lengths()
	f.draw(draw.NewCanvas(&rec, w, h))
	area, width := 0.0, 0.0
	for _, a := range rec.Actions {
		switch a := a.(type) {
		case *recorder.SetLineWidth:
			width = float64(a.Width)
		case *recorder.Stroke:
			if len(a.Path) == 2 && width > 1 {
				d := a.Path[1].Pos.Sub(a.Path[0].Pos)
				area += width * math.Hypot(float64(d.X), float64(d.Y))
			}
		}
	}
	return int(area * dpi / 72 * dpi / 72)
}

func TestPlanDrawsTheSameTwice(t *testing.T) {
	for _, s := range []PlanSettings{{}, {Log: true}, {X: gaussian(9, 3, 1), Y: gaussian(9, 3, 2)}} {
		a, err := Plan(permutation(9, 4), s).PNG()
		if err != nil {
			t.Fatal(err)
		}
		b, _ := Plan(permutation(9, 4), s).PNG()
		if !bytes.Equal(a, b) {
			t.Errorf("%+v: two figures of one plan differ", s)
		}
		svg, err := Plan(permutation(9, 4), s).SVG()
		if err != nil || !bytes.Contains(svg, []byte("</svg>")) {
			t.Errorf("%+v: SVG of %d bytes, %v", s, len(svg), err)
		}
	}
}

func TestPlanRefusesWhatItCannotDraw(t *testing.T) {
	x := gaussian(2, 2, 1)
	bad := func(values ...float64) *mat.Dense { return mat.NewDense(2, 2, values) }
	for _, test := range []struct {
		plan *mat.Dense
		s    PlanSettings
		want string
		data bool
	}{
		{nil, PlanSettings{}, "plots: the plan is nil", false},
		{new(mat.Dense), PlanSettings{}, "plots: the plan has no points", true},
		{bad(0, 0, 0, 0), PlanSettings{}, "plots: the plan has no mass", true},
		{bad(1, 0, -0.25, 0), PlanSettings{}, "plots: the plan holds -0.25, and masses cannot be negative", true},
		{bad(1, 0, 0, math.NaN()), PlanSettings{}, "plots: the plan holds NaN in row 1, column 1, which cannot be drawn", true},
		{bad(1, 0, 0, 1), PlanSettings{X: x}, "plots: Plan needs both X and Y to draw links, or neither to draw a heat map", false},
		{bad(1, 0, 0, 1), PlanSettings{X: x, Y: gaussian(2, 3, 1)}, "plots: X has 2 columns, Y has 3", false},
		{bad(1, 0, 0, 1), PlanSettings{X: x, Y: gaussian(3, 2, 1)}, "plots: the plan is 2 x 2, X has 2 rows and Y 3 rows", false},
		{bad(1, 0, 0, 1), PlanSettings{Links: -1}, "plots: Links is -1; it must be positive, or 0 for the default", false},
	} {
		if got, data := refusal(func() { Plan(test.plan, test.s) }); got != test.want || data != test.data {
			t.Errorf("got %q (bad data: %v), want %q (%v)", got, data, test.want, test.data)
		}
	}
	if f := Plan(bad(1, 0, -1e-12, 1), PlanSettings{}); f == nil {
		t.Error("a rounding error was refused")
	}
}
