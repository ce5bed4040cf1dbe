package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

var adamSettings = AdamStep{Beta1: 0.9, Beta2: 0.999, Step: 3e-3, Epsilon: 1e-8, Keep: 0.9999}

// adamWide is Adam's rule in float64, with the constants of float32.
func adamWide(p, m, v, g []float64, s AdamStep) {
	b1, b2, c1, c2 := float64(s.Beta1), float64(s.Beta2), float64(1-s.Beta1), float64(1-s.Beta2)
	for i, x := range g {
		m[i] = b1*m[i] + c1*x
		v[i] = b2*v[i] + c2*x*x
		p[i] = float64(s.Keep)*p[i] - float64(s.Step)*m[i]/(math.Sqrt(v[i])+float64(s.Epsilon))
	}
}

func TestAdam(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(10, 0))
		for _, n := range lengths {
			p, m, v, grad := guarded(r, n), guarded(r, n), guarded(r, n), guarded(r, n)
			for i := range v {
				v[i] *= v[i]
			}
			if n > 3 { // a parameter that no gradient has reached
				m[1], v[1], grad[1] = 0, 0, 0
			}
			wp, wm, wv, g := wide(p), wide(m), wide(v), wide(grad)
			m0 := clone32(m)
			adamWide(wp, wm, wv, g, adamSettings)
			Adam32(p, m, v, grad, adamSettings)
			what := fmt.Sprintf("%d parameters", n)
			// m: two products and a sum, which may cancel.
			mTol := func(i int) float64 { return 3 * unit32 * (math.Abs(float64(m0[i])) + math.Abs(g[i])) }
			near(t, what+": m", m, wm, mTol)
			near(t, what+": v", v, wv, func(i int) float64 { return 4 * unit32 * wv[i] })
			// p: that of m, half that of v, root, sum, quotient and product.
			near(t, what+": p", p, wp, func(i int) float64 {
				root := math.Sqrt(wv[i]) + 1e-8
				return 3*unit32*math.Abs(wp[i]) + float64(adamSettings.Step)*(mTol(i)+9*unit32*math.Abs(wm[i]))/root
			})
			checkGuards(t, what, p, m, v, grad)
		}
	})
}

func TestAdamPassesNaNAndInfinity(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, at := range []int{0, 15, 16, 36} {
			p, m, v, g := normal(1, 37), normal(2, 37), make([]float32, 37), normal(4, 37)
			for i := range v {
				v[i] = 1
			}
			g[at] = nan32
			Adam32(p, m, v, g, adamSettings)
			for i := range p {
				if nan := p[i] != p[i] && m[i] != m[i] && v[i] != v[i]; nan != (i == at) {
					t.Fatalf("NaN gradient at %d: parameter %d is %v, moments %v, %v", at, i, p[i], m[i], v[i])
				}
			}
			g[at], m[at], v[at], p[at] = inf32, 0, 1, 0
			Adam32(p, m, v, g, adamSettings)
			if !math.IsInf(float64(v[at]), 1) || p[at] == p[at] {
				t.Fatalf("infinite gradient: v %v, p %v", v[at], p[at])
			}
		}
	})
}

func BenchmarkAdam(b *testing.B) {
	for _, n := range []int{2048, 17000, 1 << 20} {
		p, m, v, g := normal(1, n), normal(2, n), normal(3, n), normal(4, n)
		Mul32(v, v, v)
		s := adamSettings
		benchEach(b, fmt.Sprintf("f=Adam32/n=%d", n), n, func() { Adam32(p, m, v, g, s) })
	}
}
