package monge

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

// The squared distance by blocks is the one by the kernels, in either precision, and
// the same in one shard and in several.
func TestBlocksAgreeWithKernels(t *testing.T) {
	const n, d = 130, 2
	for _, tol := range []float64{1e-11, 1e-3} {
		byKernels := newTestObjective(n, d, false, newGround(cost.SqEuclidean()))
		same := cost.Displacement("square", func(z *tensor.Var) *tensor.Var { return z.Square().RowSums() })
		byBlocks := newTestObjective(n, d, false, newGround(same))
		if byKernels.tol, byBlocks.tol = tol, tol; tol > 1e-4 {
			byKernels.epsGap, byBlocks.epsGap = 5, 5 // for which float32 suffices
		}
		byKernels.evaluate()
		byBlocks.evaluate()
		if len(byBlocks.ground.shards) < 2 {
			t.Fatal("the costs are one shard")
		}
		if _, single := byBlocks.gap.solver.(*scaling[float32]); single != (tol > 1e-4) {
			t.Errorf("tolerance %g: float32 is %v", tol, single)
		}
		// Both stop within tol of the marginals, of which the value keeps the square.
		if off := math.Abs(byKernels.gapLoss - byBlocks.gapLoss); off > 1e-9+10*tol*tol {
			t.Errorf("tolerance %g: gaps differ by %g", tol, off)
		}
		for i, v := range byBlocks.gradGap {
			if math.Abs(v-byKernels.gradGap[i]) > 1e-9+10*tol/n {
				t.Fatalf("tolerance %g: gradient %d is %g, by the kernels %g", tol, i, v, byKernels.gradGap[i])
			}
		}
	}
}

// Angles by the kernels are those of the cost: the gap and its gradient agree with those
// of [Gap], in either precision, in one shard and in several, with coincident and opposite
// points among them and source points that are off the sphere by rounding.
func TestAnglesByKernels(t *testing.T) {
	const d, eps = 3, 0.1
	for _, n := range []int{60, 520} {
		for _, tol := range []float64{1e-10, 1e-3} {
			o := newTestObjective(n, d, true, newGround(cost.Sphere()))
			o.epsGap, o.tol = eps, tol
			onSpheres(o)
			for l := range d {
				o.tr[l], o.tr[d+l], o.tr[2*d+l] = o.r[l], -o.r[d+l], o.r[9*d+l]
			}
			for i := 10 * d; i < n*d; i++ { // coincident ones stay so to the last place
				o.r[i] *= 1 + 5e-5*math.Sin(float64(i/d))
			}
			o.evaluate()
			if _, single := o.gap.solver.(*scaling[float32]); single != (tol > 1e-4) {
				t.Fatalf("tolerance %g: float32 is %v", tol, single)
			}
			want := Gap(mat.NewDense(n, d, o.r), mat.NewDense(n, d, o.tr),
				GapSettings{Cost: cost.Sphere(), Epsilon: eps, Tol: 1e-11, MaxIter: 100000, Gradient: true})
			// A marginal error moves the value by its square and rounding it by that of an
			// angle; the gradient, of unit vectors by n, moves by as much as the marginals.
			if off := math.Abs(o.gapLoss - want.Shannon); off > 1e-9+10*tol*tol {
				t.Errorf("n %d, tolerance %g: gap %.9g, want %.9g", n, tol, o.gapLoss, want.Shannon)
			}
			for i, g := range o.gradGap {
				if w := want.Grad.At(i/d, i%d); math.Abs(g-w) > 1e-8+10*tol/float64(n) {
					t.Fatalf("n %d, tolerance %g: gradient %d is %.9g, want %.9g", n, tol, i, g, w)
				}
			}
		}
	}
}

// Costs that are |E(x)-E(y)|² have by the kernels the gap and the gradient that they have
// by blocks, debiased or not, in either precision, in one shard and in several, also where
// E leaves coordinates out.
func TestEmbeddedCostsByKernels(t *testing.T) {
	const d = 3
	for _, c := range []cost.Cost{
		cost.Mahalanobis(mat.NewSymDense(d, []float64{2, 0.5, 0, 0.5, 1, 0.3, 0, 0.3, 1})),
		cost.Mahalanobis(mat.NewSymDense(d, []float64{1, 1, 0, 1, 1, 0, 0, 0, 2})),
		cost.Cosine(),
	} {
		for _, size := range []struct {
			n   int
			tol float64
		}{{60, 1e-10}, {60, 1e-3}, {520, 1e-3}} {
			for _, debias := range []bool{false, true} {
				compareWithBlocks(t, c, size.n, d, size.tol, debias)
			}
		}
	}
}

func compareWithBlocks(t *testing.T, c cost.Cost, n, d int, tol float64, debias bool) {
	t.Helper()
	var o [2]*objective
	for k := range o {
		o[k] = newTestObjective(n, d, true, newGround(c))
		if o[k].ground.general() {
			t.Fatalf("%v comes by blocks", c)
		}
		if debias {
			o[k].addDebias()
		}
		if k == 1 {
			for _, g := range []*ground{o[k].ground, o[k].groundSelf, o[k].groundOther} {
				if g != nil {
					g.embedded = false
				}
			}
		}
		o[k].epsGap, o[k].tol = 2, tol
		copy(o[k].tr, o[k].r[:d]) // a point that stays
		o[k].evaluate()
		if _, single := o[k].gap.solver.(*scaling[float32]); single != (tol > 1e-4) {
			t.Fatalf("%v, tolerance %g: float32 is %v", c, tol, single)
		}
	}
	largest, slope := 0.0, 0.0 // of the costs and of their gradients
	for i := 0; i < n*d; i += d {
		for j := 0; j < n*d; j += d {
			x, y, grad := o[0].r[i:i+d], o[0].tr[j:j+d], make([]float64, d)
			c.AddGradY(grad, 1, x, y)
			largest, slope = max(largest, c.At(x, y)), max(slope, floats.Norm(grad, 2))
		}
	}
	// Marginal errors move values by their square. Rounding moves costs by three units of
	// the largest; the gap is of as many as two of them, and the self terms of one more.
	unit := 0x1p-53
	if tol > 1e-4 {
		unit = 0x1p-24
	}
	if off := math.Abs(o[0].gapLoss - o[1].gapLoss); off > 10*tol*tol+9*largest*unit+1e-13 {
		t.Errorf("%v, n %d, tolerance %g, debias %v: gap %.9g, by blocks %.9g", c, n, tol, debias, o[0].gapLoss, o[1].gapLoss)
	}
	for i, g := range o[0].gradGap {
		if w := o[1].gradGap[i]; math.Abs(g-w) > 10*tol/float64(n)*slope {
			t.Fatalf("%v, n %d, tolerance %g, debias %v: gradient %d is %.9g, by blocks %.9g", c, n, tol, debias, i, g, w)
		}
	}
}

// A fit calls a user's function once, for the size of the blocks it is replayed in, and
// learns the same map on any number of cores.
func TestFitWithAUsersCost(t *testing.T) {
	x, y := clouds(100, 100)
	calls := 0
	c := cost.Displacement("smooth norm", func(z *tensor.Var) *tensor.Var {
		calls++
		return z.Square().RowSums().Shift(0.1).Sqrt()
	})
	params := func(cores int) []float32 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		m := Fit(x, y, small(Settings{Lambda: 1, Cost: c, Steps: 30, Reference: x}))
		if m.Status != Done || m.Settings.Cost != c {
			t.Fatalf("%v with cost %v", m.Status, m.Settings.Cost)
		}
		return m.Net.Params
	}
	if !slices.Equal(params(1), params(2)) {
		t.Error("one core and two learn different maps")
	}
	if calls != 1 {
		t.Errorf("the function was called %d times", calls)
	}
}

// circle returns n points of the unit circle around an angle.
func circle(seed uint64, n int, around float64) *mat.Dense {
	x := mat.NewDense(n, 2, nil)
	for i, v := range normals(seed, n) {
		x.SetRow(i, []float64{math.Cos(around + 0.4*v), math.Sin(around + 0.4*v)})
	}
	return x
}

// On the sphere images stay there, and the fit brings the source to the target: a turn
// by 1.5, which leaves distances of 0.4 at most on average between clouds of this size.
func TestFitOnTheSphere(t *testing.T) {
	x, y := circle(1, 200, 0), circle(2, 200, 1.5)
	m := Fit(x, y, small(Settings{Lambda: 0.5, Cost: cost.Sphere(), Steps: 150, Reference: x}))
	tx := m.Push(x)
	for i := range 200 {
		if r := math.Hypot(tx.At(i, 0), tx.At(i, 1)); math.Abs(r-1) > 1e-15 {
			t.Fatalf("image %d has norm %g", i, r)
		}
	}
	mean := 0.0
	for i := range 200 {
		mean += math.Atan2(tx.At(i, 1), tx.At(i, 0)) / 200
	}
	if math.Abs(mean-1.5) > 0.2 || m.Status != Done {
		t.Errorf("%v, images around %g, the target around 1.5", m.Status, mean)
	}
	err := job.Catch(func() { Fit(x, mat.NewDense(2, 2, []float64{1, 0, 2, 0}), Settings{Cost: cost.Sphere()}) })
	if want := "monge: of the target, the point at row 2 has norm 2, but the geodesic cost is of the unit sphere; divide points by their norms"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}
