package tensor

import (
	"math"

	"gaspard/lib/internal/kern"
)

// biasActivate is y = act(y + bias) row by row, and d = act' there unless d is nil.
func biasActivate[T real](act Activation, y, d, bias []T, rows, cols int) {
	if single[T]() {
		kern.BiasActivate32(kern.Activation(act), f32(y), f32(d), f32(bias), rows, cols)
		return
	}
	for i := range rows {
		row := y[i*cols : i*cols+cols]
		addInto(row, row, bias)
		if act == Linear {
			continue
		}
		var slope []T
		if d != nil {
			slope = d[i*cols : i*cols+cols]
		}
		derivative(act, 0, row, slope, row, nil)
	}
}

// mulColumnSums is dy *= d, unless d is nil, and then sums += the column sums of dy.
func mulColumnSums[T real](sums, dy, d []T, rows, cols int) {
	if single[T]() {
		kern.MulColumnSums32(f32(sums), f32(dy), f32(d), rows, cols)
		return
	}
	if d != nil {
		mulInto(dy, dy, d)
	}
	addColumnSums(sums, dy, rows, cols)
}

// addColumnSums adds to sums the sums of the columns of x.
func addColumnSums[T real](sums, x []T, rows, cols int) {
	if single[T]() {
		kern.AddColumnSums32(f32(sums), f32(x), rows, cols)
		return
	}
	for i := range rows {
		addInto(sums, sums, x[i*cols:i*cols+cols])
	}
}

// addInto is dst = a + b, entry by entry.
func addInto[T real](dst, a, b []T) {
	if single[T]() {
		kern.Add32(f32(dst), f32(a), f32(b))
		return
	}
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

// subInto is dst = a - b.
func subInto[T real](dst, a, b []T) {
	if single[T]() {
		kern.Sub32(f32(dst), f32(a), f32(b))
		return
	}
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

// mulInto is dst = a ∘ b.
func mulInto[T real](dst, a, b []T) {
	if single[T]() {
		kern.Mul32(f32(dst), f32(a), f32(b))
		return
	}
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

// divInto is dst = a / b.
func divInto[T real](dst, a, b []T) {
	if single[T]() {
		kern.Div32(f32(dst), f32(a), f32(b))
		return
	}
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] / b[i]
	}
}

// mulAdd is dst += a ∘ b.
func mulAdd[T real](dst, a, b []T) {
	if single[T]() {
		kern.MulAdd32(f32(dst), f32(a), f32(b))
		return
	}
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] += a[i] * b[i]
	}
}

// scaleInto is dst = c x.
func scaleInto[T real](dst []T, c T, x []T) {
	if single[T]() {
		kern.Scale32(f32(dst), float32(c), f32(x))
		return
	}
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = c * x[i]
	}
}

// axpy is dst += c x.
func axpy[T real](dst []T, c T, x []T) {
	if single[T]() {
		kern.Axpy32(f32(dst), float32(c), f32(x))
		return
	}
	x = x[:len(dst)]
	for i := range dst {
		dst[i] += c * x[i]
	}
}

// sumOf returns Σ x.
func sumOf[T real](x []T) (sum T) {
	if len(x) >= 16 && single[T]() { // a call costs as much as a few additions
		return T(kern.Sum32(f32(x)))
	}
	for _, v := range x {
		sum += v
	}
	return sum
}

// dotOf returns Σ a ∘ b.
func dotOf[T real](a, b []T) (sum T) {
	if len(a) >= 16 && single[T]() {
		return T(kern.Dot32(f32(a), f32(b)))
	}
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// softmaxRows is the softmax of each row of z.
func softmaxRows[T real](p, z []T, rows, cols int) {
	if single[T]() {
		kern.SoftmaxRows32(f32(p), f32(z), rows, cols)
		return
	}
	for i := range rows {
		softmaxRow(p[i*cols:i*cols+cols], z[i*cols:i*cols+cols], 1)
	}
}

// softmaxCausal replaces row i of the n×n matrix p by the softmax of scale times
// its first i+1 entries, and zeros.
func softmaxCausal[T real](p []T, n int, scale T) {
	if single[T]() {
		kern.SoftmaxCausal32(f32(p), f32(p), n, float32(scale))
		return
	}
	for i := range n {
		row := p[i*n : i*n+i+1]
		softmaxRow(row, row, scale)
		clear(p[i*n+i+1 : i*n+n])
	}
}

func softmaxRow[T real](p, z []T, scale T) {
	top := T(math.Inf(-1))
	for _, v := range z {
		top = max(top, v)
	}
	var sum T
	for j, v := range z {
		p[j] = T(math.Exp(float64(scale * (v - top))))
		sum += p[j]
	}
	for j := range p {
		p[j] /= sum
	}
}

// softmaxBackward is dz = scale·p∘(dp - Σ_j p dp), row by row; dz may be dp.
func softmaxBackward[T real](dz, p, dp []T, rows, cols int, scale T) {
	if single[T]() {
		kern.SoftmaxBackward32(f32(dz), f32(p), f32(dp), rows, cols, float32(scale))
		return
	}
	for i := range rows {
		p, dp, dz := p[i*cols:i*cols+cols], dp[i*cols:i*cols+cols], dz[i*cols:i*cols+cols]
		var sum T
		for j, v := range p {
			sum += v * dp[j]
		}
		for j, v := range p {
			dz[j] = scale * v * (dp[j] - sum)
		}
	}
}

// crossEntropyOf returns Σ_i -log softmax(z_i)[target_i], and leaves softmax minus
// one-hot in dz unless that is nil.
func crossEntropyOf[T real](dz, z []T, target []int32, rows, cols int) (loss float64) {
	if single[T]() {
		return kern.CrossEntropy32(f32(dz), f32(z), target, rows, cols)
	}
	for i := range rows {
		row := z[i*cols : i*cols+cols]
		top := math.Inf(-1)
		for _, v := range row {
			top = max(top, float64(v))
		}
		sum := 0.0
		for _, v := range row {
			sum += math.Exp(float64(v) - top)
		}
		loss += top + math.Log(sum) - float64(row[target[i]])
		if dz == nil {
			continue
		}
		d := dz[i*cols : i*cols+cols]
		for j, v := range row {
			d[j] = T(math.Exp(float64(v)-top) / sum)
		}
		d[target[i]]--
	}
	return loss
}

// layerNormForward is y = gain ∘ xhat + bias with xhat = (x - mean) rstd, row by
// row, and keeps xhat and rstd.
func layerNormForward[T real](y, xhat, rstd, x, gain, bias []T, rows, cols int) {
	if single[T]() {
		kern.LayerNorm32(f32(y), f32(xhat), f32(rstd), f32(x), f32(gain), f32(bias), rows, cols, layerNormEpsilon)
		return
	}
	for i := range rows {
		x, y, hat := x[i*cols:i*cols+cols], y[i*cols:i*cols+cols], xhat[i*cols:i*cols+cols]
		var mean, square float64
		for _, v := range x {
			mean += float64(v)
		}
		mean /= float64(cols)
		for _, v := range x {
			square += (float64(v) - mean) * (float64(v) - mean)
		}
		r := 1 / math.Sqrt(square/float64(cols)+layerNormEpsilon)
		rstd[i] = T(r)
		for j, v := range x {
			hat[j] = T((float64(v) - mean) * r)
			y[j] = gain[j]*hat[j] + bias[j]
		}
	}
}

// layerNormBackward adds to the adjoints of x, gain and bias, where they are not
// nil.
func layerNormBackward[T real](dx, dgain, dbias, dy, xhat, rstd, gain []T, rows, cols int) {
	if single[T]() {
		kern.LayerNormBackward32(f32(dx), f32(dgain), f32(dbias), f32(dy), f32(xhat), f32(rstd), f32(gain), rows, cols)
		return
	}
	for i := range rows {
		dy, hat := dy[i*cols:i*cols+cols], xhat[i*cols:i*cols+cols]
		if dgain != nil {
			mulAdd(dgain, dy, hat)
		}
		if dbias != nil {
			axpy(dbias, 1, dy)
		}
		if dx == nil {
			continue
		}
		var mean, along float64
		for j, d := range dy {
			g := float64(d * gain[j])
			mean += g
			along += g * float64(hat[j])
		}
		mean /= float64(cols)
		along /= float64(cols)
		for j, d := range dy {
			dx[i*cols+j] += rstd[i] * (d*gain[j] - T(mean) - hat[j]*T(along))
		}
	}
}
