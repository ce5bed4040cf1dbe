package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

var activationNames = [activations]string{"gelu", "relu", "silu", "tanh", "softplus", "celu", "linear"}

// activationWide is the activation in float64, with the rounding that its formula
// in float32 may have, in units of 2⁻²⁴: a few per operation, relative to each term
// of a sum. What e^x loses below the normal numbers is 2⁻¹²⁶ times its factor.
func activationWide(act Activation, v float64) (y, d, yTol, dTol float64) {
	const lost = 0x1p-126
	sigma := func(v float64) (s, r float64) {
		e := math.Exp(-math.Abs(v))
		if v < 0 {
			return e / (1 + e), 1 / (1 + e)
		}
		return 1 / (1 + e), e / (1 + e)
	}
	switch act {
	case GELU:
		q := geluCubic * v * v
		u2 := geluScale * v * (1 + q)
		s, r := sigma(u2)
		slope := v * r * geluScale * (1 + 3*q)
		// The exponent 2u is off by 6 units of itself.
		sTol := 6 + 6*math.Abs(u2)*r
		slopeTol := 10 + 6*math.Abs(u2)
		if math.IsInf(v, 0) || math.Abs(v) > 20 {
			slope, sTol, slopeTol = 0, 0, 0
		}
		return v * s, s * (1 + slope), unit32*sTol*math.Abs(v*s) + lost*16, unit32*s*(sTol*math.Abs(1+slope)+slopeTol*math.Abs(slope)+2) + lost*1000
	case ReLU:
		if v > 0 || v != v {
			return v, 1, 0, 0
		}
		return 0, 0, 0, 0
	case SiLU:
		s, r := sigma(v)
		return v * s, s * (1 + v*r), unit32*6*math.Abs(v*s) + 128*lost, unit32*s*(6*math.Abs(1+v*r)+6*math.Abs(v*r)) + 128*lost
	case Tanh:
		s, r := sigma(2 * v)
		return math.Tanh(v), 4 * s * r, unit32 * 6 * math.Abs(math.Tanh(v)), unit32*8*4*s*r + 4*lost
	case Softplus:
		s, _ := sigma(v)
		y := max(v, 0) + math.Log1p(math.Exp(-math.Abs(v)))
		return y, s, unit32*6*y + lost, unit32*6*s + lost
	case CELU:
		if v > 0 {
			return v, 1, 0, 0
		}
		return math.Expm1(v), math.Exp(v), unit32 * 5 * -math.Expm1(v), unit32*4*math.Exp(v) + lost
	}
	return v, 1, 0, 0
}

// activationSweep is numbers of all sizes and both signs: every step-th float32.
func activationSweep(step uint32) []float32 {
	var x []float32
	for _, sign := range []uint32{0, 1 << 31} {
		for bits := uint32(0); bits <= 0x7f800000; bits += step {
			// Skip to where the functions bend: 2⁻⁴⁰ to 2⁸ closely, the rest at a hundredth.
			v := math.Float32frombits(sign | bits)
			if a := abs32(v); a < 0x1p-40 || a > 0x1p8 {
				bits += 99 * step
			}
			x = append(x, v)
		}
	}
	return append(x, 0, math.Float32frombits(1<<31), inf32, -inf32, 88.5, -88.5, -87.5, 104, -104, 3e38, -3e38)
}

// limits are the values at -∞ of y and d where the formulas in float64 are 0·∞.
func limits(act Activation, v, y, d float64) (float64, float64) {
	if math.IsInf(v, 0) && (act == GELU || act == SiLU) {
		return max(v, 0), min(max(v, 0), 1)
	}
	return y, d
}

// leastNormal is the least number that is not denormal.
const leastNormal = 0x1p-126

func TestActivate(t *testing.T) {
	z := activationSweep(20011)
	y, d := make([]float32, len(z)), make([]float32, len(z))
	eachLevel(t, func(t *testing.T) {
		for act := range activations {
			Activate32(act, y, d, z)
			for i, v := range wide(z) {
				if v != 0 && math.Abs(v) < leastNormal {
					continue
				}
				wy, wd, ty, td := activationWide(act, v)
				wy, wd = limits(act, v, wy, wd)
				// A factor in between may be taken for 0 where the result is a few times as large.
				ty, td = max(ty, 4*leastNormal), max(td, 4*leastNormal)
				if y := float64(y[i]); y != wy && !(math.Abs(y-wy) <= ty) {
					t.Fatalf("%s(%v) = %v, want %v, off by %.3g where %.3g is allowed", activationNames[act], v, y, wy, math.Abs(y-wy), ty)
				}
				if d := float64(d[i]); d != wd && !(math.Abs(d-wd) <= td) {
					t.Fatalf("%s'(%v) = %v, want %v, off by %.3g where %.3g is allowed", activationNames[act], v, d, wd, math.Abs(d-wd), td)
				}
			}
			alone := make([]float32, len(z))
			Activate32(act, alone, nil, z)
			near(t, activationNames[act]+" without derivative", alone, wide(y), func(int) float64 { return 0 })
			copy(alone, z)
			Activate32(act, alone, d, alone)
			near(t, activationNames[act]+" in place", alone, wide(y), func(int) float64 { return 0 })
		}
	})
}

func TestActivateSaturatesAndPassesNaN(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for act := range activations {
			for _, n := range []int{1, 7, 16, 21} {
				z := normal(uint64(n), n)
				z[n-1] = nan32
				y, d := make([]float32, n), make([]float32, n)
				Activate32(act, y, d, z)
				if y[n-1] == y[n-1] {
					t.Errorf("%s(NaN) = %v", activationNames[act], y[n-1])
				}
				if act != ReLU && act != Linear && d[n-1] == d[n-1] {
					t.Errorf("%s'(NaN) = %v", activationNames[act], d[n-1])
				}
			}
		}
		for _, c := range []struct {
			act     Activation
			z, y, d float32
		}{
			{GELU, 40, 40, 1}, {GELU, -40, 0, 0}, {GELU, -inf32, 0, 0}, {GELU, inf32, inf32, 1}, {SiLU, 200, 200, 1}, {SiLU, -200, 0, 0},
			{SiLU, -inf32, 0, 0}, {SiLU, inf32, inf32, 1}, {Tanh, 30, 1, 0}, {Tanh, -30, -1, 0}, {Softplus, 50, 50, 1}, {Softplus, inf32, inf32, 1},
			{Softplus, -inf32, 0, 0}, {CELU, -40, -1, 0}, {CELU, -inf32, -1, 0}, {ReLU, -inf32, 0, 0}, {ReLU, 0, 0, 0}, {Linear, inf32, inf32, 1},
		} {
			y, d := []float32{0}, []float32{0}
			Activate32(c.act, y, d, []float32{c.z})
			// The derivatives at ±30 and ±40 are 0 up to 2⁻⁵⁰.
			if y[0] != c.y || abs32(d[0]-c.d) > 0x1p-50 {
				t.Errorf("%s at %v: %v and %v, want %v and %v", activationNames[c.act], c.z, y[0], d[0], c.y, c.d)
			}
		}
	})
}

func TestBiasActivate(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(11, 0))
		for _, shape := range shapes {
			rows, cols := shape[0], shape[1]
			for act := range activations {
				what := fmt.Sprintf("%s of %d×%d", activationNames[act], rows, cols)
				y, d, bias := guarded(r, rows*cols), guarded(r, rows*cols), guarded(r, cols)
				again := clone32(y)
				var wy, wd, ty, td []float64
				for i, v := range y {
					y, d, yTol, dTol := activationWide(act, float64(v+bias[i%cols]))
					wy, wd, ty, td = append(wy, y), append(wd, d), append(ty, yTol), append(td, dTol)
				}
				BiasActivate32(act, y, d, bias, rows, cols)
				near(t, what, y, wy, func(i int) float64 { return ty[i] })
				near(t, what+", derivative", d, wd, func(i int) float64 { return td[i] })
				checkGuards(t, what, y, d, bias)
				BiasActivate32(act, again, nil, bias, rows, cols)
				near(t, what+" without derivative", again, wide(y), func(int) float64 { return 0 })
			}
		}
	})
}

func BenchmarkBiasActivate(b *testing.B) {
	for _, shape := range [][2]int{{64, 128}, {1024, 2}, {100, 100}} {
		rows, cols := shape[0], shape[1]
		z, y, d, bias := normal(1, rows*cols), normal(1, rows*cols), normal(2, rows*cols), make([]float32, cols)
		for act := range activations {
			name := fmt.Sprintf("act=%s/shape=%dx%d", activationNames[act], rows, cols)
			benchEach(b, name, rows*cols, func() {
				// A pass in place again and again would leave the usual range.
				kernels.activate32(act, y, d, z, bias, rows, cols)
			})
		}
	}
}

// BenchmarkActivationError reports the worst relative errors of value and derivative,
// in ulp, over |z| ≤ 40, away from zeros of the derivative and from the tail of GELU,
// and the worst absolute one of the derivative.
func BenchmarkActivationError(b *testing.B) {
	z := activationSweep(5003)
	y, d := make([]float32, len(z)), make([]float32, len(z))
	for act := range activations {
		for l := Portable; l <= Best(); l++ {
			b.Run(fmt.Sprintf("act=%s/level=%v", activationNames[act], l), func(b *testing.B) {
				defer Use(Use(l))
				for b.Loop() {
					Activate32(act, y, d, z)
				}
				var yWorst, dWorst, dAbs float64
				for i, v := range wide(z) {
					wy, wd, _, _ := activationWide(act, v)
					if math.Abs(v) > 40 || act == GELU && v < -1 {
						continue
					}
					if wy != 0 {
						yWorst = max(yWorst, math.Abs(float64(y[i])/wy-1))
					}
					dAbs = max(dAbs, math.Abs(float64(d[i])-wd))
					if wd != 0 && !((act == GELU || act == SiLU) && v < -0.3) {
						dWorst = max(dWorst, math.Abs(float64(d[i])/wd-1))
					}
				}
				b.ReportMetric(yWorst/0x1p-23, "ulp(y)")
				b.ReportMetric(dWorst/0x1p-23, "ulp(d)")
				b.ReportMetric(dAbs, "abs(d)")
			})
		}
	}
}
