package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func diagonal(v ...float64) *mat.SymDense {
	s := mat.NewSymDense(len(v), nil)
	for i, x := range v {
		s.SetSym(i, i, x)
	}
	return s
}

func samplers() []*Sampler {
	return []*Sampler{
		Gaussian([]float64{1, -2}, nil),
		Gaussian([]float64{1, -2}, mat.NewSymDense(2, []float64{2, 0.6, 0.6, 1})),
		Gaussian([]float64{0, 1, 2}, mat.NewSymDense(3, []float64{4, 2, 0, 2, 1, 0, 0, 0, 9})),
		Clusters(mat.NewDense(2, 2, []float64{-3, 0, 5, 1}), 0.5),
		Mixture([]float64{0.25, 0.75}, Uniform([]float64{0, 0}, []float64{1, 2}), Ring(4, 0.1)),
		HalfMoon(0.1), Moons(0.1), SCurve(0.1), Ring(2, 0.1), Sphere(3),
		Uniform([]float64{-1, 2, 0, 0}, []float64{1, 2, 5, 1}),
		TutorialSource(), TutorialTarget(),
	}
}

// want holds what a law's mean and covariance are known to be.
type want struct {
	s    *Sampler
	mean []float64
	cov  *mat.SymDense
}

// Means and covariances against closed forms, to five standard errors of 200,000
// points; every law here has coordinates of standard deviation at most 3.1 and
// light tails, so that a covariance errs by no more than about √3 times its
// greatest variance over the square root of the count.
func TestMoments(t *testing.T) {
	const n = 200_000
	const pi = math.Pi
	s2 := 0.1 * 0.1
	cases := []want{
		{Gaussian([]float64{1, -2}, nil), []float64{1, -2}, diagonal(1, 1)},
		{Gaussian([]float64{1, -2}, mat.NewSymDense(2, []float64{2, 0.6, 0.6, 1})), []float64{1, -2}, mat.NewSymDense(2, []float64{2, 0.6, 0.6, 1})},
		{
			Gaussian([]float64{0, 1, 2}, mat.NewSymDense(3, []float64{4, 2, 0, 2, 1, 0, 0, 0, 9})), // singular
			[]float64{0, 1, 2}, mat.NewSymDense(3, []float64{4, 2, 0, 2, 1, 0, 0, 0, 9}),
		},
		{Clusters(mat.NewDense(2, 2, []float64{-1, 0, 3, 1}), 0.5), []float64{1, 0.5}, mat.NewSymDense(2, []float64{4.25, 1, 1, 0.5})},
		{
			Mixture([]float64{0.25, 0.75}, Gaussian([]float64{4, 0}, nil), Gaussian([]float64{0, 0}, nil)),
			[]float64{1, 0}, diagonal(1+3, 1),
		},
		{HalfMoon(0.1), []float64{0, 2 / pi}, diagonal(0.5+s2, 0.5-4/(pi*pi)+s2)},
		{Moons(0.1), []float64{0.5, 0.25}, mat.NewSymDense(2, []float64{
			0.5 + 0.25 + s2, 0.5*0.25 - 1/pi, 0.5*0.25 - 1/pi, 0.5 + s2 + 1.0/16 - 1/pi,
		})},
		{Ring(2, 0.1), []float64{0, 0}, diagonal(2+s2, 2+s2)},
		{Sphere(3), []float64{0, 0, 0}, diagonal(1./3, 1./3, 1./3)},
		{Uniform([]float64{-1, 2}, []float64{1, 5}), []float64{0, 3.5}, diagonal(1./3, 0.75)},
		{Ring(1, 0).Scale(2).Shift(1, 3).Rotate(pi / 2), []float64{-3, 1}, diagonal(2, 2)},
		{Gaussian([]float64{0}, diagonal(4)).Noise(1), []float64{0}, diagonal(5)},
	}
	for _, c := range cases {
		compare(t, c, c.s.Draw(n, 1), 5*math.Sqrt(3)*9/math.Sqrt(n))
	}
}

// The tutorial's clouds have the moments that were published for them, rounded to
// three decimals, which the sampling error of 200,000 points does not exceed by
// more than 0.008. They fix the mean costs that its ε are fractions of.
func TestTutorialMoments(t *testing.T) {
	x, y := TutorialSource().Draw(200_000, 1), TutorialTarget().Draw(200_000, 1)
	source := want{TutorialSource(), []float64{-0.318, 0.051}, mat.NewSymDense(2, []float64{0.4013, 0.1755, 0.1755, 0.1985})}
	target := want{TutorialTarget(), []float64{1.000, -1.999}, mat.NewSymDense(2, []float64{0.1811, 0.0378, 0.0378, 0.6924})}
	compare(t, source, x, 0.008)
	compare(t, target, y, 0.008)
	trace := func(w want) float64 { return w.cov.At(0, 0) + w.cov.At(1, 1) }
	mx, my := means(x), means(y)
	if within := 2 * trace(target); math.Abs(within-1.747) > 0.001 {
		t.Errorf("mean squared cost within the target %g, want 1.747", within)
	}
	across := trace(source) + trace(target) + math.Pow(mx[0]-my[0], 2) + math.Pow(mx[1]-my[1], 2)
	if math.Abs(across-7.413) > 0.03 {
		t.Errorf("mean squared cost across %g, want 7.413", across)
	}
}

func means(x *mat.Dense) []float64 {
	_, d := x.Dims()
	m := make([]float64, d)
	for k := range m {
		m[k] = stat.Mean(mat.Col(nil, k, x), nil)
	}
	return m
}

func compare(t *testing.T, w want, x *mat.Dense, tol float64) {
	t.Helper()
	for k, v := range means(x) {
		if math.Abs(v-w.mean[k]) > tol {
			t.Errorf("%v: mean %d is %g, want %g", w.s, k+1, v, w.mean[k])
		}
	}
	var cov mat.SymDense
	stat.CovarianceMatrix(&cov, x, nil)
	for k := range w.mean {
		for l := range w.mean {
			if math.Abs(cov.At(k, l)-w.cov.At(k, l)) > tol {
				t.Errorf("%v: covariance %d, %d is %g, want %g", w.s, k+1, l+1, cov.At(k, l), w.cov.At(k, l))
			}
		}
	}
}

func TestSupports(t *testing.T) {
	arc := func(r []float64) bool { return math.Abs(norm(r)-1) < 1e-12 && r[1] > -1e-12 }
	cases := []struct {
		s  *Sampler
		in func(row []float64) bool
	}{
		{HalfMoon(0), arc},
		{Moons(0), func(r []float64) bool { return arc(r) || arc([]float64{1 - r[0], 0.5 - r[1]}) }},
		{SCurve(0), func(r []float64) bool { // two arcs of circles about (∓1, 0)
			return math.Abs(norm([]float64{math.Abs(r[0]) - 1, r[1]})-1) < 1e-12 || math.Abs(norm([]float64{math.Abs(r[0]) + 1, r[1]})-1) < 1e-12
		}},
		{Ring(3, 0), func(r []float64) bool { return math.Abs(norm(r)-3) < 1e-12 }},
		{Sphere(5), func(r []float64) bool { return math.Abs(norm(r)-1) < 1e-12 }},
		{Func("origin", 2, func(*rand.Rand, *mat.Dense) {}).OnSphere(), func(r []float64) bool { return slices.Equal(r, []float64{1, 0}) }},
		{Uniform([]float64{-1, 2}, []float64{1, 2.5}), func(r []float64) bool { return -1 <= r[0] && r[0] < 1 && 2 <= r[1] && r[1] < 2.5 }},
		{Mixture([]float64{0, 1, 0}, Ring(1, 0), Ring(2, 0), Ring(3, 0)), func(r []float64) bool { return math.Abs(norm(r)-2) < 1e-12 }},
	}
	for _, c := range cases {
		x := c.s.Draw(2000, 7)
		for i := range 2000 {
			if !c.in(x.RawRowView(i)) {
				t.Errorf("%v drew %g", c.s, x.RawRowView(i))
				break
			}
		}
	}
}

func TestHalfMoonCoversTheArcEvenly(t *testing.T) {
	x := HalfMoon(0).Draw(5, 3)
	angles := make([]float64, 5)
	for i := range angles {
		angles[i] = math.Atan2(x.At(i, 1), x.At(i, 0))
	}
	slices.Sort(angles)
	for i, a := range angles {
		if math.Abs(a-math.Pi*float64(i)/4) > 1e-12 {
			t.Errorf("angles %g, want 0 to π in four steps", angles)
		}
	}
	if x := HalfMoon(0).Draw(1, 3); x.At(0, 0) != 1 {
		t.Errorf("one point at %g", x.RawRowView(0))
	}
}

func TestDrawIsFixedBySeedAndName(t *testing.T) {
	for _, s := range samplers() {
		x := s.Draw(50, 4)
		if n, d := x.Dims(); n != 50 || d != s.Dim {
			t.Errorf("%v: %d×%d", s, n, d)
		}
		if !mat.Equal(x, s.Draw(50, 4)) {
			t.Errorf("%v: two draws of one seed differ", s)
		}
		if mat.Equal(x, s.Draw(50, 5)) {
			t.Errorf("%v: two seeds draw the same", s)
		}
		if !mat.Equal(s.Sample(rand.New(rand.NewPCG(1, 2)), 20), s.Sample(rand.New(rand.NewPCG(1, 2)), 20)) {
			t.Errorf("%v: two samples of one generator differ", s)
		}
	}
	// Source and target of a transport problem must not be coupled by their seed.
	x, y := Gaussian([]float64{0}, nil).Draw(5000, 1), Gaussian([]float64{3}, nil).Draw(5000, 1)
	if r := stat.Correlation(mat.Col(nil, 0, x), mat.Col(nil, 0, y), nil); math.Abs(r) > 5/math.Sqrt(5000) {
		t.Errorf("correlation %g of two laws drawn from one seed", r)
	}
}

func TestSamplersRefuseNonsense(t *testing.T) {
	plane := Ring(1, 0)
	cases := []struct {
		want string
		f    func()
	}{
		{"measure: a mean of 2 numbers with a 1×1 covariance", func() { Gaussian([]float64{1, 2}, diagonal(1)) }},
		{"measure: the covariance has the eigenvalue -1; none may be negative", func() { Gaussian([]float64{1, 2}, diagonal(-1, 1)) }},
		{"measure: a sampler in dimension 0", func() { Gaussian(nil, nil) }},
		{"measure: a mixture of nothing", func() { Mixture(nil) }},
		{"measure: 1 weights for 2 parts", func() { Mixture([]float64{1}, plane, plane) }},
		{"measure: the weights sum to 0.5, not to 1", func() { Mixture([]float64{0.25, 0.25}, plane, plane) }},
		{"measure: the weight -1; weights are at least 0", func() { Mixture([]float64{-1, 2}, plane, plane) }},
		{"measure: the weight NaN; weights are at least 0", func() { Mixture([]float64{math.NaN(), 1}, plane, plane) }},
		{"measure: a mixture of ring of radius 1, noise 0 in R^2 and sphere in R^3", func() { Mixture(nil, plane, Sphere(3)) }},
		{"measure: a standard deviation is -0.1", func() { Moons(-0.1) }},
		{"measure: a standard deviation is NaN", func() { SCurve(math.NaN()) }},
		{"measure: a radius is +Inf", func() { Ring(math.Inf(1), 0) }},
		{"measure: a box from 2 to 1 in coordinate 1", func() { Uniform([]float64{2}, []float64{1}) }},
		{"measure: a box from a point of R^1 to one of R^2", func() { Uniform([]float64{2}, []float64{1, 2}) }},
		{"measure: a shift by 1 numbers in dimension 2", func() { plane.Shift(1) }},
		{"measure: Rotate turns the plane, and sphere is in R^3", func() { Sphere(3).Rotate(1) }},
		{"measure: cannot draw 0 points of sphere", func() { Sphere(3).Draw(0, 1) }},
		{"measure: Sample needs a generator", func() { plane.Sample(nil, 3) }},
	}
	for _, c := range cases {
		if got, ok := caught(c.f).(string); !ok || !strings.HasPrefix(got, c.want) {
			t.Errorf("got %v, want %q", caught(c.f), c.want)
		}
	}
}

func caught(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}
