package measure

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// The streams of one seed.
const (
	streamSplit = iota + 0x5eed
	streamSubset
)

// Split deals the rows of x (n×d) at random into two clouds: train gets the
// fraction, rounded, and held the rest. Both get at least one row, so that x needs
// two. The fraction lies between 0 and 1; a half is usual.
func Split(x *mat.Dense, fraction float64, seed uint64) (train, held *mat.Dense) {
	checkCloud("x", x)
	if !(fraction > 0 && fraction < 1) {
		panic(fmt.Sprintf("measure: a split at the fraction %g; it lies between 0 and 1", fraction))
	}
	n, _ := x.Dims()
	if n < 2 {
		panic(job.BadData("measure: one point cannot be split"))
	}
	k := min(max(int(math.Round(fraction*float64(n))), 1), n-1)
	order := rand.New(rand.NewPCG(seed, streamSplit)).Perm(n)
	return rowsOf(x, order[:k]), rowsOf(x, order[k:])
}

// Shuffle returns the rows of x in random order.
func Shuffle(x *mat.Dense, seed uint64) *mat.Dense {
	checkCloud("x", x)
	n, _ := x.Dims()
	return Subset(x, n, seed)
}

// Subset returns k different rows of x at random, in random order.
func Subset(x *mat.Dense, k int, seed uint64) *mat.Dense {
	checkCloud("x", x)
	n, _ := x.Dims()
	if k < 1 || k > n {
		panic(fmt.Sprintf("measure: %d of %d points", k, n))
	}
	return rowsOf(x, rand.New(rand.NewPCG(seed, streamSubset)).Perm(n)[:k])
}

func rowsOf(x *mat.Dense, rows []int) *mat.Dense {
	_, d := x.Dims()
	y := mat.NewDense(len(rows), d, nil)
	for i, r := range rows {
		y.SetRow(i, x.RawRowView(r))
	}
	return y
}

// Scaler standardises clouds, each coordinate by a mean and a standard deviation
// of its own. Where it came from a coordinate that does not vary, the deviation
// is 1.
type Scaler struct {
	Mean, SD []float64
}

// NewScaler returns the scaler that gives all rows of the clouds taken together
// mean 0 and variance 1 in every coordinate. Transport between standardised
// clouds weighs coordinates of different units alike.
func NewScaler(clouds ...*mat.Dense) *Scaler {
	if len(clouds) == 0 {
		panic("measure: a scaler of no cloud")
	}
	checkCloud("the first cloud", clouds[0])
	_, d := clouds[0].Dims()
	s := &Scaler{Mean: make([]float64, d), SD: make([]float64, d)}
	total := 0.0
	each := func(f func(k int, v float64)) {
		for _, x := range clouds {
			eachRow(x, func(row []float64) {
				for k, v := range row {
					f(k, v)
				}
			})
		}
	}
	for i, x := range clouds {
		checkCloud(fmt.Sprintf("cloud %d", i+1), x)
		n, dx := x.Dims()
		if dx != d {
			panic(fmt.Sprintf("measure: clouds of %d and of %d columns", d, dx))
		}
		total += float64(n)
	}
	each(func(k int, v float64) { s.Mean[k] += v / total })
	each(func(k int, v float64) { s.SD[k] += (v - s.Mean[k]) * (v - s.Mean[k]) / total })
	for k, v := range s.SD {
		s.SD[k] = math.Sqrt(v)
		// A constant column has only the rounding of its mean left.
		if s.SD[k] <= 1e-14*math.Abs(s.Mean[k]) {
			s.SD[k] = 1
		}
	}
	return s
}

// Apply returns (x - Mean) / SD, a new matrix.
func (s *Scaler) Apply(x *mat.Dense) *mat.Dense {
	return s.change(x, func(k int, v float64) float64 { return (v - s.Mean[k]) / s.SD[k] })
}

// Undo takes standardised points back to the units they came in, as a new matrix.
func (s *Scaler) Undo(z *mat.Dense) *mat.Dense {
	return s.change(z, func(k int, v float64) float64 { return s.Mean[k] + s.SD[k]*v })
}

func (s *Scaler) change(x *mat.Dense, f func(k int, v float64) float64) *mat.Dense {
	checkCloud("x", x)
	if _, d := x.Dims(); d != len(s.Mean) {
		panic(fmt.Sprintf("measure: the scaler takes %d columns, x has %d", len(s.Mean), d))
	}
	y := mat.DenseCopyOf(x)
	eachRow(y, func(row []float64) {
		for k, v := range row {
			row[k] = f(k, v)
		}
	})
	return y
}

// checkCloud panics with a sentence, calling the matrix by name, unless x has a
// row and only finite entries.
func checkCloud(name string, x *mat.Dense) {
	if x == nil || x.IsEmpty() {
		panic(job.BadData("measure: %s has no points", name))
	}
	n, _ := x.Dims()
	for i := range n {
		for j, v := range x.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				panic(job.BadData("measure: %s has %g at row %d, column %d", name, v, i+1, j+1))
			}
		}
	}
}
