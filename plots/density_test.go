package plots

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// normalLog is the log density of the standard normal law of the plane, without
// its constant.
func normalLog(x *mat.Dense) []float64 {
	n, _ := x.Dims()
	v := make([]float64, n)
	for i := range v {
		v[i] = -(x.At(i, 0)*x.At(i, 0) + x.At(i, 1)*x.At(i, 1)) / 2
	}
	return v
}

// The region of highest density that holds the mass m of a standard normal law of
// the plane is the disc of radius √(-2 log(1-m)): its log density is log(1-m).
func TestDensityLevels(t *testing.T) {
	g := newDensityGrid(normalLog, [2]float64{-5, -5}, [2]float64{5, 5})
	masses := []float64{0.1, 0.5, 0.8, 0.95}
	for i, level := range g.levels(masses) {
		// One ring of cells, 2πr/h of h² each, is the grain of the sum.
		if want := math.Log(1 - masses[i]); math.Abs(level-want) > 0.02 {
			t.Errorf("the contour of mass %g lies at log density %.4f, want %.4f", masses[i], level, want)
		}
	}
	if !slices.IsSortedFunc(g.levels(masses), func(a, b float64) int { return int(math.Copysign(1, b-a)) }) {
		t.Error("wider contours do not lie lower")
	}
}

func TestDensityCountsSamples(t *testing.T) {
	samples := mat.NewDense(5, 2, []float64{0, 0, 1, 0, 0, -2.3, 2.6, 0, 3, 3}) // radius of the 95 % contour: 2.448
	f := Density(normalLog, DensitySettings{Samples: samples, Lo: []float64{-5, -5}, Hi: []float64{5, 5}})
	if want := "3 contours around 50, 80, 95% of the mass; the widest holds 3 of 5 samples."; f.Caption != want {
		t.Errorf("caption %q, want %q", f.Caption, want)
	}
	img := decode(t, f)
	if near(img, blue, 40) < 500 {
		t.Error("no contours in the picture")
	}
	if near(img, orange, 60) < 50 {
		t.Error("no samples in the picture")
	}
}

func TestDensityMovesWithAConstant(t *testing.T) {
	samples := gaussian(200, 2, 1)
	moved := func(x *mat.Dense) []float64 {
		v := normalLog(x)
		for i := range v {
			v[i] += 1000
		}
		return v
	}
	a := Density(normalLog, DensitySettings{Samples: samples})
	if b := Density(moved, DensitySettings{Samples: samples}); a.Caption != b.Caption {
		t.Errorf("a constant changes %q to %q", a.Caption, b.Caption)
	}
}

// A law of bounded support has log densities of -Inf, between which no contour can
// be interpolated.
func TestDensityOfBoundedSupport(t *testing.T) {
	disc := func(x *mat.Dense) []float64 {
		v := normalLog(x)
		for i, l := range v {
			v[i] = 0
			if l < -0.5 {
				v[i] = math.Inf(-1)
			}
		}
		return v
	}
	decode(t, Density(disc, DensitySettings{Lo: []float64{-2, -2}, Hi: []float64{2, 2}}))
}

func TestDensityTellsWhatItCutsOff(t *testing.T) {
	f := Density(normalLog, DensitySettings{Lo: []float64{-1, -1}, Hi: []float64{1, 1}})
	if !strings.Contains(f.Caption, "cuts the density off") {
		t.Errorf("caption %q", f.Caption)
	}
}

func TestDensityRefuses(t *testing.T) {
	corners := DensitySettings{Lo: []float64{-1, -1}, Hi: []float64{1, 1}}
	constant := func(v float64) func(*mat.Dense) []float64 {
		return func(x *mat.Dense) []float64 {
			n, _ := x.Dims()
			return slices.Repeat([]float64{v}, n)
		}
	}
	for name, c := range map[string]struct {
		law  func(*mat.Dense) []float64
		s    DensitySettings
		data bool
		want string
	}{
		"nothing to look at": {normalLog, DensitySettings{}, false, "needs Samples, or the corners"},
		"three columns":      {normalLog, DensitySettings{Samples: gaussian(3, 3, 1)}, false, "draws in the plane"},
		"empty picture":      {normalLog, DensitySettings{Lo: []float64{1, 0}, Hi: []float64{1, 1}}, false, "from 1 to 1"},
		"whole mass":         {normalLog, DensitySettings{Lo: corners.Lo, Hi: corners.Hi, Masses: []float64{1}}, false, "between 0 and 1"},
		"no law":             {nil, corners, false, "is nil"},
		"wrong length":       {func(*mat.Dense) []float64 { return nil }, corners, false, "gave 0 values"},
		"not a number":       {constant(math.NaN()), corners, true, "is NaN at"},
		"zero":               {constant(math.Inf(-1)), corners, true, "zero in the whole picture"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				v := recover()
				message, _ := v.(string)
				if err, ok := v.(*job.DataError); ok && c.data {
					message = err.Error()
				}
				if !strings.Contains(message, c.want) {
					t.Errorf("panic %v, want %q", v, c.want)
				}
			}()
			Density(c.law, c.s)
		})
	}
}
