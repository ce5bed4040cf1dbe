package cost

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/tensor"
)

// The expression is ConjugateGrad, at 0 and about thresholds too, and its derivative
// that of differences where there is one.
func TestConjugateGradAsAnExpression(t *testing.T) {
	points := [][]float64{{0.3, -1.7}, {2.1, 0.8}, {-0.2, -3}, {0, 0}, {1.1, -0.1}}
	metric := mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1})
	for _, c := range []Cost{SqEuclidean(), PNorm(1.5), PNorm(3), Mahalanobis(metric), ElasticL1(0.5), ElasticSTVS(0.5)} {
		g := tensor.NewGraph()
		w, v := g.Input(len(points), 2), g.Data(len(points), 2)
		out := c.ConjugateGradVar(w)
		tangent := tensor.Tangent(out, w, v)
		value, slope := g.Eval64(out, nil), g.Eval64(tangent, nil)
		for i, p := range points {
			copy(value.Value(w)[2*i:], p)
			copy(slope.Value(w)[2*i:], p)
			copy(slope.Value(v)[2*i:], []float64{0.6, 0.8})
		}
		value.Forward()
		slope.Forward()
		for i, p := range points {
			at := func(s float64) []float64 {
				dst := []float64{p[0] + 0.6*s, p[1] + 0.8*s}
				c.ConjugateGrad(dst, dst)
				return dst
			}
			const h = 1e-6
			want, up, down := at(0), at(h), at(-h)
			for l := range want {
				if got := value.Value(out)[2*i+l]; math.Abs(got-want[l]) > 1e-14 {
					t.Errorf("%v at %v: coordinate %d is %.17g, want %.17g", c, p, l, got, want[l])
				}
				if i == 3 {
					continue // 0, where some have no derivative
				}
				// Differences are as good as h² and rounding / h allow.
				if got, want := slope.Value(tangent)[2*i+l], (up[l]-down[l])/(2*h); math.Abs(got-want) > 1e-8*(1+math.Abs(want)) {
					t.Errorf("%v at %v: derivative %d is %.10g, differences give %.10g", c, p, l, got, want)
				}
			}
		}
	}
}

func TestConjugateGradWithoutAnExpression(t *testing.T) {
	for _, c := range []Cost{Euclidean(), Cosine(), ElasticKOverlap(1, 2)} {
		func() {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.HasPrefix(text, "cost: ") {
					t.Errorf("%v: panic %q", c, text)
				}
			}()
			c.ConjugateGradVar(tensor.NewGraph().Data(2, 2))
		}()
	}
}
