package kern

// matvecTable holds products of a stored kernel K with vectors: K v by rows, Kᵀ u
// by adding up rows. Both read K in the order in which it lies in memory.
type matvecTable struct {
	rowDots32 func(out, k *float32, ld, rows int, v *float32, m int)
	rowDots64 func(out, k *float64, ld, rows int, v *float64, m int)
	addRows32 func(dst, k *float32, ld, rows int, u *float32, m int)
	addRows64 func(dst, k *float64, ld, rows int, u *float64, m int)
}

// RowDots32 computes out_i = Σ_j k_ij v_j. Shapes: k n×m with distance ld between
// rows, n = len(out), m = len(v). The sum runs in the lanes of several registers:
// its error is at most that of the same sum taken in order, and where all terms
// have one sign a relative m/16 units in the last place or so.
func RowDots32(out, k []float32, ld int, v []float32) {
	checkMatrix("the matrix of RowDots32", len(k), ld, len(out), len(v))
	if len(out) > 0 && len(v) > 0 {
		kernels.rowDots32(&out[0], &k[0], ld, len(out), &v[0], len(v))
		return
	}
	clear(out)
}

// RowDots64 is [RowDots32] in float64.
func RowDots64(out, k []float64, ld int, v []float64) {
	checkMatrix("the matrix of RowDots64", len(k), ld, len(out), len(v))
	if len(out) > 0 && len(v) > 0 {
		kernels.rowDots64(&out[0], &k[0], ld, len(out), &v[0], len(v))
		return
	}
	clear(out)
}

// AddRows32 computes dst_j += Σ_i u_i k_ij. Shapes: k n×m with distance ld between
// rows, n = len(u), m = len(dst).
func AddRows32(dst, k []float32, ld int, u []float32) {
	checkMatrix("the matrix of AddRows32", len(k), ld, len(u), len(dst))
	if len(u) > 0 && len(dst) > 0 {
		kernels.addRows32(&dst[0], &k[0], ld, len(u), &u[0], len(dst))
	}
}

// AddRows64 is [AddRows32] in float64.
func AddRows64(dst, k []float64, ld int, u []float64) {
	checkMatrix("the matrix of AddRows64", len(k), ld, len(u), len(dst))
	if len(u) > 0 && len(dst) > 0 {
		kernels.addRows64(&dst[0], &k[0], ld, len(u), &u[0], len(dst))
	}
}

func (t *table) matvecPortable() {
	t.rowDots32, t.rowDots64 = rowDotsGo[float32], rowDotsGo[float64]
	t.addRows32, t.addRows64 = addRowsGo[float32], addRowsGo[float64]
}

// rowDotsGo takes four rows at a time, which hides the latency of addition.
func rowDotsGo[T float32 | float64](out, k *T, ld, rows int, v *T, m int) {
	o, x := slice(out, rows), slice(v, m)
	all := slice(k, (rows-1)*ld+m)
	i := 0
	for ; i+4 <= rows; i += 4 {
		k0, k1 := all[i*ld:][:m], all[(i+1)*ld:][:m]
		k2, k3 := all[(i+2)*ld:][:m], all[(i+3)*ld:][:m]
		var s0, s1, s2, s3 T
		for j, v := range x {
			s0 += k0[j] * v
			s1 += k1[j] * v
			s2 += k2[j] * v
			s3 += k3[j] * v
		}
		o[i], o[i+1], o[i+2], o[i+3] = s0, s1, s2, s3
	}
	for ; i < rows; i++ {
		var sum T
		row := all[i*ld:][:m]
		for j, v := range x {
			sum += row[j] * v
		}
		o[i] = sum
	}
}

func addRowsGo[T float32 | float64](dst, k *T, ld, rows int, u *T, m int) {
	sums, w := slice(dst, m), slice(u, rows)
	all := slice(k, (rows-1)*ld+m)
	i := 0
	for ; i+4 <= rows; i += 4 {
		k0, k1 := all[i*ld:][:m], all[(i+1)*ld:][:m]
		k2, k3 := all[(i+2)*ld:][:m], all[(i+3)*ld:][:m]
		u0, u1, u2, u3 := w[i], w[i+1], w[i+2], w[i+3]
		for j := range sums {
			sums[j] += (u0*k0[j] + u1*k1[j]) + (u2*k2[j] + u3*k3[j])
		}
	}
	for ; i < rows; i++ {
		row, u := all[i*ld:][:m], w[i]
		for j := range sums {
			sums[j] += u * row[j]
		}
	}
}
