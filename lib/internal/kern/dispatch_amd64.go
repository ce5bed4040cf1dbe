//go:build amd64 && !purego

package kern

import "golang.org/x/sys/cpu"

func detect() Level {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return Portable
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL:
		return AVX512
	}
	return AVX2
}

// avx2 and avx512 put the kernels of their level into the table.

func (t *table) avx2() {
	t.peakAVX2()
	t.elementwiseAVX2()
	t.reduceAVX2()
	t.columnsAVX2()
	t.adamAVX2()
	t.layerNormAVX2()
	t.activationAVX2()
	t.softmaxAVX2()
	t.matvecAVX2()
	t.rescaleAVX2()
	t.distanceAVX2()
	t.rowminAVX2()
	t.gibbsAVX2()
	t.angleAVX2()
	t.gemmAVX2()
	t.expAVX2()
	t.sweepAVX2()
}

func (t *table) avx512() {
	t.peakAVX512()
	t.elementwiseAVX512()
	t.reduceAVX512()
	t.columnsAVX512()
	t.adamAVX512()
	t.layerNormAVX512()
	t.activationAVX512()
	t.softmaxAVX512()
	t.matvecAVX512()
	t.rescaleAVX512()
	t.distanceAVX512()
	t.rowminAVX512()
	t.gibbsAVX512()
	t.angleAVX512()
	t.gemmAVX512()
	t.expAVX512()
	t.sweepAVX512()
}
