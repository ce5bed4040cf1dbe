package monge

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/tensor"
)

// testCosts are those of all of space that training has kernels for, planarCosts one of each way to
// values and gradients besides, for points of the plane.
var testCosts = []cost.Cost{cost.SqEuclidean(), cost.Euclidean()}

var planarCosts = append(testCosts[:2:2],
	cost.PNorm(1.5), cost.Mahalanobis(mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1})), cost.Mahalanobis(mat.NewSymDense(2, []float64{0.5, 0.5, 0.5, 0.5})),
	cost.Cosine(), cost.Sphere(), cost.ElasticSTVS(0.5), cost.ElasticKOverlap(0.5, 2),
	cost.Func("uphill", func(x, y *tensor.Var) *tensor.Var { // which is not symmetric
		return x.Sub(y).RowNorms().Add(y.Columns(0, 1).Sub(x.Columns(0, 1)).Exp())
	}),
)

// onSpheres puts the points of an objective on the sphere if its cost is of it.
func onSpheres(o *objective) {
	if o.ground.c != cost.Sphere() {
		return
	}
	for _, points := range [][]float64{o.x, o.tx, o.r, o.tr} {
		onSphere(mat.NewDense(len(points)/o.d, o.d, points))
	}
}

// newTestObjective fills an objective of n points in dimension d with random
// points and strict inner solves.
func newTestObjective(n, d int, reference bool, g *ground) *objective {
	size := shape{source: n, target: n, d: d}
	if reference {
		size.reference = n
	}
	o := newObjective(size, true, Divergence, nil, g, noPoll)
	o.epsFit, o.epsGap, o.tol, o.maxIter = 0.4, 0.3, 1e-11, 100000
	copy(o.x, normals(1, n*d))
	copy(o.y, normals(2, n*d))
	copy(o.tx, normals(3, n*d))
	if reference {
		copy(o.r, normals(4, n*d))
		copy(o.tr, normals(5, n*d))
	}
	return o
}

// The gradients of the divergence and of the gap by the pushed points, for
// every kind of cost, against central differences: relative 1e-5 of the largest.
func TestObjectiveGradient(t *testing.T) {
	const lambda = 0.7
	for _, c := range planarCosts {
		for _, reference := range []bool{false, true} {
			const n, d = 7, 2
			o := newTestObjective(n, d, reference, newGround(c))
			onSpheres(o)
			o.evaluate()
			o.count()
			if o.stopped != (Unconverged{}) {
				t.Fatalf("%v: an inner solve did not converge", c)
			}
			byTx := append([]float64(nil), o.gradFit...)
			byTr := append([]float64(nil), o.gradGap...)
			for i := range byTr {
				byTr[i] *= lambda
				if !reference {
					byTx[i] += byTr[i]
				}
			}
			compareWithDifferences(t, c.String()+" by T(x)", o, lambda, o.tx, byTx)
			if reference {
				compareWithDifferences(t, c.String()+" by T(r)", o, lambda, o.tr, byTr)
			}
		}
	}
}

// totalLoss is what a trainer minimises with that λ.
func totalLoss(o *objective, lambda float64) float64 { return o.fitLoss + lambda*o.gapLoss }

func compareWithDifferences(t *testing.T, name string, o *objective, lambda float64, v, grad []float64) {
	t.Helper()
	scale := 0.0
	for _, g := range grad {
		scale = max(scale, math.Abs(g))
	}
	for i := range v {
		const h = 1e-5
		old := v[i]
		at := func(z float64) float64 {
			v[i] = z
			o.evaluate()
			v[i] = old
			return totalLoss(o, lambda)
		}
		want := (at(old+h) - at(old-h)) / (2 * h)
		if !(math.Abs(grad[i]-want) <= 1e-5*scale) {
			t.Errorf("%s: entry %d is %.9g, differences give %.9g", name, i, grad[i], want)
		}
	}
}

// A point that stays where it is has distance 0, where |x-y| has no derivative:
// the gradient counts it as 0 and stays finite.
func TestGradientAtCoincidentPoints(t *testing.T) {
	for _, c := range planarCosts {
		o := newTestObjective(6, 2, false, newGround(c))
		onSpheres(o)
		copy(o.tx, o.x)
		copy(o.y, o.x)
		o.evaluate()
		if !allFinite(o.gradFit) || !allFinite(o.gradGap) || math.IsNaN(totalLoss(o, 1)) {
			t.Errorf("%v: loss %g, gradients %v and %v", c, totalLoss(o, 1), o.gradFit, o.gradGap)
		}
		if math.Abs(o.fitLoss) > 1e-9 {
			t.Errorf("%v: divergence of a cloud from itself is %g", c, o.fitLoss)
		}
	}
}

// ε log n ≤ Shannon gap of the optimal map ≤ 2 ε log n, and translating the images
// changes neither the gap nor its gradient for the squared cost.
func TestTrainingGapBoundsAndInvariance(t *testing.T) {
	const n, d = 16, 2
	o := newTestObjective(n, d, false, newGround(cost.SqEuclidean()))
	o.epsGap = 2
	for i, v := range o.x {
		o.tx[i] = v * v * v // the gradient of a convex function
	}
	o.evaluate()
	floor := o.epsGap * math.Log(n)
	if o.gapLoss < floor-1e-9 || o.gapLoss > 2*floor+1e-9 {
		t.Errorf("gap %g of an optimal map, want between %g and %g", o.gapLoss, floor, 2*floor)
	}
	before, grad := o.gapLoss, append([]float64(nil), o.gradGap...)
	for i := range o.tx {
		o.tx[i] += 3 - 5*float64(i%d)
	}
	o.evaluate()
	if math.Abs(o.gapLoss-before) > 1e-9 {
		t.Errorf("gap %.12g before a translation, %.12g after", before, o.gapLoss)
	}
	for i := range grad {
		if math.Abs(o.gradGap[i]-grad[i]) > 1e-9 {
			t.Errorf("gradient %d is %g before a translation, %g after", i, grad[i], o.gradGap[i])
		}
	}
}

// onSphere divides the rows of x by their norms.
func onSphere(x *mat.Dense) {
	n, _ := x.Dims()
	for i := range n {
		row := x.RawRowView(i)
		floats.Scale(1/floats.Norm(row, 2), row)
	}
}
