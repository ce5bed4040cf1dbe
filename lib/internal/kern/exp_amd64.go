//go:build amd64 && !purego

package kern

func (t *table) expAVX2() {
	t.exp32, t.exp64 = expYMM32, expYMM64
	t.log32, t.log64 = logYMM32, logYMM64
}

func (t *table) expAVX512() {
	t.exp32, t.exp64 = expZMM32, expZMM64
	t.log32, t.log64 = logZMM32, logZMM64
}

//go:noescape
func expYMM32(dst, x *float32, n int)

//go:noescape
func expYMM64(dst, x *float64, n int)

//go:noescape
func expZMM32(dst, x *float32, n int)

//go:noescape
func expZMM64(dst, x *float64, n int)

//go:noescape
func logYMM32(dst, x *float32, n int)

//go:noescape
func logYMM64(dst, x *float64, n int)

//go:noescape
func logZMM32(dst, x *float32, n int)

//go:noescape
func logZMM64(dst, x *float64, n int)
