package tensor

import "gaspard/lib/internal/kern"

// shardLayout cuts a batch into shards, and these into groups of consecutive ones.
type shardLayout struct{ total, shards, groups int }

// from returns the first row of a shard.
func (l shardLayout) from(shard int) int { return shard * l.total / l.shards }

// rows returns the number of rows of a shard.
func (l shardLayout) rows(shard int) int { return l.from(shard+1) - l.from(shard) }

// group returns the shards of a group.
func (l shardLayout) group(g int) (from, to int) {
	return g * l.shards / l.groups, (g + 1) * l.shards / l.groups
}

// The rules by which a batch is cut.
const (
	probeRows   = 64       // rows by which the memory of a row is measured
	leastRows   = 64       // rows of matrices below which products are slow
	leastShards = 8        // wanted where shards keep leastRows
	groupBytes  = 64 << 20 // of all groups' gradients
	mostGroups  = 8
)

// chooseShards cuts a batch of the given number of rows, given how many parameters
// there are and the expression for some rows.
//
// A shard streams all weights and the gradients of all weights, so that what it
// keeps between the passes may as well be a few times as large as they are, and in
// any case half of a core's cache. Where the whole batch keeps less than there are
// weights, it is one shard, whose products are shared out instead: parts of the
// gradient, to be added, would cost more.
func chooseShards(rows, params int, p *program, probed int) shardLayout {
	kept, weights := rows*max(1, 4*p.size/probed), 4*params
	if kept <= weights {
		return shardLayout{rows, 1, 1}
	}
	inner := 1 // rows of matrices that belong to one row of the batch
	for _, v := range p.data {
		inner = max(inner, v.rows/probed)
	}
	for _, x := range p.graph.indices {
		inner = max(inner, x.n/probed)
	}
	most := max(1, min(rows, rows*inner/leastRows))
	fit := max(kern.L2Bytes()/2, 4*weights)
	shards := min(max((kept+fit-1)/fit, leastShards), most)
	groups := 1
	for 2*groups <= min(shards, mostGroups) && (groups < 2 || 2*groups*weights <= groupBytes) {
		groups *= 2
	}
	if even := (shards + groups - 1) / groups * groups; even <= most {
		shards = even
	}
	return shardLayout{rows, shards, groups}
}

// transposes holds the transposes of parameter matrices, made once per pass for
// all plans that share the parameters.
type transposes[T real] struct {
	params []T
	list   []turned
	pieces []turned
	values []T
	run    func(_, i int)
}

// turned is one transpose, or a piece of one: of a rows×cols matrix at from, to be
// found at to with rows that are stride apart.
type turned struct{ from, rows, cols, to, stride int }

// turnedPiece is about how many numbers are transposed in one piece.
const turnedPiece = 1 << 14

// newTransposes finds out which transposes the expression out needs: those of
// weights through which a gradient goes on, and of layers with few outputs.
func newTransposes[T real](params []T, out *Var) *transposes[T] {
	t := &transposes[T]{params: params}
	want := out.graph.wantsGrad()
	size := 0
	for _, in := range lower(out) {
		if in.op != opAffine || in.args[1].op != opParam {
			continue
		}
		w := in.args[1]
		if (want[in.args[0].index] || narrow(w)) && t.find(w) < 0 {
			t.list = append(t.list, turned{w.offset, w.rows, w.cols, size, w.rows})
			size += roundUp(w.rows * w.cols)
		}
	}
	t.values = aligned[T](size)
	for _, m := range t.list {
		step := max(16, turnedPiece/m.cols/16*16)
		for i := 0; i < m.rows; i += step {
			t.pieces = append(t.pieces, turned{m.from + i*m.cols, min(step, m.rows-i), m.cols, m.to + i, m.rows})
		}
	}
	t.run = func(_, i int) {
		m := t.pieces[i]
		transpose(t.values[m.to:], m.stride, t.params[m.from:], m.cols, m.rows, m.cols)
	}
	return t
}

func (t *transposes[T]) find(w *Var) int {
	for i, m := range t.list {
		if m.from == w.offset && m.rows == w.rows && m.cols == w.cols {
			return i
		}
	}
	return -1
}

// of returns the transpose of a parameter matrix; nil if none is made.
func (t *transposes[T]) of(w *Var) []T {
	i := t.find(w)
	if i < 0 {
		return nil
	}
	m := t.list[i]
	return t.values[m.to : m.to+m.rows*m.cols]
}

// make transposes anew.
func (t *transposes[T]) make() { kern.Run(0, len(t.pieces), t.run) }
