package kern

import (
	"math"
	"math/rand/v2"
	"testing"
)

// elementwiseCases has each function with its formula in float64. A function that
// has one argument ignores b; dst is what it found.
var elementwiseCases = []struct {
	name string
	run  func(dst, a, b []float32)
	want func(dst, a, b float64) float64
}{
	{"Add32", Add32, func(_, a, b float64) float64 { return a + b }},
	{"Sub32", Sub32, func(_, a, b float64) float64 { return a - b }},
	{"Mul32", Mul32, func(_, a, b float64) float64 { return a * b }},
	{"Div32", Div32, func(_, a, b float64) float64 { return a / b }},
	{"MulAdd32", MulAdd32, func(d, a, b float64) float64 { return d + a*b }},
	{"Axpy32", func(d, a, _ []float32) { Axpy32(d, -0.3, a) }, func(d, a, _ float64) float64 { return d + a*float64(float32(-0.3)) }},
	{"Scale32", func(d, a, _ []float32) { Scale32(d, -0.3, a) }, func(_, a, _ float64) float64 { return a * float64(float32(-0.3)) }},
	{"Square32", func(d, a, _ []float32) { Square32(d, a) }, func(_, a, _ float64) float64 { return a * a }},
	{"Sqrt32", func(d, a, _ []float32) { Sqrt32(d, a) }, func(_, a, _ float64) float64 { return math.Sqrt(a) }},
	{"Abs32", func(d, a, _ []float32) { Abs32(d, a) }, func(_, a, _ float64) float64 { return math.Abs(a) }},
}

func TestElementwise(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 0))
		for _, c := range elementwiseCases {
			for _, n := range lengths {
				dst, a, b := guarded(r, n), guarded(r, n), guarded(r, n)
				if n > 8 {
					a[n-1], a[n/2], b[0], b[n-2] = nan32, inf32, 0, -inf32
				}
				a0, b0 := clone32(a), clone32(b)
				want, scale := make([]float64, n), make([]float64, n)
				for i := range dst {
					want[i] = c.want(float64(dst[i]), float64(a[i]), float64(b[i]))
					scale[i] = math.Abs(float64(dst[i]))
				}
				c.run(dst, a, b)
				// Two roundings at most: of a product, and of a sum.
				near(t, c.name, dst, want, func(i int) float64 { return unit32 * (2*math.Abs(want[i]) + scale[i]) })
				checkGuards(t, c.name, dst, a, b)
				near(t, c.name+" argument", a, wide(a0), func(int) float64 { return 0 })
				near(t, c.name+" argument", b, wide(b0), func(int) float64 { return 0 })
			}
		}
	})
}

// TestElementwiseInPlace lets the destination be an argument.
func TestElementwiseInPlace(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(2, 0))
		for _, c := range elementwiseCases {
			a, b := guarded(r, 100), guarded(r, 100)
			want := clone32(a)
			c.run(want, a, b)
			c.run(a, a, b)
			near(t, c.name+" in place", a, wide(want), func(int) float64 { return 0 })
		}
	})
}

func TestLengthsThatDisagreePanic(t *testing.T) {
	x, y := make([]float32, 3), make([]float32, 4)
	for name, f := range map[string]func(){
		"Add32":         func() { Add32(x, x, y) },
		"Scale32":       func() { Scale32(y, 1, x) },
		"Dot32":         func() { Dot32(x, y) },
		"Adam32":        func() { Adam32(x, x, y, x, AdamStep{}) },
		"Activate32":    func() { Activate32(GELU, x, y, x) },
		"no activation": func() { Activate32(activations, x, x, x) },
		"bias":          func() { BiasActivate32(GELU, y, nil, x[:1], 2, 2) },
		"softmax":       func() { SoftmaxRows32(x, y, 2, 2) },
		"target":        func() { CrossEntropy32(nil, y, []int32{0, 2}, 2, 2) },
		"layer norm":    func() { LayerNorm32(y, y, x[:1], y, x, nil, 2, 2, 0) },
		"column sums":   func() { AddColumnSums32(x, y, 1, 4) },
		"parts":         func() { SumParts32(x, [][]float32{x, y}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func BenchmarkElementwise(b *testing.B) {
	x, y, z := normal(1, 2048), normal(2, 2048), normal(3, 2048)
	for i, v := range x {
		x[i] = abs32(v)
	}
	for _, c := range elementwiseCases {
		benchEach(b, "f="+c.name, len(x), func() { c.run(z, x, y) })
	}
}
