package kern

import (
	"fmt"
	"math"
	"testing"
)

// Sums of the plan against those of the plan written out. Errors are those of the
// exponents times sums of numbers of up to 10.
func TestSweepSums(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, c := range sweepShapes {
			x, y := randomCloud(1, c.n, c.d, 3, false), randomCloud(2, c.m, c.d, 4, false)
			name := fmt.Sprintf("%dx%d d=%d metric=%d stored=%v", c.n, c.m, c.d, c.metric, c.stored)
			bound := 1e-3
			checkSums(t, name+" f32", makeSweep[float32](x, y, c.metric, c.stored), x, y, c.metric, bound)
			checkSums(t, name+" f64", makeSweep[float64](x, y, c.metric, c.stored), x, y, c.metric, bound/0x1p27)
		}
	})
}

func checkSums[T float32 | float64](t *testing.T, name string, s *Sweep[T], x, y Cloud, metric Metric, bound float64) {
	t.Helper()
	const eps = 0.3
	s.SetEpsilon(eps)
	for range 3 {
		s.Iterate()
	}
	f, g := make([]float64, x.N), make([]float64, y.N)
	s.Potentials(f, g)
	costs := plainCost(x, y, metric)
	rows, columns := make([]float64, x.N), make([]float64, y.N)
	transport := s.Totals(rows, columns)
	k := min(x.D, 5)
	mass, back, sums, pulled := make([]float64, x.N), make([]float64, y.N), make([]float64, x.N*k), make([]float64, y.N*k)
	s.RowSums(mass, sums, y.Data, y.Stride, k, false)
	s.ColumnSums(back, pulled, x.Data, x.Stride, k)
	slope := s.form == sweepDistance
	steep, steepSums := make([]float64, x.N), make([]float64, x.N*k)
	if slope {
		s.RowSums(steep, steepSums, y.Data, y.Stride, k, true)
	}
	for i := range x.N {
		for j := range y.N {
			c := costs[i*y.N+j]
			p := x.Weights[i] * y.Weights[j] * math.Exp((f[i]+g[j]-c)/eps)
			transport -= p * c
			rows[i] -= p
			columns[j] -= p
			mass[i] -= p
			back[j] -= p
			for l := range k {
				sums[i*k+l] -= p * y.point(j)[l]
				pulled[j*k+l] -= p * x.point(i)[l]
			}
			if slope && c > 0 {
				steep[i] -= p / c
				for l := range k {
					steepSums[i*k+l] -= p / c * y.point(j)[l]
				}
			}
		}
	}
	all := [][]float64{{transport}, rows, columns, mass, back, sums, pulled, steep, steepSums}
	for i, list := range all {
		if i >= 7 && !slope {
			break
		}
		if d := largestDifference(list, make([]float64, len(list))); !(d <= bound) {
			t.Errorf("%s: sum %d is off by %.2g, more than %.2g", name, i, d, bound)
		}
	}
}
