package ot

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
)

// Whether costs come from points, from one product or from a matrix, the solution is
// the same; in all of these float32 does the first iterations.
func TestSinkhornPathsAgree(t *testing.T) {
	for _, c := range []struct {
		n, m, d int
		cost    cost.Cost
		why     string
	}{
		{150, 170, 2, cost.SqEuclidean(), "as they are needed; in float32, and float64 at the end"},
		{150, 170, 16, cost.SqEuclidean(), "as they are needed; in float32, and float64 at the end"},
		{150, 170, 40, cost.SqEuclidean(), "formed once by a product"},
		{150, 170, 3, cost.Euclidean(), "as they are needed; in float32, and float64 at the end"},
		{20, 30, 3, cost.Euclidean(), "in float64"},
	} {
		name := fmt.Sprintf("%d×%d, d = %d, %v", c.n, c.m, c.d, c.cost)
		p := Points(cloud(1, c.n, c.d, 5), cloud(2, c.m, c.d, 6))
		p.A, p.B, p.Cost = randomWeights(3, c.n), randomWeights(4, c.m), c.cost
		q := Matrix(p.Cost.Matrix(p.x, p.y))
		q.A, q.B = p.A, p.B
		s := Settings{Tol: 1e-9, MaxIter: 100000}
		r, want := Sinkhorn(p, s), Sinkhorn(q, s)
		if r.Status != Converged || want.Status != Converged || r.MarginalError > 1.01e-9 {
			t.Errorf("%s: %v and %v", name, r, want)
		}
		if !strings.Contains(r.Why, c.why) || !strings.Contains(want.Why, "the cost matrix is given") {
			t.Errorf("%s: solved %q and %q", name, r.Why, want.Why)
		}
		if off := math.Abs(r.Epsilon/want.Epsilon - 1); off > 1e-12 {
			t.Errorf("%s: ε by closed form and by the matrix differ by %g", name, off)
		}
		for what, pair := range map[string][2]float64{
			"value": {r.Value, want.Value}, "transport": {r.Transport, want.Transport},
			"Shannon value": {r.Shannon, want.Shannon}, "dual": {r.Dual, want.Dual},
		} {
			if off := math.Abs(pair[0] - pair[1]); !(off < 1e-8*(1+math.Abs(pair[1]))) {
				t.Errorf("%s: %s %v and %v", name, what, pair[0], pair[1])
			}
		}
		checkAgainstPlan(t, name, r, q.c, p.y)
	}
}

// checkAgainstPlan compares what the passes over pairs gave with sums over the plan.
func checkAgainstPlan(t *testing.T, name string, r *Result, c, y *mat.Dense) {
	t.Helper()
	plan := r.Plan()
	var weighed, image mat.Dense
	weighed.MulElem(plan, c)
	image.Mul(plan, y)
	kl, shannon := 0.0, mat.Sum(&weighed)
	for i, a := range r.a {
		for j, b := range r.b {
			if v := plan.At(i, j); v > 0 {
				kl += v * math.Log(v/a/b)
				shannon += r.Epsilon * v * math.Log(v)
			}
		}
	}
	for what, pair := range map[string][2]float64{
		"transport":     {r.Transport, mat.Sum(&weighed)},
		"value":         {r.Value, mat.Sum(&weighed) + r.Epsilon*(kl-mat.Sum(plan)+1)},
		"Shannon value": {r.Shannon, shannon},
	} {
		if off := math.Abs(pair[0] - pair[1]); !(off < 1e-10*(1+math.Abs(pair[1]))) {
			t.Errorf("%s: %s %v, by the plan %v", name, what, pair[0], pair[1])
		}
	}
	push := r.Push(y)
	for i := range r.a {
		mass := mat.Sum(plan.RowView(i))
		for k, v := range push.RawRowView(i) {
			want := 0.0
			if mass > 0 {
				want = image.At(i, k) / mass
			}
			if !(math.Abs(v-want) < 1e-10*(1+math.Abs(want))) {
				t.Fatalf("%s: point %d goes to %v, by the plan to %v", name, i, v, want)
			}
		}
	}
}

// The rule's standard deviation without the matrix is that of the matrix, far from
// the origin too, and 0 where all costs are equal.
func TestEpsilonRuleWithoutMatrix(t *testing.T) {
	for _, c := range []cost.Cost{cost.SqEuclidean(), cost.Euclidean()} {
		for _, shift := range []float64{0, 1000} {
			p := Points(cloud(1, 70, 3, shift), cloud(2, 300, 3, shift+2))
			p.Cost = c
			_, variance := stat.PopMeanVariance(c.Matrix(p.x, p.y).RawMatrix().Data, nil)
			if got, want := costDeviation(p), math.Sqrt(variance); math.Abs(got/want-1) > 1e-9 {
				t.Errorf("%v, shift %g: deviation %v, of the matrix %v", c, shift, got, want)
			}
		}
		same := mat.NewDense(3, 2, []float64{0.1, 0.7, 0.1, 0.7, 0.1, 0.7})
		p := Points(same, mat.NewDense(2, 2, []float64{3.3, 1.1, 3.3, 1.1}))
		p.Cost = c
		if sd := costDeviation(p); sd != 0 {
			t.Errorf("%v: equal costs deviate by %g", c, sd)
		}
	}
}

// A problem of 4·10⁸ pairs, whose matrix would take 3.2 GB, takes memory for points
// alone, and stops when asked to.
func TestManyPointsWithoutMatrix(t *testing.T) {
	const n = 20000
	p := Points(cloud(1, n, 2, 0), cloud(2, n, 2, 1))
	m := job.New(nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	time.AfterFunc(50*time.Millisecond, m.Cancel)
	err := job.Catch(func() { Sinkhorn(p, Settings{Epsilon: 0.05, Job: m}) })
	runtime.ReadMemStats(&after)
	if !errors.Is(err, job.ErrCancelled) {
		t.Errorf("error %v", err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("%d MB were allocated", used>>20)
	}
}

// Costs of 1e40 are beyond float32, in whatever way they are given.
func TestHugeCosts(t *testing.T) {
	for _, d := range []int{2, 40} {
		x, y := cloud(1, 200, d, 0), cloud(2, 200, d, 2)
		plain := Sinkhorn(Points(x, y), Settings{Epsilon: 1})
		var far, there mat.Dense
		far.Scale(1e20, x)
		there.Scale(1e20, y)
		points := Points(&far, &there)
		for name, p := range map[string]*Problem{"points": points, "matrix": Matrix(points.costMatrix())} {
			huge := Sinkhorn(p, Settings{Epsilon: 1e40})
			if math.Abs(huge.Value/plain.Value/1e40-1) > 1e-6 || huge.Status != Converged || huge.Iterations > 2*plain.Iterations {
				t.Errorf("%s in %d dimensions scaled by 1e20: %v; before, %v", name, d, huge, plain)
			}
		}
	}
}
