package monge

import (
	"math"
	"runtime"
	"slices"
	"testing"

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
