package ot

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
)

func cloud(seed uint64, n, d int, shift float64) *mat.Dense {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := mat.NewDense(n, d, nil)
	x.Apply(func(int, int, float64) float64 { return shift + rng.NormFloat64() }, x)
	return x
}

func randomWeights(seed uint64, n int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	w, sum := make([]float64, n), 0.0
	for i := range w {
		if i%5 != 2 { // some points without mass
			w[i] = rng.Float64()
		}
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// problems are instances over which laws are checked.
func problems() map[string]*Problem {
	list := map[string]*Problem{}
	for _, c := range []cost.Cost{cost.SqEuclidean(), cost.Euclidean()} {
		square := Points(cloud(1, 40, 2, 0), cloud(2, 40, 2, 1))
		wide := Points(cloud(3, 30, 3, 0), cloud(4, 55, 3, 1))
		wide.A, wide.B = randomWeights(5, 30), randomWeights(6, 55)
		same := Points(mat.NewDense(6, 1, []float64{0, 0, 0, 1, 1, 1}), mat.NewDense(4, 1, []float64{0, 0, 1, 2}))
		one := Points(mat.NewDense(1, 2, nil), cloud(7, 5, 2, 0))
		for name, p := range map[string]*Problem{"square": square, "weights": wide, "duplicates": same, "one point": one} {
			p.Cost = c
			list[name+" "+c.String()] = p
		}
	}
	return list
}

// A Sinkhorn plan has the marginals it says, by its own potentials.
func TestSinkhornMarginals(t *testing.T) {
	for name, p := range problems() {
		r := Sinkhorn(p, Settings{})
		if r.Status != Converged || r.MarginalError > 1.01e-6 {
			t.Errorf("%s: %v", name, r)
		}
		n, m := p.Dims()
		checkMarginals(t, name, r.Plan(), weights(p.A, n), weights(p.B, m), 1.01e-6)
		if gap := math.Abs(r.Value - r.Dual); gap > 1e-5*(1+math.Abs(r.Value)) {
			t.Errorf("%s: duality gap %g", name, gap)
		}
	}
}

func checkMarginals(t *testing.T, name string, plan *mat.Dense, a, b []float64, tol float64) {
	t.Helper()
	off := 0.0
	for i, w := range a {
		off += math.Abs(mat.Sum(plan.RowView(i)) - w)
	}
	for j, w := range b {
		off += math.Abs(mat.Sum(plan.ColView(j)) - w)
	}
	if off > tol {
		t.Errorf("%s: marginals off by %g", name, off)
	}
}

// The exact plan is feasible, its potentials are, and the gap is rounding:
// together these prove it optimal.
func TestExactCertificate(t *testing.T) {
	for name, p := range problems() {
		r := Exact(p, Settings{})
		n, m := p.Dims()
		checkMarginals(t, name, r.Plan(), weights(p.A, n), weights(p.B, m), 1e-12)
		c := p.costMatrix()
		for i := range n {
			for j := range m {
				if slack := c.At(i, j) - r.F[i] - r.G[j]; slack < -1e-9 {
					t.Fatalf("%s: f+g exceeds the cost by %g at %d, %d", name, -slack, i, j)
				}
			}
		}
		if gap := math.Abs(r.Value - r.Dual); gap > 1e-10*(1+r.Value) {
			t.Errorf("%s: gap %g", name, gap)
		}
	}
}

// In one dimension the monotone pairing is optimal for convex costs.
func TestExactSortsInOneDimension(t *testing.T) {
	x := mat.NewDense(4, 1, []float64{3, 0, 2, 1})
	y := mat.NewDense(4, 1, []float64{10, 13, 11, 12})
	if got := Exact(Points(x, y), Settings{}).Value; math.Abs(got-100) > 1e-12 {
		t.Errorf("value %g, want 100", got)
	}
	perm, total := Assignment(mat.NewDense(2, 2, []float64{1, 5, 2, 9}), nil)
	if total != 7 || perm[0] != 1 || perm[1] != 0 {
		t.Errorf("assignment %v, %g; want [1 0], 7", perm, total)
	}
}

// As ε falls, the transport cost of the entropic plan falls to the exact one.
func TestSinkhornTendsToExact(t *testing.T) {
	p := problems()["weights |x-y|²"]
	exact := Exact(p, Settings{}).Value
	last := math.Inf(1)
	for _, eps := range []float64{1, 0.1, 0.01} {
		r := Sinkhorn(p, Settings{Epsilon: eps, MaxIter: 100000})
		if r.Transport < exact-1e-5 || r.Transport > last+1e-9 {
			t.Errorf("ε = %g: transport %g, before %g, exact %g", eps, r.Transport, last, exact)
		}
		last = r.Transport
	}
	if last > exact+0.01 {
		t.Errorf("at ε = 0.01 transport is %g, exact %g", last, exact)
	}
}

// Between two Diracs there is one plan. Translating a cloud by t adds |t|² to
// the transport from it to itself under |x-y|².
func TestKnownValues(t *testing.T) {
	r := Sinkhorn(Points(mat.NewDense(1, 1, []float64{1}), mat.NewDense(1, 1, []float64{4})), Settings{})
	if math.Abs(r.Value-9) > 1e-9 {
		t.Errorf("Dirac to Dirac %g, want 9", r.Value)
	}
	x := cloud(11, 60, 2, 0)
	y := mat.DenseCopyOf(x)
	y.Apply(func(_, _ int, v float64) float64 { return v + 3 }, x)
	if got := Exact(Points(x, y), Settings{}).Value; math.Abs(got-18) > 1e-9 {
		t.Errorf("translation %g, want 18", got)
	}
	// The divergence of a translate is |t|² for any ε.
	if d := Divergence(Points(x, y), Settings{Epsilon: 0.5, Tol: 1e-9}); math.Abs(d.Value-18) > 1e-6 {
		t.Errorf("divergence of a translate %g, want 18", d.Value)
	}
}

// The entropic value between N(0,1) and N(0,4) approaches the closed form of
// Janati et al. 2020 on quantile grids; 400 points leave about 1e-2.
func TestEntropicGaussian(t *testing.T) {
	const n = 400
	x, y := mat.NewDense(n, 1, nil), mat.NewDense(n, 1, nil)
	for i := range n {
		q := math.Sqrt2 * math.Erfinv(2*(float64(i)+0.5)/n-1)
		x.Set(i, 0, q)
		y.Set(i, 0, 2*q)
	}
	const eps, s1, s2 = 1.0, 1.0, 4.0
	h := eps / 2
	d := math.Sqrt(4*s1*s2 + h*h)
	want := s1 + s2 - d + h*(1-math.Log(2*h)) + h*math.Log(d+h)
	got := Sinkhorn(Points(x, y), Settings{Epsilon: eps}).Value
	if math.Abs(got-want) > 0.02 {
		t.Errorf("value %g, closed form %g", got, want)
	}
}

func TestDivergenceLaws(t *testing.T) {
	x, y := cloud(21, 30, 2, 0), cloud(22, 45, 2, 0.5)
	for _, c := range []cost.Cost{cost.SqEuclidean(), cost.Euclidean()} {
		p := Points(x, y)
		p.Cost = c
		s := Settings{Epsilon: 0.3, Tol: 1e-10, MaxIter: 100000}
		forward := Divergence(p, s)
		q := Points(y, x)
		q.Cost = c
		if back := Divergence(q, s); math.Abs(forward.Value-back.Value) > 1e-8 {
			t.Errorf("%v: not symmetric, %g and %g", c, forward.Value, back.Value)
		}
		if forward.Value <= 0 {
			t.Errorf("%v: divergence of different clouds is %g", c, forward.Value)
		}
		self := Points(x, mat.DenseCopyOf(x))
		self.Cost = c
		if r := Divergence(self, s); r.Value != 0 || mat.Norm(r.DX, 2) > 1e-12 {
			t.Errorf("%v: divergence of a cloud with itself is %g, gradient %g", c, r.Value, mat.Norm(r.DX, 2))
		}
		checkDivergenceGradient(t, x, y, c, s, forward.DX)
	}
}

// The envelope gradient agrees with central differences: steps of 1e-4 leave an
// error of about 1e-8 in values solved to 1e-10.
func checkDivergenceGradient(t *testing.T, x, y *mat.Dense, c cost.Cost, s Settings, dx *mat.Dense) {
	t.Helper()
	const h = 1e-4
	for _, at := range [][2]int{{0, 0}, {7, 1}, {29, 0}} {
		value := func(step float64) float64 {
			z := mat.DenseCopyOf(x)
			z.Set(at[0], at[1], x.At(at[0], at[1])+step)
			p := Points(z, y)
			p.Cost = c
			return Divergence(p, s).Value
		}
		want := (value(h) - value(-h)) / (2 * h)
		if got := dx.At(at[0], at[1]); math.Abs(got-want) > 1e-5 {
			t.Errorf("%v: gradient at %v is %g, differences %g", c, at, got, want)
		}
	}
}

func TestUnconvergedSaysSo(t *testing.T) {
	r := Sinkhorn(problems()["square |x-y|²"], Settings{Epsilon: 1e-4, MaxIter: 20})
	if r.Status != IterationLimit || r.Status.Err() == nil || r.MarginalError < 1e-6 {
		t.Errorf("20 iterations at ε = 1e-4: %v", r)
	}
	if math.IsNaN(r.Value) {
		t.Error("the value is NaN")
	}
}

func TestSameNumbersOnAnyNumberOfCores(t *testing.T) {
	p := Points(cloud(31, 200, 2, 0), cloud(32, 300, 2, 1))
	many := Sinkhorn(p, Settings{})
	old := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(old)
	if one := Sinkhorn(p, Settings{}); one.Value != many.Value || one.Iterations != many.Iterations {
		t.Errorf("one core %v, several %v", one.Value, many.Value)
	}
}

func TestBadInput(t *testing.T) {
	nan := mat.NewDense(3, 2, []float64{0, 0, 1, math.NaN(), 2, 2})
	good := cloud(1, 3, 2, 0)
	with := func(a []float64) *Problem {
		p := Points(good, good)
		p.A = a
		return p
	}
	for want, f := range map[string]func(){
		"ot: x has 2 columns, y has 3":                                     func() { Points(good, cloud(1, 3, 3, 0)) },
		"ot: x has NaN at row 2, column 2":                                 func() { Sinkhorn(Points(nan, good), Settings{}) },
		"ot: x is empty":                                                   func() { Exact(Points(&mat.Dense{}, &mat.Dense{}), Settings{}) },
		"ot: a has 2 weights for 3 points":                                 func() { Sinkhorn(with([]float64{1, 0}), Settings{}) },
		"ot: the weights a sum to 1.5, not to 1; divide them by their sum": func() { Sinkhorn(with([]float64{0.5, 0.5, 0.5}), Settings{}) },
		"ot: a has the weight -1 at 1; weights are at least 0":             func() { Sinkhorn(with([]float64{-1, 1, 1}), Settings{}) },
		"ot: Epsilon is -1; it must be positive, or 0 for the default":     func() { Sinkhorn(Points(good, good), Settings{Epsilon: -1}) },
		"ot: Assignment needs as many rows as columns; c is 1×2":           func() { Assignment(mat.NewDense(1, 2, nil), nil) },
	} {
		if got := panicText(f); got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	}
}

func panicText(f func()) (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	f()
	return ""
}

func TestCancelUnwinds(t *testing.T) {
	m := job.New(nil)
	m.Cancel()
	err := job.Catch(func() { Sinkhorn(problems()["square |x-y|²"], Settings{Job: m}) })
	if !errors.Is(err, job.ErrCancelled) {
		t.Errorf("error %v", err)
	}
}
