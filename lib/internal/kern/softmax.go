package kern

import "math"

// softmaxTable has the softmax of rows, its derivative and the cross-entropy.
type softmaxTable struct {
	// softmax32 takes row i over its first valid + i·grow entries, times scale; the
	// entries beyond become 0.
	softmax32         func(p, z []float32, rows, cols, valid, grow int, scale float32)
	softmaxBackward32 func(dz, p, dp []float32, rows, cols int, scale float32)
	// crossEntropy32 is CrossEntropy32 with targets checked.
	crossEntropy32 func(dz, z []float32, target []int32, rows, cols int) float64
}

// SoftmaxRows32 is p_ij = e^{z_ij} / Σ_k e^{z_ik}, for z of rows×cols; p may be z. The
// maximum of a row is taken off first, so that nothing overflows. Entries err by 4 ulp
// of theirs and that of the sum, beyond the rounding of z_ij - max z_i. A row with a
// NaN or +Inf, or of nothing but -Inf, becomes NaN; -Inf gives 0.
func SoftmaxRows32(p, z []float32, rows, cols int) {
	holds("SoftmaxRows32", "p", len(p), rows, cols)
	holds("SoftmaxRows32", "z", len(z), rows, cols)
	if rows > 0 && cols > 0 {
		kernels.softmax32(p, z, rows, cols, cols, 0, 1)
	}
}

// SoftmaxCausal32 is the weights of attention to what is not later: row i of the
// n×n matrix p is the softmax of scale·z_i0 ... scale·z_ii, and 0 beyond; p may be z.
// Entries of z above the diagonal are not used.
func SoftmaxCausal32(p, z []float32, n int, scale float32) {
	holds("SoftmaxCausal32", "p", len(p), n, n)
	holds("SoftmaxCausal32", "z", len(z), n, n)
	if n > 0 {
		kernels.softmax32(p, z, n, n, 1, 1, scale)
	}
}

// SoftmaxBackward32 takes the derivative dp of a loss by the softmax p of scale·z to
// that by z,
//
//	dz_ij = scale p_ij (dp_ij - Σ_k p_ik dp_ik),
//
// all of rows×cols; dz may be dp. It serves [SoftmaxCausal32] as well.
func SoftmaxBackward32(dz, p, dp []float32, rows, cols int, scale float32) {
	holds("SoftmaxBackward32", "dz", len(dz), rows, cols)
	holds("SoftmaxBackward32", "p", len(p), rows, cols)
	holds("SoftmaxBackward32", "dp", len(dp), rows, cols)
	if rows > 0 && cols > 0 {
		kernels.softmaxBackward32(dz, p, dp, rows, cols, scale)
	}
}

// CrossEntropy32 returns Σ_i -log softmax(z_i)[target_i], in nats, for z of
// rows×cols, and its derivative by z, softmax(z_i) less 1 at the target, in dz
// (rows×cols, nil if not wanted); dz may be z. It panics if a target is no column.
// A row as SoftmaxRows32 makes NaN makes the sum NaN.
func CrossEntropy32(dz, z []float32, target []int32, rows, cols int) float64 {
	if dz != nil {
		holds("CrossEntropy32", "dz", len(dz), rows, cols)
	}
	holds("CrossEntropy32", "z", len(z), rows, cols)
	holds("CrossEntropy32", "target", len(target), rows, 1)
	for _, t := range target[:rows] {
		if uint(t) >= uint(cols) {
			panic("kern: CrossEntropy32: a target is no column")
		}
	}
	return kernels.crossEntropy32(dz, z, target, rows, cols)
}

func (t *table) softmaxPortable() {
	t.softmax32, t.softmaxBackward32, t.crossEntropy32 = softmaxPortable, softmaxBackwardPortable, crossEntropyPortable
}

func softmaxPortable(p, z []float32, rows, cols, valid, grow int, scale float32) {
	for i := range rows {
		p := p[i*cols:][:cols]
		scalePortable(p[:valid], scale, z[i*cols:][:valid])
		_, sum := expRow(p[:valid], p[:valid])
		scalePortable(p[:valid], 1/sum, p[:valid])
		clear(p[valid:])
		valid += grow
	}
}

// expRow is p_j = e^{z_j - max z}; it returns the maximum and Σ p.
func expRow(p, z []float32) (top, sum float32) {
	top = maxPortable(z)
	for j, v := range z {
		p[j], _ = expAndLess(v - top)
	}
	return top, sumPortable(p)
}

func softmaxBackwardPortable(dz, p, dp []float32, rows, cols int, scale float32) {
	for i := range rows {
		dz, p, dp := dz[i*cols:][:cols], p[i*cols:][:cols], dp[i*cols:][:cols]
		dot := dotPortable(p, dp)
		for j, v := range p {
			dz[j] = scale * v * (dp[j] - dot)
		}
	}
}

func crossEntropyPortable(dz, z []float32, target []int32, rows, cols int) (loss float64) {
	for i := range rows {
		z, t := z[i*cols:][:cols], target[i]
		top := maxPortable(z)
		below := float64(top) - float64(z[t])
		var sum float32
		if dz == nil {
			for _, v := range z {
				e, _ := expAndLess(v - top)
				sum += e
			}
		} else {
			dz := dz[i*cols:][:cols]
			_, sum = expRow(dz, z)
			scalePortable(dz, 1/sum, dz)
			dz[t]--
		}
		loss += math.Log(float64(sum)) + below
	}
	return loss
}

// maxPortable is the largest entry, NaN if there is a NaN.
func maxPortable(x []float32) float32 {
	m := float32(math.Inf(-1))
	for _, v := range x {
		if v > m || v != v {
			m = v
		}
		if m != m {
			break
		}
	}
	return m
}
