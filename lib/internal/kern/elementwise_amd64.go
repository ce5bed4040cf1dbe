//go:build amd64 && !purego

package kern

func (t *table) elementwiseAVX2() {
	t.add32, t.sub32, t.mul32, t.div32 = addYMM32, subYMM32, mulYMM32, divYMM32
	t.mulAdd32, t.axpy32, t.scale32 = mulAddYMM32, axpyYMM32, scaleYMM32
	t.square32, t.sqrt32, t.abs32 = squareYMM32, sqrtYMM32, absYMM32
}

func (t *table) elementwiseAVX512() {
	t.add32, t.sub32, t.mul32, t.div32 = addZMM32, subZMM32, mulZMM32, divZMM32
	t.mulAdd32, t.axpy32, t.scale32 = mulAddZMM32, axpyZMM32, scaleZMM32
	t.square32, t.sqrt32, t.abs32 = squareZMM32, sqrtZMM32, absZMM32
}

//go:noescape
func addYMM32(dst, a, b []float32)

//go:noescape
func addZMM32(dst, a, b []float32)

//go:noescape
func subYMM32(dst, a, b []float32)

//go:noescape
func subZMM32(dst, a, b []float32)

//go:noescape
func mulYMM32(dst, a, b []float32)

//go:noescape
func mulZMM32(dst, a, b []float32)

//go:noescape
func divYMM32(dst, a, b []float32)

//go:noescape
func divZMM32(dst, a, b []float32)

//go:noescape
func mulAddYMM32(dst, a, b []float32)

//go:noescape
func mulAddZMM32(dst, a, b []float32)

//go:noescape
func axpyYMM32(dst []float32, c float32, x []float32)

//go:noescape
func axpyZMM32(dst []float32, c float32, x []float32)

//go:noescape
func scaleYMM32(dst []float32, c float32, x []float32)

//go:noescape
func scaleZMM32(dst []float32, c float32, x []float32)

//go:noescape
func squareYMM32(dst, x []float32)

//go:noescape
func squareZMM32(dst, x []float32)

//go:noescape
func sqrtYMM32(dst, x []float32)

//go:noescape
func sqrtZMM32(dst, x []float32)

//go:noescape
func absYMM32(dst, x []float32)

//go:noescape
func absZMM32(dst, x []float32)
