package monge_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"gaspard/lib/distill"
	"gaspard/lib/measure"
	"gaspard/lib/monge"
)

func within(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s is %.6g, should be %g within %.2g", what, got, want, tol)
	}
}

// Of a translation everything is known: for normal x and y = x + t the identity has
// UVP 100 |t|²/d, divergence |t|², signature |t|, and no gap.
func TestScoreOfTranslation(t *testing.T) {
	move := monge.Func("translation", 2, func(z *mat.Dense) *mat.Dense {
		var y mat.Dense
		y.Apply(func(_, k int, v float64) float64 { return v + []float64{3, 4}[k] }, z)
		return &y
	})
	law := measure.Gaussian([]float64{0, 0}, nil)
	x, y := law.Draw(500, 1), move.Push(law.Draw(400, 2))
	r := monge.Score(monge.Identity(2), x, y, monge.ScoreSettings{Truth: move.Push, GapPoints: 300})
	// The error of the identity is 25 at every point, so all that varies is the variance.
	within(t, "UVP", r.UVP, 100*25/2.0, 4*r.UVPError)
	within(t, "divergence", r.Divergence, 25, 4*r.DivergenceError)
	within(t, "signature", r.Signature, 5, 4*r.SignatureError)
	within(t, "gap", r.Gap, 0, 0)
	if !math.IsNaN(r.Cosine) || strings.Contains(r.String(), "NaN") {
		t.Errorf("a map that moves nothing has no direction:\n%v", r)
	}
	r = monge.Score(move, x, y, monge.ScoreSettings{Truth: move.Push, GapPoints: 300})
	within(t, "UVP of the truth", r.UVP, 0, 0)
	within(t, "cosine of the truth", r.Cosine, 1, 1e-12)
	within(t, "R² of the truth", r.R2, 1, 0.2) // The means are 3 and 4; each of both differences is ± 0.07.
	within(t, "gap of the truth", r.Gap, 0, 1e-12*r.Displacement)
	if r.N != 500 || r.M != 400 || r.GapPoints != 300 {
		t.Errorf("counts %d, %d, %d", r.N, r.M, r.GapPoints)
	}
}

// The constant map at the mean has UVP 100, and a quarter turn of N(0, I) a gap of 4
// (uscidda:23: 2 (nuclear norm - trace), here 2 × 2).
func TestScoreOfKnownMaps(t *testing.T) {
	pair := measure.W2Pair(4)
	x, y := pair.Source.Draw(4000, 1), pair.Target.Draw(500, 2)
	constant := monge.Func("constant", 4, func(z *mat.Dense) *mat.Dense {
		n, d := z.Dims()
		return mat.NewDense(n, d, nil) // The mean of the target is 0.
	})
	r := monge.Score(constant, x, y, monge.ScoreSettings{Truth: pair.Push, Points: 500, GapPoints: 200})
	within(t, "UVP of the constant map", r.UVP, 100, 0.2) // Off by |mean|²/Var, about d/(n d).
	truth := monge.Score(monge.Func("truth", 4, pair.Push), x, y, monge.ScoreSettings{Truth: pair.Push, Points: 500, GapPoints: 200})
	// Between samples of one law both are near 0 with a bias of order 1/n.
	if truth.Divergence > r.Divergence/10 || truth.MMD > r.MMD/10 {
		t.Errorf("the truth scores\n%v\nthe constant map\n%v", truth, r)
	}

	law := measure.Gaussian([]float64{0, 0}, nil)
	turn := monge.Func("quarter turn", 2, func(z *mat.Dense) *mat.Dense {
		var y mat.Dense
		y.Mul(z, mat.NewDense(2, 2, []float64{0, 1, -1, 0}))
		return &y
	})
	r = monge.Score(turn, law.Draw(400, 1), law.Draw(400, 2), monge.ScoreSettings{Truth: turn.Push})
	// |x|² has mean 2 and standard deviation 2, and so the gap 4 |x|²/2 one of 4 per point.
	within(t, "gap of a quarter turn", r.Gap, 4, 4*4/20.0)
	within(t, "cosine", r.Cosine, 1, 1e-12)
}

// The discrepancy is that of the kernels one by one.
func TestScoreDiscrepancy(t *testing.T) {
	x := measure.Moons(0.1).Draw(150, 1)
	y := measure.Ring(1, 0.1).Draw(90, 1)
	want := 0.0
	for _, gamma := range []float64{2, 1, 0.5, 0.1, 0.01, 0.005} {
		want += distill.MMDBiased(x, y, math.Sqrt(1/(2*gamma))) / 6
	}
	r := monge.Score(monge.Identity(2), x, y, monge.ScoreSettings{})
	within(t, "MMD²", r.MMD, want, 1e-10)
}

// Standard errors are the spread over draws. That of 60 draws is known to 9 %, which
// four times over is 37 %, and the errors vary a little themselves.
func TestScoreErrors(t *testing.T) {
	pair := measure.W2Pair(2)
	// Clearly wrong, so that no figure is near its minimum.
	off := monge.Func("moved", 2, func(z *mat.Dense) *mat.Dense {
		var y mat.Dense
		y.Apply(func(_, k int, v float64) float64 { return v + 0.5*float64(k+1) }, z)
		return &y
	})
	const draws = 60
	names := []string{"UVP", "cosine", "divergence", "MMD²", "signature"}
	values, errors := make([][]float64, len(names)), make([][]float64, len(names))
	for seed := range uint64(draws) {
		r := monge.Score(off, pair.Source.Draw(150, seed), pair.Target.Draw(150, seed), monge.ScoreSettings{Truth: pair.Push})
		for k, v := range []float64{r.UVP, r.Cosine, r.Divergence, r.MMD, r.Signature} {
			values[k] = append(values[k], v)
		}
		for k, v := range []float64{r.UVPError, r.CosineError, r.DivergenceError, r.MMDError, r.SignatureError} {
			errors[k] = append(errors[k], v)
		}
	}
	for k, name := range names {
		spread, stated := stat.StdDev(values[k], nil), stat.Mean(errors[k], nil)
		if math.Abs(spread/stated-1) > 0.4 {
			t.Errorf("%s: the spread is %.4g, the stated error %.4g", name, spread, stated)
		}
	}
}

func TestScoreRefuses(t *testing.T) {
	x := measure.Moons(0.1).Draw(20, 1)
	for want, f := range map[string]func(){
		"the map is on R^3":    func() { monge.Score(monge.Identity(3), x, x, monge.ScoreSettings{}) },
		"y has no points":      func() { monge.Score(monge.Identity(2), x, nil, monge.ScoreSettings{}) },
		"a score on -1":        func() { monge.Score(monge.Identity(2), x, x, monge.ScoreSettings{Points: -1}) },
		"Epsilon is NaN":       func() { monge.Score(monge.Identity(2), x, x, monge.ScoreSettings{Epsilon: math.NaN()}) },
		"points of y coincide": func() { monge.Score(monge.Identity(2), x, mat.NewDense(5, 2, nil), monge.ScoreSettings{}) },
		"Truth(x) has NaN": func() {
			monge.Score(monge.Identity(2), x, x, monge.ScoreSettings{Truth: func(z *mat.Dense) *mat.Dense {
				return mat.NewDense(20, 2, append(make([]float64, 39), math.NaN()))
			}})
		},
	} {
		func() {
			defer func() {
				r := recover()
				if err, ok := r.(error); ok {
					r = err.Error()
				}
				if s, _ := r.(string); !strings.Contains(s, want) {
					t.Errorf("got %v, should say %q", r, want)
				}
			}()
			f()
		}()
	}
}

func BenchmarkScore(b *testing.B) {
	pair := measure.W2Pair(8)
	x, y := pair.Source.Draw(4096, 1), pair.Target.Draw(4096, 1)
	linear := monge.Linear(x, y)
	for b.Loop() {
		monge.Score(linear, x, y, monge.ScoreSettings{Truth: pair.Push})
	}
}
