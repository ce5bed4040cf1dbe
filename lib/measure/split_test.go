package measure

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

func sortedColumn(xs ...*mat.Dense) []float64 {
	var all []float64
	for _, x := range xs {
		all = append(all, mat.Col(nil, 0, x)...)
	}
	slices.Sort(all)
	return all
}

func TestSplitDealsEveryRowOnce(t *testing.T) {
	x := Gaussian([]float64{0, 0}, nil).Draw(101, 1)
	for fraction, want := range map[float64]int{0.5: 51, 0.9: 91, 0.001: 1, 0.999: 100} {
		train, held := Split(x, fraction, 3)
		if n, _ := train.Dims(); n != want {
			t.Errorf("fraction %g: %d rows to train on, want %d", fraction, n, want)
		}
		if !slices.Equal(sortedColumn(train, held), sortedColumn(x)) {
			t.Errorf("fraction %g: the parts are not the whole", fraction)
		}
	}
	a, _ := Split(x, 0.5, 3)
	b, _ := Split(x, 0.5, 3)
	c, _ := Split(x, 0.5, 4)
	if !mat.Equal(a, b) || mat.Equal(a, c) {
		t.Error("the split is not that of its seed")
	}
}

func TestShuffleAndSubset(t *testing.T) {
	x := Gaussian([]float64{0, 0}, nil).Draw(60, 1)
	y := Shuffle(x, 1)
	if mat.Equal(x, y) || !slices.Equal(sortedColumn(x), sortedColumn(y)) {
		t.Error("not a shuffle")
	}
	part := sortedColumn(Subset(x, 20, 1))
	if len(part) != 20 || len(slices.Compact(part)) != 20 {
		t.Errorf("%d rows, %d of them different", len(part), len(slices.Compact(part)))
	}
}

func TestScaler(t *testing.T) {
	x, y := mat.NewDense(3, 2, []float64{1, 7, 2, 7, 3, 7}), mat.NewDense(1, 2, []float64{6, 7})
	s := NewScaler(x, y)
	if !slices.Equal(s.Mean, []float64{3, 7}) || math.Abs(s.SD[0]-math.Sqrt(14./4)) > 1e-15 || s.SD[1] != 1 {
		t.Errorf("mean %g, deviation %g", s.Mean, s.SD)
	}
	z := s.Apply(y)
	if z.At(0, 1) != 0 || math.Abs(z.At(0, 0)-3/math.Sqrt(3.5)) > 1e-15 {
		t.Errorf("standardised to %g", z.RawRowView(0))
	}
	if back := s.Undo(z); !mat.EqualApprox(back, y, 1e-14) || y.At(0, 0) != 6 {
		t.Errorf("back at %g, from %g", back.RawRowView(0), y.RawRowView(0))
	}
}

func TestCloudsAreChecked(t *testing.T) {
	nan := mat.NewDense(2, 2, []float64{1, 2, 3, math.NaN()})
	one, two := mat.NewDense(1, 2, nil), mat.NewDense(2, 2, nil)
	cases := []struct {
		want string
		data bool
		f    func()
	}{
		{"measure: x has NaN at row 2, column 2", true, func() { Split(nan, 0.5, 1) }},
		{"measure: x has no points", true, func() { Shuffle(nil, 1) }},
		{"measure: one point cannot be split", true, func() { Split(one, 0.5, 1) }},
		{"measure: a split at the fraction 1; it lies between 0 and 1", false, func() { Split(two, 1, 1) }},
		{"measure: 3 of 2 points", false, func() { Subset(two, 3, 1) }},
		{"measure: cloud 2 has NaN at row 2, column 2", true, func() { NewScaler(two, nan) }},
		{"measure: clouds of 2 and of 1 columns", false, func() { NewScaler(two, mat.NewDense(2, 1, nil)) }},
		{"measure: the scaler takes 2 columns, x has 1", false, func() { NewScaler(two).Undo(mat.NewDense(2, 1, nil)) }},
		{"measure: the matrix of centres has no points", true, func() { Clusters(nil, 1) }},
	}
	for _, c := range cases {
		switch got := caught(c.f).(type) {
		case *job.DataError:
			if !c.data || got.Message != c.want {
				t.Errorf("data error %q, want %q", got.Message, c.want)
			}
		default:
			if c.data || got != c.want {
				t.Errorf("panic %v, want %q", got, c.want)
			}
		}
	}
}
