package kern

import (
	"math"
	"runtime"
)

// Iterate updates f from g and then g from f, as far as Step says, and returns the
// distance that the sums of P had in between from those that the potentials ask for:
// over columns Σ_j |Σ_i P_ij − b_j|, and the same over rows, which a plain step makes
// exact. It is NaN if the problem is not finite.
func (s *Sweep[T]) Iterate() (marginalError float64) {
	if !s.fused {
		_, rows := s.rowStep(s.rows(1))
		t := s.exchanged()
		columns, _ := t.rowStep(t.rows(1))
		return rows + columns
	}
	if !s.Step.plain() && s.transforms == nil {
		s.transforms = make([]float64, s.n)
	}
	s.setColumns()
	s.run(passFused)
	if !s.Step.plain() {
		marginalError = s.distance(s.u, s.transforms, s.from[0].Weights, s.rows(1))
	}
	return marginalError + s.updateColumns()
}

// UpdateRows sets f to the soft c-transform of g,
//
//	f_i = −ε log Σ_j b_j exp((g_j − C_ij)/ε),
//
// times τ, and returns the distance Σ_i |Σ_j P_ij − a_i| that the rows had before.
func (s *Sweep[T]) UpdateRows() (marginalError float64) {
	marginalError, _ = s.rowStep(s.rows(1))
	return marginalError
}

// Average sets f = g to the mean of f and what [Sweep.UpdateRows] would make of it,
// for the problem of a cloud with itself, and returns the distance that the rows had
// before.
func (s *Sweep[T]) Average() (marginalError float64) {
	if s.n != s.m {
		panic("kern: Average needs the problem of a cloud with itself")
	}
	copy(s.v, s.u)
	marginalError, _ = s.rowStep(s.rows(0.5))
	copy(s.v, s.u)
	return marginalError
}

// rowStep moves f and returns the distance of the rows before and after.
func (s *Sweep[T]) rowStep(c side) (before, after float64) {
	old, a := s.keep(s.u), s.from[0].Weights
	s.setColumns()
	s.run(passRows)
	before = s.distance(old, s.u, a, c)
	if c.plain() {
		return before, 0
	}
	if s.transforms == nil {
		s.transforms = make([]float64, s.n)
	}
	copy(s.transforms, s.u)
	for i, t := range s.transforms {
		s.u[i] = c.next(old[i], t)
	}
	return before, s.distance(s.u, s.transforms, a, c)
}

// UpdateColumns sets g to the soft c-transform of f, whatever Step. It never underflows, however far
// f and g are from another.
func (s *Sweep[T]) UpdateColumns() {
	if !s.fused {
		t := s.exchanged()
		t.rowStep(side{part: 1, tau: 1})
		return
	}
	s.setColumns()
	s.run(passMaxima)
	for j := range s.m {
		// Shifted so, the largest t_ij of the column is 0.
		s.v[j] = float64(s.col[j]-s.sumsAll[j]) - s.base(s.vBase, j)
	}
	s.setColumns()
	s.run(passColumns)
	for j, q := range s.sumsAll[:s.m] {
		s.v[j] = float64(s.col[j]) - s.base(s.vBase, j) - math.Log2(float64(q))
	}
}

// exchanged is the problem with rows and columns exchanged and the same potentials.
func (s *Sweep[T]) exchanged() *Sweep[T] {
	if s.twin == nil {
		t := &Sweep[T]{n: s.m, m: s.n, d: s.d, form: s.form, from: [2]Cloud{s.from[1], s.from[0]}, center: s.center, scale: s.scale}
		t.allocate()
		t.u, t.v, t.uBase, t.vBase = s.v, s.u, s.vBase, s.uBase
		t.px, t.py = make([]T, len(t.row)*t.d), make([]T, t.padded*t.d)
		t.packRows()
		t.packColumns()
		s.twin = t
	}
	s.twin.Poll = s.Poll
	s.twin.Step = Step{s.Step.TauColumns, s.Step.TauRows}
	return s.twin
}

func (s *Sweep[T]) base(base []float64, i int) float64 {
	if base == nil {
		return 0
	}
	return base[i]
}

// setColumns rounds the potentials of the columns to T, and puts the rest of each
// into its weight.
func (s *Sweep[T]) setColumns() {
	b := s.from[1].Weights
	for j, v := range s.v {
		if s.vBase != nil {
			v += s.vBase[j]
		}
		col := T(v)
		s.col[j] = col
		s.weight[j] = T(b[j] * (1 + math.Ln2*(v-float64(col))))
	}
	if !s.inactive {
		s.active = s.col
		return
	}
	if s.active == nil {
		s.active = make([]T, s.padded)
	}
	copy(s.active, s.col)
	for j, w := range s.weight {
		if !(w >= tiny) {
			s.active[j] = T(math.Inf(-1))
		}
	}
}

// updateColumns moves g by the column sums, and returns how far these were from what
// the potentials ask for.
func (s *Sweep[T]) updateColumns() (marginalError float64) {
	c := s.columns()
	if c.plain() {
		return s.transformColumns()
	}
	old := s.keep(s.v)
	if off := s.transformColumns(); off != off {
		return off
	}
	marginalError = s.distance(old, s.v, s.from[1].Weights, c)
	for j, v := range s.v {
		s.v[j] = c.next(old[j], v)
	}
	return marginalError
}

// transformColumns sets g to the transform that the column sums give, and returns the
// distance of these from b.
func (s *Sweep[T]) transformColumns() (marginalError float64) {
	q := s.sumsAll[:s.m]
	sound := true
	for j, v := range q {
		// What rounding took from g_j belongs to the sum, not to its logarithm.
		rest := s.v[j] + s.base(s.vBase, j) - float64(s.col[j])
		marginalError += s.from[1].Weights[j] * math.Abs(float64(v)*(1+math.Ln2*rest)-1)
		sound = sound && v > leastSum && v < mostSum
	}
	if !sound {
		if marginalError != marginalError {
			return marginalError
		}
		s.UpdateColumns()
		return marginalError
	}
	s.kernels.log(&s.sums[0], &s.sumsAll[0], s.m)
	for j, l := range s.sums[:s.m] {
		s.v[j] = float64(s.col[j]) - s.base(s.vBase, j) - math.Log2E*float64(l)
	}
	return marginalError
}

// Sums outside these bounds may have lost terms to underflow, or overflow next.
const (
	leastSum = 0x1p-80
	mostSum  = 0x1p100
)

// run makes a pass over all rows, band by band. Column sums, or maxima, end up in
// sumsAll.
func (s *Sweep[T]) run(pass passKind) {
	s.pass = pass
	s.ready()
	shards := s.shards()
	for s.first = 0; s.first < shards; s.first += s.bandShards {
		if s.Poll != nil {
			s.Poll()
		}
		count := min(s.bandShards, shards-s.first)
		Run(0, count, s.call)
		if s.lines > 0 {
			s.join(count)
		}
	}
}

// ready makes what a pass needs for the workers there may be.
func (s *Sweep[T]) ready() {
	size := sweepRows * s.padded
	s.lines = 1
	switch s.pass {
	case passRows:
		size, s.lines = sweepRows*s.kernels.width, 0 // nothing is kept
	case passTotals:
		size = 2*size + sweepRows
	case passDots:
		s.lines = 0
	case passFactors:
		s.lines = s.lastFactor - s.firstFactor
	}
	if workers := runtime.GOMAXPROCS(0); len(s.scratch) < workers {
		s.scratch = append(s.scratch, make([][]T, workers-len(s.scratch))...)
	}
	for i, have := range s.scratch {
		if len(have) < size {
			s.scratch[i] = make([]T, size)
		}
	}
	if s.costsOf != nil {
		s.readyBlocks()
	}
	line := s.lines * s.padded
	shards := (min(s.bandShards, s.shards()) + sweepRows - 1) / sweepRows * sweepRows
	if need := shards * line; len(s.partial) < need {
		s.partial = make([]T, need)
	}
	if len(s.sumsAll) < line {
		s.sumsAll, s.sums = make([]T, line), make([]T, line)
	}
	s.fill(s.sumsAll[:line])
}

// fill sets column sums, or maxima, to those of nothing.
func (s *Sweep[T]) fill(sums []T) {
	if s.pass != passMaxima {
		clear(sums)
		return
	}
	for j := range sums {
		sums[j] = T(math.Inf(-1))
	}
}

// join adds the sums of the shards of a band to sumsAll, in their order, or takes the
// largest.
func (s *Sweep[T]) join(shards int) {
	line := s.lines * s.padded
	s.fill(s.partial[shards*line : (shards+sweepRows-1)/sweepRows*sweepRows*line])
	combine := s.kernels.columnsAdd
	if s.pass == passMaxima {
		combine = s.kernels.columnsMax
	}
	for i := 0; i < shards; i += sweepRows {
		combine(&s.sumsAll[0], &s.ones[0], &s.partial[i*line], s.lines*s.panels, line)
	}
}

// shard works on one shard of the band.
func (s *Sweep[T]) shard(worker, i int) {
	from := (s.first + i) * s.shardRows
	to := min(from+s.shardRows, s.n)
	line := s.lines * s.padded
	sums := s.partial[i*line:][:line]
	s.fill(sums)
	for at := from; at < to; at += sweepRows {
		s.block(worker, sums, at, min(at+sweepRows, to))
	}
	if s.pass == passRows || s.pass == passFused && s.Step.plain() {
		s.updateRows(from, to)
	}
}

// block works on up to four rows.
func (s *Sweep[T]) block(worker int, sums []T, from, to int) {
	scratch, total := s.scratch[worker], s.rowSums[from:][:sweepRows]
	if s.costsOf != nil {
		s.fillBlock(worker, s.blocks[worker], from, to)
	}
	s.setRows(from, to)
	switch s.pass {
	case passMaxima:
		s.tile(worker, scratch, total, from, s.col, keepRaw)
		s.kernels.columnsMax(&sums[0], &total[0], &scratch[0], s.panels, s.padded)
		return
	case passDots:
		s.tile(worker, scratch, total, from, s.col, s.mode)
		s.dot(scratch, from)
		return
	}
	s.tile(worker, scratch, total, from, s.col, keepPower)
	switch s.pass {
	case passFused, passRows:
		if !soundSums(total[:to-from]) {
			s.shiftRows(worker, scratch, total, from, to)
		}
	case passTotals:
		s.totals(worker, scratch, from, to)
	case passFactors:
		s.addFactors(sums, scratch, from)
		return
	}
	if s.pass == passRows {
		return
	}
	factors := s.factors[from:][:sweepRows]
	if s.pass == passFused && !s.Step.plain() {
		s.stepRows(total, from, to)
	} else {
		for r := range to - from {
			factors[r] = T(s.from[0].Weights[from+r])
			if s.pass == passFused {
				factors[r] /= total[r]
			}
		}
	}
	s.kernels.columnsAdd(&sums[0], &factors[0], &scratch[0], s.panels, s.padded)
}

// setRows rounds the potentials of a block to T. Rows that count for nothing, and
// those that pad the block, get −Inf.
func (s *Sweep[T]) setRows(from, to int) {
	rows := s.row[from:][:sweepRows]
	for r := range rows {
		rows[r] = T(math.Inf(-1))
	}
	for i := from; i < to; i++ {
		if s.pass != passMaxima && s.pass != passColumns || T(s.from[0].Weights[i]) >= tiny {
			rows[i-from] = T(s.u[i] + s.base(s.uBase, i))
		}
	}
}

func soundSums[T float32 | float64](sums []T) bool {
	for _, v := range sums {
		if !(v > leastSum && v < mostSum) {
			return false
		}
	}
	return true
}

// shiftRows brings the largest t_ij of each row to 0, so that its sum is sound.
func (s *Sweep[T]) shiftRows(worker int, scratch, total []T, from, to int) {
	s.tile(worker, scratch, total, from, s.active, keepRaw)
	for r := range to - from {
		s.row[from+r] -= total[r]
	}
	// Columns without weight, which may be beyond all bounds, get no sum this time.
	s.tile(worker, scratch, total, from, s.active, keepPower)
}

// tile calls the kernel for the rows from a multiple of four on.
func (s *Sweep[T]) tile(worker int, p, total []T, from int, col []T, mode int) {
	panelStep := s.kernels.width
	rowStep := s.padded
	if s.pass == passRows {
		panelStep, rowStep = 0, s.kernels.width
	}
	x, y, d := s.px, s.py, s.d
	switch {
	case s.costsOf != nil:
		y, d = s.blocks[worker], s.padded
	case s.form == sweepStored:
		y, d = s.costs[from*s.stride:], s.stride
	default:
		x = s.px[from*s.d:]
	}
	s.kernels.tile[s.form](&p[0], &total[0], &x[0], &s.row[from], &y[0], &col[0], &s.weight[0], s.panels, d, rowStep, panelStep, mode)
}

// updateRows sets u from the sums over rows, of which those of the shard are known.
func (s *Sweep[T]) updateRows(from, to int) {
	sums := s.rowSums[from:to]
	s.kernels.log(&sums[0], &sums[0], len(sums))
	for i, l := range sums {
		s.u[from+i] = float64(s.row[from+i]) - s.base(s.uBase, from+i) - math.Log2E*float64(l)
	}
}
