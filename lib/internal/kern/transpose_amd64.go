//go:build amd64 && !purego

package kern

// The functions below transpose count squares of a register's width side by side,
// and the first rows and columns of one square. Distances are in bytes.

//go:noescape
func transposeZMM32(dst *float32, ldd int, src *float32, lds, count int)

//go:noescape
func transposeEdgeZMM32(dst *float32, ldd int, src *float32, lds, rows, cols int)

//go:noescape
func transposeYMM32(dst *float32, ldd int, src *float32, lds, count int)

//go:noescape
func transposeEdgeYMM32(dst *float32, ldd int, src *float32, lds, rows, cols int)

//go:noescape
func transposeZMM64(dst *float64, ldd int, src *float64, lds, count int)

//go:noescape
func transposeEdgeZMM64(dst *float64, ldd int, src *float64, lds, rows, cols int)

//go:noescape
func transposeYMM64(dst *float64, ldd int, src *float64, lds, count int)

//go:noescape
func transposeEdgeYMM64(dst *float64, ldd int, src *float64, lds, rows, cols int)
