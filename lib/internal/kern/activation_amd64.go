//go:build amd64 && !purego

package kern

func (t *table) activationAVX2()   { t.activate32 = activateAVX2 }
func (t *table) activationAVX512() { t.activate32 = activateAVX512 }

func activateAVX2(act Activation, y, d, z, bias []float32, rows, cols int) {
	activateRows(false, act, y, d, z, bias, rows, cols)
}

func activateAVX512(act Activation, y, d, z, bias []float32, rows, cols int) {
	activateRows(true, act, y, d, z, bias, rows, cols)
}

// activateRows joins narrow rows as the column sums do: the bias of the longer rows
// is that of the short ones again and again.
func activateRows(zmm bool, act Activation, y, d, z, bias []float32, rows, cols int) {
	n := joined(rows, cols)
	if n == 1 || bias == nil {
		activateWhole(zmm, act, y, d, z, bias, rows, cols)
		return
	}
	var wide [16 * narrowest]float32
	for filled := 0; filled < n*cols; filled += cols {
		copy(wide[filled:], bias[:cols])
	}
	activateWhole(zmm, act, y, d, z, wide[:], rows/n, n*cols)
	if rest := rows % n; rest > 0 {
		done := (rows - rest) * cols
		y, z = y[done:], z[done:]
		if d != nil {
			d = d[done:]
		}
		activateWhole(zmm, act, y, d, z, wide[:], 1, rest*cols)
	}
}

// activateWhole calls the assembly by name: through a variable, the compiler would
// put a bias on the stack into the heap.
func activateWhole(zmm bool, act Activation, y, d, z, bias []float32, rows, cols int) {
	switch {
	case zmm && act == GELU:
		geluZMM32(y, d, z, bias, rows, cols)
	case zmm && act == ReLU:
		reluZMM32(y, d, z, bias, rows, cols)
	case zmm && act == SiLU:
		siluZMM32(y, d, z, bias, rows, cols)
	case zmm && act == Tanh:
		tanhZMM32(y, d, z, bias, rows, cols)
	case zmm && act == Softplus:
		softplusZMM32(y, d, z, bias, rows, cols)
	case zmm && act == CELU:
		celuZMM32(y, d, z, bias, rows, cols)
	case zmm:
		linearZMM32(y, d, z, bias, rows, cols)
	case act == GELU:
		geluYMM32(y, d, z, bias, rows, cols)
	case act == ReLU:
		reluYMM32(y, d, z, bias, rows, cols)
	case act == SiLU:
		siluYMM32(y, d, z, bias, rows, cols)
	case act == Tanh:
		tanhYMM32(y, d, z, bias, rows, cols)
	case act == Softplus:
		softplusYMM32(y, d, z, bias, rows, cols)
	case act == CELU:
		celuYMM32(y, d, z, bias, rows, cols)
	default:
		linearYMM32(y, d, z, bias, rows, cols)
	}
}

//go:noescape
func geluYMM32(y, d, z, bias []float32, rows, cols int)

//go:noescape
func geluZMM32(y, d, z, bias []float32, rows, cols int)

//go:noescape
func reluYMM32(y, d, z, bias []float32, rows, cols int)

//go:noescape
func reluZMM32(y, d, z, bias []float32, rows, cols int)

//go:noescape
func siluYMM32(y, d, z, bias []float32, rows, cols int)

//go:noescape
func siluZMM32(y, d, z, bias []float32, rows, cols int)

//go:noescape
func tanhYMM32(y, d, z, bias []float32, rows, cols int)

//go:noescape
func tanhZMM32(y, d, z, bias []float32, rows, cols int)

//go:noescape
func softplusYMM32(y, d, z, bias []float32, rows, cols int)

//go:noescape
func softplusZMM32(y, d, z, bias []float32, rows, cols int)

//go:noescape
func celuYMM32(y, d, z, bias []float32, rows, cols int)

//go:noescape
func celuZMM32(y, d, z, bias []float32, rows, cols int)

//go:noescape
func linearYMM32(y, d, z, bias []float32, rows, cols int)

//go:noescape
func linearZMM32(y, d, z, bias []float32, rows, cols int)
