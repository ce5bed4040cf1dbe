package cost

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/tensor"
)

// every returns a cost of each kind, for points of dimension d.
func every(d int) []Cost {
	m := mat.NewSymDense(d, nil)
	for i := range d {
		m.SetSym(i, i, 2+float64(i))
		if i > 0 {
			m.SetSym(i-1, i, 0.5)
		}
	}
	return []Cost{
		SqEuclidean(), Euclidean(), L1(), PNorm(1.5), PNorm(3), PNorm(1.3), Mahalanobis(m), Cosine(), Sphere(),
		ElasticL1(0.3), ElasticSTVS(0.3), ElasticKOverlap(0.3, 2), asymmetric, Displacement("|x-y|₄⁴", fourth),
		NegLogKernel("laplace", func(x, y *tensor.Var) *tensor.Var { return x.Sub(y).RowNorms().Scale(-1).Exp() }),
	}
}

// asymmetric is Σ (x_l - 2y_l)² + x_l y_l³.
var asymmetric = Func("asymmetric", func(x, y *tensor.Var) *tensor.Var {
	return x.Sub(y.Scale(2)).Square().Add(x.Mul(y.Pow(3))).RowSums()
})

func fourth(z *tensor.Var) *tensor.Var { return z.Square().Square().RowSums() }

// cloud returns n points with gaps between the rows in memory, on the sphere where the
// cost wants that.
func cloud(rng *rand.Rand, c Cost, n, d int) *mat.Dense {
	whole := mat.NewDense(n, d+2, nil)
	for i := range whole.RawMatrix().Data {
		whole.RawMatrix().Data[i] = rng.NormFloat64()
	}
	x := whole.Slice(0, n, 1, d+1).(*mat.Dense)
	if c == Sphere() {
		for i := range n {
			row := x.RawRowView(i)
			r := norm(row)
			for l := range row {
				row[l] /= r
			}
		}
	}
	return x
}

// differences is the gradient of c by x, or with second by y, by central differences:
// with a step of 1e-5 and third derivatives of order one their error is some 1e-10, with
// rounding, 1e-16/1e-5, a tenth of that.
func differences(c Cost, x, y []float64, second bool) []float64 {
	const h = 1e-5
	grad := make([]float64, len(x))
	for l := range x {
		at := func(step float64) float64 {
			x, y := append([]float64(nil), x...), append([]float64(nil), y...)
			if second {
				y[l] += step
			} else {
				x[l] += step
			}
			return c.at(x, y) // which refuses no step off the sphere
		}
		grad[l] = (at(h) - at(-h)) / (2 * h)
	}
	return grad
}

func TestGradientsFollowDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for _, d := range []int{1, 2, 5} {
		for _, c := range every(d) {
			if d == 1 && (c == Cosine() || c == Sphere()) {
				continue // whose values are 0 and 2, or 0 and π
			}
			p := cloud(rng, c, 2, d)
			x, y := p.RawRowView(0), p.RawRowView(1)
			byX, byY := make([]float64, d), make([]float64, d)
			c.AddGrad(byX, 2, x, y)
			c.AddGradY(byY, 2, x, y)
			wantX, wantY := differences(c, x, y, false), differences(c, x, y, true)
			for l := range d {
				// Users' values reach some hundred.
				if math.Abs(byX[l]-2*wantX[l]) > 1e-7 || math.Abs(byY[l]-2*wantY[l]) > 1e-7 {
					t.Errorf("%v, d %d: gradients %v and %v, twice the differences %v and %v", c, d, byX, byY, wantX, wantY)
				}
			}
		}
	}
}

// No gradient at coincident points: the norms have a kink there, the others a minimum.
func TestGradientsVanishAtCoincidentPoints(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 0))
	for _, c := range every(3) {
		if c == asymmetric {
			continue
		}
		x := cloud(rng, c, 1, 3)
		if v := c.Matrix(x, x).At(0, 0); v != 0 {
			t.Errorf("%v: cost %g between coincident points", c, v)
		}
		// Of a direction that is rounded, the part along itself leaves an ulp.
		for _, grad := range [][]float64{gradientAt(c, x.RawRowView(0)), blockGradient(c, x, false), blockGradient(c, x, true)} {
			for _, v := range grad {
				if !(math.Abs(v) < 1e-15) {
					t.Errorf("%v: gradient %v at coincident points, want 0", c, grad)
				}
			}
		}
	}
}

func gradientAt(c Cost, x []float64) []float64 {
	grad := make([]float64, len(x))
	c.AddGrad(grad, 1, x, x)
	return grad
}

func blockGradient(c Cost, x *mat.Dense, second bool) []float64 {
	_, d := x.Dims()
	grad := make([]float64, d)
	b := c.Blocks(x, x)
	if second {
		b.AddGradY(0, grad, []float64{1}, 0, 1)
	} else {
		b.AddGradX(0, grad, []float64{1}, 0, 1)
	}
	return grad
}

// Blocks agree with single pairs, in values and gradients, also where users' pairs fill
// several blocks and the last in part. Sums of m products of order ten round to
// about 1e-14 each.
func TestBlocksFollowPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	for _, shape := range [][3]int{{1, 1, 1}, {5, 3, 2}, {7, 150, 4}} {
		n, m, d := shape[0], shape[1], shape[2]
		for _, c := range every(d) {
			x, y := cloud(rng, c, n, d), cloud(rng, c, m, d)
			b := c.Blocks(x, y)
			from, to := n/3, n
			rows := to - from
			costs, w := make([]float64, rows*m), make([]float64, rows*m)
			for i := range w {
				w[i] = rng.NormFloat64()
			}
			byX, byY := make([]float64, rows*d), make([]float64, m*d)
			wantX, wantY := make([]float64, rows*d), make([]float64, m*d)
			b.Fill(0, costs, from, to)
			b.AddGradX(1, byX, w, from, to)
			b.AddGradY(1, byY, w, from, to)
			for i := range rows {
				for j := range m {
					px, py := x.RawRowView(from+i), y.RawRowView(j)
					if want := c.At(px, py); math.Abs(costs[i*m+j]-want) > 1e-13*(1+want) {
						t.Fatalf("%v, %v: c(%d, %d) = %g, want %g", c, shape, from+i, j, costs[i*m+j], want)
					}
					c.AddGrad(wantX[i*d:][:d], w[i*m+j], px, py)
					c.AddGradY(wantY[j*d:][:d], w[i*m+j], px, py)
				}
			}
			if off := farthest(byX, wantX); off > 1e-11 {
				t.Errorf("%v, %v: gradients by x differ by %g", c, shape, off)
			}
			if off := farthest(byY, wantY); off > 1e-11 {
				t.Errorf("%v, %v: gradients by y differ by %g", c, shape, off)
			}
		}
	}
}

func TestShapesOfBlocksAreChecked(t *testing.T) {
	b := L1().Blocks(mat.NewDense(3, 2, nil), mat.NewDense(4, 2, nil))
	for want, f := range map[string]func(){
		"cost: x has 2 columns, y has 1":                                func() { L1().Blocks(mat.NewDense(3, 2, nil), mat.NewDense(3, 1, nil)) },
		"cost: rows 2 to 4 of 3":                                        func() { b.Fill(0, make([]float64, 8), 2, 4) },
		"cost: the block of costs has 7 entries for rows 1 to 3, not 8": func() { b.Fill(0, make([]float64, 7), 1, 3) },
		"cost: the gradient by x has 6 entries for rows 1 to 3, not 4":  func() { b.AddGradX(0, make([]float64, 6), make([]float64, 8), 1, 3) },
		"cost: the gradient by y has 6 entries for rows 1 to 3, not 8":  func() { b.AddGradY(0, make([]float64, 6), make([]float64, 8), 1, 3) },
		"cost: 4 weights for the 2×4 pairs of rows 1 to 3":              func() { b.AddGradY(0, make([]float64, 8), make([]float64, 4), 1, 3) },
		"cost: M is 2×2, the points have 3 columns":                     func() { every(2)[6].At(make([]float64, 3), make([]float64, 3)) },
		"cost: a gradient of 1 coordinates for points of 2":             func() { L1().AddGrad(make([]float64, 1), 1, make([]float64, 2), make([]float64, 2)) },
	} {
		if got := panicOf(f); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}
}

// farthest is the largest difference relative to 1 + the value.
func farthest(x, want []float64) (off float64) {
	for i, v := range x {
		off = max(off, math.Abs(v-want[i])/(1+math.Abs(want[i])))
	}
	return off
}

func TestMatrixFollowsTheDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 0))
	for _, shape := range [][3]int{{1, 1, 1}, {3, 5, 2}, {150, 130, 3}, {7, 500, 40}} {
		n, m, d := shape[0], shape[1], shape[2]
		for _, c := range every(d) {
			x, y := cloud(rng, c, n, d), cloud(rng, c, m, d)
			got := c.Matrix(x, y)
			for i := range n {
				for j := range m {
					// Terms of order one are rounded a few times each, and their sums; those
					// of the users' sum that cancel are of order a hundred.
					want := c.At(x.RawRowView(i), y.RawRowView(j))
					if math.Abs(got.At(i, j)-want) > float64(d+4)*0x1p-50*(1+math.Abs(want)) {
						t.Fatalf("%v, %d×%d, d %d: C[%d,%d] = %g, want %g", c, n, m, d, i, j, got.At(i, j), want)
					}
				}
			}
			if n <= m {
				for i, v := range c.Displacement(x, y.Slice(0, n, 0, d).(*mat.Dense)) {
					if math.Abs(v-got.At(i, i)) > float64(d+4)*0x1p-50*(1+math.Abs(v)) {
						t.Fatalf("%v: displacement %d is %g, the matrix has %g", c, i, v, got.At(i, i))
					}
				}
			}
		}
	}
	if got := SqEuclidean().Matrix(&mat.Dense{}, &mat.Dense{}); !got.IsEmpty() {
		t.Errorf("the matrix of no points is %v", got)
	}
}

// Gradients of blocks keep their places on the sphere too, at points that are close to
// one another or to the antipodes; see [TestSphereNearCoincidentAndAntipodalPoints].
func TestSphereBlocksWithClosePoints(t *testing.T) {
	x := mat.NewDense(1, 3, []float64{0.6, 0.8, 0})
	for _, delta := range []float64{1e-3, 1e-5, 1e-8, 1e-12} {
		y := mat.NewDense(2, 3, nil)
		y.SetRow(0, []float64{0.6 * math.Cos(delta), 0.8 * math.Cos(delta), math.Sin(delta)})
		y.SetRow(1, []float64{-0.6 * math.Cos(delta), -0.8 * math.Cos(delta), -math.Sin(delta)})
		b, w := Sphere().Blocks(x, y), []float64{1, 2}
		byX, byY := make([]float64, 3), make([]float64, 6)
		b.AddGradX(0, byX, w, 0, 1)
		b.AddGradY(0, byY, w, 0, 1)
		wantX, wantY := make([]float64, 3), make([]float64, 6)
		for j := range w {
			Sphere().AddGrad(wantX, w[j], x.RawRowView(0), y.RawRowView(j))
			Sphere().AddGradY(wantY[3*j:3*j+3], w[j], x.RawRowView(0), y.RawRowView(j))
		}
		// An ulp of a direction over the least sine that is not taken pair by pair.
		if off := max(farthest(byX, wantX), farthest(byY, wantY)); off > 1e-15/closeSine {
			t.Errorf("δ = %g: gradients differ by %g", delta, off)
		}
	}
}

// The angles of blocks, from kernels, are those of [Cost.At] whether or not a block has
// some near π, and around where they begin to come from the antipodes. Both take their
// chords from the same directions. Of an angle below 2π/3 the roundings of a square of
// these, d+2 at most, are 1.7 times as much; the kernel adds 4 units, quotient, root and
// arc tangent as many.
func TestSphereBlocksAreAngles(t *testing.T) {
	const d = 3
	angles := []float64{0, 1e-12, 1e-8, 1e-3, 0.5, 1, 1.5, math.Pi / 2, 2, 2*math.Pi/3 - 1e-9, 2 * math.Pi / 3}
	far := []float64{2*math.Pi/3 + 1e-9, 2.5, 3, math.Pi - 1e-3, math.Pi - 1e-8, math.Pi - 1e-12, math.Pi}
	x := mat.NewDense(1, d, []float64{0.6, 0.8, 0})
	for _, angles := range [][]float64{angles[:10], append(angles, far...)} {
		y := mat.NewDense(len(angles), d, nil)
		for j, v := range angles {
			y.SetRow(j, []float64{0.6 * math.Cos(v), 0.8 * math.Cos(v), math.Sin(v)})
		}
		got := make([]float64, len(angles))
		Sphere().Blocks(x, y).Fill(0, got, 0, 1)
		for j, v := range got {
			want := Sphere().At(x.RawRowView(0), y.RawRowView(j))
			if math.Abs(v-want) > (8+2*1.7*(d+2))*0x1p-53*want {
				t.Errorf("angle %.17g of %d: %.17g in a block, %.17g alone", angles[j], len(angles), v, want)
			}
		}
	}
}

func BenchmarkMatrix(b *testing.B) {
	const n = 1000
	rng := rand.New(rand.NewPCG(5, 0))
	for _, d := range []int{2, 64} {
		for _, c := range every(d) {
			x := cloud(rng, c, n, d)
			b.Run(fmt.Sprintf("cost=%v/n=%d/d=%d", c, n, d), func(b *testing.B) {
				for b.Loop() {
					c.Matrix(x, x)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n/n, "ns/element")
			})
		}
	}
}

func BenchmarkGradient(b *testing.B) {
	const n, d = 256, 2
	rng := rand.New(rand.NewPCG(6, 0))
	for _, c := range every(d) {
		x, y := cloud(rng, c, n, d), cloud(rng, c, n, d)
		b.Run(fmt.Sprintf("cost=%v/n=%d/d=%d", c, n, d), func(b *testing.B) {
			blocks, w, grad := c.Blocks(x, y), make([]float64, n*n), make([]float64, n*d)
			for i := range w {
				w[i] = 1
			}
			for b.Loop() {
				blocks.AddGradY(0, grad, w, 0, n)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n/n, "ns/element")
		})
	}
}
