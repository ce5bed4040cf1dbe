package kern

// expTable holds exp and log over arrays.
type expTable struct {
	exp32, log32 func(dst, x *float32, n int)
	exp64, log64 func(dst, x *float64, n int)
}

// Exp32 sets dst_i = exp(x_i), within 0.9 ulp; 0, infinity and denormal numbers come
// out as they ought to, NaN for NaN. dst may be x. It panics if the lengths differ.
func Exp32(dst, x []float32) {
	if sameLength("Exp32", len(dst), len(x)) {
		kernels.exp32(&dst[0], &x[0], len(x))
	}
}

// Exp64 is [Exp32] in float64, within 1 ulp; the portable one within 2.
func Exp64(dst, x []float64) {
	if sameLength("Exp64", len(dst), len(x)) {
		kernels.exp64(&dst[0], &x[0], len(x))
	}
}

// Log32 sets dst_i = log(x_i), within 0.9 ulp; −Inf for 0, NaN below 0 and for NaN.
// Denormal numbers are taken for what they are. dst may be x. It panics if the
// lengths differ.
func Log32(dst, x []float32) {
	if sameLength("Log32", len(dst), len(x)) {
		kernels.log32(&dst[0], &x[0], len(x))
	}
}

// Log64 is [Log32] in float64, within 1 ulp.
func Log64(dst, x []float64) {
	if sameLength("Log64", len(dst), len(x)) {
		kernels.log64(&dst[0], &x[0], len(x))
	}
}

// sameLength panics unless two lengths agree, and reports whether there is anything
// to do.
func sameLength(name string, dst, x int) bool {
	if dst != x {
		panic("kern: " + name + " needs slices of one length")
	}
	return x > 0
}

func (t *table) expPortable() {
	t.exp32, t.exp64 = expLoop32, expLoop64
	t.log32, t.log64 = logLoop32, logLoop64
}
