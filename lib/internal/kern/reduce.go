package kern

// reduceTable has the reductions of a whole slice.
type reduceTable struct {
	sum32        func(x []float32) float32
	dot32        func(x, y []float32) float32
	sumSquares32 func(x []float32) float64
}

// Each reduction adds up a fixed number of interleaved sums and then those. The
// result depends on the values, their order and the level, not on where the slice
// lies in memory.

// Sum32 is Σ x, in float32 throughout: its error is below (n/64 + 8)·2⁻²⁴·Σ|x| with
// assembly, (n/8 + 8)·2⁻²⁴·Σ|x| without.
func Sum32(x []float32) float32 { return kernels.sum32(x) }

// Dot32 is Σ x y, as exact as [Sum32].
func Dot32(x, y []float32) float32 {
	equalLengths("Dot32", len(x), len(y))
	return kernels.dot32(x, y)
}

// SumSquares32 is Σ x², added up in float64 without rounding the squares: it
// neither overflows nor loses small entries.
func SumSquares32(x []float32) float64 { return kernels.sumSquares32(x) }

func (t *table) reducePortable() {
	t.sum32, t.dot32, t.sumSquares32 = sumPortable, dotPortable, sumSquaresPortable
}

// lanes is the number of interleaved sums of a portable reduction.
const lanes = 8

func sumPortable(x []float32) float32 {
	var s [lanes]float32
	for ; len(x) >= lanes; x = x[lanes:] {
		for l := range s {
			s[l] += x[l]
		}
	}
	for l, v := range x {
		s[l] += v
	}
	return foldPortable(&s)
}

func dotPortable(x, y []float32) float32 {
	var s [lanes]float32
	for ; len(x) >= lanes; x, y = x[lanes:], y[lanes:] {
		y := y[:lanes]
		for l := range s {
			s[l] += x[l] * y[l]
		}
	}
	for l, v := range x {
		s[l] += v * y[l]
	}
	return foldPortable(&s)
}

func foldPortable(s *[lanes]float32) float32 {
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

func sumSquaresPortable(x []float32) float64 {
	var s [4]float64
	for ; len(x) >= 4; x = x[4:] {
		for l := range s {
			s[l] += float64(x[l]) * float64(x[l])
		}
	}
	for l, v := range x {
		s[l] += float64(v) * float64(v)
	}
	return (s[0] + s[2]) + (s[1] + s[3])
}
