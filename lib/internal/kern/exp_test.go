package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// double is a number in two parts, for references beyond float64.
type double struct{ high, low float64 }

func twoSum(a, b float64) double {
	s := a + b
	t := s - a
	return double{s, (a - (s - t)) + (b - t)}
}

func (a double) add(b double) double {
	s := twoSum(a.high, b.high)
	return twoSum(s.high, s.low+a.low+b.low)
}

func (a double) mul(b double) double {
	p := float64(a.high * b.high) // rounded, not fused with the sum to come
	return twoSum(p, math.FMA(a.high, b.high, -p)+a.high*b.low+a.low*b.high)
}

// exactExp is exp(x) scaled by 2^-n, to some 100 bits, and that n.
func exactExp(x float64) (m double, n int) {
	k := math.Round(x * math.Log2E)
	ln2 := [3]float64{0x1.62e42fefa0000p-1, 0x1.cf79abc9e0000p-40, 0x1.d9fcd2edd2f1bp-80} // 40 bits a part: k times one is exact
	r := twoSum(x-float64(k*ln2[0]), float64(-k*ln2[1]))
	r = r.add(double{float64(-k * ln2[2]), 0})
	sum := double{1, 0}
	for i := 26; i >= 1; i-- {
		term := r.mul(sum)
		q := term.high / float64(i)
		sum = double{1, 0}.add(twoSum(q, (math.FMA(-q, float64(i), term.high)+term.low)/float64(i)))
	}
	return sum, int(k)
}

// expUlps is the error of got as exp(x), in units of the last place of a type with
// the given bits of precision and least exponent.
func expUlps(got, x float64, precision, least int) float64 {
	m, n := exactExp(x)
	_, e := math.Frexp(m.high)
	ulp := max(e+n-precision, least-precision+1)
	scaled := math.Ldexp(got, -ulp) // exact for all that the tests ask
	return math.Abs(scaled - math.Ldexp(m.high, n-ulp) - math.Ldexp(m.low, n-ulp))
}

// logUlps is the same for log(x): y + (x exp(−y) − 1) is exact enough for the
// float64 logarithm y.
func logUlps(got, x float64, precision int) float64 {
	y := logarithm(x)
	frac, e := math.Frexp(x)
	m, n := exactExp(-y)
	ratio := double{frac, 0}.mul(m)
	scale := math.Ldexp(1, e+n)
	rest := (ratio.high*scale - 1) + ratio.low*scale
	_, at := math.Frexp(y)
	return math.Abs((got-y)-rest*(1-rest/2)) / math.Ldexp(1, at-precision)
}

// sweep covers what exp or log may get: a dense grid and random numbers.
func sweep(low, high float64, n int) []float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, n)
	for i := range x {
		if i%2 == 0 {
			x[i] = low + (high-low)*float64(i)/float64(n)
		} else {
			x[i] = low + (high-low)*rng.Float64()
		}
	}
	return x
}

func toFloat32(x []float64) (y []float32) {
	for _, v := range x {
		y = append(y, float32(v))
	}
	return y
}

// worst runs f over x and returns the largest of its errors.
func worst[T float32 | float64](t *testing.T, name string, f func(dst, x []T), x []T, ulps func(got, x float64) float64) float64 {
	dst := make([]T, len(x))
	f(dst, x)
	most, at := 0.0, T(0)
	for i, v := range x {
		if u := ulps(float64(dst[i]), float64(v)); !(u <= most) {
			most, at = u, v
		}
	}
	t.Logf("%s: %.3f ulp at %v", name, most, at)
	return most
}

// The bounds are those that the comments of the functions give; the portable exp is
// that of package math, which errs by up to 1.8 ulp in assembly.
func TestExpAndLogErrors(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		exp64 := 1.0
		if Current() == Portable {
			exp64 = 2
		}
		e32 := func(got, x float64) float64 { return expUlps(got, x, 24, -125) }
		e64 := func(got, x float64) float64 { return expUlps(got, x, 53, -1021) }
		l32 := func(got, x float64) float64 { return logUlps(got, x, 24) }
		l64 := func(got, x float64) float64 { return logUlps(got, x, 53) }
		const n = 200000
		positive := func(low, high float64) []float64 {
			x := sweep(low, high, n)
			for i, v := range x {
				x[i] = math.Exp2(v)
			}
			return x
		}
		for name, c := range map[string]struct{ got, bound float64 }{
			"exp32":           {worst(t, "exp32", Exp32, toFloat32(sweep(-104, 88.7, n)), e32), 0.9},
			"exp32 near 0":    {worst(t, "exp32 near 0", Exp32, toFloat32(sweep(-0.5, 0.5, n)), e32), 0.9},
			"exp64":           {worst(t, "exp64", Exp64, sweep(-745, 709.7, n), e64), exp64},
			"exp64 near 0":    {worst(t, "exp64 near 0", Exp64, sweep(-0.5, 0.5, n), e64), exp64},
			"log32":           {worst(t, "log32", Log32, toFloat32(positive(-148, 127.9)), l32), 0.9},
			"log32 near 1":    {worst(t, "log32 near 1", Log32, toFloat32(sweep(0.7, 1.6, n)), l32), 0.9},
			"log64":           {worst(t, "log64", Log64, positive(-1070, 1023.9), l64), 1},
			"log64 near 1":    {worst(t, "log64 near 1", Log64, sweep(0.7, 1.6, n), l64), 1},
			"log64 very near": {worst(t, "log64 very near", Log64, sweep(1-1e-6, 1+1e-6, n), l64), 1},
		} {
			if !(c.got <= c.bound) {
				t.Errorf("%s errs by %.3f ulp, more than %.1f", name, c.got, c.bound)
			}
		}
	})
}

// Each special value stands at each place of a register and in the tail.
func TestExpAndLogSpecialValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	eachLevel(t, func(t *testing.T) {
		for n := 1; n < 40; n++ {
			for _, x := range []float64{nan, inf, -inf, 0, math.Copysign(0, -1), 1e-40, -1e-40, 1000, -1000, 1e30, -1e30, 1, -1, 0x1p-149, 0x1p-1074} {
				checkSpecial(t, "exp32", Exp32, n, float32(x), float32(math.Exp(float64(float32(x)))))
				checkSpecial(t, "exp64", Exp64, n, x, exponential(x))
				checkSpecial(t, "log32", Log32, n, float32(x), float32(math.Log(float64(float32(x)))))
				checkSpecial(t, "log64", Log64, n, x, logarithm(x))
			}
		}
	})
}

func checkSpecial[T float32 | float64](t *testing.T, name string, f func(dst, x []T), n int, x, want T) {
	t.Helper()
	const guard = 12345
	data, out := make([]T, n), make([]T, n+2)
	for at := range n {
		for i := range data {
			data[i] = 1
		}
		data[at] = x
		for i := range out {
			out[i] = guard
		}
		f(out[1:n+1], data)
		got := out[1+at]
		switch {
		case got == want || got != got && want != want:
		case math.Abs(float64(got-want)) > 1e-6*math.Abs(float64(want)):
			t.Errorf("%s(%v) at %d of %d is %v, want %v", name, x, at, n, got, want)
		}
		if out[0] != guard || out[n+1] != guard {
			t.Fatalf("%s writes beyond %d elements", name, n)
		}
	}
}

func TestExpInPlaceAndByOddLengths(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for n := range 150 {
			x := toFloat32(sweep(-5, 5, n))
			want := make([]float32, n)
			Exp32(want, x)
			Exp32(x, x)
			for i := range x {
				if x[i] != want[i] {
					t.Fatalf("n = %d: in place %v at %d, otherwise %v", n, x[i], i, want[i])
				}
			}
		}
	})
}

func TestExpRefusesTwoLengths(t *testing.T) {
	defer func() {
		if r := recover(); r != "kern: Exp32 needs slices of one length" {
			t.Errorf("recovered %v", r)
		}
	}()
	Exp32(make([]float32, 3), make([]float32, 4))
}

func BenchmarkExp(b *testing.B) { benchmarkArray(b, Exp32, Exp64, -20, 5) }
func BenchmarkLog(b *testing.B) { benchmarkArray(b, Log32, Log64, 0.01, 100) }

func benchmarkArray(b *testing.B, f32 func(dst, x []float32), f64 func(dst, x []float64), low, high float64) {
	x := sweep(low, high, 4096)
	for l := Portable; l <= Best(); l++ {
		b.Run(fmt.Sprintf("level=%v/type=f32/n=4096", l), func(b *testing.B) { benchmarkMap(b, l, f32, toFloat32(x)) })
		b.Run(fmt.Sprintf("level=%v/type=f64/n=4096", l), func(b *testing.B) { benchmarkMap(b, l, f64, x) })
	}
}

func benchmarkMap[T float32 | float64](b *testing.B, l Level, f func(dst, x []T), x []T) {
	defer Use(Use(l))
	dst := make([]T, len(x))
	for b.Loop() {
		f(dst, x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x)), "ns/element")
}
