//go:build amd64 && !purego

package kern

func (t *table) adamAVX2() {
	t.adam32 = func(p, m, v, grad []float32, s AdamStep) { adamYMM32(p, m, v, grad, &s.Beta1) }
}

func (t *table) adamAVX512() {
	t.adam32 = func(p, m, v, grad []float32, s AdamStep) { adamZMM32(p, m, v, grad, &s.Beta1) }
}

// step points to the first of the five fields of an AdamStep.

//go:noescape
func adamYMM32(p, m, v, grad []float32, step *float32)

//go:noescape
func adamZMM32(p, m, v, grad []float32, step *float32)
