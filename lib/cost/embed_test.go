package cost

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/dense"
	"gaspard/lib/job"
)

func TestEmbeddingsAreSquaredDistances(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 0))
	for _, c := range every(3) {
		x, y := cloud(rng, c, 4, 3), cloud(rng, c, 5, 3)
		ex, ok := c.Embed(x)
		if want := c == SqEuclidean() || c.kind == mahalanobis || c == Cosine(); ok != want {
			t.Errorf("%v: embedded %v", c, ok)
		}
		if !ok {
			continue
		}
		ey, _ := c.Embed(y)
		for i := range 4 {
			for j := range 5 {
				got, want := SqEuclidean().At(ex.RawRowView(i), ey.RawRowView(j)), c.At(x.RawRowView(i), y.RawRowView(j))
				if math.Abs(got-want) > 1e-14*(1+want) {
					t.Errorf("%v: %g between embedded points, want %g", c, got, want)
				}
			}
		}
	}
}

// Points that are equal stay so, whichever clouds and rows they are in.
func TestEqualPointsEmbedAlike(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 0))
	for _, d := range []int{1, 2, 4, 5, 9, 33, 600} {
		root := mat.NewDense(d, d, nil)
		for i := range root.RawMatrix().Data {
			root.RawMatrix().Data[i] = rng.NormFloat64()
		}
		c := Cost{kind: mahalanobis, metric: &metric{d: d, root: root, across: dense.Columns(root)}}
		point := make([]float64, d)
		for l := range point {
			point[l] = rng.NormFloat64()
		}
		x := mat.NewDense(143, d, nil)
		for i := range 143 {
			x.SetRow(i, point)
		}
		e, _ := c.Embed(x)
		alone, _ := c.Embed(mat.NewDense(1, d, point))
		for i := range 143 {
			if !slices.Equal(e.RawRowView(i), alone.RawRowView(0)) {
				t.Fatalf("dimension %d: another embedding at row %d than alone", d, i)
			}
		}
	}
}

// The gradient of ⟨g, E(x)⟩ by x against central differences of step h, of errors h² and
// 2^-53/h times what is of the size of 1; to dst it is added.
func TestEmbeddingsHaveGradients(t *testing.T) {
	const n, d, h = 4, 3, 1e-5
	rng := rand.New(rand.NewPCG(11, 0))
	singular := Mahalanobis(mat.NewSymDense(d, []float64{1, 1, 0, 1, 1, 0, 0, 0, 2})) // of rank 2
	for _, c := range append(every(d), singular) {
		x := cloud(rng, c, n, d)
		e, ok := c.Embed(x)
		if !ok {
			if panicOf(func() { c.AddEmbedGrad(x, x, x) }) == nil {
				t.Errorf("%v: a gradient without embedding", c)
			}
			continue
		}
		_, r := e.Dims()
		g, got := cloud(rng, SqEuclidean(), n, r), mat.NewDense(n, d, nil)
		got.Set(1, 2, 5)
		c.AddEmbedGrad(got, g, x)
		got.Set(1, 2, got.At(1, 2)-5)
		at := func(i, l int, v float64) (sum float64) {
			old := x.At(i, l)
			x.Set(i, l, old+v)
			e, _ := c.Embed(x)
			for k := range r {
				sum += g.At(i, k) * e.At(i, k)
			}
			x.Set(i, l, old)
			return sum
		}
		for i := range n {
			for l := range d {
				want := (at(i, l, h) - at(i, l, -h)) / (2 * h)
				if !(math.Abs(got.At(i, l)-want) <= 1e-8) {
					t.Errorf("%v: gradient %g at row %d, column %d, differences give %g", c, got.At(i, l), i, l, want)
				}
			}
		}
		if panicOf(func() { c.AddEmbedGrad(got, mat.NewDense(n, r+1, nil), x) }) == nil {
			t.Errorf("%v: a gradient of %d coordinates for %d", c, r+1, r)
		}
	}
}

// Of no points there is still to say whether a cost embeds them.
func TestEmbeddingOfNothing(t *testing.T) {
	for _, c := range every(3) {
		_, want := c.Embed(cloud(rand.New(rand.NewPCG(1, 1)), c, 2, 3))
		if _, ok := c.Embed(&mat.Dense{}); ok != want {
			t.Errorf("%v: embedded %v without points, %v with some", c, ok, want)
		}
	}
}

// Huge and tiny points have directions as others have.
func TestCosineOfExtremePoints(t *testing.T) {
	for _, r := range []float64{1e-200, 1, 1e200} {
		if got := Cosine().At([]float64{r, 0}, []float64{r, r}); math.Abs(got-(1-math.Sqrt2/2)) > 1e-15 {
			t.Errorf("cosine cost %g at scale %g", got, r)
		}
	}
}

func TestPointsThatACostCannotTake(t *testing.T) {
	good, bad := mat.NewDense(3, 2, []float64{0, 1, 1, 0, -1, 0}), mat.NewDense(3, 2, []float64{0, 1, 0, 0, 1, 0})
	for _, c := range []Cost{Cosine(), Sphere()} {
		if err := c.Validate(good); err != nil {
			t.Errorf("%v: %v", c, err)
		}
		err := c.Validate(bad)
		if err == nil || !strings.Contains(err.Error(), "row 2") {
			t.Errorf("%v: error %v, want one about row 2", c, err)
		}
		for _, f := range []func(){
			func() { c.Matrix(good, bad) }, func() { c.Displacement(bad, good) },
			func() { c.At([]float64{0, 0}, []float64{0, 1}) }, func() { c.Blocks(bad, good) },
		} {
			if err := job.Catch(f); err == nil {
				t.Errorf("%v takes points it cannot take", c)
			}
		}
	}
	if err := Euclidean().Validate(bad); err != nil {
		t.Error(err)
	}
}

// Angles and their gradients near 0 and π keep their places: turning y by a small δ
// about the axis changes the distance by δ to within an ulp of the coordinates, and
// arccos would lose all below 1e-8.
func TestSphereNearCoincidentAndAntipodalPoints(t *testing.T) {
	x := []float64{0.6, 0.8, 0}
	for _, delta := range []float64{1e-3, 1e-8, 1e-12} {
		y := []float64{0.6 * math.Cos(delta), 0.8 * math.Cos(delta), math.Sin(delta)}
		far := []float64{-y[0], -y[1], -y[2]}
		if got := Sphere().At(x, y); math.Abs(got-delta) > 1e-15 {
			t.Errorf("%g between points at %g", got, delta)
		}
		if got := Sphere().At(x, far); math.Abs(got-(math.Pi-delta)) > 1e-15 {
			t.Errorf("%g between points at π - %g", got, delta)
		}
		for _, to := range [][]float64{y, far} {
			grad := make([]float64, 3)
			Sphere().AddGrad(grad, 1, x, to)
			// Towards the axis or away from it, of length 1, up to an ulp over δ.
			if off := math.Abs(math.Abs(grad[2]) - 1); off > 1e-15/delta || grad[2] > 0 != (to[2] < 0) {
				t.Errorf("gradient %v at δ = %g", grad, delta)
			}
		}
	}
	opposite := []float64{-0.6, -0.8, 0}
	grad := make([]float64, 3)
	Sphere().AddGrad(grad, 1, x, opposite)
	if got := Sphere().At(x, opposite); got != math.Pi || grad[0] != 0 || grad[1] != 0 || grad[2] != 0 {
		t.Errorf("antipodal points: distance %g, gradient %v", got, grad)
	}
}
