//go:build amd64 && !purego

package kern

func (t *table) distanceAVX2() {
	t.distances32, t.distances64 = distancesYMM32, distancesYMM64
}

func (t *table) distanceAVX512() {
	t.distances32, t.distances64 = distancesZMM32, distancesZMM64
}

//go:noescape
func distancesYMM32(c *float32, ldc int, x *float32, n, d int, yt *float32, m, root int)

//go:noescape
func distancesYMM64(c *float64, ldc int, x *float64, n, d int, yt *float64, m, root int)

//go:noescape
func distancesZMM32(c *float32, ldc int, x *float32, n, d int, yt *float32, m, root int)

//go:noescape
func distancesZMM64(c *float64, ldc int, x *float64, n, d int, yt *float64, m, root int)
