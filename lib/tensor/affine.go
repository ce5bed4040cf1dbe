package tensor

import "gaspard/lib/internal/kern"

// affine is y = act(x w + b). d holds act' between the passes.
type affine[T real] struct {
	x, w, b, y *matrix[T]
	act        Activation
	d          []T
	narrow     bool
	shared     []T // the transpose of w, if it was made before the pass
	scratch[T]
	rows *rowBlocks[T] // where large operations run on all cores
}

func (p *plan[T]) newAffine(in *inst, args []*matrix[T], y *matrix[T], s scratch[T]) step[T] {
	w := in.args[1]
	a := &affine[T]{x: args[0], w: args[1], b: args[2], y: y, act: in.act, d: s.saved, narrow: narrow(w), scratch: s}
	if p.transposes != nil && w.op == opParam {
		a.shared = p.transposes.of(w)
	}
	if p.parallel {
		a.rows = newRowBlocks(a)
	}
	return a
}

// transpose returns wᵀ, in the given scratch unless it is there already.
func (s *affine[T]) transpose(work []T) []T {
	if s.shared != nil {
		return s.shared
	}
	work = work[:s.w.rows*s.w.cols]
	transpose(work, s.w.rows, s.w.v, s.w.cols, s.w.rows, s.w.cols)
	return work
}

// product is gemm, on all cores where that is wanted.
func (s *affine[T]) product(c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool) {
	if s.rows != nil {
		parallelGemm(c, ldc, a, rs, ks, b, ldb, m, n, k, add)
	} else {
		gemm(c, ldc, a, rs, ks, b, ldb, m, n, k, add)
	}
}

func (s *affine[T]) forward() {
	n, m, k := s.y.rows, s.y.cols, s.x.cols
	if s.narrow {
		gemmNT(s.y.v, m, s.x.v, k, s.transpose(s.scratch.forward), k, n, m, k, false, nil)
	} else {
		s.product(s.y.v, m, s.x.v, k, 1, s.w.v, m, n, m, k, false)
	}
	if s.rows != nil {
		s.rows.activate()
	} else {
		biasActivate(s.act, s.y.v, s.d, s.b.v, n, m)
	}
}

func (s *affine[T]) backward() {
	if s.y.d == nil {
		return
	}
	n, m, k := s.y.rows, s.y.cols, s.x.cols
	switch {
	case s.b.d == nil && s.d != nil:
		mulInto(s.y.d, s.y.d, s.d)
	case s.b.d == nil:
	case s.rows != nil:
		s.rows.sumColumns()
	default:
		s.b.ready()
		mulColumnSums(s.b.d, s.y.d, s.d, n, m)
	}
	if s.w.d != nil {
		s.weightGradient()
	}
	if s.x.d != nil {
		s.product(s.x.d, k, s.y.d, m, 1, s.transpose(s.scratch.backward), k, n, k, m, !s.x.set)
	}
}

// weightGradient sets or adds xᵀ dy.
func (s *affine[T]) weightGradient() {
	n, m, k := s.y.rows, s.y.cols, s.x.cols
	if !s.narrow {
		s.product(s.w.d, m, s.x.v, 1, k, s.y.d, m, k, m, n, !s.w.set)
		return
	}
	// The transpose has long rows.
	work := s.scratch.backward
	work = work[len(work)-m*k:]
	gemm(work, k, s.y.d, 1, m, s.x.v, k, m, k, n, false)
	s.w.ready()
	for j := range m {
		for i, v := range work[j*k : j*k+k] {
			s.w.d[i*m+j] += v
		}
	}
}

// rowBlocks shares out what a layer does between its products, in blocks of rows.
type rowBlocks[T real] struct {
	layer  *affine[T]
	block  int   // rows of a block
	count  int   // blocks
	sums   []T   // column sums by block
	parts  [][]T // the same, for their sum
	finish func(_, i int)
	sum    func(_, i int)
}

// rowBlockSize is about how many numbers a block has.
const rowBlockSize = 1 << 13

func newRowBlocks[T real](layer *affine[T]) *rowBlocks[T] {
	n, m := layer.y.rows, layer.y.cols
	b := &rowBlocks[T]{layer: layer, block: max(1, rowBlockSize/m)}
	b.count = (n + b.block - 1) / b.block
	b.sums = make([]T, b.count*m)
	for i := range b.count {
		b.parts = append(b.parts, b.sums[i*m:i*m+m])
	}
	b.finish = func(_, i int) {
		from, to := b.bounds(i)
		biasActivate(layer.act, layer.y.v[from*m:to*m], sliceOf(layer.d, from*m, to*m), layer.b.v, to-from, m)
	}
	b.sum = func(_, i int) {
		from, to := b.bounds(i)
		clear(b.parts[i])
		mulColumnSums(b.parts[i], layer.y.d[from*m:to*m], sliceOf(layer.d, from*m, to*m), to-from, m)
	}
	return b
}

// sliceOf returns v[from:to], and nil of nil.
func sliceOf[T real](v []T, from, to int) []T {
	if v == nil {
		return nil
	}
	return v[from:to]
}

func (b *rowBlocks[T]) bounds(i int) (from, to int) {
	return i * b.block, min((i+1)*b.block, b.layer.y.rows)
}

func (b *rowBlocks[T]) activate() { kern.Run(0, b.count, b.finish) }

// sumColumns multiplies the adjoint by act' and adds its column sums to the bias
// gradient, in order of the blocks.
func (b *rowBlocks[T]) sumColumns() {
	kern.Run(0, b.count, b.sum)
	b.layer.b.ready()
	for _, p := range b.parts {
		addInto(b.layer.b.d, b.layer.b.d, p)
	}
}
