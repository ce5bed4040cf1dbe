package kern

import "math"

// layerNormTable has layer normalisation and its derivative.
type layerNormTable struct {
	layerNorm32         func(y, xhat, rstd, x, gain, bias []float32, rows, cols int, eps float32)
	layerNormBackward32 func(dx, dgain, dbias, dy, xhat, rstd, gain []float32, rows, cols int)
}

// LayerNorm32 normalises each row of x (rows×cols),
//
//	rstd_i = 1/√(mean_j (x_ij - mean x_i)² + eps)
//	xhat_ij = (x_ij - mean x_i) rstd_i,  y_ij = gain_j xhat_ij + bias_j,
//
// and keeps xhat (rows×cols) and rstd (rows) for [LayerNormBackward32]. A nil bias
// is zero. y may be x or xhat, xhat may be x.
//
// The variance is that of the differences from the mean, so that a large mean costs
// no more than its own rounding. A row with a NaN or an infinity becomes NaN.
func LayerNorm32(y, xhat, rstd, x, gain, bias []float32, rows, cols int, eps float32) {
	const name = "LayerNorm32"
	holds(name, "y", len(y), rows, cols)
	holds(name, "xhat", len(xhat), rows, cols)
	holds(name, "x", len(x), rows, cols)
	holds(name, "rstd", len(rstd), rows, 1)
	holds(name, "gain", len(gain), 1, cols)
	if bias != nil {
		holds(name, "bias", len(bias), 1, cols)
	}
	if rows > 0 && cols > 0 {
		kernels.layerNorm32(y, xhat, rstd, x, gain, bias, rows, cols, eps)
	}
}

// LayerNormBackward32 adds the derivatives of a loss by the arguments of
// [LayerNorm32], given that by its result, dy (rows×cols): with h = gain∘dy,
//
//	dx_ij += rstd_i (h_ij - mean h_i - xhat_ij mean(h_i∘xhat_i))
//	dgain_j += Σ_i dy_ij xhat_ij,  dbias_j += Σ_i dy_ij.
//
// Each of dx, dgain and dbias may be nil, which means not wanted; dx may not overlap
// the others.
func LayerNormBackward32(dx, dgain, dbias, dy, xhat, rstd, gain []float32, rows, cols int) {
	const name = "LayerNormBackward32"
	if dx != nil {
		holds(name, "dx", len(dx), rows, cols)
	}
	if dgain != nil {
		holds(name, "dgain", len(dgain), 1, cols)
	}
	if dbias != nil {
		holds(name, "dbias", len(dbias), 1, cols)
	}
	holds(name, "dy", len(dy), rows, cols)
	holds(name, "xhat", len(xhat), rows, cols)
	holds(name, "rstd", len(rstd), rows, 1)
	holds(name, "gain", len(gain), 1, cols)
	if rows > 0 && cols > 0 {
		kernels.layerNormBackward32(dx, dgain, dbias, dy, xhat, rstd, gain, rows, cols)
	}
}

func (t *table) layerNormPortable() {
	t.layerNorm32, t.layerNormBackward32 = layerNormPortable, layerNormBackwardPortable
}

func layerNormPortable(y, xhat, rstd, x, gain, bias []float32, rows, cols int, eps float32) {
	gain = gain[:cols]
	for i := range rows {
		y, xhat, x := y[i*cols:][:cols], xhat[i*cols:][:cols], x[i*cols:][:cols]
		mean := sumPortable(x) / float32(cols)
		for j, v := range x {
			xhat[j] = v - mean
		}
		r := 1 / float32(math.Sqrt(float64(dotPortable(xhat, xhat)/float32(cols)+eps)))
		rstd[i] = r
		for j, v := range xhat {
			v *= r
			xhat[j] = v
			y[j] = gain[j] * v
		}
		if bias != nil {
			addPortable(y, y, bias[:cols])
		}
	}
}

func layerNormBackwardPortable(dx, dgain, dbias, dy, xhat, rstd, gain []float32, rows, cols int) {
	gain = gain[:cols]
	for i := range rows {
		dy, xhat := dy[i*cols:][:cols], xhat[i*cols:][:cols]
		if dgain != nil {
			mulAddPortable(dgain[:cols], dy, xhat)
		}
		if dbias != nil {
			addPortable(dbias[:cols], dbias, dy)
		}
		if dx == nil {
			continue
		}
		var sum, dot float32
		for j, v := range dy {
			h := gain[j] * v
			sum += h
			dot += h * xhat[j]
		}
		sum /= float32(cols)
		dot /= float32(cols)
		for j, dx := 0, dx[i*cols:][:cols]; j < cols; j++ {
			dx[j] += rstd[i] * (gain[j]*dy[j] - sum - xhat[j]*dot)
		}
	}
}
