package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// float is what the kernels compute with.
type float interface{ float32 | float64 }

// unit is half the distance of 1 to the next number.
func unit[T float]() float64 {
	var x T
	if _, ok := any(x).(float32); ok {
		return 1.0 / (1 << 24)
	}
	return 1.0 / (1 << 53)
}

// fenced is a slice of n elements, at an odd offset, between values that nothing
// may change; broken tells whether something did.
func fenced[T float](n int) (x []T, broken func() bool) {
	const width = 17
	all := make([]T, n+2*width)
	for i := range all {
		all[i] = 12345
	}
	x = all[width : width+n : width+n]
	return x, func() bool {
		for i := range width {
			if all[i] != 12345 || all[width+n+i] != 12345 {
				return true
			}
		}
		return false
	}
}

// fill writes numbers around 0 of size 1.
func fill[T float](rng *rand.Rand, x []T) {
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
}

// fillPositive writes numbers between 0 and 1.
func fillPositive[T float](rng *rand.Rand, x []T) {
	for i := range x {
		x[i] = T(rng.Float64())
	}
}

// rowShapes are numbers of rows and columns around the sizes of blocks and
// registers.
var rowShapes = [][2]int{
	{1, 1}, {1, 16}, {2, 7}, {3, 8}, {4, 9}, {4, 64}, {5, 3}, {5, 31}, {7, 33}, {8, 100},
	{9, 15}, {11, 129}, {12, 4}, {13, 257}, {16, 5},
}

func TestRowDots(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		testRowDots(t, RowDots32)
		testRowDots(t, RowDots64)
	})
}

func testRowDots[T float](t *testing.T, dots func(out, k []T, ld int, v []T)) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, shape := range rowShapes {
		n, m := shape[0], shape[1]
		for _, ld := range []int{m, m + 3} {
			k, v := make([]T, (n-1)*ld+m), make([]T, m)
			fill(rng, k)
			fill(rng, v)
			out, broken := fenced[T](n)
			dots(out, k, ld, v)
			for i, got := range out {
				want, size := 0.0, 0.0
				for j, x := range v {
					want += float64(k[i*ld+j]) * float64(x)
					size += math.Abs(float64(k[i*ld+j]) * float64(x))
				}
				// Each of m terms is rounded at most m times.
				if math.Abs(float64(got)-want) > float64(m+1)*unit[T]()*size {
					t.Errorf("%T %d×%d, ld %d: row %d is %g, want %g", got, n, m, ld, i, got, want)
				}
			}
			if broken() {
				t.Errorf("%d×%d: written outside of the result", n, m)
			}
			k[len(k)-1] = T(math.NaN())
			if dots(out, k, ld, v); !math.IsNaN(float64(out[n-1])) {
				t.Errorf("%d×%d: NaN in the last column gives %g", n, m, out[n-1])
			}
		}
	}
	dots(nil, nil, 5, make([]T, 5))
	out := []T{1}
	if dots(out, nil, 0, nil); out[0] != 0 {
		t.Errorf("a sum of nothing is %g", out[0])
	}
}

func TestAddRows(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		testAddRows(t, AddRows32)
		testAddRows(t, AddRows64)
	})
}

func testAddRows[T float](t *testing.T, add func(dst, k []T, ld int, u []T)) {
	rng := rand.New(rand.NewPCG(2, 1))
	for _, shape := range rowShapes {
		n, m := shape[0], shape[1]
		for _, ld := range []int{m, m + 3} {
			k, u := make([]T, (n-1)*ld+m), make([]T, n)
			fill(rng, k)
			fill(rng, u)
			dst, broken := fenced[T](m)
			fill(rng, dst)
			before := append([]T(nil), dst...)
			add(dst, k, ld, u)
			for j, got := range dst {
				want, size := float64(before[j]), math.Abs(float64(before[j]))
				for i, x := range u {
					want += float64(k[i*ld+j]) * float64(x)
					size += math.Abs(float64(k[i*ld+j]) * float64(x))
				}
				if math.Abs(float64(got)-want) > float64(n+2)*unit[T]()*size {
					t.Errorf("%T %d×%d, ld %d: column %d is %g, want %g", got, n, m, ld, j, got, want)
				}
			}
			if broken() {
				t.Errorf("%d×%d: written outside of the result", n, m)
			}
			u[n-1] = T(math.NaN())
			if add(dst, k, ld, u); !math.IsNaN(float64(dst[m-1])) {
				t.Errorf("%d×%d: a NaN factor gives %g", n, m, dst[m-1])
			}
		}
	}
}

func TestRescale(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		testRescale(t, Rescale32)
		testRescale(t, Rescale64)
	})
}

func testRescale[T float](t *testing.T, rescale func(next, u, sums []T, weight T) T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for n := range 40 {
		u, sums := make([]T, n), make([]T, n)
		fillPositive(rng, u)
		fillPositive(rng, sums)
		next, broken := fenced[T](n)
		const weight = 0.25
		err := rescale(next, u, sums, weight)
		wantErr := 0.0
		for i, got := range next {
			wantErr += math.Abs(float64(u[i])*float64(sums[i]) - weight)
			if want := T(weight) / sums[i]; got != want { // a division rounds one way only
				t.Errorf("%T n %d: entry %d is %g, want %g", got, n, i, got, want)
			}
		}
		if math.Abs(float64(err)-wantErr) > float64(n+3)*unit[T]()*(wantErr+float64(n)) {
			t.Errorf("n %d: error %g, want %g", n, err, wantErr)
		}
		if broken() {
			t.Errorf("n %d: written outside of the result", n)
		}
		if n == 0 {
			continue
		}
		again := append([]T(nil), u...)
		if rescale(again, again, sums, weight); fmt.Sprint(again) != fmt.Sprint(next) {
			t.Errorf("n %d: in place %v, else %v", n, again, next)
		}
		sums[n-1] = 0
		if err := rescale(next, u, sums, weight); !math.IsInf(float64(next[n-1]), 1) || math.IsNaN(float64(err)) {
			t.Errorf("n %d: a row without mass gives %g, error %g", n, next[n-1], err)
		}
		sums[n-1] = T(math.NaN())
		if err := rescale(next, u, sums, weight); !math.IsNaN(float64(err)) || !math.IsNaN(float64(next[n-1])) {
			t.Errorf("n %d: a NaN sum gives %g, error %g", n, next[n-1], err)
		}
	}
}

func TestHalfway(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		testHalfway(t, Halfway32)
		testHalfway(t, Halfway64)
	})
}

func testHalfway[T float](t *testing.T, halfway func(next, u, sums []T, weight T) T) {
	rng := rand.New(rand.NewPCG(7, 1))
	for n := range 40 {
		u, sums := make([]T, n), make([]T, n)
		fillPositive(rng, u)
		fillPositive(rng, sums)
		next, broken := fenced[T](n)
		const weight = 0.25
		err, wantErr := halfway(next, u, sums, weight), 0.0
		for i, got := range next {
			want := math.Sqrt(float64(u[i]) * weight / float64(sums[i]))
			wantErr += math.Abs(float64(u[i])*float64(sums[i]) - weight)
			if math.Abs(float64(got)-want) > 3*unit[T]()*want { // two roundings, halved, and one
				t.Errorf("%T n %d: entry %d is %g, want %g", got, n, i, got, want)
			}
		}
		if math.Abs(float64(err)-wantErr) > float64(n+3)*unit[T]()*(wantErr+float64(n)) {
			t.Errorf("n %d: error %g, want %g", n, err, wantErr)
		}
		if broken() {
			t.Errorf("n %d: written outside of the result", n)
		}
		if n == 0 {
			continue
		}
		sums[n-1] = T(math.NaN())
		if err := halfway(u, u, sums, weight); !math.IsNaN(float64(err)) || !math.IsNaN(float64(u[n-1])) {
			t.Errorf("n %d: a NaN sum gives %g, error %g", n, u[n-1], err)
		}
	}
}

func TestDivideByCosts(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		testDivide(t, DivideByCosts32)
		testDivide(t, DivideByCosts64)
	})
}

func testDivide[T float](t *testing.T, divide func(k, c []T)) {
	rng := rand.New(rand.NewPCG(8, 1))
	for n := range 70 {
		k, broken := fenced[T](n)
		c := make([]T, n)
		fillPositive(rng, k)
		fill(rng, c) // half of them below 0
		if n > 2 {
			c[n-1], c[n/2], k[0] = 0, T(math.NaN()), T(math.Inf(1))
		}
		before := append([]T(nil), k...)
		divide(k, c)
		for i, got := range k {
			want := T(0)
			if c[i] > 0 {
				want = before[i] / c[i]
			}
			if got != want {
				t.Errorf("%T n %d: %g/%g gives %g", got, n, before[i], c[i], got)
			}
		}
		if broken() {
			t.Errorf("n %d: written outside of the result", n)
		}
	}
}

func TestRange(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		testRange(t, Range32)
		testRange(t, Range64)
	})
}

func testRange[T float](t *testing.T, ends func(x []T) (lo, hi T)) {
	rng := rand.New(rand.NewPCG(4, 1))
	for n := range 70 {
		x := make([]T, n)
		fill(rng, x)
		if n > 3 {
			x[n/2] = T(math.NaN())
		}
		wantLo, wantHi := math.Inf(1), math.Inf(-1)
		for _, v := range x {
			if v == v {
				wantLo, wantHi = min(wantLo, float64(v)), max(wantHi, float64(v))
			}
		}
		if lo, hi := ends(x); float64(lo) != wantLo || float64(hi) != wantHi {
			t.Errorf("%T n %d: %g to %g, want %g to %g", lo, n, lo, hi, wantLo, wantHi)
		}
	}
}

func TestSweepRows(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		testSweepRows(t, SweepRows32)
		testSweepRows(t, SweepRows64)
	})
}

// One sweep over sizes of one and of many blocks against its definition.
func testSweepRows[T float](t *testing.T, sweep func(cols, sums, u, k []T, ld int, v []T, weight T) T) {
	rng := rand.New(rand.NewPCG(5, 1))
	for _, shape := range [][2]int{{0, 3}, {3, 2}, {37, 300}, {70, 1000}} {
		n, m := shape[0], shape[1]
		ld := m + 1
		k, v, u := make([]T, n*ld), make([]T, m), make([]T, n)
		fillPositive(rng, k)
		fillPositive(rng, v)
		fillPositive(rng, u)
		weight := 1 / T(n+1)
		for i := range u {
			u[i] *= weight / T(m) // of the size it will have
		}
		before := append([]T(nil), u...)
		cols, broken := fenced[T](m)
		sums := make([]T, n)
		err := float64(sweep(cols, sums, u, k, ld, v, weight))
		want, wantErr := make([]float64, m), 0.0
		for i := range u {
			sum := 0.0
			for j, x := range v {
				sum += float64(k[i*ld+j]) * float64(x)
			}
			wantErr += math.Abs(float64(before[i])*sum - float64(weight))
			for j := range want {
				want[j] += float64(weight) / sum * float64(k[i*ld+j])
			}
		}
		if tol := float64(n+m) * unit[T](); math.Abs(err-wantErr) > tol*(1+float64(n*m)) {
			t.Errorf("%T %d×%d: error %g, want %g", weight, n, m, err, wantErr)
		}
		for j, got := range cols {
			if math.Abs(float64(got)-want[j]) > float64(n+m)*unit[T]()*want[j] {
				t.Errorf("%T %d×%d: column %d sums to %g, want %g", got, n, m, j, got, want[j])
			}
		}
		if broken() {
			t.Errorf("%d×%d: written outside of the column sums", n, m)
		}
	}
}

func TestRowShapesAreChecked(t *testing.T) {
	x := make([]float64, 10)
	for want, f := range map[string]func(){
		"kern: the matrix of RowDots64 is 2×4, its leading dimension 3":                     func() { RowDots64(x[:2], x, 3, x[:4]) },
		"kern: the matrix of AddRows64 has 10 elements, 3×4 needs 12":                       func() { AddRows64(x[:4], x, 4, x[:3]) },
		"kern: Rescale64: the vectors differ in length":                                     func() { Rescale64(x[:2], x[:2], x[:3], 1) },
		"kern: SweepRows64: the sums and the scalings differ in length":                     func() { SweepRows64(x[:2], x[:2], x[:2], x, 2, x[:3], 1) },
		"kern: the points for the result of Distances64 are no whole number of coordinates": func() { Distances64(x, 2, x[:4], 3, x[:6], false) },
		"kern: MinDiff64: the vectors differ in length":                                     func() { MinDiff64(x[:2], x[:3]) },
		"kern: ShortenPaths64: the vectors differ in length or are empty": func() {
			ShortenPaths64(x[:2], nil, x[:2], x[:2], 0, 0)
		},
	} {
		if got := panicOf(f); got != want {
			t.Errorf("panic %q, want %q", got, want)
		}
	}
}

func panicOf(f func()) (text any) {
	defer func() { text = recover() }()
	f()
	return nil
}

// BenchmarkSweepRows is one iteration on a stored kernel, BenchmarkRowDots and
// BenchmarkAddRows its two halves over the whole of K.
func BenchmarkSweepRows(b *testing.B) {
	benchmarkKernel(b, func(k, rows, sums, cols, v []float32) {
		SweepRows32(cols, sums, rows, k, len(v), v, 1)
	}, func(k, rows, sums, cols, v []float64) {
		SweepRows64(cols, sums, rows, k, len(v), v, 1)
	})
}

func BenchmarkRowDots(b *testing.B) {
	benchmarkKernel(b, func(k, rows, _, _, v []float32) { RowDots32(rows, k, len(v), v) },
		func(k, rows, _, _, v []float64) { RowDots64(rows, k, len(v), v) })
}

func BenchmarkAddRows(b *testing.B) {
	benchmarkKernel(b, func(k, rows, _, cols, _ []float32) { AddRows32(cols, k, len(cols), rows) },
		func(k, rows, _, cols, _ []float64) { AddRows64(cols, k, len(cols), rows) })
}

func benchmarkKernel(b *testing.B, f32 func(k, rows, sums, cols, v []float32), f64 func(k, rows, sums, cols, v []float64)) {
	for l := Portable; l <= Best(); l++ {
		for _, n := range []int{256, 1024} {
			b.Run(fmt.Sprintf("level=%v/type=f32/n=%d", l, n), func(b *testing.B) { benchmarkRows(b, l, n, f32) })
			b.Run(fmt.Sprintf("level=%v/type=f64/n=%d", l, n), func(b *testing.B) { benchmarkRows(b, l, n, f64) })
		}
	}
}

func benchmarkRows[T float](b *testing.B, l Level, n int, f func(k, rows, sums, cols, v []T)) {
	defer Use(Use(l))
	rng := rand.New(rand.NewPCG(6, 1))
	k := make([]T, n*n)
	rows, sums, cols, v := make([]T, n), make([]T, n), make([]T, n), make([]T, n)
	fillPositive(rng, k)
	fillPositive(rng, rows)
	fillPositive(rng, v)
	for b.Loop() {
		f(k, rows, sums, cols, v)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n*n), "ns/element")
}
