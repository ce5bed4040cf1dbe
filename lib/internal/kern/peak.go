package kern

// peakTable holds loops of nothing but multiply-adds in registers: the yardstick
// against which the products are measured.
type peakTable struct {
	peak32, peak64 func(n int) // n rounds
	peakRound32    int         // operations of a round
	peakRound64    int
}

// Peak32 runs n rounds of float32 multiply-adds and returns how many operations
// they were, a multiply-add counted as two.
func Peak32(n int) (flops float64) {
	kernels.peak32(n)
	return float64(n) * float64(kernels.peakRound32)
}

// Peak64 is [Peak32] in float64.
func Peak64(n int) (flops float64) {
	kernels.peak64(n)
	return float64(n) * float64(kernels.peakRound64)
}

func (t *table) peakPortable() {
	t.peak32, t.peakRound32 = peakLoop[float32], 16
	t.peak64, t.peakRound64 = peakLoop[float64], 16
}

func peakLoop[T float32 | float64](n int) {
	var a, b, c, d, e, f, g, h T
	x := T(0.5)
	for range n {
		a, b, c, d = a*x+1, b*x+1, c*x+1, d*x+1
		e, f, g, h = e*x+1, f*x+1, g*x+1, h*x+1
	}
	// A use of the sums keeps the compiler from dropping the loop.
	if a+b+c+d+e+f+g+h < 0 {
		panic("kern: a sum of positive numbers is negative")
	}
}
