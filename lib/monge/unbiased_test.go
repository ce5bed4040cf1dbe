package monge

import (
	"math"
	"testing"

	"gaspard/lib/cost"
)

// unbiasedObjective has an odd number of points, of which the last is in neither half.
func unbiasedObjective(n, d int, g *ground) *objective {
	o := newObjective(shape{source: n, target: n, d: d}, true, Unbiased, nil, g, noPoll)
	o.addDebias()
	o.epsFit, o.epsGap, o.tol, o.maxIter = 0.4, 0.3, 1e-11, 100000
	copy(o.x, normals(1, n*d))
	copy(o.y, normals(2, n*d))
	copy(o.tx, normals(3, n*d))
	onSpheres(o)
	return o
}

func TestUnbiasedAndDebiasedGradient(t *testing.T) {
	for _, c := range planarCosts {
		if c.String() == "uphill" {
			continue
		}
		o := unbiasedObjective(7, 2, newGround(c))
		o.evaluate()
		o.count()
		if o.stopped != (Unconverged{}) {
			t.Fatalf("%v: an inner solve did not converge", c)
		}
		grad := append([]float64(nil), o.gradFit...)
		for i, g := range o.gradGap {
			grad[i] += 0.7 * g
		}
		compareWithDifferences(t, c.String()+" by T(x)", o, 0.7, o.tx, grad)
	}
}

// A map that stays, and for |x-y|² one that translates, have a debiased gap of 0 and are
// at a minimum of it, for any ε.
func TestDebiasedTrainingGapOfOptimalMaps(t *testing.T) {
	for _, c := range planarCosts {
		for _, shift := range []float64{0, 2} {
			if c.String() == "uphill" || shift > 0 && c != cost.SqEuclidean() {
				continue
			}
			o := unbiasedObjective(8, 2, newGround(c))
			for i, v := range o.x {
				o.tx[i] = v + shift
			}
			o.evaluate()
			if math.Abs(o.gapLoss) > 1e-7 {
				t.Errorf("%v, shift %g: gap %g", c, shift, o.gapLoss)
			}
			// A marginal error of 1e-11 in solves that contract slowly is that of an iterate
			// farther off, by as many times as there are iterations or more.
			for i, g := range o.gradGap {
				if math.Abs(g) > 1e-5 {
					t.Errorf("%v, shift %g: gradient %d is %g", c, shift, i, g)
				}
			}
		}
	}
}

// Between samples of one law the unbiased loss is 0 on average and draws the images
// nowhere; the divergence draws them outward or inward along x.
func TestUnbiasedLossIsUnbiased(t *testing.T) {
	const n, d, draws = 16, 4, 400
	mean, radial := map[Loss]float64{}, map[Loss]float64{}
	for _, loss := range []Loss{Divergence, Unbiased} {
		o := newObjective(shape{source: n, target: n, d: d}, false, loss, nil, newGround(cost.SqEuclidean()), noPoll)
		o.epsFit, o.tol, o.maxIter = 0.5, 1e-4, 10000
		for k := range draws {
			copy(o.tx, normals(uint64(2*k+100), n*d))
			copy(o.y, normals(uint64(2*k+101), n*d))
			o.evaluate()
			mean[loss] += o.fitLoss / draws
			for i, g := range o.gradFit {
				radial[loss] += g * o.tx[i] / draws
			}
		}
	}
	// Both statistics vary by about 1 from draw to draw, and 20 times less on average.
	if math.Abs(mean[Unbiased]) > 0.2 || math.Abs(radial[Unbiased]) > 0.2 {
		t.Errorf("unbiased: loss %g, radial gradient %g on average", mean[Unbiased], radial[Unbiased])
	}
	if mean[Divergence] < 0.5 || math.Abs(radial[Divergence]) < 0.5 {
		t.Errorf("divergence: loss %g, radial gradient %g: no bias to speak of", mean[Divergence], radial[Divergence])
	}
}
