package monge

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/ot"
)

func column(v ...float64) *mat.Dense { return mat.NewDense(len(v), 1, v) }

// apply maps each row of x by f.
func apply(x *mat.Dense, f func(row []float64) []float64) *mat.Dense {
	n, d := x.Dims()
	y := mat.NewDense(n, d, nil)
	for i := range n {
		y.SetRow(i, f(x.RawRowView(i)))
	}
	return y
}

// On the line the best pairing is the monotone one, which gives these gaps in
// closed form; a reflection of an even grid shows that the cost decides.
func TestExactGapOnTheLine(t *testing.T) {
	grid := column(0, 1, 2, 3, 4)
	const n = 101
	symmetric, even := mat.NewDense(n, 1, nil), mat.NewDense(n, 1, nil)
	square, absolute := 0.0, 0.0
	for i := range n {
		v := -1 + 2*float64(i)/(n-1)
		symmetric.Set(i, 0, v)
		even.Set(i, 0, 1+v)
		square += 4 * v * v / n
		absolute += 2 * math.Abs(v) / n
	}
	negate := func(row []float64) []float64 { return []float64{-row[0]} }
	cases := []struct {
		name   string
		x, tx  *mat.Dense
		sq, eu float64
	}{
		{"shift", grid, column(1, 2, 3, 4, 5), 0, 0},
		{"one leap over four", grid, column(5, 1, 2, 3, 4), 4, 0},
		{"reflection about 0", symmetric, apply(symmetric, negate), square, absolute},
		{"reflection to the other side", even, apply(even, negate), square, 0},
	}
	for _, c := range cases {
		if got := Gap(c.x, c.tx, GapSettings{Epsilon: 1}).Exact; math.Abs(got-c.sq) > 1e-12 {
			t.Errorf("%s, |x-y|²: %.12g, want %.12g", c.name, got, c.sq)
		}
		if got := Gap(c.x, c.tx, GapSettings{Cost: cost.Euclidean(), Epsilon: 1}).Exact; math.Abs(got-c.eu) > 1e-12 {
			t.Errorf("%s, |x-y|: %.12g, want %.12g", c.name, got, c.eu)
		}
	}
}

// Gradients of convex functions are optimal on any finite sample for |x-y|².
func TestGradientsOfConvexFunctionsHaveNoGap(t *testing.T) {
	x := mat.NewDense(150, 2, normals(1, 300))
	maps := map[string]func([]float64) []float64{
		"cubes":       func(r []float64) []float64 { return []float64{r[0] * r[0] * r[0], r[1] * r[1] * r[1]} },
		"positive":    func(r []float64) []float64 { return []float64{2*r[0] + r[1] + 3, r[0] + 4*r[1]} },
		"translation": func(r []float64) []float64 { return []float64{r[0] - 7, r[1] + 2} },
		"softplus": func(r []float64) []float64 {
			s := 1 / (1 + math.Exp(-r[0]-2*r[1]))
			return []float64{r[0] + s, r[1] + 2*s}
		},
	}
	for name, f := range maps {
		r := Gap(x, apply(x, f), GapSettings{})
		if r.Exact > 1e-10 {
			t.Errorf("%s: exact gap %g", name, r.Exact)
		}
		if r.Shannon < r.Floor-1e-6 || r.Shannon > 2*r.Floor+1e-6 {
			t.Errorf("%s: Shannon gap %g of an optimal map, want %g to %g", name, r.Shannon, r.Floor, 2*r.Floor)
		}
	}
}

// The population value 2(‖A‖_* - tr A) of linear maps on N(0, I), to the sampling
// error of 600 points: three standard errors of about 0.08 and a bias of the
// empirical transport cost below 0.05.
func TestGapOfLinearMaps(t *testing.T) {
	x := mat.NewDense(600, 2, normals(3, 1200))
	for _, c := range []struct {
		name       string
		a, b, c, d float64
		want       float64
	}{
		{"turn by 45°", math.Sqrt2 / 2, -math.Sqrt2 / 2, math.Sqrt2 / 2, math.Sqrt2 / 2, 1.1715728753},
		{"turn by 90°", 0, -1, 1, 0, 4},
		{"shear", 2, 1, 0, 1, 0.3245553203},
	} {
		tx := apply(x, func(r []float64) []float64 { return []float64{c.a*r[0] + c.b*r[1], c.c*r[0] + c.d*r[1]} })
		if got := Gap(x, tx, GapSettings{}).Exact; math.Abs(got-c.want) > 0.3 {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
	}
}

// The bounds of the entropic values hold for any map and any cost, and KL and Shannon
// differ by 2 ε log n. A marginal error of Tol moves the dual value by at most Tol times
// the range of the potentials, which the largest cost bounds.
func TestGapBounds(t *testing.T) {
	const tol = 1e-4
	for _, n := range []int{5, 50, 200} {
		for _, c := range planarCosts {
			x, tx := mat.NewDense(n, 2, normals(4, 2*n)), mat.NewDense(n, 2, normals(5, 2*n))
			if c == cost.Sphere() {
				onSphere(x)
				onSphere(tx)
			}
			slack := 2 * tol * mat.Max(c.Matrix(x, tx))
			r := Gap(x, tx, GapSettings{Cost: c, Tol: tol})
			if r.Status != ot.Converged {
				t.Fatalf("n %d, %v: %v", n, c, r)
			}
			if want := r.Epsilon * math.Log(float64(n)); math.Abs(r.Floor-want) > 1e-12 {
				t.Errorf("n %d: floor %g, want %g", n, r.Floor, want)
			}
			if r.KL < -r.Floor-slack || r.KL > r.Exact+slack {
				t.Errorf("n %d, %v: KL %g outside [%g, %g]", n, c, r.KL, -r.Floor, r.Exact)
			}
			if math.Abs(r.Shannon-r.KL-2*r.Floor) > 1e-12*(1+r.Shannon) {
				t.Errorf("n %d, %v: Shannon - KL is %g, not 2 ε log n", n, c, r.Shannon-r.KL)
			}
			undefined := strings.Contains(r.String(), "debiased undefined")
			if asymmetric := c.String() == "uphill"; math.IsNaN(r.Debiased) != asymmetric || undefined != asymmetric {
				t.Errorf("debiased gap %g in %v", r.Debiased, r)
			}
		}
	}
}

// A shift is optimal for every convex cost of the displacement, as is on an arc of the
// circle a turn for the geodesic one, and an increasing map of the line for an elastic
// one: what is left is rounding.
func TestOptimalMapsOfOtherCosts(t *testing.T) {
	plane, arc := mat.NewDense(60, 2, normals(9, 120)), circle(10, 60, 0)
	shift := func(r []float64) []float64 { return []float64{r[0] + 3, r[1] - 1} }
	turn := func(r []float64) []float64 { return []float64{0.8*r[0] - 0.6*r[1], 0.6*r[0] + 0.8*r[1]} }
	for _, c := range planarCosts {
		x, tx := plane, apply(plane, shift)
		switch c.String() {
		case cost.Cosine().String(), "uphill":
			continue
		case cost.Sphere().String():
			x, tx = arc, apply(arc, turn)
		}
		if r := Gap(x, tx, GapSettings{Cost: c, Epsilon: 1}); r.Exact > 1e-11*(1+r.Displacement) {
			t.Errorf("%v: exact gap %g of an optimal map", c, r.Exact)
		}
	}
	line := column(normals(11, 40)...)
	cubes := apply(line, func(r []float64) []float64 { return []float64{r[0] * r[0] * r[0]} })
	if r := Gap(line, cubes, GapSettings{Cost: cost.ElasticL1(2), Epsilon: 1}); r.Exact > 1e-11 {
		t.Errorf("exact gap %g of an increasing map", r.Exact)
	}
}

func TestDebiasedGapOfIdentityAndTranslation(t *testing.T) {
	x := mat.NewDense(80, 2, normals(6, 160))
	if r := Gap(x, x, GapSettings{}); r.Debiased != 0 || r.Exact != 0 || r.Displacement != 0 {
		t.Errorf("identity: %v", r)
	}
	moved := apply(x, func(r []float64) []float64 { return []float64{r[0] + 2, r[1] - 1} })
	if r := Gap(x, moved, GapSettings{}); math.Abs(r.Debiased) > 1e-5 {
		t.Errorf("translation: debiased gap %g", r.Debiased)
	}
}

func TestGapOfOnePointAndOfDuplicates(t *testing.T) {
	for _, n := range []int{1, 4} {
		r := Gap(mat.NewDense(n, 2, nil), apply(mat.NewDense(n, 2, nil), func([]float64) []float64 { return []float64{3, 4} }), GapSettings{})
		if r.Exact != 0 || r.Displacement != 25 || math.IsNaN(r.Shannon+r.KL+r.Debiased) {
			t.Errorf("%d equal points: %v", n, r)
		}
	}
}

func TestGapSaysWhenItIsNotConverged(t *testing.T) {
	x, tx := mat.NewDense(60, 2, normals(7, 120)), mat.NewDense(60, 2, normals(8, 120))
	r := Gap(x, tx, GapSettings{Epsilon: 1e-4, MaxIter: 15})
	if r.Status == ot.Converged || !strings.Contains(r.String(), "NOT CONVERGED") {
		t.Errorf("15 iterations at ε = 1e-4: %v", r)
	}
}

func TestGapChecksShapes(t *testing.T) {
	defer func() {
		if r := recover(); r != "monge: x is 3×2, T(x) is 2×2" {
			t.Errorf("panic %v", r)
		}
	}()
	Gap(mat.NewDense(3, 2, nil), mat.NewDense(2, 2, nil), GapSettings{})
}

func BenchmarkGap(b *testing.B) {
	x, tx := mat.NewDense(500, 2, normals(1, 1000)), mat.NewDense(500, 2, normals(2, 1000))
	for b.Loop() {
		Gap(x, tx, GapSettings{})
	}
}
