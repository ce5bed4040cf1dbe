//go:build amd64 && !purego

package kern

func (t *table) reduceAVX2() {
	t.sum32, t.dot32, t.sumSquares32 = sumYMM32, dotYMM32, sumSquaresYMM32
}

func (t *table) reduceAVX512() {
	t.sum32, t.dot32, t.sumSquares32 = sumZMM32, dotZMM32, sumSquaresZMM32
}

//go:noescape
func sumYMM32(x []float32) float32

//go:noescape
func sumZMM32(x []float32) float32

//go:noescape
func dotYMM32(x, y []float32) float32

//go:noescape
func dotZMM32(x, y []float32) float32

//go:noescape
func sumSquaresYMM32(x []float32) float64

//go:noescape
func sumSquaresZMM32(x []float32) float64
