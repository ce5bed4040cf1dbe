package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

// randomCloud has points around shift, of spread 1 on each axis, and weights of
// which some are 0 unless uniform.
func randomCloud(seed uint64, n, d int, shift float64, uniform bool) Cloud {
	rng := rand.New(rand.NewPCG(seed, 7))
	c := Cloud{Data: make([]float64, n*(d+1)), Stride: d + 1, N: n, D: d, Weights: make([]float64, n)}
	total := 0.0
	for i := range n {
		for k := range d {
			c.Data[i*c.Stride+k] = shift + rng.NormFloat64()/math.Sqrt(float64(d))
		}
		c.Data[i*c.Stride+d] = math.NaN() // between the rows
		c.Weights[i] = 1
		if !uniform && n > 2 {
			c.Weights[i] = rng.Float64()
			if i%7 == 3 {
				c.Weights[i] = 0
			}
		}
		total += c.Weights[i]
	}
	for i := range c.Weights {
		c.Weights[i] /= total
	}
	return c
}

func (c Cloud) point(i int) []float64 { return c.Data[i*c.Stride:][:c.D] }

// plainCost is the cost matrix, in the most direct way.
func plainCost(x, y Cloud, metric Metric) []float64 {
	c := make([]float64, 0, x.N*y.N)
	for i := range x.N {
		for j := range y.N {
			sum := 0.0
			for k, v := range x.point(i) {
				sum += (v - y.point(j)[k]) * (v - y.point(j)[k])
			}
			if metric == Euclidean {
				sum = math.Sqrt(sum)
			}
			c = append(c, sum)
		}
	}
	return c
}

// plainTransform is −ε log Σ_j w_j exp((g_j − C_ij)/ε) for all i, or with columns
// for rows.
func plainTransform(c []float64, n, m int, w, g []float64, eps float64, columns bool) []float64 {
	at := func(i, j int) float64 {
		if columns {
			return c[j*n+i]
		}
		return c[i*m+j]
	}
	f := make([]float64, n)
	for i := range f {
		peak, sum := math.Inf(-1), 0.0
		for j, v := range g {
			if w[j] > 0 {
				peak = max(peak, v-at(i, j))
			}
		}
		for j, v := range g {
			sum += w[j] * math.Exp(min(0, v-at(i, j)-peak)/eps)
		}
		f[i] = -peak - eps*math.Log(sum)
	}
	return f
}

// plainSinkhorn is the two-pass iteration; it returns potentials and the last error.
func plainSinkhorn(c []float64, x, y Cloud, eps float64, iterations int) (f, g []float64, off float64) {
	f, g = make([]float64, x.N), make([]float64, y.N)
	for range iterations {
		f = plainTransform(c, x.N, y.N, y.Weights, g, eps, false)
		next := plainTransform(c, y.N, x.N, x.Weights, f, eps, true)
		off = 0
		for j, b := range y.Weights {
			off += b * math.Abs(math.Exp((g[j]-next[j])/eps)-1)
		}
		g = next
	}
	return f, g, off
}

// sweepShapes covers all forms, edges of blocks, panels and shards, and two passes.
var sweepShapes = []struct {
	n, m, d int
	metric  Metric
	stored  bool
}{
	{1, 1, 1, SquaredEuclidean, false},
	{3, 5, 2, SquaredEuclidean, false},
	{37, 64, 2, SquaredEuclidean, false},
	{150, 131, 3, SquaredEuclidean, false},
	{64, 200, 10, SquaredEuclidean, false},
	{61, 70, 11, SquaredEuclidean, false},
	{40, 33, 64, SquaredEuclidean, false},
	{1, 90, 2, Euclidean, false},
	{77, 45, 3, Euclidean, false},
	{30, 31, 20, Euclidean, false},
	{45, 77, 2, SquaredEuclidean, true},
	{5, 1, 2, Euclidean, true},
	{37, 90, 2, Euclidean, true},
}

// makeSweep is a sweep of a shape, from points or from their costs: a matrix of up to 40
// rows, and else block by block.
func makeSweep[T float32 | float64](x, y Cloud, metric Metric, stored bool) *Sweep[T] {
	if c := plainCost(x, y, metric); stored && x.N > 40 {
		low, high := Range64(c)
		return NewBlockSweep[T](x.Weights, y.Weights, low, high, false, func(_ int, to []float64, first, last int) {
			copy(to, c[first*y.N:last*y.N])
		})
	}
	if stored {
		return NewCostSweep[T](plainCost(x, y, metric), y.N, x.Weights, y.Weights)
	}
	return NewSweep[T](x, y, metric)
}

// The bounds are those of the doc comment, with costs of up to 30: potentials err by
// ε times the error of a logarithm, so by 1e-7·30 or 1e-6·30, and some iterations
// double that; float64 does better by 2^29.
func TestSweepAgreesWithTwoPlainPasses(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, c := range sweepShapes {
			x, y := randomCloud(1, c.n, c.d, 3, false), randomCloud(2, c.m, c.d, 4, false)
			for _, eps := range []float64{0.5, 0.05} {
				for _, twoPass := range []bool{false, true} {
					if twoPass && c.stored {
						continue
					}
					name := fmt.Sprintf("%dx%d d=%d metric=%d stored=%v eps=%g two=%v", c.n, c.m, c.d, c.metric, c.stored, eps, twoPass)
					bound := 6e-6
					if c.d > maxDirect && c.metric == SquaredEuclidean {
						bound = 6e-5
					}
					compareSweep(t, name+" f32", makeSweep[float32](x, y, c.metric, c.stored), x, y, c.metric, eps, twoPass, bound)
					compareSweep(t, name+" f64", makeSweep[float64](x, y, c.metric, c.stored), x, y, c.metric, eps, twoPass, bound/0x1p27)
				}
			}
		}
	})
}

// Potentials of 0 at ε = 0.05 underflow in float32 for many pairs: the first
// iteration needs its largest exponents.
func compareSweep[T float32 | float64](t *testing.T, name string, s *Sweep[T], x, y Cloud, metric Metric, eps float64, twoPass bool, bound float64) {
	t.Helper()
	s.fused = !twoPass
	s.SetEpsilon(eps)
	costs := plainCost(x, y, metric)
	var off float64
	for range 5 {
		off = s.Iterate()
	}
	f, g := make([]float64, x.N), make([]float64, y.N)
	s.Potentials(f, g)
	wantF, wantG, wantOff := plainSinkhorn(costs, x, y, eps, 5)
	if d := max(largestDifference(f, wantF), largestDifference(g, wantG)); !(d <= bound) {
		t.Errorf("%s: potentials differ by %.2g, more than %.2g", name, d, bound)
	}
	if d := math.Abs(off - wantOff); !(d <= 4*bound/eps) {
		t.Errorf("%s: marginal error %g, want %g", name, off, wantOff)
	}
}

func largestDifference(x, y []float64) (d float64) {
	for i, v := range x {
		if e := math.Abs(v - y[i]); !(e <= d) {
			d = e
		}
	}
	return d
}

func TestFormedSweep(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, n := range []int{1, 61, 300} {
			x, y := randomCloud(1, n, 33, 3, false), randomCloud(2, n+9, 33, 4, false)
			compareSweep(t, fmt.Sprintf("formed n=%d f32", n), NewFormedSweep[float32](x, y), x, y, SquaredEuclidean, 0.3, false, 6e-5)
			compareSweep(t, fmt.Sprintf("formed n=%d f64", n), NewFormedSweep[float64](x, y), x, y, SquaredEuclidean, 0.3, false, 1e-12)
		}
	})
}

// The kernels write where they are told, however the panels fall.
func TestSweepTilesStayInBounds(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		checkTileBounds[float32](t)
		checkTileBounds[float64](t)
	})
}

func checkTileBounds[T float32 | float64](t *testing.T) {
	const guard = 12345
	k := sweepKernelsOf[T]()
	for _, panels := range []int{1, 3} {
		m := panels * k.width
		guarded := func(n int) []T {
			x := make([]T, n+2*k.width)
			for i := range x {
				x[i] = guard
			}
			return x
		}
		inside := func(x []T) *T { return &x[k.width] }
		check := func(name string, x []T) {
			t.Helper()
			for i := range k.width {
				if x[i] != guard || x[len(x)-1-i] != guard {
					t.Fatalf("%s writes beyond its %d panels", name, panels)
				}
			}
		}
		p, sums, columns, few := guarded(4*m), guarded(4), guarded(m), guarded(4*k.width)
		zeros := make([]T, 4*m)
		for form := range sweepForms {
			for mode := range 3 {
				k.tile[form](inside(p), inside(sums), &zeros[0], &zeros[0], &zeros[0], &zeros[0], &zeros[0], panels, 1, m, k.width, mode)
				k.tile[form](inside(few), inside(sums), &zeros[0], &zeros[0], &zeros[0], &zeros[0], &zeros[0], panels, 1, k.width, 0, mode)
			}
		}
		k.columnsAdd(inside(columns), &zeros[0], inside(p), panels, m)
		k.columnsMax(inside(columns), &zeros[0], inside(p), panels, m)
		k.rowsDot(inside(sums), inside(p), &zeros[0], panels, 1, m)
		for name, x := range map[string][]T{"a tile": p, "a tile of one panel": few, "a sum over columns": columns, "a sum over rows": sums} {
			check(name, x)
		}
	}
}

// Potentials far from each other at a small ε leave no exponential that does not
// underflow or overflow.
func TestSweepRecovers(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		x, y := randomCloud(1, 70, 2, 0, false), randomCloud(2, 90, 2, 1, false)
		for _, stored := range []bool{false, true} {
			s := makeSweep[float32](x, y, SquaredEuclidean, stored)
			s.SetEpsilon(1e-3)
			f, g := make([]float64, 70), make([]float64, 90)
			for j := range g {
				g[j] = 10 * math.Sin(float64(j))
				if j == 7 {
					g[j] = 1e4
				}
			}
			s.SetPotentials(f, g)
			s.UpdateRows()
			s.UpdateColumns()
			wantF := plainTransform(plainCost(x, y, SquaredEuclidean), 70, 90, y.Weights, g, 1e-3, false)
			wantG := plainTransform(plainCost(x, y, SquaredEuclidean), 90, 70, x.Weights, wantF, 1e-3, true)
			s.Potentials(f, g)
			if d := max(largestDifference(f, wantF), largestDifference(g, wantG)); !(d < 1e4*1e-6) {
				t.Errorf("stored %v: potentials differ by %g", stored, d)
			}
		}
	})
}

func TestSweepAveragesASelfTerm(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		x := randomCloud(4, 83, 3, 1, false)
		c := plainCost(x, x, Euclidean)
		s := NewSweep[float64](x, x, Euclidean)
		s.SetEpsilon(0.2)
		want := make([]float64, x.N)
		for range 20 {
			s.Average()
			for i, v := range plainTransform(c, x.N, x.N, x.Weights, want, 0.2, false) {
				want[i] = (want[i] + v) / 2
			}
		}
		f, g := make([]float64, x.N), make([]float64, x.N)
		s.Potentials(f, g)
		if d := max(largestDifference(f, want), largestDifference(g, want)); !(d < 1e-12) {
			t.Errorf("potentials differ by %g", d)
		}
	})
}

func TestSweepDoesNotDependOnWorkers(t *testing.T) {
	x, y := randomCloud(1, 700, 2, 0, false), randomCloud(2, 650, 2, 1, false)
	run := func(workers int) ([]float64, []float64) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
		s := NewSweep[float32](x, y, SquaredEuclidean)
		s.SetEpsilon(0.1)
		for range 10 {
			s.Iterate()
		}
		f, g := make([]float64, x.N), make([]float64, y.N)
		s.Potentials(f, g)
		return f, g
	}
	f, g := run(1)
	for _, workers := range []int{2, 5} {
		if f2, g2 := run(workers); largestDifference(f, f2) != 0 || largestDifference(g, g2) != 0 {
			t.Errorf("%d workers give other potentials than one", workers)
		}
	}
}

func TestSweepReportsNaN(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		x, y := randomCloud(1, 20, 2, 0, true), randomCloud(2, 30, 2, 0, true)
		x.Data[3] = math.NaN()
		if off := NewSweep[float32](x, y, SquaredEuclidean).Iterate(); off == off {
			t.Errorf("a NaN among the points: marginal error %v", off)
		}
	})
}

// A pass that would last longer than 50 ms or so gives the caller a chance to end it.
func TestSweepPolls(t *testing.T) {
	x, y := randomCloud(1, 1000, 1000, 0, true), randomCloud(2, 1000, 1000, 0, true)
	s := NewSweep[float64](x, y, Euclidean)
	polls := 0
	s.Poll = func() {
		if polls++; polls == 2 {
			panic("enough")
		}
	}
	defer func() {
		if r := recover(); r != "enough" {
			t.Errorf("a pass ended with %v after %d polls", r, polls)
		}
	}()
	s.Iterate()
}

func TestSweepDoesNotAllocate(t *testing.T) {
	x, y := randomCloud(1, 300, 2, 0, true), randomCloud(2, 200, 2, 0, true)
	s := NewSweep[float32](x, y, SquaredEuclidean)
	s.Iterate()
	if n := testing.AllocsPerRun(20, func() { s.Iterate() }); n != 0 {
		t.Errorf("an iteration allocates %v times", n)
	}
}

// The error of one soft c-transform in float32, in units of ε, on the unit square and
// on one far from the origin: it grows with cost/ε times the rounding of float32, and
// differences are ten times as exact as expanded squares.
func TestSweepFloat32Errors(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, c := range []struct{ eps, direct, expanded float64 }{
			{5e-2, 1e-6, 2e-6}, {5e-3, 3e-6, 3e-5}, {5e-4, 3e-5, 4e-4}, {5e-5, 3e-4, 5e-3},
		} {
			for _, shift := range []float64{0, 3} {
				direct, expanded := transformError(c.eps, shift, false), transformError(c.eps, shift, true)
				if !(direct <= c.direct && expanded <= c.expanded) {
					t.Errorf("ε = %g, shift %g: errors %.2g and expanded %.2g, more than %.2g and %.2g", c.eps, shift, direct, expanded, c.direct, c.expanded)
				}
				t.Logf("ε = %g, shift %g: errors %.2g and expanded %.2g", c.eps, shift, direct, expanded)
			}
		}
	})
}

func transformError(eps, shift float64, expanded bool) float64 {
	rng := rand.New(rand.NewPCG(3, 3))
	square := func(n int) Cloud {
		c := Cloud{Data: make([]float64, 2*n), Stride: 2, N: n, D: 2, Weights: make([]float64, n)}
		for i := range c.Data {
			c.Data[i] = shift + rng.Float64()
			c.Weights[i/2] = 1 / float64(n)
		}
		return c
	}
	const n, m = 300, 400
	x, y := square(n), square(m)
	exact, single := NewSweep[float64](x, y, SquaredEuclidean), NewSweep[float32](x, y, SquaredEuclidean)
	if expanded {
		single.form = sweepExpanded
		single.uBase, single.vBase = make([]float64, n), make([]float64, m)
	}
	exact.SetEpsilon(eps)
	single.SetEpsilon(eps)
	for range 20 {
		exact.Iterate()
	}
	f, g, f32, g32 := make([]float64, n), make([]float64, m), make([]float64, n), make([]float64, m)
	exact.Potentials(f, g)
	single.SetPotentials(f, g)
	exact.UpdateRows()
	single.UpdateRows()
	exact.Potentials(f, g)
	single.Potentials(f32, g32)
	return largestDifference(f, f32) / eps
}

// BenchmarkSweep times one full iteration, after five.
func BenchmarkSweep(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		for _, d := range []int{2, 10, 64} {
			x, y := randomCloud(1, n, d, 0, true), randomCloud(2, n, d, 1, true)
			name := fmt.Sprintf("n=%d/d=%d", n, d)
			b.Run(name+"/type=f32", func(b *testing.B) { benchmarkSweep(b, NewSweep[float32](x, y, SquaredEuclidean)) })
			b.Run(name+"/type=f64", func(b *testing.B) { benchmarkSweep(b, NewSweep[float64](x, y, SquaredEuclidean)) })
			b.Run(name+"/costs=formed/type=f32", func(b *testing.B) { benchmarkSweep(b, NewFormedSweep[float32](x, y)) })
		}
	}
}

func benchmarkSweep[T float32 | float64](b *testing.B, s *Sweep[T]) {
	s.SetEpsilon(0.1)
	for range 5 {
		s.Iterate()
	}
	for b.Loop() {
		s.Iterate()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(s.n)/float64(s.m), "ns/pair")
}

// Points without weight may lie so that their entries overflow after a change of ε; they
// count for nothing, and nothing may come of them but their own potentials.
func TestSweepSurvivesFarPointsWithoutWeight(t *testing.T) {
	x, y := randomCloud(1, 60, 3, 0, false), randomCloud(2, 70, 3, 0, false)
	for _, cloud := range []Cloud{x, y} {
		for i, w := range cloud.Weights {
			if w == 0 {
				cloud.Data[i*cloud.Stride] += 30
			}
		}
	}
	costs := plainCost(x, y, SquaredEuclidean)
	s := NewCostSweep[float32](costs, y.N, x.Weights, y.Weights)
	for _, eps := range []float64{10, 0.05} {
		s.SetEpsilon(eps)
		for range 20 {
			if off := s.Iterate(); math.IsNaN(off) || math.IsInf(off, 0) {
				t.Fatalf("ε = %g: the marginal error is %v", eps, off)
			}
		}
	}
	f, g := make([]float64, x.N), make([]float64, y.N)
	s.Potentials(f, g)
	// The potentials g are transforms of f, also where there is no weight.
	want := plainTransform(costs, y.N, x.N, x.Weights, f, 0.05, true)
	if d := largestDifference(g, want); !(d < 1e-2) {
		t.Errorf("potentials differ from the transforms by %g", d)
	}
}
