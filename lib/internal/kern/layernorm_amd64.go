//go:build amd64 && !purego

package kern

func (t *table) layerNormAVX2() {
	t.layerNorm32, t.layerNormBackward32 = layerNormYMM32, layerNormBackwardYMM32
}

func (t *table) layerNormAVX512() {
	t.layerNorm32, t.layerNormBackward32 = layerNormZMM32, layerNormBackwardZMM32
}

//go:noescape
func layerNormYMM32(y, xhat, rstd, x, gain, bias []float32, rows, cols int, eps float32)

//go:noescape
func layerNormZMM32(y, xhat, rstd, x, gain, bias []float32, rows, cols int, eps float32)

//go:noescape
func layerNormBackwardYMM32(dx, dgain, dbias, dy, xhat, rstd, gain []float32, rows, cols int)

//go:noescape
func layerNormBackwardZMM32(dx, dgain, dbias, dy, xhat, rstd, gain []float32, rows, cols int)
