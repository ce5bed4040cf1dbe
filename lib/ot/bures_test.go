package ot

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// A random law whose covariance has the given rank.
func randomLaw(seed uint64, d, rank int) Gaussian {
	var s mat.SymDense
	s.SymOuterK(1, cloud(seed, d, rank, 0))
	return Gaussian{Mean: cloud(seed+100, 1, d, 0).RawRowView(0), Cov: &s}
}

func normFrom(a, b mat.Matrix) float64 {
	var diff mat.Dense
	diff.Sub(a, b)
	return mat.Norm(&diff, 2)
}

// Map and distance against closed forms: two by computation in ten digits, and the case
// of diagonal covariances, where A holds the ratios of standard deviations.
func TestBuresClosedForms(t *testing.T) {
	cases := []struct {
		m2, s1, s2, a []float64
		pow, tol      float64
	}{
		{[]float64{1, -2}, []float64{2, .5, .5, 1}, []float64{1, -.3, -.3, 1.5},
			[]float64{0.7535411635, -0.2973508037, -0.2973508037, 1.3085328820}, 5.4634711896, 1e-10},
		{[]float64{0, 0, 0}, []float64{1, 0, 0, 0, 4, 0, 0, 0, 9}, []float64{4, 0, 0, 0, 1, 0, 0, 0, 9},
			[]float64{2, 0, 0, 0, 0.5, 0, 0, 0, 1}, 2, 1e-14},
		{[]float64{3}, []float64{4}, []float64{25}, []float64{2.5}, 9 + 9, 1e-14},
	}
	for _, c := range cases {
		d := len(c.m2)
		p := Gaussian{make([]float64, d), mat.NewSymDense(d, c.s1)}
		q := Gaussian{c.m2, mat.NewSymDense(d, c.s2)}
		r := Bures(p, q)
		if off := normFrom(r.A, mat.NewDense(d, d, c.a)); off > 4*c.tol || math.Abs(r.WassersteinPow-c.pow) > 4*c.tol*c.pow {
			t.Errorf("A = %v, W₂² = %.12g; want %v, %g", mat.Formatted(r.A), r.WassersteinPow, c.a, c.pow)
		}
	}
}

// W₂ is a distance, and A carries one covariance to the other; its eigenvalues cost
// rounding times the condition number, which is below 1e6 here.
func TestBuresLaws(t *testing.T) {
	for _, d := range []int{1, 2, 5, 20} {
		p, q, o := randomLaw(1, d, d+3), randomLaw(2, d, d+3), randomLaw(3, d, d+3)
		pq, qp := Bures(p, q), Bures(q, p)
		if pq.Residual > 1e-9 || pq.Rank != d {
			t.Errorf("d %d: %v", d, pq)
		}
		if math.Abs(pq.Wasserstein-qp.Wasserstein) > 1e-12*pq.Wasserstein {
			t.Errorf("d %d: %g one way, %g the other", d, pq.Wasserstein, qp.Wasserstein)
		}
		if self := Bures(p, p); self.Wasserstein > 1e-12*math.Sqrt(mat.Trace(p.Cov)) {
			t.Errorf("d %d: a law is %g from itself", d, self.Wasserstein)
		}
		if around := Bures(p, o).Wasserstein + Bures(o, q).Wasserstein; pq.Wasserstein > around {
			t.Errorf("d %d: %g exceeds %g by way of a third law", d, pq.Wasserstein, around)
		}
		// The map of the way back is the inverse.
		var back mat.Dense
		back.Mul(qp.A, pq.A)
		identity := mat.NewDiagDense(d, nil)
		for i := range d {
			identity.SetDiag(i, 1)
		}
		if off := normFrom(&back, identity); off > 1e-9 {
			t.Errorf("d %d: there and back differs from the identity by %g", d, off)
		}
	}
}

// A tiny change of a covariance is a tiny distance, right to ten digits, where the
// difference of traces would have none: diag(1, 1) and diag((1+h)², 1) are h apart.
func TestBuresDoesNotCancel(t *testing.T) {
	for _, h := range []float64{1e-3, 1e-5} {
		p := Gaussian{[]float64{0, 0}, mat.NewSymDense(2, []float64{1, 0, 0, 1})}
		q := Gaussian{[]float64{0, 0}, mat.NewSymDense(2, []float64{(1 + h) * (1 + h), 0, 0, 1})}
		// The covariance (1+h)² is rounded to an ulp, half an ulp in h.
		if w := Bures(p, q).Wasserstein; math.Abs(w-h) > 1e-14 {
			t.Errorf("W₂ = %.15g, want %g", w, h)
		}
	}
}

// The second law is what the map makes of a cloud with the moments of the first, and
// W₂² bounds the cost of the clouds from below.
func TestBuresOfClouds(t *testing.T) {
	x, y := cloud(4, 60, 3, 0), cloud(5, 40, 3, 2)
	y.Apply(func(_, j int, v float64) float64 { return v * float64(j+1) }, y)
	a, b := randomWeights(6, 60), randomWeights(7, 40)
	p, q := GaussianOf(x, a), GaussianOf(y, b)
	r := Bures(p, q)
	image := GaussianOf(r.Push(x), a)
	if off := normFrom(image.Cov, q.Cov); off > 1e-11 {
		t.Errorf("the covariance of the image is off by %g", off)
	}
	problem := Points(x, y)
	problem.A, problem.B = a, b
	if exact := Exact(problem, Settings{}).Value; r.WassersteinPow > exact {
		t.Errorf("W₂² of the normal laws is %g, of the clouds %g", r.WassersteinPow, exact)
	}
	// One point, far from the origin, has no covariance.
	one := GaussianOf(mat.NewDense(3, 1, []float64{1e9 + 1, 1e9 + 1, 1e9 + 1}), nil)
	if one.Mean[0] != 1e9+1 || one.Cov.At(0, 0) != 0 {
		t.Errorf("moments of one point: %v", one)
	}
}

// Singular covariances: the distance is the limit of that of regular ones, and Residual
// tells whether there is a map.
func TestBuresOfSingularLaws(t *testing.T) {
	flat := Gaussian{[]float64{0, 0}, mat.NewSymDense(2, []float64{4, 0, 0, 0})}
	tall := Gaussian{[]float64{0, 0}, mat.NewSymDense(2, []float64{0, 0, 0, 9})}
	full := Gaussian{[]float64{0, 0}, mat.NewSymDense(2, []float64{1, 0, 0, 1})}
	point := Gaussian{[]float64{0, 0}, mat.NewSymDense(2, nil)}
	for _, c := range []struct {
		p, q Gaussian
		pow  float64
		isA  bool
	}{
		{flat, tall, 13, false}, {flat, full, 2, false}, {full, flat, 2, true},
		{flat, point, 4, true}, {point, flat, 4, false}, {point, point, 0, true}, {flat, flat, 0, true},
	} {
		r := Bures(c.p, c.q)
		if math.Abs(r.WassersteinPow-c.pow) > 1e-14*(1+c.pow) || r.Residual < 1e-12 != c.isA {
			t.Errorf("%v to %v: %v", mat.Formatted(c.p.Cov), mat.Formatted(c.q.Cov), r)
		}
	}
	if r := Bures(randomLaw(8, 5, 2), randomLaw(9, 5, 5)); r.Rank != 2 || r.Residual < 0.01 {
		t.Errorf("from a plane to all directions: %v", r)
	}
}

// The barycenter is the fixed point, and the optimal maps from it average to the
// identity.
func TestBuresBarycenterIsTheFixedPoint(t *testing.T) {
	for _, d := range []int{1, 3, 10} {
		laws := []Gaussian{randomLaw(1, d, d+2), randomLaw(2, d, d+2), randomLaw(3, d, d+2)}
		w := []float64{0.5, 0.3, 0.2}
		r := BuresBarycenter(laws, w, BuresSettings{Tol: 1e-13})
		if r.Status != Converged {
			t.Errorf("d %d: %v", d, r)
		}
		sum, value := mat.NewDense(d, d, nil), 0.0
		for k, law := range laws {
			to := Bures(r.Barycenter, law)
			addScaled(sum, w[k], to.A)
			value += w[k] * to.WassersteinPow
		}
		for i := range d {
			sum.Set(i, i, sum.At(i, i)-1)
		}
		if off := mat.Norm(sum, 2); off > 1e-10 || math.Abs(value-r.Value) > 1e-12*value {
			t.Errorf("d %d: the mean map is off by %g; value %g, want %g", d, off, r.Value, value)
		}
		// No other law near it does better.
		for seed := range uint64(5) {
			near := Gaussian{append([]float64(nil), r.Barycenter.Mean...), mat.NewSymDense(d, nil)}
			change := randomLaw(10+seed, d, d)
			near.Mean[0] += 0.01
			near.Cov.AddSym(r.Barycenter.Cov, change.Cov)
			other := 0.0
			for k, law := range laws {
				other += w[k] * Bures(near, law).WassersteinPow
			}
			if other < r.Value {
				t.Errorf("d %d: another law has the value %g, less than %g", d, other, r.Value)
			}
		}
	}
}

// Where covariances commute the root of the barycenter's is the mean of the roots, found
// without iterating; so for singular ones; and of one law it is the law.
func TestBuresBarycenterOfCommutingLaws(t *testing.T) {
	diagonal := func(a, b float64) Gaussian {
		return Gaussian{[]float64{a, b}, mat.NewSymDense(2, []float64{a * a, 0, 0, b * b})}
	}
	for _, c := range []struct {
		laws []Gaussian
		w    []float64
		want Gaussian
	}{
		{[]Gaussian{diagonal(1, 4), diagonal(3, 2)}, nil, diagonal(2, 3)},
		{[]Gaussian{diagonal(1, 0), diagonal(0, 1)}, []float64{0.25, 0.75}, diagonal(0.25, 0.75)},
		{[]Gaussian{diagonal(5, 6)}, nil, diagonal(5, 6)},
		{[]Gaussian{diagonal(5, 6), diagonal(1, 1)}, []float64{1, 0}, diagonal(5, 6)},
	} {
		r := BuresBarycenter(c.laws, c.w, BuresSettings{})
		if off := normFrom(r.Barycenter.Cov, c.want.Cov); off > 1e-13 || r.Iterations != 1 || r.Status != Converged {
			t.Errorf("off by %g: %v", off, r)
		}
		if math.Abs(r.Barycenter.Mean[0]-c.want.Mean[0])+math.Abs(r.Barycenter.Mean[1]-c.want.Mean[1]) > 1e-14 {
			t.Errorf("mean %v, want %v", r.Barycenter.Mean, c.want.Mean)
		}
	}
}

// Too few iterations are a status; bad data is a DataError.
func TestBuresSaysWhatIsWrong(t *testing.T) {
	laws := []Gaussian{randomLaw(1, 4, 4), randomLaw(2, 4, 4)}
	if r := BuresBarycenter(laws, nil, BuresSettings{MaxIter: 1}); r.Status != IterationLimit || !(r.Residual > 0) {
		t.Errorf("one iteration: %v", r)
	}
	for name, g := range map[string]Gaussian{
		"negative": {[]float64{0, 0}, mat.NewSymDense(2, []float64{1, 2, 2, 1})},
		"NaN":      {[]float64{0}, mat.NewSymDense(1, []float64{math.NaN()})},
		"mean":     {[]float64{math.Inf(1)}, mat.NewSymDense(1, []float64{1})},
	} {
		if err := g.Validate(); err == nil {
			t.Errorf("%s: no error", name)
		}
		if err := job.Catch(func() { Bures(g, g) }); err == nil {
			t.Errorf("%s: no error of Bures", name)
		}
	}
	if err := job.Catch(func() { GaussianOf(mat.NewDense(1, 1, []float64{math.NaN()}), nil) }); err == nil {
		t.Error("moments of NaN")
	}
}

// BenchmarkBures has the residual of A S₁ A = S₂ beside the time.
func BenchmarkBures(b *testing.B) {
	for _, d := range []int{2, 32, 128} {
		p, q := randomLaw(1, d, 2*d), randomLaw(2, d, 2*d)
		b.Run(fmt.Sprintf("d=%d", d), func(b *testing.B) {
			var r *BuresResult
			for b.Loop() {
				r = Bures(p, q)
			}
			b.ReportMetric(r.Residual, "residual")
		})
	}
}

// BenchmarkBuresBarycenter takes five laws.
func BenchmarkBuresBarycenter(b *testing.B) {
	for _, d := range []int{2, 32} {
		var laws []Gaussian
		for seed := range uint64(5) {
			laws = append(laws, randomLaw(seed, d, 2*d))
		}
		b.Run(fmt.Sprintf("d=%d", d), func(b *testing.B) {
			var r *BuresBarycenterResult
			for b.Loop() {
				r = BuresBarycenter(laws, nil, BuresSettings{})
			}
			b.ReportMetric(float64(r.Iterations), "iterations")
			b.ReportMetric(r.Residual, "residual")
		})
	}
}
