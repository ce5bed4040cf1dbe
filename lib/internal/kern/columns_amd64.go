//go:build amd64 && !purego

package kern

func (t *table) columnsAVX2() {
	t.mulColumnSums32, t.addColumnSums32, t.sumParts32 = mulColumnSumsAVX2, addColumnSumsAVX2, sumPartsYMM32
}

func (t *table) columnsAVX512() {
	t.mulColumnSums32, t.addColumnSums32, t.sumParts32 = mulColumnSumsAVX512, addColumnSumsAVX512, sumPartsZMM32
}

// A narrow matrix, of columns that do not fill registers, is taken as one of fewer
// and longer rows: joined rows of it lie side by side, and the sums of a column, one
// for each, are added up in the end. What rows are left over are one shorter row.

// narrowest is the number of columns from which a part-filled register costs less.
const narrowest = 32

// joined returns how many rows of a matrix to take as one.
func joined(rows, cols int) int {
	if cols%16 == 0 || cols > narrowest || rows < 4 {
		return 1
	}
	n := 16
	for cols%2 == 0 {
		n /= 2
		cols /= 2
	}
	return min(n, rows)
}

func mulColumnSumsAVX512(sums, dy, d []float32, rows, cols int) {
	n := joined(rows, cols)
	if n == 1 {
		mulColumnSumsZMM32(sums, dy, d, rows, cols)
		return
	}
	var wide [16 * narrowest]float32
	mulColumnSumsZMM32(wide[:], dy, d, rows/n, n*cols)
	if rest := rows % n; rest > 0 {
		done := (rows - rest) * cols
		mulColumnSumsZMM32(wide[:], dy[done:], d[done:], 1, rest*cols)
	}
	foldColumns(sums[:cols], wide[:n*cols])
}

func addColumnSumsAVX512(sums, x []float32, rows, cols int) {
	n := joined(rows, cols)
	if n == 1 {
		addColumnSumsZMM32(sums, x, rows, cols)
		return
	}
	var wide [16 * narrowest]float32
	addColumnSumsZMM32(wide[:], x, rows/n, n*cols)
	if rest := rows % n; rest > 0 {
		addColumnSumsZMM32(wide[:], x[(rows-rest)*cols:], 1, rest*cols)
	}
	foldColumns(sums[:cols], wide[:n*cols])
}

func mulColumnSumsAVX2(sums, dy, d []float32, rows, cols int) {
	n := joined(rows, cols)
	if n == 1 {
		mulColumnSumsYMM32(sums, dy, d, rows, cols)
		return
	}
	var wide [16 * narrowest]float32
	mulColumnSumsYMM32(wide[:], dy, d, rows/n, n*cols)
	if rest := rows % n; rest > 0 {
		done := (rows - rest) * cols
		mulColumnSumsYMM32(wide[:], dy[done:], d[done:], 1, rest*cols)
	}
	foldColumns(sums[:cols], wide[:n*cols])
}

func addColumnSumsAVX2(sums, x []float32, rows, cols int) {
	n := joined(rows, cols)
	if n == 1 {
		addColumnSumsYMM32(sums, x, rows, cols)
		return
	}
	var wide [16 * narrowest]float32
	addColumnSumsYMM32(wide[:], x, rows/n, n*cols)
	if rest := rows % n; rest > 0 {
		addColumnSumsYMM32(wide[:], x[(rows-rest)*cols:], 1, rest*cols)
	}
	foldColumns(sums[:cols], wide[:n*cols])
}

// foldColumns adds the joined rows of wide to sums.
func foldColumns(sums, wide []float32) {
	for ; len(wide) > 0; wide = wide[len(sums):] {
		for j, v := range wide[:len(sums)] {
			sums[j] += v
		}
	}
}

//go:noescape
func mulColumnSumsYMM32(sums, dy, d []float32, rows, cols int)

//go:noescape
func mulColumnSumsZMM32(sums, dy, d []float32, rows, cols int)

//go:noescape
func addColumnSumsYMM32(sums, x []float32, rows, cols int)

//go:noescape
func addColumnSumsZMM32(sums, x []float32, rows, cols int)

//go:noescape
func sumPartsYMM32(dst []float32, parts [][]float32)

//go:noescape
func sumPartsZMM32(dst []float32, parts [][]float32)
