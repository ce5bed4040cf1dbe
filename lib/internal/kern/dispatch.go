package kern

// kernels is the table of the level in use.
var kernels table

// table has one entry per kernel, grouped by family. The exported functions check
// shapes and call through it.
type table struct {
	peakTable
	expTable
	sweepTable
	gemmTable
	matvecTable
	rescaleTable
	distanceTable
	rowminTable
	elementwiseTable
	reduceTable
	columnsTable
	adamTable
	layerNormTable
	activationTable
	softmaxTable
	gibbsTable
	angleTable
}

// tableOf returns the kernels of a level: portable ones, replaced by faster ones
// as far as they exist.
func tableOf(l Level) table {
	var t table
	t.peakPortable()
	t.expPortable()
	t.sweepPortable()
	t.gemmPortable()
	t.matvecPortable()
	t.rescalePortable()
	t.distancePortable()
	t.rowminPortable()
	t.elementwisePortable()
	t.reducePortable()
	t.columnsPortable()
	t.adamPortable()
	t.layerNormPortable()
	t.activationPortable()
	t.softmaxPortable()
	t.gibbsPortable()
	t.anglePortable()
	if l >= AVX2 {
		t.avx2()
	}
	if l >= AVX512 {
		t.avx512()
	}
	return t
}
