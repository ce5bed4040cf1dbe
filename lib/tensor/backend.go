package tensor

import "gaspard/lib/internal/kern"

// real is a floating-point type the tape runs in.
type real interface{ float32 | float64 }

// What follows is what operations are made of, for either precision: products are
// the kernels' in both; the rest is the kernels' in float32 and plain loops, written
// for accuracy, in float64.

// gemm is c = a·b or c += a·b, with a addressed by two strides.
func gemm[T real](c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool) {
	switch c := any(c).(type) {
	case []float32:
		kern.Gemm32(c, ldc, any(a).([]float32), rs, ks, any(b).([]float32), ldb, m, n, k, add)
	case []float64:
		kern.Gemm64(c, ldc, any(a).([]float64), rs, ks, any(b).([]float64), ldb, m, n, k, add)
	}
}

// parallelGemm is gemm on all cores.
func parallelGemm[T real](c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool) {
	switch c := any(c).(type) {
	case []float32:
		kern.ParallelGemm32(c, ldc, any(a).([]float32), rs, ks, any(b).([]float32), ldb, m, n, k, add)
	case []float64:
		kern.ParallelGemm64(c, ldc, any(a).([]float64), rs, ks, any(b).([]float64), ldb, m, n, k, add)
	}
}

// gemmNT is c = a·bᵀ or c += a·bᵀ; work holds n·k numbers unless n is at most 4.
func gemmNT[T real](c []T, ldc int, a []T, lda int, b []T, ldb, m, n, k int, add bool, work []T) {
	switch c := any(c).(type) {
	case []float32:
		kern.GemmNT32(c, ldc, any(a).([]float32), lda, any(b).([]float32), ldb, m, n, k, add, any(work).([]float32))
	case []float64:
		kern.GemmNT64(c, ldc, any(a).([]float64), lda, any(b).([]float64), ldb, m, n, k, add, any(work).([]float64))
	}
}

// transpose is dst = srcᵀ, src being rows×cols.
func transpose[T real](dst []T, ldd int, src []T, lds, rows, cols int) {
	switch dst := any(dst).(type) {
	case []float32:
		kern.Transpose32(dst, ldd, any(src).([]float32), lds, rows, cols)
	case []float64:
		kern.Transpose64(dst, ldd, any(src).([]float64), lds, rows, cols)
	}
}

// f32 is x where T is float32.
func f32[T real](x []T) []float32 {
	v, _ := any(x).([]float32)
	return v
}

// single reports whether T is float32.
func single[T real]() bool {
	var x T
	_, ok := any(x).(float32)
	return ok
}
