package kern

import (
	"fmt"
	"math"
	"testing"
)

// plainSteps is the iteration of a Step by two plain passes, with the distances that
// the last one returns.
func plainSteps(c []float64, x, y Cloud, eps float64, step Step, iterations int) (f, g []float64, off float64) {
	f, g = make([]float64, x.N), make([]float64, y.N)
	ask := func(p, tau float64) float64 { // of the sums, over the weight
		if tau == 1 {
			return 1
		}
		return math.Exp(-p * (1 - tau) / tau / eps)
	}
	for range iterations {
		off = 0
		for i, t := range plainTransform(c, x.N, y.N, y.Weights, g, eps, false) {
			f[i] = step.TauRows * t
			off += x.Weights[i] * math.Abs(math.Exp((f[i]-t)/eps)-ask(f[i], step.TauRows))
		}
		for j, t := range plainTransform(c, y.N, x.N, x.Weights, f, eps, true) {
			off += y.Weights[j] * math.Abs(math.Exp((g[j]-t)/eps)-ask(g[j], step.TauColumns))
			g[j] = step.TauColumns * t
		}
	}
	return f, g, off
}

// The bounds are those of plain steps: see TestSweepAgreesWithTwoPlainPasses.
func TestSweepStepsAgreeWithPlainPasses(t *testing.T) {
	const eps = 0.3
	for _, c := range sweepShapes {
		x, y := randomCloud(1, c.n, c.d, 3, false), randomCloud(2, c.m, c.d, 4, false)
		costs := plainCost(x, y, c.metric)
		for _, step := range []Step{{0.8, 0.6}, {1, 0.7}, {0.9, 1}} {
			for _, twoPass := range []bool{false, true} {
				if twoPass && c.stored {
					continue
				}
				name := fmt.Sprintf("%dx%d d=%d metric=%d stored=%v step=%v two=%v", c.n, c.m, c.d, c.metric, c.stored, step, twoPass)
				bound := 6e-6
				if c.d > maxDirect && c.metric == SquaredEuclidean {
					bound = 6e-5
				}
				f, g, off := plainSteps(costs, x, y, eps, step, 5)
				check := func(fs, gs []float64, got, bound float64) {
					t.Helper()
					if d := max(largestDifference(fs, f), largestDifference(gs, g)); !(d < bound) {
						t.Errorf("%s: potentials differ by %g, allowed %g", name, d, bound)
					}
					// A marginal differs by the errors of its exponents.
					if d := math.Abs(got - off); !(d < 10*bound/eps*(1+off)) {
						t.Errorf("%s: distance %g, want %g", name, got, off)
					}
				}
				check(runSteps(makeSweep[float32](x, y, c.metric, c.stored), step, eps, twoPass, bound))
				check(runSteps(makeSweep[float64](x, y, c.metric, c.stored), step, eps, twoPass, 1e-12))
			}
		}
	}
}

func runSteps[T float32 | float64](s *Sweep[T], step Step, eps float64, twoPass bool, bound float64) (f, g []float64, off, allowed float64) {
	if twoPass {
		s.fused = false
	}
	f, g = make([]float64, s.n), make([]float64, s.m)
	s.SetEpsilon(eps)
	s.SetPotentials(f, g)
	s.Step = step
	for range 5 {
		off = s.Iterate()
	}
	s.Potentials(f, g)
	return f, g, off, bound
}
