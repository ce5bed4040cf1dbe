package ot

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// lineCase is a problem on the line or the circle.
type lineCase struct {
	name       string
	x, y, a, b []float64
}

// lineCases are small problems with what makes one-dimensional transport go wrong:
// repeated numbers, points without mass at the ends and between, weights whose sums meet
// within the staircase, single points.
func lineCases() []lineCase {
	rng := rand.New(rand.NewPCG(11, 0))
	draw := func(n int, f func() float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = f()
		}
		return x
	}
	few := func() float64 { return float64(rng.IntN(4)) }
	list := []lineCase{
		{"one point", []float64{2}, []float64{-1}, nil, nil},
		{"one to many", []float64{0.5}, draw(7, rng.NormFloat64), nil, randomWeights(1, 7)},
		{"many to one", draw(9, rng.NormFloat64), []float64{3}, randomWeights(2, 9), nil},
		{"uniform", draw(20, rng.NormFloat64), draw(20, rng.NormFloat64), nil, nil},
		{"uniform n != m", draw(12, rng.NormFloat64), draw(18, rng.NormFloat64), nil, nil},
		{"weights", draw(25, rng.NormFloat64), draw(17, rng.NormFloat64), randomWeights(3, 25), randomWeights(4, 17)},
		{"ties", draw(15, few), draw(15, few), nil, nil},
		{"ties and weights", draw(15, few), draw(20, few), randomWeights(5, 15), randomWeights(6, 20)},
		{"same", []float64{3, 1, 2}, []float64{1, 2, 3}, nil, nil},
		{"sums meet", []float64{0, 1, 2, 3}, []float64{5, 6, 7, 8, 9},
			[]float64{0.25, 0.25, 0.25, 0.25}, []float64{0.5, 0, 0, 0.25, 0.25}},
		{"tenths", draw(10, rng.NormFloat64), draw(5, rng.NormFloat64), slices.Repeat([]float64{0.1}, 10), slices.Repeat([]float64{0.2}, 5)},
		{"no mass at the ends", []float64{0, 1, 2, 3, 4}, []float64{0, 1, 2, 3},
			[]float64{0, 0, 1, 0, 0}, []float64{0, 0.5, 0.5, 0}},
		{"tiny masses", []float64{0, 1, 2, 3}, []float64{4, 2, 7},
			[]float64{1e-300, 0.5, 0.5, 1e-18}, []float64{0.25, 1e-200, 0.75}},
	}
	return list
}

var orders = []float64{1, 1.3, 1.5, 2, 3}

// checkSorted checks plan, values and potentials of a one-dimensional result against
// costs and the exact solver.
func checkSorted(t *testing.T, name string, c lineCase, r *Result, costs *mat.Dense) {
	t.Helper()
	n, m := len(c.x), len(c.y)
	largest := mat.Max(costs)
	// Potentials are sums of up to n+m differences of costs, of a rounding each.
	tol := 1e-15 * float64(n+m) * (1 + largest)
	checkMarginals(t, name, r.Plan(), weights(c.a, n), weights(c.b, m), 1e-14)
	if len(r.Support()) > n+m-1 || r.Status != Converged || r.MarginalError > 1e-14 || math.Abs(r.Mass-1) > 1e-14 {
		t.Errorf("%s: %d arcs of %d×%d, %v", name, len(r.Support()), n, m, r)
	}
	if math.Abs(r.Value-r.Dual) > tol {
		t.Errorf("%s: value %.17g, dual %.17g", name, r.Value, r.Dual)
	}
	for i, f := range r.F {
		for j, g := range r.G {
			if !(f+g <= costs.At(i, j)+tol) {
				t.Errorf("%s: f_%d + g_%d = %.17g exceeds the cost %.17g", name, i, j, f+g, costs.At(i, j))
			}
		}
	}
	before := Arc{-1, -1, 0}
	for _, arc := range r.Support() {
		if arc.I < before.I || arc.I == before.I && arc.J <= before.J {
			t.Errorf("%s: arc %v comes after %v", name, arc, before)
		}
		if gap := costs.At(arc.I, arc.J) - r.F[arc.I] - r.G[arc.J]; math.Abs(gap) > tol {
			t.Errorf("%s: arc %v has slack %g", name, arc, gap)
		}
		before = arc
	}
	p := Matrix(costs)
	p.A, p.B = c.a, c.b
	if want := Exact(p, Settings{}).Value; math.Abs(r.Value-want) > tol+1e-14*want {
		t.Errorf("%s: value %.17g, the exact solver has %.17g", name, r.Value, want)
	}
}

func costsOf(x, y []float64, c func(x, y float64) float64) *mat.Dense {
	out := mat.NewDense(len(x), len(y), nil)
	out.Apply(func(i, j int, _ float64) float64 { return c(x[i], y[j]) }, out)
	return out
}

// On the line the monotone plan is what the exact solver finds, with a proof of its own,
// for powers and for other convex functions.
func TestLineIsExact(t *testing.T) {
	hs := map[string]func(float64) float64{
		"pinball":   func(z float64) float64 { return max(0.9*z, -0.1*z) },
		"cosh":      math.Cosh,
		"dead zone": func(z float64) float64 { return max(0, math.Abs(z)-1) },
	}
	for _, c := range lineCases() {
		for _, p := range orders {
			r := Line(c.x, c.y, LineSettings{Order: p, A: c.a, B: c.b})
			checkSorted(t, fmt.Sprintf("%s, p = %g", c.name, p), c, r,
				costsOf(c.x, c.y, func(x, y float64) float64 { return math.Pow(math.Abs(x-y), p) }))
		}
		for name, h := range hs {
			r := Line(c.x, c.y, LineSettings{H: h, A: c.a, B: c.b})
			checkSorted(t, c.name+", "+name, c, r, costsOf(c.x, c.y, func(x, y float64) float64 { return h(x - y) }))
		}
	}
}

// Distances of equal, shifted and scaled clouds, either way round.
func TestWassersteinLaws(t *testing.T) {
	for _, c := range lineCases() {
		for _, p := range orders {
			w := Wasserstein(c.x, c.y, p)
			line := Line(c.x, c.y, LineSettings{Order: p})
			near := func(got, want float64) bool { return math.Abs(got-want) <= 1e-13*(1+want) }
			move := func(x []float64, scale, shift float64) []float64 {
				out := make([]float64, len(x))
				for i, v := range x {
					out[i] = scale*v + shift
				}
				return out
			}
			switch {
			case !near(math.Pow(w, p), line.Value), !near(WassersteinPow(c.x, c.y, p), line.Value):
				t.Errorf("%s, p = %g: W %g, value %g", c.name, p, w, line.Value)
			case !near(Wasserstein(c.y, c.x, p), w):
				t.Errorf("%s, p = %g: not symmetric", c.name, p)
			case Wasserstein(c.x, c.x, p) != 0:
				t.Errorf("%s, p = %g: not 0 for equal clouds", c.name, p)
			case !near(Wasserstein(c.x, move(c.x, 1, 3), p), 3):
				t.Errorf("%s, p = %g: a shift by 3 costs %g", c.name, p, Wasserstein(c.x, move(c.x, 1, 3), p))
			case !near(Wasserstein(move(c.x, -2, 5), move(c.y, -2, 5), p), 2*w):
				t.Errorf("%s, p = %g: not homogeneous", c.name, p)
			}
		}
	}
}

// Quantiles at (i-½)/n of two laws have their distance, up to what n points cannot tell.
func TestWassersteinOfLaws(t *testing.T) {
	const n = 20000
	quantiles := func(f func(u float64) float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = f((float64(i) + 0.5) / n)
		}
		return x
	}
	uniform := quantiles(func(u float64) float64 { return u })
	normal := quantiles(func(u float64) float64 { return math.Sqrt2 * math.Erfinv(2*u-1) })
	exponential := quantiles(func(u float64) float64 { return -math.Log1p(-u) })
	for _, c := range []struct {
		name      string
		x, y      []float64
		p         float64
		want, tol float64
	}{
		{"U(0,1), N(0,1)", uniform, normal, 2, 4.0/3 - 1/math.Sqrt(math.Pi), 1e-3}, // the tail beyond 1/n
		{"N(0,1), Exp(1)", normal, exponential, 2, 1.1936054313, 2e-3},
		{"N(0,1), Exp(1)", normal, exponential, 1, 1, 1e-3},
	} {
		if got := WassersteinPow(c.x, c.y, c.p); math.Abs(got-c.want) > c.tol {
			t.Errorf("%s, p = %g: %.6g, want %.6g", c.name, c.p, got, c.want)
		}
	}
	// |x-y| is the area between the distribution functions: one point against two.
	if w := Line([]float64{0}, []float64{-1, 3}, LineSettings{Order: 1, B: []float64{0.25, 0.75}}).Value; w != 2.5 {
		t.Errorf("W₁ = %g, want 2.5", w)
	}
}

// Numbers of many magnitudes and a large offset leave the value right to rounding.
func TestLineFarFromTheOrigin(t *testing.T) {
	x, y := make([]float64, 1000), make([]float64, 1000)
	for i := range x {
		x[i], y[i] = 1e9+float64(i), 1e9+float64((i+500)%1000)+0.25
	}
	r := Line(x, y, LineSettings{})
	// Potentials range over (1000)², their rounding over 1e-10 or so of it.
	if r.Value != 0.0625 || math.Abs(r.Dual-r.Value) > 1e-9 {
		t.Errorf("%v", r)
	}
}

func TestLineSaysWhatIsWrong(t *testing.T) {
	one := []float64{1}
	for name, f := range map[string]func(){
		"NaN":      func() { Line([]float64{math.NaN()}, one, LineSettings{}) },
		"infinite": func() { Wasserstein(one, []float64{math.Inf(1)}, 1) },
		"empty":    func() { Line(nil, one, LineSettings{}) },
		"weights":  func() { Line(one, one, LineSettings{A: []float64{0.5}}) },
		"length":   func() { Line(one, one, LineSettings{B: []float64{0.5, 0.5}}) },
		"overflow": func() { Line([]float64{1e200}, one, LineSettings{}) },
		"H":        func() { Line([]float64{0, 1}, one, LineSettings{H: math.Log}) },
	} {
		if err := job.Catch(f); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for name, f := range map[string]func(){
		"order":      func() { Line(one, one, LineSettings{Order: 0.5}) },
		"distance":   func() { Wasserstein(one, one, 0) },
		"not convex": func() { Line([]float64{0, 1, 2}, one, LineSettings{H: func(z float64) float64 { return -z * z }}) },
		"root of |z|": func() {
			Line([]float64{0, 1, 2}, one, LineSettings{H: func(z float64) float64 { return math.Sqrt(math.Abs(z)) }})
		},
	} {
		func() {
			defer func() {
				if _, ok := recover().(string); !ok {
					t.Errorf("%s: no sentence", name)
				}
			}()
			f()
		}()
	}
	monitor := job.New(nil)
	monitor.Cancel()
	long := cloud(1, 1000, 1, 0).RawMatrix().Data
	if err := job.Catch(func() { Line(long, long, LineSettings{Job: monitor}) }); err != job.ErrCancelled {
		t.Errorf("cancelled: %v", err)
	}
}

// BenchmarkLine solves normal against normal numbers, with plan and potentials.
func BenchmarkLine(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		x, y := cloud(1, n, 1, 0).RawMatrix().Data, cloud(2, n, 1, 1).RawMatrix().Data
		for _, weights := range []string{"uniform", "random"} {
			s := LineSettings{}
			if weights == "random" {
				s.A, s.B = randomWeights(3, n), randomWeights(4, n)
			}
			b.Run(fmt.Sprintf("weights=%s/n=%d", weights, n), func(b *testing.B) {
				var r *Result
				for b.Loop() {
					r = Line(x, y, s)
				}
				b.ReportMetric(r.Value-r.Dual, "gap")
			})
		}
	}
}

// BenchmarkWasserstein is the distance alone.
func BenchmarkWasserstein(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		x, y := cloud(1, n, 1, 0).RawMatrix().Data, cloud(2, n, 1, 1).RawMatrix().Data
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			for b.Loop() {
				Wasserstein(x, y, 2)
			}
		})
	}
}

// Weights may miss one by a little, on both sides differently: plan and dual agree on the
// sum of a, and what they do about b is in the marginal error.
func TestLineBalances(t *testing.T) {
	c := lineCase{x: []float64{1, 2, 3}, y: []float64{0, 5}, a: []float64{0.5, 0.25, 0.25 + 5e-7}, b: []float64{0.5, 0.5}}
	for _, r := range []*Result{
		Line(c.x, c.y, LineSettings{A: c.a, B: c.b}), Circle(c.x, c.y, CircleSettings{A: c.a, B: c.b}),
	} {
		if math.Abs(r.Value-r.Dual) > 1e-14*r.Value || math.Abs(r.MarginalError-5e-7) > 1e-12 {
			t.Errorf("%v", r)
		}
	}
}

// A result of the line serves what asks for its costs.
func TestLineIsAResult(t *testing.T) {
	r := Line([]float64{3, 1}, []float64{2, 4, 0}, LineSettings{Order: 3})
	if rounded := r.Rounded(); math.Abs(rounded.Transport-r.Value) > 1e-14 || rounded.Moved > 1e-14 {
		t.Errorf("%v\n%v", r, rounded)
	}
	pushed := r.Push(mat.NewDense(3, 1, []float64{2, 4, 0}))
	// The upper half of the mass of y is 4 and half of 2.
	if math.Abs(pushed.At(0, 0)-10.0/3) > 1e-14 || math.Abs(pushed.At(1, 0)-2.0/3) > 1e-14 {
		t.Errorf("%v", mat.Formatted(pushed))
	}
}
