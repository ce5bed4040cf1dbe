//go:build amd64 && !purego

package kern

func (t *table) peakAVX2() {
	t.peak32, t.peakRound32 = peakYMM32, 12*8*2
	t.peak64, t.peakRound64 = peakYMM64, 12*4*2
}

func (t *table) peakAVX512() {
	t.peak32, t.peakRound32 = peakZMM32, 24*16*2
	t.peak64, t.peakRound64 = peakZMM64, 24*8*2
}

//go:noescape
func peakYMM32(n int)

//go:noescape
func peakYMM64(n int)

//go:noescape
func peakZMM32(n int)

//go:noescape
func peakZMM64(n int)
