package cost

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func indefinite() Cost { return Mahalanobis(mat.NewSymDense(2, []float64{0, 1, 1, 0})) }

// ∇h* inverts ∇h where h has a derivative: no coordinate of z is 0 here. The elastic
// penalties keep it so.
func TestConjugateGradInvertsTheGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 0))
	const d = 4
	zero := make([]float64, d)
	for _, c := range every(d) {
		if !c.HasConjugateGrad() {
			continue
		}
		for range 20 {
			z, w := make([]float64, d), make([]float64, d)
			for l := range z {
				z[l] = 2 * rng.NormFloat64()
			}
			c.AddGrad(w, 1, z, zero)
			c.ConjugateGrad(w, w)
			// p = 1.3 takes the 10/3rd power, which multiplies rounding by as much.
			if off := farthest(w, z); off > 1e-14 {
				t.Errorf("%v: ∇h*(∇h(%v)) = %v", c, z, w)
			}
		}
	}
}

func TestWhichCostsHaveAConjugate(t *testing.T) {
	singular := Mahalanobis(mat.NewSymDense(2, []float64{1, 1, 1, 1}))
	for _, c := range []Cost{Euclidean(), L1(), Cosine(), Sphere(), asymmetric, singular} {
		if c.HasConjugateGrad() {
			t.Errorf("%v has a conjugate", c)
		}
	}
	// A singular M is a cost nevertheless, and embeds in fewer dimensions.
	x := mat.NewDense(2, 2, []float64{1, 2, 3, -1})
	e, ok := singular.Embed(x)
	if _, rank := e.Dims(); !ok || rank != 1 {
		t.Errorf("an embedding in dimension %d, want 1", rank)
	}
	if got := singular.At([]float64{1, 2}, []float64{3, -1}); math.Abs(got-1) > 1e-15 {
		t.Errorf("(x-y)ᵀM(x-y) = %g, want 1", got)
	}
}
