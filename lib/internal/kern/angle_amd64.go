//go:build amd64 && !purego

package kern

func (t *table) angleAVX2() {
	t.angles32, t.angles64 = anglesYMM32, anglesYMM64
	t.sines32, t.sines64 = sinesYMM32, sinesYMM64
}

func (t *table) angleAVX512() {
	t.angles32, t.angles64 = anglesZMM32, anglesZMM64
	t.sines32, t.sines64 = sinesZMM32, sinesZMM64
}

//go:noescape
func anglesYMM32(c *float32, n int)

//go:noescape
func anglesYMM64(c *float64, n int)

//go:noescape
func anglesZMM32(c *float32, n int)

//go:noescape
func anglesZMM64(c *float64, n int)

//go:noescape
func sinesYMM32(k, c *float32, n int)

//go:noescape
func sinesYMM64(k, c *float64, n int)

//go:noescape
func sinesZMM32(k, c *float32, n int)

//go:noescape
func sinesZMM64(k, c *float64, n int)
