package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestMinDiff(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		testMinDiff(t, MinDiff32)
		testMinDiff(t, MinDiff64)
	})
}

// Small whole numbers make ties; differences are exact, and so are the results.
func testMinDiff[T float](t *testing.T, minDiff func(c, p []T) (T, int)) {
	rng := rand.New(rand.NewPCG(1, 3))
	for n := range 140 {
		c, p := make([]T, n), make([]T, n)
		for j := range c {
			c[j], p[j] = T(rng.IntN(20)), T(rng.IntN(20))
		}
		check := func(what string) {
			t.Helper()
			want, at := math.Inf(1), -1
			for j := range c {
				z := float64(c[j]) - float64(p[j])
				if math.IsNaN(z) {
					want, at = z, j
					break
				}
				if at < 0 || z < want {
					want, at = z, j
				}
			}
			got, j := minDiff(c, p)
			if same := float64(got) == want || math.IsNaN(want) && got != got; !same || j != at {
				t.Errorf("%T n %d%s: %g at %d, want %g at %d", got, n, what, got, j, want, at)
			}
		}
		check("")
		if n == 0 {
			continue
		}
		c[n-1] = -50
		check(", least last")
		for _, special := range []float64{math.Inf(-1), math.NaN(), math.Inf(1)} {
			c[rng.IntN(n)] = T(special)
			check(fmt.Sprintf(", with %g", special))
		}
		for j := range c {
			c[j] = T(math.Inf(1))
		}
		check(", all infinite")
	}
}

func TestRowAndColumnMins(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		testMins(t, RowMins32, ColumnMins32)
		testMins(t, RowMins64, ColumnMins64)
	})
}

func testMins[T float](t *testing.T, rowMins func(out, c []T, ld int, p []T), columnMins func(dst, c []T, ld, n int)) {
	rng := rand.New(rand.NewPCG(5, 3))
	for _, shape := range rowShapes {
		n, m := shape[0], shape[1]
		ld := m + 1
		c, p := make([]T, n*ld), make([]T, m)
		fill(rng, c)
		fill(rng, p)
		if m > 1 {
			c[m-1] = T(math.NaN())
		}
		rows, rowsBroken := fenced[T](n)
		columns, columnsBroken := fenced[T](m)
		wantRows, wantColumns := make([]T, n), make([]T, m)
		for j := range columns {
			columns[j] = T(rng.NormFloat64())
			wantColumns[j] = columns[j]
		}
		for i := range n {
			wantRows[i] = T(math.Inf(1))
			for j := range m {
				if v := c[i*ld+j]; v == v {
					wantRows[i], wantColumns[j] = min(wantRows[i], v-p[j]), min(wantColumns[j], v)
				}
			}
		}
		rowMins(rows, c, ld, p)
		columnMins(columns, c, ld, n)
		if !slices.Equal(rows, wantRows) || !slices.Equal(columns, wantColumns) {
			t.Errorf("%T %d×%d: rows %v and columns %v, want %v and %v", p[0], n, m, rows, columns, wantRows, wantColumns)
		}
		if rowsBroken() || columnsBroken() {
			t.Errorf("%d×%d: written outside of the results", n, m)
		}
	}
}

func TestShortenPaths(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(2, 3))
		for n := 1; n < 80; n++ {
			c, p := make([]float64, n), make([]float64, n)
			fill(rng, p)
			slack, broken := fenced[float64](n)
			fenceFrom := make([]int, n+2)
			fenceFrom[0], fenceFrom[n+1] = -7, -7
			from := fenceFrom[1 : n+1 : n+1]
			for j := range slack {
				slack[j], from[j] = math.Inf(1), -1
			}
			closed := rng.IntN(n)
			p[closed] = math.Inf(-1)
			want, wantFrom := slices.Clone(slack), slices.Clone(from)
			for row := range 4 {
				fill(rng, c)
				base := rng.Float64()
				value, j := ShortenPaths64(slack, from, c, p, base, row)
				least, at := math.Inf(1), 0
				for j := range want {
					if z := c[j] - p[j] + base; z < want[j] {
						want[j], wantFrom[j] = z, row
					}
					if want[j] < least {
						least, at = want[j], j
					}
				}
				if value != least || j != at || !slices.Equal(slack, want) || !slices.Equal(from, wantFrom) {
					t.Fatalf("n %d, row %d: %g at %d, want %g at %d;\n%v from %v, want\n%v from %v",
						n, row, value, j, least, at, slack, from, want, wantFrom)
				}
			}
			if broken() || fenceFrom[0] != -7 || fenceFrom[n+1] != -7 {
				t.Errorf("n %d: written outside of the results", n)
			}
		}
	})
}

func BenchmarkMinDiff(b *testing.B) {
	for l := Portable; l <= Best(); l++ {
		b.Run(fmt.Sprintf("level=%v/type=f32", l), func(b *testing.B) { benchmarkMinDiff(b, l, MinDiff32) })
		b.Run(fmt.Sprintf("level=%v/type=f64", l), func(b *testing.B) { benchmarkMinDiff(b, l, MinDiff64) })
	}
}

// The least difference is in the middle of the row, as it is on average.
func benchmarkMinDiff[T float](b *testing.B, l Level, minDiff func(c, p []T) (T, int)) {
	defer Use(Use(l))
	const n = 2000
	rng := rand.New(rand.NewPCG(3, 3))
	c, p := make([]T, n), make([]T, n)
	fill(rng, c)
	c[n/2] = -10
	for b.Loop() {
		minDiff(c, p)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
}

func BenchmarkShortenPaths(b *testing.B) {
	for l := Portable; l <= Best(); l++ {
		b.Run(fmt.Sprintf("level=%v", l), func(b *testing.B) {
			defer Use(Use(l))
			const n = 2000
			rng := rand.New(rand.NewPCG(4, 3))
			c, p, slack, from := make([]float64, n), make([]float64, n), make([]float64, n), make([]int, n)
			fill(rng, c)
			c[n/2] = -10
			for b.Loop() {
				ShortenPaths64(slack, from, c, p, 0, 1)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
		})
	}
}
