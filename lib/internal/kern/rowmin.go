package kern

// rowminTable holds searches for the best column of a row of costs, which is what
// solvers of the exact problem do most.
type rowminTable struct {
	minDiff32  func(c, p *float32, n int) (value float32, nan int)
	minDiff64  func(c, p *float64, n int) (value float64, nan int)
	findDiff32 func(c, p *float32, n int, value float32) int
	findDiff64 func(c, p *float64, n int, value float64) int
	minRows32  func(dst, c *float32, ld, rows, m int)
	minRows64  func(dst, c *float64, ld, rows, m int)
	shorten64  func(slack *float64, from *int, c, p *float64, n int, base float64, row int) (value float64)
	find64     func(x *float64, n int, value float64) int
}

// MinDiff32 returns the least c_j - p_j and the first j at which it is reached; if
// a difference is NaN, NaN and the first such j; +Inf and -1 for no columns.
// Shapes: c and p of one length. Differences are exact to half a unit in the last
// place and compared exactly.
func MinDiff32(c, p []float32) (value float32, j int) {
	if len(c) != len(p) {
		panic("kern: MinDiff32: the vectors differ in length")
	}
	if len(c) == 0 {
		value, _ = rangeGo[float32](nil, 0)
		return value, -1
	}
	value, nan := kernels.minDiff32(&c[0], &p[0], len(c))
	if nan != 0 {
		return firstNaN(c, p)
	}
	return value, kernels.findDiff32(&c[0], &p[0], len(c), value)
}

// MinDiff64 is [MinDiff32] in float64.
func MinDiff64(c, p []float64) (value float64, j int) {
	if len(c) != len(p) {
		panic("kern: MinDiff64: the vectors differ in length")
	}
	if len(c) == 0 {
		value, _ = rangeGo[float64](nil, 0)
		return value, -1
	}
	value, nan := kernels.minDiff64(&c[0], &p[0], len(c))
	if nan != 0 {
		return firstNaN(c, p)
	}
	return value, kernels.findDiff64(&c[0], &p[0], len(c), value)
}

// RowMins32 computes out_i = min_j (c_ij - p_j), where a NaN is passed over. Shapes: c
// n×m with distance ld between rows, n = len(out), m = len(p).
func RowMins32(out, c []float32, ld int, p []float32) {
	checkMatrix("the matrix of RowMins32", len(c), ld, len(out), len(p))
	for i := range out {
		out[i], _ = rangeGo[float32](nil, 0)
		if len(p) > 0 {
			out[i], _ = kernels.minDiff32(&c[i*ld], &p[0], len(p))
		}
	}
}

// RowMins64 is [RowMins32] in float64.
func RowMins64(out, c []float64, ld int, p []float64) {
	checkMatrix("the matrix of RowMins64", len(c), ld, len(out), len(p))
	for i := range out {
		out[i], _ = rangeGo[float64](nil, 0)
		if len(p) > 0 {
			out[i], _ = kernels.minDiff64(&c[i*ld], &p[0], len(p))
		}
	}
}

// ColumnMins32 computes dst_j = min(dst_j, min_i c_ij), where a NaN in c is passed
// over. Shapes: c n×m with distance ld between rows, m = len(dst).
func ColumnMins32(dst, c []float32, ld, n int) {
	checkMatrix("the matrix of ColumnMins32", len(c), ld, n, len(dst))
	if n > 0 && len(dst) > 0 {
		kernels.minRows32(&dst[0], &c[0], ld, n, len(dst))
	}
}

// ColumnMins64 is [ColumnMins32] in float64.
func ColumnMins64(dst, c []float64, ld, n int) {
	checkMatrix("the matrix of ColumnMins64", len(c), ld, n, len(dst))
	if n > 0 && len(dst) > 0 {
		kernels.minRows64(&dst[0], &c[0], ld, n, len(dst))
	}
}

// ShortenPaths64 is a step of the search for shortest paths from a row of costs c,
// at distance base, to all columns: where c_j - p_j + base is below slack_j, it
// becomes slack_j and row becomes from_j. It returns the least slack afterwards and
// the first j that has it. A column is closed to the search by slack_j = +Inf and p_j
// = -Inf. Shapes: all of one length, not 0. Neither c, p nor slack may hold NaN.
func ShortenPaths64(slack []float64, from []int, c, p []float64, base float64, row int) (value float64, j int) {
	n := len(slack)
	if n == 0 || len(from) != n || len(c) != n || len(p) != n {
		panic("kern: ShortenPaths64: the vectors differ in length or are empty")
	}
	value = kernels.shorten64(&slack[0], &from[0], &c[0], &p[0], n, base, row)
	return value, kernels.find64(&slack[0], n, value)
}

func (t *table) rowminPortable() {
	t.minDiff32, t.minDiff64 = minDiffGo[float32], minDiffGo[float64]
	t.findDiff32, t.findDiff64 = findDiffGo[float32], findDiffGo[float64]
	t.minRows32, t.minRows64 = minRowsGo[float32], minRowsGo[float64]
	t.shorten64, t.find64 = shortenGo, findGo
}

func minDiffGo[T float32 | float64](c, p *T, n int) (value T, nan int) {
	value, _ = rangeGo[T](nil, 0)
	from := slice(p, n)
	for j, v := range slice(c, n) {
		z := v - from[j]
		if z < value {
			value = z
		}
		if z != z {
			nan = 1
		}
	}
	return value, nan
}

func minRowsGo[T float32 | float64](dst, c *T, ld, rows, m int) {
	to, all := slice(dst, m), slice(c, (rows-1)*ld+m)
	for i := range rows {
		for j, v := range all[i*ld:][:m] {
			if v < to[j] {
				to[j] = v
			}
		}
	}
}

// findDiffGo is the first j with c_j - p_j = value, -1 if there is none.
func findDiffGo[T float32 | float64](c, p *T, n int, value T) int {
	from := slice(p, n)
	for j, v := range slice(c, n) {
		if v-from[j] == value {
			return j
		}
	}
	return -1
}

func firstNaN[T float32 | float64](c, p []T) (T, int) {
	for j, v := range c {
		if z := v - p[j]; z != z {
			return z, j
		}
	}
	panic("kern: no NaN where one was seen")
}

func shortenGo(slack *float64, from *int, c, p *float64, n int, base float64, row int) (value float64) {
	value, _ = rangeGo[float64](nil, 0)
	s, f, prices := slice(slack, n), slice(from, n), slice(p, n)
	for j, v := range slice(c, n) {
		if z := v - prices[j] + base; z < s[j] {
			s[j], f[j] = z, row
		}
		if s[j] < value {
			value = s[j]
		}
	}
	return value
}

// findGo is the first j with x_j = value, -1 if there is none.
func findGo(x *float64, n int, value float64) int {
	for j, v := range slice(x, n) {
		if v == value {
			return j
		}
	}
	return -1
}
