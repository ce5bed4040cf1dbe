package monge

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

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
			n, m := shape[0], shape[1]
			x, y := normals(1, 2*n), normals(2, 2*m)
			s := newScaling(n, m)
			squaredCosts(s.c, x, y, 2)
			s.start()
			s.solve(eps, 1e-9, 20000)
			want := logSinkhorn(s.c, n, m, eps)
			if !s.passed || math.Abs(s.value()-want) > 1e-8 {
				t.Errorf("%d×%d, ε %g: value %.12g after %d iterations (error %.1e), want %.12g",
					n, m, eps, s.value(), s.iterations, s.err, want)
			}
		}
	}
}

func TestSymmetricScalingFindsTheOptimum(t *testing.T) {
	for _, n := range []int{1, 2, 21} {
		for _, eps := range []float64{1, 0.1} {
			x := normals(3, 2*n)
			s := newScaling(n, n)
			squaredCosts(s.c, x, x, 2)
			s.solveSymmetric(eps, 1e-9, 20000)
			want := logSinkhorn(s.c, n, n, eps)
			if !s.passed || math.Abs(s.value()-want) > 1e-8 {
				t.Errorf("n %d, ε %g: value %.12g (error %.1e), want %.12g", n, eps, s.value(), s.err, want)
			}
			for i, u := range s.u {
				if u != s.v[i] || s.f[i] != s.g[i] {
					t.Fatalf("n %d: the potentials are not symmetric at %d", n, i)
				}
			}
		}
	}
}

// Costs thousands of times ε underflow a naive kernel; the start and the
// absorption keep every row and column alive.
func TestScalingSurvivesSmallEpsilon(t *testing.T) {
	const n = 40
	x, y := normals(4, 2*n), normals(5, 2*n)
	for i := range y {
		y[i] = 50 + 10*y[i]
	}
	s := newScaling(n, n)
	squaredCosts(s.c, x, y, 2)
	const eps = 0.5 // costs reach 10⁴
	s.start()
	s.solve(eps, 1e-3, 200000)
	if !s.passed || math.IsNaN(s.value()) {
		t.Fatalf("value %g, error %g after %d iterations", s.value(), s.err, s.iterations)
	}
}

// A solve that is cut off says so, and its value is a lower bound.
func TestCutOffSolveIsReported(t *testing.T) {
	const n = 30
	s := newScaling(n, n)
	squaredCosts(s.c, normals(6, 2*n), normals(7, 2*n), 2)
	s.start()
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
		s := newScaling(n, m)
		value := func() float64 {
			squaredCosts(s.c, x, y, d)
			s.start()
			s.solve(eps, 1e-12, 10000)
			return s.value()
		}
		value()
		gx, gy := make([]float64, n*d), make([]float64, m*d)
		s.pullRows(gx, x, y, d, 2)
		s.pullColumns(gy, x, y, d, 2)
		s.plan()
		again := make([]float64, n*d)
		s.pullRows(again, x, y, d, 2)
		for i := range gx {
			if math.Abs(gx[i]-again[i]) > 1e-12 {
				t.Fatalf("entry %d: %g before materialising P, %g after", i, gx[i], again[i])
			}
		}
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

func TestGibbsAccuracy(t *testing.T) {
	c, g, dst := []float64{0}, []float64{0}, []float64{0}
	worst := 0.0
	for x := -699.9; x < 699; x += 0.0737 {
		c[0] = -x
		gibbs(dst, c, g, 0, 1)
		worst = max(worst, math.Abs(dst[0]/math.Exp(x)-1))
	}
	if worst > 1e-14 {
		t.Errorf("relative error %g", worst)
	}
	for _, x := range []float64{-701, -1e300, math.Inf(-1)} {
		c[0] = -x
		if gibbs(dst, c, g, 0, 1); dst[0] != 0 {
			t.Errorf("exp(%g) gives %g", x, dst[0])
		}
	}
	c[0] = math.NaN()
	if gibbs(dst, c, g, 0, 1); !math.IsNaN(dst[0]) {
		t.Errorf("a NaN cost gives %g", dst[0])
	}
}

// BenchmarkSolve is the fit of one training batch of the tutorial's size:
// Gaussian clouds one standard deviation apart.
func BenchmarkSolve(b *testing.B) {
	for _, eps := range []float64{0.2, 0.05} {
		b.Run(fmt.Sprintf("eps=%g", eps), func(b *testing.B) {
			const n = 256
			s := newScaling(n, n)
			x, y := normals(1, 2*n), normals(2, 2*n)
			for i := range y {
				y[i]++
			}
			iterations := 0
			for range b.N {
				squaredCosts(s.c, x, y, 2)
				s.start()
				s.solve(eps, 1e-3, 10000)
				iterations += s.iterations
			}
			b.ReportMetric(float64(iterations)/float64(b.N), "iterations/op")
		})
	}
}
