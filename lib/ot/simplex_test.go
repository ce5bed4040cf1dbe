package ot

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
)

// bySimplex solves with the network simplex what Exact might take for an assignment.
func bySimplex(p *Problem) *Result {
	r := newExact(p)
	r.transport(nil)
	return r
}

// checkCertificate holds a result to the laws of an optimum: marginals, dual
// feasibility, complementary slackness, no gap, and a plan that is extreme.
func checkCertificate(t *testing.T, name string, p *Problem, r *Result) {
	t.Helper()
	n, m := p.Dims()
	c := p.costMatrix()
	arcs := r.Support()
	if r.Status != Converged || len(arcs) > n+m-1 || len(arcs) == 0 {
		t.Errorf("%s: %v, %d arcs, %v", name, r.Status, len(arcs), r.Advice)
		return
	}
	// Potentials are sums of as many costs as a path has arcs, at most.
	reach := 1e-300
	for _, arc := range arcs {
		reach = max(reach, math.Abs(c.At(arc.I, arc.J)), math.Abs(r.F[arc.I]), math.Abs(r.G[arc.J]))
	}
	tol := 1e-15 * float64(n+m) * reach
	if gap := r.Value - r.Dual; math.Abs(gap) > tol {
		t.Errorf("%s: value %.17g, dual %.17g", name, r.Value, r.Dual)
	}
	for i, f := range r.F {
		for j, g := range r.G {
			if !(f+g <= c.At(i, j)+tol) {
				t.Fatalf("%s: f_%d + g_%d = %g exceeds the cost %g", name, i, j, f+g, c.At(i, j))
			}
		}
	}
	for _, arc := range arcs {
		if !(math.Abs(r.F[arc.I]+r.G[arc.J]-c.At(arc.I, arc.J)) <= tol && arc.Mass > 0) {
			t.Fatalf("%s: arc %v has reduced cost %g", name, arc, c.At(arc.I, arc.J)-r.F[arc.I]-r.G[arc.J])
		}
	}
	sums := [2]float64{}
	for k, w := range [2][]float64{weights(p.A, n), weights(p.B, m)} {
		for _, v := range w {
			sums[k] += v
		}
	}
	// The plan moves what a holds, and each flow is a sum of weights.
	if off := r.MarginalError - math.Abs(sums[0]-sums[1]); off > 1e-15*float64(n+m) {
		t.Errorf("%s: marginal error %g", name, r.MarginalError)
	}
}

// hardProblems are small problems on which solvers cycle, divide by zero or give up.
func hardProblems() map[string]*Problem {
	rng := rand.New(rand.NewPCG(3, 3))
	list := map[string]*Problem{}
	add := func(name string, c *mat.Dense, a, b []float64) *Problem {
		p := Matrix(c)
		p.A, p.B = a, b
		list[name] = p
		return p
	}
	for kind := range exactKinds {
		for _, shape := range [][2]int{{1, 1}, {1, 9}, {9, 1}, {3, 70}, {40, 40}, {70, 90}} {
			n, m := shape[0], shape[1]
			c := exactCosts(rng, n, m, kind)
			name := fmt.Sprintf("kind %d, %d×%d", kind, n, m)
			add(name, c, nil, nil)
			add(name+", random weights", c, randomWeights(7, n), randomWeights(8, m))
		}
	}
	normal := exactCosts(rng, 12, 15, 0)
	tiny := equal(12)
	tiny[3], tiny[4] = 1e-300, tiny[3]+tiny[4]
	add("tiny weight", normal, tiny, nil)
	near, above := equal(12), equal(15)
	near[0] += 1e-7
	above[0] -= 1e-7
	add("weights that nearly sum to 1", normal, near, above)
	one := make([]float64, 12)
	one[5] = 1
	add("all mass in one point", normal, one, nil)
	huge := mat.DenseCopyOf(normal)
	for i := range 12 {
		huge.Set(i, (i+1)%15, 1e32)
	}
	add("huge costs", huge, nil, nil)
	add("huge scale", scaled(1e200, normal), nil, nil)
	add("tiny scale", scaled(1e-200, normal), nil, nil)
	twice := cloud(5, 30, 2, 0)
	for i := range 15 {
		twice.SetRow(15+i, twice.RawRowView(i))
	}
	list["duplicated points"] = Points(twice, cloud(6, 45, 2, 0))
	list["one cloud twice"] = Points(twice, twice)
	list["one point everywhere"] = Points(mat.NewDense(70, 2, nil), mat.NewDense(80, 2, nil))
	grid := mat.NewDense(81, 2, nil)
	for i := range 81 {
		grid.SetRow(i, []float64{float64(i / 9), float64(i % 9)})
	}
	list["grids"] = Points(grid, mat.DenseCopyOf(grid.Slice(3, 72, 0, 2)))
	far := Points(cloud(5, 70, 2, 0), cloud(6, 80, 2, 1e6))
	far.A = randomWeights(7, 70)
	list["far apart"] = far
	return list
}

func scaled(by float64, c *mat.Dense) *mat.Dense {
	var out mat.Dense
	out.Scale(by, c)
	return &out
}

func TestSimplexCertifiesHardProblems(t *testing.T) {
	for name, p := range hardProblems() {
		checkCertificate(t, name, p, bySimplex(p))
		checkCertificate(t, name+", by Exact", p, Exact(p, Settings{}))
	}
}

// Points and their matrix are one problem, whatever the cost, also where the costs of a
// row come in blocks and the entropic guess is of no use.
func TestSimplexOnPointsAndMatrix(t *testing.T) {
	x, y := cloud(1, 230, 3, 0), cloud(2, 170, 3, 1)
	for _, c := range []cost.Cost{cost.SqEuclidean(), cost.Euclidean(), cost.L1(), cost.PNorm(1.5), cost.Cosine()} {
		p := Points(x, y)
		p.Cost, p.A, p.B = c, randomWeights(3, 230), randomWeights(4, 170)
		r := Exact(p, Settings{})
		checkCertificate(t, c.String(), p, r)
		q := Matrix(p.costMatrix())
		q.A, q.B = p.A, p.B
		// Both are certified, so that they differ by their gaps at most.
		if s := Exact(q, Settings{}); math.Abs(s.Value-r.Value) > 1e-12*r.Value {
			t.Errorf("%v: %.17g on points, %.17g on their matrix", c, r.Value, s.Value)
		}
	}
}

// Points that are split into equal parts make an assignment of the same optimum.
func TestSimplexAgreesWithAssignmentOfParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	const parts = 60
	split := func(n int) (w []float64, of []int) {
		counts := make([]int, n)
		for range parts {
			counts[rng.IntN(n)]++
		}
		for i, k := range counts {
			w = append(w, float64(k)/parts)
			for range k {
				of = append(of, i)
			}
		}
		return w, of
	}
	for kind := range exactKinds {
		for _, shape := range [][2]int{{7, 11}, {20, 9}, {40, 40}} {
			c := exactCosts(rng, shape[0], shape[1], kind)
			p := Matrix(c)
			var rows, columns []int
			p.A, rows = split(shape[0])
			p.B, columns = split(shape[1])
			fine := mat.NewDense(parts, parts, nil)
			for i, from := range rows {
				for j, to := range columns {
					fine.Set(i, j, c.At(from, to))
				}
			}
			_, total := Assignment(fine, nil)
			r := Exact(p, Settings{})
			if want := total / parts; math.Abs(r.Value-want) > 1e-13*(1+math.Abs(want)) {
				t.Errorf("kind %d, %v: %.15g, want %.15g", kind, shape, r.Value, want)
			}
		}
	}
}

// +Inf forbids an arc: the plan avoids it at any price, as it does a huge cost.
func TestForbiddenArcs(t *testing.T) {
	for _, size := range []int{12, 90} {
		rng := rand.New(rand.NewPCG(5, uint64(size)))
		c := exactCosts(rng, size, size, 0)
		huge := mat.DenseCopyOf(c)
		for i := range size {
			for j := range size {
				if i != j && rng.IntN(3) > 0 || i == j && i%4 > 0 {
					c.Set(i, j, math.Inf(1))
					huge.Set(i, j, 1e32)
				}
			}
		}
		for i := range size { // one way that is open, and expensive
			c.Set(i, (i+1)%size, 1e3)
			huge.Set(i, (i+1)%size, 1e3)
		}
		forbidden, expensive := Exact(Matrix(c), Settings{}), Exact(Matrix(huge), Settings{})
		checkCertificate(t, "forbidden", Matrix(c), forbidden)
		checkCertificate(t, "expensive", Matrix(huge), expensive)
		if math.Abs(forbidden.Value-expensive.Value) > 1e-12*math.Abs(forbidden.Value) {
			t.Errorf("n %d: %.15g with forbidden arcs, %.15g with huge costs", size, forbidden.Value, expensive.Value)
		}
	}
}

func TestInfeasibleIsSaid(t *testing.T) {
	inf := math.Inf(1)
	for _, test := range []struct {
		name   string
		c      []float64
		a      []float64
		moved  float64
		advice string
	}{
		{"a row without a way", []float64{1, 2, 3, inf, inf, inf, 3, 4, 1}, nil, 2. / 3,
			"row 2 with mass 0.3333 have only infinite costs"},
		{"two rows for one column", []float64{1, inf, inf, 2, inf, inf, 3, 4, 1}, nil, 2. / 3,
			"rows 1, 2 with mass 0.6667 have finite costs only to column 1, where 0.3333 can go"},
		{"nothing allowed", []float64{inf, inf, inf, inf, inf, inf, inf, inf, inf}, nil, 0,
			"rows 1, 2, 3 with mass 1 have only infinite costs"},
		{"half of a row too much", []float64{1, inf, inf, 2, 1, 1, 3, 4, 1}, []float64{0.5, 0.25, 0.25}, 5. / 6,
			"row 1 with mass 0.5 have finite costs only to column 1"},
	} {
		p := Matrix(mat.NewDense(3, 3, test.c))
		p.A = test.a
		r := Exact(p, Settings{})
		moved := 0.0
		for _, arc := range r.Support() {
			moved += arc.Mass
			if math.IsInf(p.c.At(arc.I, arc.J), 1) {
				t.Errorf("%s: forbidden arc %v", test.name, arc)
			}
		}
		if r.Status != Infeasible || !math.IsInf(r.Value, 1) || math.IsInf(r.Dual, 0) || math.Abs(moved-test.moved) > 1e-15 {
			t.Errorf("%s: moved %g, want %g: %v", test.name, moved, test.moved, r)
		}
		if !strings.HasPrefix(r.Advice, test.advice) || r.Status.Err() == nil {
			t.Errorf("%s: said %q, want %q", test.name, r.Advice, test.advice)
		}
	}
	// Points without mass may have no way.
	p := Matrix(mat.NewDense(2, 2, []float64{inf, inf, inf, 3}))
	p.A, p.B = []float64{0, 1}, []float64{0, 1}
	if r := Exact(p, Settings{}); r.Status != Converged || r.Value != 3 || r.Dual != 3 {
		t.Errorf("with points without mass: %v", r)
	}
}

func TestExactRefusals(t *testing.T) {
	x := cloud(1, 700, 2, 0)
	c := mat.NewDense(100, 90, nil)
	with := func(v float64) *mat.Dense { return mat.NewDense(1, 2, []float64{1, v}) }
	for want, f := range map[string]func(){
		"ot: the cost matrix has NaN at row 1, column 2":  func() { Exact(Matrix(with(math.NaN())), Settings{}) },
		"ot: the cost matrix has -Inf at row 1, column 2": func() { Exact(Matrix(with(math.Inf(-1))), Settings{}) },
		"ot: the cost matrix is empty":                    func() { Exact(Matrix(&mat.Dense{}), Settings{}) },
		"ot: the cost matrix has +Inf at row 1, column 2": func() { Assignment(mat.NewDense(2, 2, []float64{1, math.Inf(1), 1, 1}), nil) },
		"ot: Exact for 100×90 needs about 383 KiB, and MemoryLimit is 1 KiB; raise MemoryLimit, or give Points instead of a matrix, for which far less is kept": func() { Exact(Matrix(c), Settings{MemoryLimit: 1 << 10}) },
		"ot: the cost matrix has 1.1e+300 at row 1, column 2, and sums of such overflow; divide the costs, or forbid the arc by +Inf":                           func() { Exact(Matrix(with(1.1e300)), Settings{}) },
	} {
		got := ""
		if err := job.Catch(f); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	}
	// An assignment that would take too much is left to the simplex.
	if r := Exact(Points(x, x), Settings{MemoryLimit: 3 << 20}); !strings.HasPrefix(r.Why, "network simplex") {
		t.Errorf("%v: %s", r, r.Why)
	}
	monitor := job.New(nil)
	monitor.Cancel()
	p := Points(cloud(1, 80, 2, 0), cloud(2, 90, 2, 0))
	if err := job.Catch(func() { Exact(p, Settings{Job: monitor}) }); !errors.Is(err, job.ErrCancelled) {
		t.Errorf("error %v", err)
	}
}

func TestExactIsTheSameOnAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := Points(cloud(1, 300, 2, 0), cloud(2, 280, 2, 1))
	p.A = randomWeights(3, 300)
	alone := Exact(p, Settings{})
	runtime.GOMAXPROCS(4)
	many := Exact(p, Settings{})
	if alone.Value != many.Value || alone.Iterations != many.Iterations || fmt.Sprint(alone.F, alone.arcs) != fmt.Sprint(many.F, many.arcs) {
		t.Errorf("one core %v, several %v", alone, many)
	}
}

// Random problems of all kinds, with forbidden arcs, costs of two very different sizes,
// and weights that are equal, small whole numbers or of very different sizes.
func TestSimplexCertifiesRandomProblems(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 77))
		n, m := 1+rng.IntN(100), 1+rng.IntN(100)
		c := exactCosts(rng, n, m, rng.IntN(exactKinds))
		some := func(f func(v float64) float64) {
			share := rng.Float64()
			c.Apply(func(_, _ int, v float64) float64 {
				if rng.Float64() < share {
					return f(v)
				}
				return v
			}, c)
		}
		switch rng.IntN(4) {
		case 0:
			some(func(float64) float64 { return math.Inf(1) })
		case 1:
			some(func(v float64) float64 { return 1e9 * v })
		}
		p := Matrix(c)
		p.A, p.B = oddWeights(rng, n), oddWeights(rng, m)
		r := Exact(p, Settings{})
		if r.Status == Infeasible && r.Advice != "" && math.IsInf(mat.Max(c), 1) {
			continue
		}
		checkCertificate(t, fmt.Sprintf("seed %d, %d×%d", seed, n, m), p, r)
	}
}

func oddWeights(rng *rand.Rand, n int) []float64 {
	w := make([]float64, n)
	kind := rng.IntN(3)
	for i := range w {
		switch kind {
		case 0:
			w[i] = 1
		case 1:
			w[i] = float64(rng.IntN(4))
		case 2:
			w[i] = math.Exp(30 * rng.NormFloat64())
		}
	}
	sum := total(w)
	if sum == 0 {
		return nil
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// Costs near the ends of float64 have an answer, or there is a word why not.
func TestExactOfExtremeCosts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	c := mat.NewDense(70, 80, nil)
	c.Apply(func(_, _ int, _ float64) float64 { return 2*rng.Float64() - 1 }, c)
	for _, scale := range []float64{1e300, 1e-300} {
		p := Matrix(scaled(scale, c))
		p.A = randomWeights(1, 70)
		checkCertificate(t, fmt.Sprint(scale), p, Exact(p, Settings{}))
	}
	for _, m := range []int{70, 80} {
		far := Points(scaled(1e200, cloud(1, 70, 2, 0)), scaled(1e200, cloud(2, m, 2, 0)))
		if r := Exact(far, Settings{}); r.Status != NotFinite || !math.IsInf(r.Value, 1) || r.Advice == "" {
			t.Errorf("costs beyond float64: %v", r)
		}
	}
}
