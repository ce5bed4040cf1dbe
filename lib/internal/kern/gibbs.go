package kern

import "math"

// gibbsTable holds the kernels of entropic problems.
type gibbsTable struct {
	gibbs32 func(k, c *float32, ld, rows int, f, p *float32, m int, inv float32)
	gibbs64 func(k, c *float64, ld, rows int, f, p *float64, m int, inv float64)
}

// Gibbs32 fills k with exp((f_i + g_j - c_ij) · inv), where inv is 1/ε. Shapes: k and c
// n×m, both with distance ld between rows; n = len(f), m = len(g). The exponential is
// within 1 ulp (see [Exp32]); the exponent itself is rounded three times, which an
// exponent of size t turns into a relative t units in the last place.
//
// Where the exponent is below [GibbsLeast32] the result is 0: products with K never
// meet a denormal number, which some processors take a hundred times longer for. NaN
// comes out as NaN.
func Gibbs32(k, c []float32, ld int, f, g []float32, inv float32) {
	checkMatrix("the result of Gibbs32", len(k), ld, len(f), len(g))
	checkMatrix("the cost of Gibbs32", len(c), ld, len(f), len(g))
	if len(f) > 0 && len(g) > 0 {
		kernels.gibbs32(&k[0], &c[0], ld, len(f), &f[0], &g[0], len(g), inv)
	}
}

// Gibbs64 is [Gibbs32] in float64, with [GibbsLeast64].
func Gibbs64(k, c []float64, ld int, f, g []float64, inv float64) {
	checkMatrix("the result of Gibbs64", len(k), ld, len(f), len(g))
	checkMatrix("the cost of Gibbs64", len(c), ld, len(f), len(g))
	if len(f) > 0 && len(g) > 0 {
		kernels.gibbs64(&k[0], &c[0], ld, len(f), &f[0], &g[0], len(g), inv)
	}
}

// Below these exponents the entries of a Gibbs kernel are 0.
const (
	GibbsLeast32 = -87
	GibbsLeast64 = -708
)

func (t *table) gibbsPortable() {
	t.gibbs32 = func(k, c *float32, ld, rows int, f, p *float32, m int, inv float32) {
		gibbsGo(k, c, ld, rows, f, p, m, inv, GibbsLeast32)
	}
	t.gibbs64 = func(k, c *float64, ld, rows int, f, p *float64, m int, inv float64) {
		gibbsGo(k, c, ld, rows, f, p, m, inv, GibbsLeast64)
	}
}

func gibbsGo[T float32 | float64](k, c *T, ld, rows int, f, p *T, m int, inv, least T) {
	size := (rows-1)*ld + m
	to, from, prices := slice(k, size), slice(c, size), slice(p, m)
	for i, f := range slice(f, rows) {
		row := to[i*ld:][:m]
		for j, c := range from[i*ld:][:m] {
			x := (f + prices[j] - c) * inv
			if x < least {
				row[j] = 0
				continue
			}
			row[j] = T(math.Exp(float64(x)))
		}
	}
}
