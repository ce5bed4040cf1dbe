package kern

import "unsafe"

// Transpose32 stores the transpose of the rows×cols matrix src, whose leading
// dimension is lds, in dst, cols×rows with leading dimension ldd. They must not
// overlap.
func Transpose32(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	checkMatrix("the source of a transpose", len(src), lds, rows, cols)
	checkMatrix("the transpose", len(dst), ldd, cols, rows)
	if rows > 0 && cols > 0 {
		kernels.gemm32.transpose(dst, ldd, src, lds, rows, cols)
	}
}

// Transpose64 is [Transpose32] in float64.
func Transpose64(dst []float64, ldd int, src []float64, lds, rows, cols int) {
	checkMatrix("the source of a transpose", len(src), lds, rows, cols)
	checkMatrix("the transpose", len(dst), ldd, cols, rows)
	if rows > 0 && cols > 0 {
		kernels.gemm64.transpose(dst, ldd, src, lds, rows, cols)
	}
}

// transpose computes strips as high as a register is wide.
func (g *gemmKernels[T]) transpose(dst []T, ldd int, src []T, lds, rows, cols int) {
	if g.lanes == 0 {
		transposePortable(dst, ldd, src, lds, rows, cols)
		return
	}
	size := int(unsafe.Sizeof(src[0]))
	whole := cols / g.lanes
	for i := 0; i < rows; i += g.lanes {
		j := 0
		if whole > 0 && i+g.lanes <= rows {
			g.squares(&dst[i], ldd*size, &src[i*lds], lds*size, whole)
			j = whole * g.lanes
		}
		for ; j < cols; j += g.lanes {
			g.square(&dst[j*ldd+i], ldd*size, &src[i*lds+j], lds*size, min(g.lanes, rows-i), min(g.lanes, cols-j))
		}
	}
}

// transposePortable works in squares of a few cache lines.
func transposePortable[T float32 | float64](dst []T, ldd int, src []T, lds, rows, cols int) {
	const square = 16
	for i0 := 0; i0 < rows; i0 += square {
		i1 := min(i0+square, rows)
		for j0 := 0; j0 < cols; j0 += square {
			for j := j0; j < min(j0+square, cols); j++ {
				column := dst[j*ldd+i0 : j*ldd+i1]
				for i := range column {
					column[i] = src[(i0+i)*lds+j]
				}
			}
		}
	}
}
