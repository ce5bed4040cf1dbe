//go:build amd64 && !purego

package kern

func (t *table) gibbsAVX2() {
	t.gibbs32, t.gibbs64 = gibbsYMM32, gibbsYMM64
}

func (t *table) gibbsAVX512() {
	t.gibbs32, t.gibbs64 = gibbsZMM32, gibbsZMM64
}

//go:noescape
func gibbsYMM32(k, c *float32, ld, rows int, f, p *float32, m int, inv float32)

//go:noescape
func gibbsYMM64(k, c *float64, ld, rows int, f, p *float64, m int, inv float64)

//go:noescape
func gibbsZMM32(k, c *float32, ld, rows int, f, p *float32, m int, inv float32)

//go:noescape
func gibbsZMM64(k, c *float64, ld, rows int, f, p *float64, m int, inv float64)
