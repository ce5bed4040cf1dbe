package distill

import (
	"math"
	"math/rand/v2"
	"testing"

	"gaspard/lib/fdiv"
)

// TestRatio states what the two stages guarantee, and that the mistakes seen in
// other implementations are not made.
func TestRatio(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	const n = 500
	logr, sigma := make([]float64, n), LogUniform(0.02, 10).Draw(rng, n)
	for i := range logr {
		logr[i] = 0.5 * rng.NormFloat64()
	}
	for _, d := range fdiv.Paper() {
		h := (&Ratio{}).Weights(d, logr, sigma)
		sum := 0.0
		for _, v := range h {
			sum += v
		}
		near(t, d.Name+" mean weight", sum/n, 1, 1e-12)
		// A factor of the ratio per bin goes away, up to the clipping.
		ratio := &Ratio{Lower: 1e-4, Upper: 1e4}
		ratio.Weights(d, logr, sigma)
		shifted := append([]float64(nil), logr...)
		for i, s := range sigma {
			shifted[i] += 0.3 * float64(ratio.bin(s, 10))
		}
		plain, again := (&Ratio{Lower: 1e-4, Upper: 1e4}).Weights(d, logr, sigma), (&Ratio{Lower: 1e-4, Upper: 1e4}).Weights(d, shifted, sigma)
		for i := range plain {
			near(t, d.Name+" with an error of scale at each level", again[i], plain[i], 1e-10)
		}
	}
	// Division by the sum instead of the mean would make JS a forward KL.
	js, fkl := (&Ratio{}).Weights(fdiv.JS, logr, sigma), (&Ratio{}).Weights(fdiv.FKL, logr, sigma)
	far := 0.0
	for i := range js {
		far = math.Max(far, math.Abs(js[i]-fkl[i]))
	}
	if far < 0.3 {
		t.Errorf("weights of JS and FKL differ by at most %g", far)
	}
	wild := []float64{-1e4, 1e4, 0, 1}
	for _, v := range (&Ratio{}).Weights(fdiv.FKL, wild, []float64{1, 1, 2, 2}) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("weight %g", v)
		}
	}
	slow := &Ratio{Bins: 1, Memory: 0.5}
	slow.Weights(fdiv.FKL, []float64{math.Log(3), math.Log(3)}, []float64{1, 1})
	near(t, "remembered mean", slow.Means()[0], 2, 1e-12)
}
