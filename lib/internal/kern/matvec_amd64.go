//go:build amd64 && !purego

package kern

func (t *table) matvecAVX2() {
	t.rowDots32, t.rowDots64 = rowDotsYMM32, rowDotsYMM64
	t.addRows32, t.addRows64 = addRowsYMM32, addRowsYMM64
}

func (t *table) matvecAVX512() {
	t.rowDots32, t.rowDots64 = rowDotsZMM32, rowDotsZMM64
	t.addRows32, t.addRows64 = addRowsZMM32, addRowsZMM64
}

//go:noescape
func rowDotsYMM32(out, k *float32, ld, rows int, v *float32, m int)

//go:noescape
func rowDotsYMM64(out, k *float64, ld, rows int, v *float64, m int)

//go:noescape
func rowDotsZMM32(out, k *float32, ld, rows int, v *float32, m int)

//go:noescape
func rowDotsZMM64(out, k *float64, ld, rows int, v *float64, m int)

//go:noescape
func addRowsYMM32(dst, k *float32, ld, rows int, u *float32, m int)

//go:noescape
func addRowsYMM64(dst, k *float64, ld, rows int, u *float64, m int)

//go:noescape
func addRowsZMM32(dst, k *float32, ld, rows int, u *float32, m int)

//go:noescape
func addRowsZMM64(dst, k *float64, ld, rows int, u *float64, m int)
