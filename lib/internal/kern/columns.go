package kern

// columnsTable has the sums down the columns of a matrix, and those of equally long
// slices, which are the rows of one.
type columnsTable struct {
	mulColumnSums32 func(sums, dy, d []float32, rows, cols int)
	addColumnSums32 func(sums, x []float32, rows, cols int)
	sumParts32      func(dst []float32, parts [][]float32)
}

// MulColumnSums32 is the backward pass of an activation and of the bias before it:
// dy is multiplied by d, entry by entry, and its columns are then added to sums,
//
//	dy_ij ← dy_ij d_ij,  sums_j ← sums_j + Σ_i dy_ij.
//
// dy and d are rows×cols; with a nil d, dy is left as it is. The sums are formed in
// float32, row after row, 16 rows' worth of interleaved sums at most.
func MulColumnSums32(sums, dy, d []float32, rows, cols int) {
	if d == nil {
		AddColumnSums32(sums, dy, rows, cols)
		return
	}
	holds("MulColumnSums32", "sums", len(sums), 1, cols)
	holds("MulColumnSums32", "dy", len(dy), rows, cols)
	holds("MulColumnSums32", "d", len(d), rows, cols)
	if rows > 0 && cols > 0 {
		kernels.mulColumnSums32(sums, dy, d, rows, cols)
	}
}

// AddColumnSums32 is sums_j ← sums_j + Σ_i x_ij, in float32, with x of rows×cols.
func AddColumnSums32(sums, x []float32, rows, cols int) {
	holds("AddColumnSums32", "sums", len(sums), 1, cols)
	holds("AddColumnSums32", "x", len(x), rows, cols)
	if rows > 0 && cols > 0 {
		kernels.addColumnSums32(sums, x, rows, cols)
	}
}

// SumParts32 is dst = Σ_k parts[k], added in order of k, and zero without parts.
// dst may be one of the parts. The numbers are the same at every level.
func SumParts32(dst []float32, parts [][]float32) {
	for _, p := range parts {
		equalLengths("SumParts32", len(dst), len(p))
	}
	kernels.sumParts32(dst, parts)
}

func (t *table) columnsPortable() {
	t.mulColumnSums32, t.addColumnSums32 = mulColumnSumsPortable, addColumnSumsPortable
	t.sumParts32 = sumPartsPortable
}

func mulColumnSumsPortable(sums, dy, d []float32, rows, cols int) {
	sums = sums[:cols]
	for i := range rows {
		dy, d := dy[i*cols:][:cols], d[i*cols:][:cols]
		for j := range sums {
			v := dy[j] * d[j]
			dy[j] = v
			sums[j] += v
		}
	}
}

func addColumnSumsPortable(sums, x []float32, rows, cols int) {
	sums = sums[:cols]
	for i := range rows {
		x := x[i*cols:][:cols]
		for j := range sums {
			sums[j] += x[j]
		}
	}
}

// sumPartsPortable takes blocks that stay in the first-level cache from part to part.
func sumPartsPortable(dst []float32, parts [][]float32) {
	const block = 256
	var sum [block]float32
	for done := 0; done < len(dst); done += block {
		n := min(block, len(dst)-done)
		sum := sum[:n]
		clear(sum)
		for _, p := range parts {
			addPortable(sum, sum, p[done:])
		}
		copy(dst[done:], sum)
	}
}
