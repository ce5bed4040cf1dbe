package kern

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// statistics are mean and 1/√(variance + eps) of a row, in float64.
func statistics(x []float32, eps float64) (mean, rstd float64) {
	for _, v := range x {
		mean += float64(v)
	}
	mean /= float64(len(x))
	var variance float64
	for _, v := range x {
		variance += (float64(v) - mean) * (float64(v) - mean)
	}
	return mean, 1 / math.Sqrt(variance/float64(len(x))+eps)
}

func TestLayerNorm(t *testing.T) {
	const eps = 1e-5
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(16, 0))
		for _, shape := range shapes {
			rows, cols := shape[0], shape[1]
			for _, shift := range []float32{0, 100} {
				x, y, xhat, rstd := guarded(r, rows*cols), guarded(r, rows*cols), guarded(r, rows*cols), guarded(r, rows)
				gain, bias := guarded(r, cols), guarded(r, cols)
				for i := range x {
					x[i] += shift
				}
				// The mean errs by its sum's error over cols, c of the largest entry; that
				// moves xhat by c·rstd, and the variance by c²: less than c times itself.
				c := unit32 * (12 + float64(cols)/8) * (float64(shift) + 5)
				var wantHat, wantY, tolHat, wantR, tolR []float64
				for i := range rows {
					mean, rs := statistics(x[i*cols:][:cols], eps)
					wantR = append(wantR, rs)
					tolR = append(tolR, rs*(c*c*rs*rs+unit32*(12+float64(cols)/8)))
					for j := range cols {
						h := (float64(x[i*cols+j]) - mean) * rs
						wantHat, tolHat = append(wantHat, h), append(tolHat, (c+unit32*math.Abs(float64(x[i*cols+j])))*rs+math.Abs(h)*(tolR[i]/rs+2*unit32))
						wantY = append(wantY, h*float64(gain[j])+float64(bias[j]))
					}
				}
				tolY := func(i int) float64 {
					return tolHat[i]*math.Abs(float64(gain[i%cols])) + 2*unit32*(math.Abs(wantY[i])+math.Abs(float64(bias[i%cols])))
				}
				what := fmt.Sprintf("%d×%d, shift %v", rows, cols, shift)
				LayerNorm32(y, xhat, rstd, x, gain, bias, rows, cols, eps)
				near(t, what+": rstd", rstd, wantR, func(i int) float64 { return tolR[i] })
				near(t, what+": xhat", xhat, wantHat, func(i int) float64 { return tolHat[i] })
				near(t, what+": y", y, wantY, tolY)
				checkGuards(t, what, x, y, xhat, rstd, gain, bias)

				for i := range wantY {
					wantY[i] = wantHat[i] * float64(gain[i%cols])
				}
				LayerNorm32(x, x, rstd, x, gain, nil, rows, cols, eps)
				near(t, what+": in place, without bias", x, wantY, tolY)
			}
		}
	})
}

func TestLayerNormPassesNaN(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, cols := range []int{2, 16, 40} {
			for _, bad := range []float32{nan32, inf32} {
				x, gain, rstd := normal(1, 3*cols), normal(2, cols), make([]float32, 3)
				x[2*cols-1] = bad
				LayerNorm32(x, x, rstd, x, gain, nil, 3, cols, 1e-5)
				for i, v := range x {
					if nan := v != v; nan != (i/cols == 1) {
						t.Fatalf("%v in row 1 of %d columns: entry %d is %v", bad, cols, i, v)
					}
				}
			}
		}
	})
}

func TestLayerNormBackward(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(17, 0))
		for _, shape := range shapes {
			rows, cols := shape[0], shape[1]
			for wanted := range 8 {
				dy, xhat, rstd, gain := guarded(r, rows*cols), guarded(r, rows*cols), guarded(r, rows), guarded(r, cols)
				dx, dgain, dbias := guarded(r, rows*cols), guarded(r, cols), guarded(r, cols)
				wx, wg, wb := wide(dx), wide(dgain), wide(dbias)
				tx, tg := make([]float64, rows*cols), make([]float64, cols)
				for i := range rows {
					var sum, dot, scale float64
					for j := range cols {
						k := i*cols + j
						h := float64(gain[j]) * float64(dy[k])
						sum += h
						dot += h * float64(xhat[k])
						scale += math.Abs(h) * (1 + math.Abs(float64(xhat[k])))
						wg[j] += float64(dy[k]) * float64(xhat[k])
						wb[j] += float64(dy[k])
						tg[j] += math.Abs(float64(dy[k]))*(1+math.Abs(float64(xhat[k]))) + 4
					}
					n := float64(cols)
					for j := range cols {
						k := i*cols + j
						h := float64(gain[j]) * float64(dy[k])
						wx[k] += float64(rstd[i]) * (h - sum/n - float64(xhat[k])*dot/n)
						tx[k] = math.Abs(float64(rstd[i]))*((12+n/8)*scale/n*(1+math.Abs(float64(xhat[k])))+4*math.Abs(h)) + 2*math.Abs(wx[k])
					}
				}
				if wanted&1 == 0 {
					dx = nil
				}
				if wanted&2 == 0 {
					dgain = nil
				}
				if wanted&4 == 0 {
					dbias = nil
				}
				LayerNormBackward32(dx, dgain, dbias, dy, xhat, rstd, gain, rows, cols)
				what := fmt.Sprintf("%d×%d, wanted %03b", rows, cols, wanted)
				near(t, what+": dx", dx, wx[:len(dx)], func(i int) float64 { return unit32 * tx[i] })
				sumTol := func(j int) float64 { return unit32 * float64(rows+2) * tg[j] }
				near(t, what+": dgain", dgain, wg[:len(dgain)], sumTol)
				near(t, what+": dbias", dbias, wb[:len(dbias)], sumTol)
				checkGuards(t, what, dx, dgain, dbias, dy, xhat, rstd, gain)
			}
		}
	})
}

func BenchmarkLayerNorm(b *testing.B) {
	for _, shape := range [][2]int{{32, 128}, {16, 256}, {8, 512}} {
		rows, cols := shape[0], shape[1]
		n := rows * cols
		x, y, xhat, rstd, gain, bias := normal(1, n), normal(2, n), normal(3, n), normal(4, rows), normal(5, cols), normal(6, cols)
		name := fmt.Sprintf("/shape=%dx%d", rows, cols)
		benchEach(b, "f=LayerNorm32"+name, n, func() { LayerNorm32(y, xhat, rstd, x, gain, bias, rows, cols, 1e-5) })
		dx, dgain, dbias := normal(7, n), normal(8, cols), normal(9, cols)
		benchEach(b, "f=LayerNormBackward32"+name, n, func() { LayerNormBackward32(dx, dgain, dbias, y, xhat, rstd, gain, rows, cols) })
	}
}
