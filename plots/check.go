package plots

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// largest bounds the values that are drawn: differences and squares of them
// still have room below the largest float64.
const largest = 1e150

// checkCloud returns the shape of a cloud after making sure that it is not
// empty and holds numbers that can be drawn.
func checkCloud(name string, x *mat.Dense) (n, d int) {
	if x == nil {
		panic(fmt.Sprintf("plots: %s is nil", name))
	}
	n, d = x.Dims()
	if n == 0 || d == 0 {
		panic(job.BadData("plots: %s has no points", name))
	}
	for i := range n {
		for j, v := range x.RawRowView(i) {
			if math.IsNaN(v) || math.Abs(v) > largest {
				panic(job.BadData("plots: %s holds %g in row %d, column %d, which cannot be drawn", name, v, i, j))
			}
		}
	}
	return n, d
}

func checkColumns(name string, got int, other string, want int) {
	if got != want {
		panic(fmt.Sprintf("plots: %s has %s, %s has %d", name, count(got, "column"), other, want))
	}
}

// count writes a number with its noun: 1 point, 2 points.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
