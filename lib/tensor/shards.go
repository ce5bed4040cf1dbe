package tensor

import (
	"gaspard/lib/internal/kern"
)

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
	groupBytes  = 16 << 20 // of all groups' gradients
	mostGroups  = 8
)

// chooseShards cuts a batch of the given number of rows, given how many parameters
// there are and the expression for some rows.
func chooseShards(rows, params int, p *program, probed int) shardLayout {
	perRow := max(1, 4*p.size/probed)
	inner := 1 // rows of matrices that belong to one row of the batch
	for _, v := range p.data {
		inner = max(inner, v.rows/probed)
	}
	for _, x := range p.graph.indices {
		inner = max(inner, x.n/probed)
	}
	most := max(1, rows*inner/leastRows) // shards that keep leastRows
	fit := (rows*perRow + kern.L2Bytes()/2 - 1) / (kern.L2Bytes() / 2)
	shards := min(max(fit, min(leastShards, most)), most, rows)
	groups := min(mostGroups, max(2, groupBytes/(4*max(params, 1))))
	return shardLayout{total: rows, shards: shards, groups: min(groups, shards)}
}

// transposes holds the transposes of parameter matrices, made once per pass for
// all plans that share the parameters.
type transposes[T real] struct {
	params []T
	list   []turned
	values []T
	run    func(_, i int)
}

// turned is one transpose: of a rows×cols matrix at from, to be found at to.
type turned struct{ from, rows, cols, to int }

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
			t.list = append(t.list, turned{w.offset, w.rows, w.cols, size})
			size += roundUp(w.rows * w.cols)
		}
	}
	t.values = aligned[T](size)
	t.run = func(_, i int) {
		m := t.list[i]
		transpose(t.values[m.to:], m.rows, t.params[m.from:], m.cols, m.rows, m.cols)
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
func (t *transposes[T]) make() { kern.Run(0, len(t.list), t.run) }
