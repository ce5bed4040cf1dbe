//go:build amd64 && !purego

package kern

func (t *table) adamAVX2() {
	t.adam32 = func(p, m, v, grad []float32, s AdamStep) { adamYMM32(p, m, v, grad, &s.Beta1) }
	t.adamParts32 = func(p, m, v, dst []float32, parts [][]float32, s AdamStep) {
		adamPartsYMM32(p, m, v, dst, parts, &s.Beta1)
	}
}

func (t *table) adamAVX512() {
	t.adam32 = func(p, m, v, grad []float32, s AdamStep) { adamZMM32(p, m, v, grad, &s.Beta1) }
	t.adamParts32 = func(p, m, v, dst []float32, parts [][]float32, s AdamStep) {
		adamPartsZMM32(p, m, v, dst, parts, &s.Beta1)
	}
}

// step points to the first of the five fields of an AdamStep.

//go:noescape
func adamYMM32(p, m, v, grad []float32, step *float32)

//go:noescape
func adamZMM32(p, m, v, grad []float32, step *float32)

//go:noescape
func adamPartsYMM32(p, m, v, dst []float32, parts [][]float32, step *float32)

//go:noescape
func adamPartsZMM32(p, m, v, dst []float32, parts [][]float32, step *float32)
