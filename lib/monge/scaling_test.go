package monge

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func noPoll() {}

func normals(seed uint64, n int) []float64 {
	rng, v := newRand(seed), make([]float64, n)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	return v
}

// squaredCosts fills c with |x_i - y_j|².
func squaredCosts(c, x, y []float64, d int) {
	n, m := len(x)/d, len(y)/d
	for i := range n {
		for j := range m {
			sum := 0.0
			for l := range d {
				z := x[i*d+l] - y[j*d+l]
				sum += z * z
			}
			c[i*m+j] = sum
		}
	}
}

// logSinkhorn is the definition: plain iterations in the log domain, to a
// marginal error of 1e-12, and the dual value.
func logSinkhorn(c []float64, n, m int, eps float64) float64 {
	f, g := make([]float64, n), make([]float64, m)
	soft := func(t func(k int) float64, count int) float64 {
		hi := math.Inf(-1)
		for k := range count {
			hi = max(hi, t(k))
		}
		sum := 0.0
		for k := range count {
			sum += math.Exp((t(k) - hi) / eps)
		}
		return hi + eps*math.Log(sum/float64(count))
	}
	for range 20000 {
		for i := range n {
			f[i] = -soft(func(j int) float64 { return g[j] - c[i*m+j] }, m)
		}
		err := 0.0
		for j := range m {
			next := -soft(func(i int) float64 { return f[i] - c[i*m+j] }, n)
			err += math.Abs(1-math.Exp((g[j]-next)/eps)) / float64(m)
			g[j] = next
		}
		if err < 1e-12 {
			break
		}
	}
	value := 0.0
	for _, v := range f {
		value += v / float64(n)
	}
	for _, v := range g {
		value += v / float64(m)
	}
	return value
}

func TestScalingFindsTheOptimum(t *testing.T) {
	for _, shape := range [][2]int{{1, 1}, {1, 7}, {5, 3}, {20, 20}, {23, 18}} {
		for _, eps := range []float64{1, 0.3} {
			testOptimum[float64](t, shape[0], shape[1], eps, 1e-9, 1e-8)
			// Rounding a cost of some 10 in float32 moves the value by 1e-6 or so.
			testOptimum[float32](t, shape[0], shape[1], eps, 1e-5, 1e-5)
		}
	}
}

func testOptimum[T real](t *testing.T, n, m int, eps, tol, within float64) {
	t.Helper()
	x, y := normals(1, 2*n), normals(2, 2*m)
	s := newScaling[T](n, m, noPoll)
	s.fill(x, y, 2, false)
	s.start(0)
	s.solve(eps, tol, 20000)
	c := make([]float64, n*m)
	squaredCosts(c, x, y, 2)
	want := logSinkhorn(c, n, m, eps)
	if !s.passed || math.Abs(s.value()-want) > within {
		t.Errorf("%T %d×%d, ε %g: value %.12g after %d iterations (error %.1e), want %.12g",
			s.c[0], n, m, eps, s.value(), s.iterations, s.err, want)
	}
}

func TestSymmetricScalingFindsTheOptimum(t *testing.T) {
	for _, n := range []int{1, 2, 21} {
		for _, eps := range []float64{1, 0.1} {
			testSymmetricOptimum[float64](t, n, eps, 1e-9, 1e-8)
			testSymmetricOptimum[float32](t, n, eps, 1e-5, 1e-5)
		}
	}
}

func testSymmetricOptimum[T real](t *testing.T, n int, eps, tol, within float64) {
	t.Helper()
	x := normals(3, 2*n)
	s := newScaling[T](n, n, noPoll)
	s.fill(x, x, 2, false)
	s.solveSymmetric(eps, tol, 20000)
	c := make([]float64, n*n)
	squaredCosts(c, x, x, 2)
	want := logSinkhorn(c, n, n, eps)
	if !s.passed || math.Abs(s.value()-want) > within {
		t.Errorf("%T n %d, ε %g: value %.12g (error %.1e), want %.12g", s.c[0], n, eps, s.value(), s.err, want)
	}
	for i, u := range s.u {
		if u != s.v[i] || s.f[i] != s.g[i] {
			t.Fatalf("n %d: the potentials are not symmetric at %d", n, i)
		}
	}
}

// A problem in shards is the problem in one, but for the grouping of the column sums,
// and the same on any number of cores.
func TestShardsAgree(t *testing.T) {
	const n, m, d = 600, 500, 2
	x, y := normals(12, n*d), normals(13, m*d)
	solve := func(s *scaling[float64], symmetric bool) (value float64, grad []float64) {
		grad = make([]float64, n*d)
		if symmetric {
			s.fill(x, x, d, false)
			s.solveSymmetric(0.3, 1e-9, 1000)
		} else {
			s.fill(x, y, d, true)
			s.start(0)
			s.solve(0.3, 1e-9, 1000)
		}
		s.pullRows(grad, 1)
		return s.value(), grad
	}
	for _, symmetric := range []bool{false, true} {
		columns := m
		if symmetric {
			columns = n
		}
		several, one := newScaling[float64](n, columns, noPoll), newScaling[float64](n, columns, noPoll)
		if several.count < 2 {
			t.Fatalf("%d×%d costs are one shard", n, columns)
		}
		one.count, one.rowsOf = 1, n
		value, grad := solve(several, symmetric)
		wantValue, wantGrad := solve(one, symmetric)
		if math.Abs(value-wantValue) > 1e-12 || !several.passed {
			t.Errorf("symmetric %v: value %.15g in shards, %.15g in one", symmetric, value, wantValue)
		}
		for i := range grad {
			if math.Abs(grad[i]-wantGrad[i]) > 1e-12 {
				t.Fatalf("symmetric %v: gradient %d is %.15g in shards, %.15g in one", symmetric, i, grad[i], wantGrad[i])
			}
		}
		old := runtime.GOMAXPROCS(1)
		again, gradAgain := solve(several, symmetric)
		runtime.GOMAXPROCS(old)
		if again != value || !slices.Equal(grad, gradAgain) {
			t.Errorf("symmetric %v: value %.17g on one core, %.17g on several", symmetric, again, value)
		}
	}
}

// Extrapolation ends in fewer iterations than Sinkhorn's own, and far fewer where those
// are slow, in low dimensions and in high ones.
func TestExtrapolationSavesIterations(t *testing.T) {
	const n = 60
	for _, d := range []int{2, 32} {
		for _, share := range []float64{0.3, 0.01} {
			x, y := normals(14, n*d), normals(15, n*d)
			s := newScaling[float32](n, n, noPoll)
			s.fill(x, y, d, false)
			eps, plain := share*2*float64(d), 0
			s.eps = eps
			s.start(eps)
			s.build()
			for off := math.Inf(1); off > 1e-3; plain++ {
				s.sweep()
				off = float64(s.rescale(s.v, s.v, s.cols, 1.0/n))
				if s.far(s.u) || s.far(s.v) {
					s.absorb()
				}
			}
			s.start(eps)
			s.solve(eps, 1e-3, 20000)
			if !s.passed || s.iterations > plain || plain > 100 && s.iterations > plain/2 {
				t.Errorf("d %d, ε %g: %d iterations, error %g; plain ones %d", d, eps, s.iterations, s.err, plain)
			}
		}
	}
}

// A solve allocates nothing but once.
func TestSolvesAllocateNothing(t *testing.T) {
	const n = 50
	s := newScaling[float32](n, n, noPoll)
	x, y := normals(16, 2*n), normals(17, 2*n)
	solve := func() {
		s.fill(x, y, 2, false)
		s.start(0.1)
		s.solve(0.1, 1e-3, 1000)
	}
	if allocations := testing.AllocsPerRun(10, solve); allocations != 0 {
		t.Errorf("%g allocations in a solve", allocations)
	}
}

// Costs thousands of times ε underflow a naive kernel; the start and the
// absorption keep every row and column alive, in float32 too.
func TestScalingSurvivesSmallEpsilon(t *testing.T) {
	testSmallEpsilon[float64](t)
	testSmallEpsilon[float32](t)
}

func testSmallEpsilon[T real](t *testing.T) {
	const n = 40
	x, y := normals(4, 2*n), normals(5, 2*n)
	for i := range y {
		y[i] = 50 + 10*y[i]
	}
	s := newScaling[T](n, n, noPoll)
	s.fill(x, y, 2, false)
	const eps = 0.5 // costs reach 10⁴
	s.start(0)
	s.solve(eps, 1e-3, 200000)
	if !s.passed || math.IsNaN(s.value()) {
		t.Fatalf("%T: value %g, error %g after %d iterations", s.c[0], s.value(), s.err, s.iterations)
	}
}

// A solve that is cut off says so, and its value is a lower bound.
func TestCutOffSolveIsReported(t *testing.T) {
	const n = 30
	x, y := normals(6, 2*n), normals(7, 2*n)
	s := newScaling[float64](n, n, noPoll)
	s.fill(x, y, 2, false)
	s.start(0)
	s.solve(0.1, 1e-6, 5)
	if s.passed || s.iterations != 5 || s.err <= 1e-6 {
		t.Errorf("passed %v after %d iterations with error %g", s.passed, s.iterations, s.err)
	}
	if low, opt := s.value(), logSinkhorn(s.c, n, n, 0.1); low > opt {
		t.Errorf("value %g above the optimum %g", low, opt)
	}
}

// pullRows and pullColumns against differences of the converged value: the
// envelope theorem.
func TestPullsAgainstDifferences(t *testing.T) {
	const eps, d = 0.3, 3
	for _, shape := range [][2]int{{6, 9}, {8, 5}} {
		n, m := shape[0], shape[1]
		x, y := normals(8, n*d), normals(9, m*d)
		s := newScaling[float64](n, m, noPoll)
		value := func() float64 {
			s.fill(x, y, d, false)
			s.start(0)
			s.solve(eps, 1e-12, 10000)
			return s.value()
		}
		value()
		gx, gy := make([]float64, n*d), make([]float64, m*d)
		s.pullRows(gx, 2)
		s.pullColumns(gy, 2)
		check := func(name string, v, grad []float64) {
			for i := range v {
				const h = 1e-5
				old := v[i]
				v[i] = old + h
				up := value()
				v[i] = old - h
				down := value()
				v[i] = old
				if want := (up - down) / (2 * h); math.Abs(grad[i]-want) > 1e-7*(1+math.Abs(want)) {
					t.Errorf("%d×%d: d/d%s[%d] = %.9g, differences give %.9g", n, m, name, i, grad[i], want)
				}
			}
		}
		check("x", x, gx)
		check("y", y, gy)
	}
}

// float32 serves a loose tolerance and costs of a few hundred ε, wherever the clouds
// lie, and gives the gradient of float64 to within what that tolerance allows.
func TestPrecisionFollowsTheTolerance(t *testing.T) {
	const n, d = 50, 2
	x, y := normals(10, n*d), normals(11, n*d)
	for _, c := range []struct {
		shift, eps, tol float64
		single          bool
	}{{0, 0.5, 1e-3, true}, {1e6, 0.5, 1e-3, true}, {0, 0.5, 1e-5, false}, {0, 0.01, 1e-3, false}} {
		for i := range x {
			x[i] += c.shift
			y[i] += c.shift
		}
		p, exact := &problem{n: n, m: n, poll: noPoll}, newScaling[float64](n, n, noPoll)
		p.fill(x, y, d, false, c.eps, c.tol)
		if _, single := p.solver.(*scaling[float32]); single != c.single {
			t.Errorf("%+v: float32 is %v", c, single)
		}
		p.start(0)
		p.solve(c.eps, c.tol, 10000)
		exact.fill(x, y, d, false)
		exact.start(0)
		exact.solve(c.eps, c.tol, 10000)
		if !p.converged() || math.Abs(p.value()-exact.value()) > c.tol*c.eps {
			t.Errorf("%+v: value %.9g, in float64 %.9g", c, p.value(), exact.value())
		}
		got, want := make([]float64, n*d), make([]float64, n*d)
		p.pullRows(got, 2)
		exact.pullRows(want, 2)
		for i := range got {
			// A gradient is of the size of a distance, up to 5, by n.
			if math.Abs(got[i]-want[i]) > 5*c.tol/n {
				t.Errorf("%+v: gradient %d is %.9g, in float64 %.9g", c, i, got[i], want[i])
			}
		}
		for i := range x {
			x[i] -= c.shift
			y[i] -= c.shift
		}
	}
}

// BenchmarkSolve is the fit of one training batch of the tutorial's size:
// Gaussian clouds one standard deviation apart.
func BenchmarkSolve(b *testing.B) {
	for _, n := range []int{256, 1024} {
		for _, eps := range []float64{0.2, 0.05} {
			b.Run(fmt.Sprintf("type=f32/n=%d/eps=%g", n, eps), func(b *testing.B) { benchmarkSolve[float32](b, n, eps) })
			b.Run(fmt.Sprintf("type=f64/n=%d/eps=%g", n, eps), func(b *testing.B) { benchmarkSolve[float64](b, n, eps) })
		}
	}
}

func benchmarkSolve[T real](b *testing.B, n int, eps float64) {
	s := newScaling[T](n, n, noPoll)
	x, y := normals(1, 2*n), normals(2, 2*n)
	for i := range y {
		y[i]++
	}
	iterations := 0
	for b.Loop() {
		s.fill(x, y, 2, false)
		s.start(0)
		s.solve(eps, 1e-3, 10000)
		iterations += s.iterations
	}
	b.ReportMetric(float64(iterations)/float64(b.N), "iterations/op")
}

// A solve that begins with what an earlier batch of the same laws knew ends at the same
// value as one that does not, and at the tolerance of a fit in fewer iterations, for each
// cost with kernels; and points far from all that was known do it no harm. Iterations to
// 1e-6 are not compared: the course of an extrapolation varies by more than a start saves.
func TestPotentialsAreCarriedOn(t *testing.T) {
	fills := map[string]func(s *scaling[float64], x, y []float64){
		"|x-y|²": func(s *scaling[float64], x, y []float64) { s.fill(x, y, 2, false) },
		"|x-y|":  func(s *scaling[float64], x, y []float64) { s.fill(x, y, 2, true) },
		"angle":  func(s *scaling[float64], x, y []float64) { s.fillAngles(x, y, 2) },
	}
	for name, fill := range fills {
		for _, away := range []float64{0, 500} {
			carryOn(t, name, fill, away, 1e-6)
		}
		if went, began := carryOn(t, name, fill, 0, 1e-3); went >= began {
			t.Errorf("%s: %d iterations with what was known, %d without", name, went, began)
		}
	}
}

// carryOn solves four batches, of which all but the first have a point that is away, and
// returns the iterations of these with what was known and without.
func carryOn(t *testing.T, name string, fill func(s *scaling[float64], x, y []float64), away, tol float64) (went, began int) {
	const n, d, eps = 200, 2, 0.1
	s, fresh := newScaling[float64](n, n, noPoll), newScaling[float64](n, n, noPoll)
	for batch := range uint64(4) {
		x, y := normals(20+2*batch, n*d), normals(21+2*batch, n*d)
		for i := range y {
			y[i] += 1 + x[i]
		}
		if batch > 0 {
			y[0] += away
		}
		for _, s := range []*scaling[float64]{s, fresh} {
			fill(s, x, y)
			s.start(eps)
			s.solve(eps, tol, 20000)
		}
		s.carry()
		// A marginal error of tol moves the value by as much times a potential, of the size
		// of a cost.
		if off := math.Abs(s.value() - fresh.value()); !s.passed || off > tol*(1+fresh.largest()) {
			t.Errorf("%s, batch %d: value %.9g, without what was known %.9g", name, batch, s.value(), fresh.value())
		}
		if batch > 0 {
			went, began = went+s.iterations, began+fresh.iterations
		}
	}
	return went, began
}
