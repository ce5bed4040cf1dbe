package dense

import (
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestRowsAndColumns(t *testing.T) {
	whole := mat.NewDense(3, 4, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	part := whole.Slice(0, 3, 1, 3).(*mat.Dense)
	for _, c := range []struct {
		x             *mat.Dense
		rows, columns []float64
	}{
		{whole, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, []float64{1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12}},
		{part, []float64{2, 3, 6, 7, 10, 11}, []float64{2, 6, 10, 3, 7, 11}},
		{&mat.Dense{}, []float64{}, []float64{}},
	} {
		if got := Rows(c.x); !slices.Equal(got, c.rows) {
			t.Errorf("rows %v, want %v", got, c.rows)
		}
		if got := Columns(c.x); !slices.Equal(got, c.columns) {
			t.Errorf("columns %v, want %v", got, c.columns)
		}
	}
	if Contiguous(whole) != whole || Contiguous(part) == part {
		t.Error("a matrix without gaps is copied, or one with gaps is not")
	}
}
