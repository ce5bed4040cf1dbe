//go:build amd64 && !purego

package kern

func (t *table) gemmAVX2() {
	t.gemm32.tiles = []tilePanel[float32]{
		{16, []tileRows[float32]{{6, gemmYMM32_6x2, gemmYMM32_6x2m}, {4, gemmYMM32_4x2, gemmYMM32_4x2m}, {2, gemmYMM32_2x2, gemmYMM32_2x2m}, {1, gemmYMM32_1x2, gemmYMM32_1x2m}}},
		{8, []tileRows[float32]{{8, gemmYMM32_8x1, gemmYMM32_8x1m}, {4, gemmYMM32_4x1, gemmYMM32_4x1m}, {2, gemmYMM32_2x1, gemmYMM32_2x1m}, {1, gemmYMM32_1x1, gemmYMM32_1x1m}}},
	}
	t.gemm64.tiles = []tilePanel[float64]{
		{8, []tileRows[float64]{{6, gemmYMM64_6x2, gemmYMM64_6x2m}, {4, gemmYMM64_4x2, gemmYMM64_4x2m}, {2, gemmYMM64_2x2, gemmYMM64_2x2m}, {1, gemmYMM64_1x2, gemmYMM64_1x2m}}},
		{4, []tileRows[float64]{{8, gemmYMM64_8x1, gemmYMM64_8x1m}, {4, gemmYMM64_4x1, gemmYMM64_4x1m}, {2, gemmYMM64_2x1, gemmYMM64_2x1m}, {1, gemmYMM64_1x1, gemmYMM64_1x1m}}},
	}
	t.gemm32.lanes, t.gemm64.lanes = 8, 4
	t.gemm32.dots = [][2]dotFunc[float32]{{dotsYMM32_4x1, dotsYMM32_1x1}, {dotsYMM32_4x2, dotsYMM32_1x2}}
	t.gemm64.dots = [][2]dotFunc[float64]{{dotsYMM64_4x1, dotsYMM64_1x1}, {dotsYMM64_4x2, dotsYMM64_1x2}}
	t.gemm32.squares, t.gemm32.square = transposeYMM32, transposeEdgeYMM32
	t.gemm64.squares, t.gemm64.square = transposeYMM64, transposeEdgeYMM64
}

func (t *table) gemmAVX512() {
	t.gemm32.tiles = []tilePanel[float32]{
		{64, []tileRows[float32]{{6, gemmZMM32_6x4, gemmZMM32_6x4}, {4, gemmZMM32_4x4, gemmZMM32_4x4}, {2, gemmZMM32_2x4, gemmZMM32_2x4}, {1, gemmZMM32_1x4, gemmZMM32_1x4}}},
		{32, []tileRows[float32]{{12, gemmZMM32_12x2, gemmZMM32_12x2}, {8, gemmZMM32_8x2, gemmZMM32_8x2}, {4, gemmZMM32_4x2, gemmZMM32_4x2}, {2, gemmZMM32_2x2, gemmZMM32_2x2}, {1, gemmZMM32_1x2, gemmZMM32_1x2}}},
		{16, []tileRows[float32]{{8, gemmZMM32_8x1, gemmZMM32_8x1}, {4, gemmZMM32_4x1, gemmZMM32_4x1}, {2, gemmZMM32_2x1, gemmZMM32_2x1}, {1, gemmZMM32_1x1, gemmZMM32_1x1}}},
	}
	t.gemm64.tiles = []tilePanel[float64]{
		{32, []tileRows[float64]{{6, gemmZMM64_6x4, gemmZMM64_6x4}, {4, gemmZMM64_4x4, gemmZMM64_4x4}, {2, gemmZMM64_2x4, gemmZMM64_2x4}, {1, gemmZMM64_1x4, gemmZMM64_1x4}}},
		{16, []tileRows[float64]{{12, gemmZMM64_12x2, gemmZMM64_12x2}, {8, gemmZMM64_8x2, gemmZMM64_8x2}, {4, gemmZMM64_4x2, gemmZMM64_4x2}, {2, gemmZMM64_2x2, gemmZMM64_2x2}, {1, gemmZMM64_1x2, gemmZMM64_1x2}}},
		{8, []tileRows[float64]{{8, gemmZMM64_8x1, gemmZMM64_8x1}, {4, gemmZMM64_4x1, gemmZMM64_4x1}, {2, gemmZMM64_2x1, gemmZMM64_2x1}, {1, gemmZMM64_1x1, gemmZMM64_1x1}}},
	}
	t.gemm32.lanes, t.gemm64.lanes = 16, 8
	t.gemm32.dots = [][2]dotFunc[float32]{{dotsZMM32_4x1, dotsZMM32_1x1}, {dotsZMM32_4x2, dotsZMM32_1x2}, {dotsZMM32_4x3, dotsZMM32_1x3}, {dotsZMM32_4x4, dotsZMM32_1x4}}
	t.gemm64.dots = [][2]dotFunc[float64]{{dotsZMM64_4x1, dotsZMM64_1x1}, {dotsZMM64_4x2, dotsZMM64_1x2}, {dotsZMM64_4x3, dotsZMM64_1x3}, {dotsZMM64_4x4, dotsZMM64_1x4}}
	t.gemm32.squares, t.gemm32.square = transposeZMM32, transposeEdgeZMM32
	t.gemm64.squares, t.gemm64.square = transposeZMM64, transposeEdgeZMM64
}
