//go:build amd64 && !purego

package kern

func (t *table) softmaxAVX2() {
	t.softmax32 = func(p, z []float32, rows, cols, valid, grow int, scale float32) {
		softmaxYMM32(p, z, nil, rows, cols, valid, grow, scale)
	}
	t.softmaxBackward32 = softmaxBackwardYMM32
	t.crossEntropy32 = func(dz, z []float32, target []int32, rows, cols int) float64 {
		return crossEntropy(false, dz, z, target, rows, cols)
	}
}

func (t *table) softmaxAVX512() {
	t.softmax32 = func(p, z []float32, rows, cols, valid, grow int, scale float32) {
		softmaxRowsAVX512(p, z, nil, rows, cols, valid, grow, scale)
	}
	t.softmaxBackward32 = func(dz, p, dp []float32, rows, cols int, scale float32) {
		if cols <= shortRow {
			softmaxBackwardYMM32(dz, p, dp, rows, cols, scale)
			return
		}
		softmaxBackwardZMM32(dz, p, dp, rows, cols, scale)
	}
	t.crossEntropy32 = func(dz, z []float32, target []int32, rows, cols int) float64 {
		return crossEntropy(true, dz, z, target, rows, cols)
	}
}

// shortRow is the length of row up to which half a register reduces it sooner.
const shortRow = 8

func softmaxRowsAVX512(p, z, stats []float32, rows, cols, valid, grow int, scale float32) {
	if cols <= shortRow {
		softmaxYMM32(p, z, stats, rows, cols, valid, grow, scale)
		return
	}
	softmaxZMM32(p, z, stats, rows, cols, valid, grow, scale)
}

// crossEntropy takes some rows at a time: their softmax, whose stats are the maxima
// and sums of which the losses are made.
func crossEntropy(zmm bool, dz, z []float32, target []int32, rows, cols int) (loss float64) {
	const most = 64
	var stats [2 * most]float32
	var picked [most]float64
	var sums [most]float64
	for done := 0; done < rows; done += most {
		n := min(most, rows-done)
		target := target[done:][:n]
		z := z[done*cols:][:n*cols]
		for i, t := range target {
			picked[i] = float64(z[i*cols+int(t)]) // which dz may overwrite
		}
		var p []float32
		if dz != nil {
			p = dz[done*cols:][:n*cols]
		}
		if zmm {
			softmaxRowsAVX512(p, z, stats[:], n, cols, cols, 0, 1)
		} else {
			softmaxYMM32(p, z, stats[:], n, cols, cols, 0, 1)
		}
		for i := range n {
			sums[i] = float64(stats[2*i+1])
		}
		if zmm {
			logZMM64(&sums[0], &sums[0], n)
		} else {
			logYMM64(&sums[0], &sums[0], n)
		}
		for i := range n {
			loss += sums[i] + (float64(stats[2*i]) - picked[i])
		}
		if p != nil {
			for i, t := range target {
				p[i*cols+int(t)]--
			}
		}
	}
	return loss
}

//go:noescape
func softmaxYMM32(p, z, stats []float32, rows, cols, valid, grow int, scale float32)

//go:noescape
func softmaxZMM32(p, z, stats []float32, rows, cols, valid, grow int, scale float32)

//go:noescape
func softmaxBackwardYMM32(dz, p, dp []float32, rows, cols int, scale float32)

//go:noescape
func softmaxBackwardZMM32(dz, p, dp []float32, rows, cols int, scale float32)
