package distill

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/fdiv"
	"gaspard/lib/job"
)

func cloudOf(values ...float64) *mat.Dense { return mat.NewDense(len(values), 1, values) }

// TestPairMetrics has small cases by hand and the laws of both distances.
func TestPairMetrics(t *testing.T) {
	x, y := cloudOf(0, 2), cloudOf(1, 5)
	// Means: cross (1+5+1+3)/4, within 2 and 4 without, 1 and 2 with the point itself.
	near(t, "energy distance", EnergyDistance(x, y), 2*2.5-2-4, 1e-14)
	near(t, "energy distance with bias", EnergyDistanceBiased(x, y), 2*2.5-1-2, 1e-14)
	k := func(d float64) float64 { return math.Exp(-d * d / 8) }
	cross, xx, yy := (2*k(1)+k(5)+k(3))/4, k(2), k(4)
	near(t, "MMD", MMD(x, y, 2), xx+yy-2*cross, 1e-14)
	near(t, "MMD with bias", MMDBiased(x, y, 2), (1+xx)/2+(1+yy)/2-2*cross, 1e-14)
	near(t, "MMD of a cloud and itself", MMDBiased(x, x, 2), 0, 1e-14)
	near(t, "energy distance of a cloud and itself", EnergyDistanceBiased(y, y), 0, 1e-14)

	ring := Ring(4, 1, 0.2, nil)
	sum, spread := 0.0, 0.0
	for seed := range uint64(20) {
		e := EnergyDistance(ring.Draw(100, 2*seed), ring.Draw(80, 2*seed+1))
		sum += e / 20
		spread += e * e / 20
	}
	if sd := math.Sqrt(spread / 20); math.Abs(sum) > 4*sd {
		t.Errorf("between draws of one law the mean is %g ± %g", sum, sd)
	}
	var bad *job.DataError
	if err := job.Catch(func() { EnergyDistance(cloudOf(0, math.NaN()), y) }); !errors.As(err, &bad) {
		t.Errorf("NaN gives %v", err)
	}
}

func TestWasserstein(t *testing.T) {
	near(t, "equal numbers", Wasserstein1D([]float64{3, 0, 1}, []float64{1, 2, 5}, 1), 4.0/3, 1e-14)
	near(t, "unequal numbers", Wasserstein1D([]float64{0}, []float64{3, -4}, 2), math.Sqrt(12.5), 1e-14)
	near(t, "two to three", Wasserstein1D([]float64{0, 1}, []float64{0, 0.5, 1}, 1), 1.0/6, 1e-14)
	x := Ring(5, 1, 0.1, nil).Draw(300, 1)
	moved := mat.DenseCopyOf(x)
	for i := range 300 {
		moved.Set(i, 0, x.At(i, 0)+2)
	}
	// W2 of a translation by v is |v·θ|, whose mean square over directions is |v|²/2.
	near(t, "sliced W2 of a translation", SlicedWasserstein(x, moved, 2, 4000, 1), math.Sqrt2, 0.03)
	near(t, "sliced on the line", SlicedWasserstein(cloudOf(3, 0, 1), cloudOf(1, 2, 5), 1, 0, 1), 4.0/3, 1e-14)
}

func TestPrecisionRecall(t *testing.T) {
	real := Ring(8, 2, 0.15, nil).Draw(400, 1)
	half := Ring(8, 2, 0.15, []float64{0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0}).Draw(400, 2)
	wide := Ring(8, 2, 1.5, nil).Draw(400, 3)
	same := PrecisionRecall(real, real, 0)
	if same.Precision != 1 || same.Recall != 1 {
		t.Errorf("a cloud against itself: %v", same)
	}
	if pr := PrecisionRecall(real, half, 0); pr.Precision < 0.9 || pr.Recall > 0.65 {
		t.Errorf("half of the modes: %v", pr)
	}
	if pr := PrecisionRecall(real, wide, 0); pr.Precision > 0.6 || pr.Recall < 0.8 {
		t.Errorf("a wide student: %v", pr)
	}
	// Balls to the first neighbour, by hand: real {0, 1, 3} has radii 1, 1, 2.
	pr := PrecisionRecall(cloudOf(0, 1, 3), cloudOf(-1.5, 4.5, 10), 1)
	near(t, "precision", pr.Precision, 1.0/3, 1e-15)
	near(t, "recall", pr.Recall, 1, 1e-15)
}

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

// TestJudge sees the teacher's own points at the floor and others above.
func TestJudge(t *testing.T) {
	teacher := Ring(8, 2, 0.15, nil)
	own := Judge(teacher.Draw(300, 77), teacher, JudgeSettings{})
	other := Judge(Ring(8, 2, 1.2, nil).Draw(300, 5), teacher, JudgeSettings{})
	for _, name := range []string{"energy distance", "MMD²", "sliced W2"} {
		o, w := own.Get(name), other.Get(name)
		if math.Abs(o.Value-o.Floor) > 6*(o.Sd+o.FloorSd+1e-3) {
			t.Errorf("the teacher's points: %+v", o)
		}
		if !(w.Value > w.Floor+3*w.FloorSd) {
			t.Errorf("blurred points at the floor: %+v", w)
		}
	}
	if !strings.Contains(own.String(), "teacher itself") || own.Get("modes covered").Value != 8 {
		t.Error(own)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	line := OnLine(nil, []float64{0}, []float64{1})
	if v := Judge(line.Sample(rng, 100), line, JudgeSettings{Repeats: 1}).Get("W1").Value; !(v > 0 && v < 0.5) {
		t.Errorf("W1 on the line is %g", v)
	}
}
