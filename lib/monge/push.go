package monge

import (
	"runtime"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

// pushRows is the block in which maps are evaluated.
const pushRows = 256

// block is a worker's plan of the map, with the data it takes.
type block struct {
	plan *tensor.Plan32
	data []*tensor.Var
	out  *tensor.Var
}

// push returns the images of the rows of z under the given parameters, in float32, by
// blocks on all cores. A user's network is called on the caller's goroutine only.
func (f *field) push(params []float32, z *mat.Dense, condition int) *mat.Dense {
	n, d := z.Dims()
	x := make([]float64, 0, n*d)
	for i := range n {
		x = append(x, z.RawRowView(i)...)
	}
	var base []float32
	if f.start != nil {
		base = make([]float32, n*d)
		f.base(base, x)
	}
	rows := min(n, pushRows)
	count := (n + rows - 1) / rows
	blocks := make([]*block, min(count, runtime.GOMAXPROCS(0)))
	for k := range blocks {
		blocks[k] = f.newBlock(rows, params, condition)
	}
	y := mat.NewDense(n, d, nil)
	monitor := job.Default().Inner()
	kern.Run(len(blocks), count, func(worker, k int) {
		if !monitor.Cancelled() {
			blocks[worker].run(y, x, base, k*rows)
		}
	})
	monitor.Check()
	if f.cost == cost.Sphere() { // to more places than float32 has
		for i := range n {
			row := y.RawRowView(i)
			floats.Scale(1/floats.Norm(row, 2), row)
		}
	}
	return y
}

func (f *field) newBlock(rows int, params []float32, condition int) *block {
	g := tensor.NewGraph()
	b := new(block)
	b.out, b.data = f.write(g, rows, false)
	b.plan = g.Eval32(b.out, params)
	if f.conditions > 0 {
		indicate(b.plan.Value(b.data[len(b.data)-1]), f.conditions, condition)
	}
	return b
}

// indicate fills rows of one-hot columns.
func indicate(dst []float32, conditions, condition int) {
	clear(dst)
	for i := condition; i < len(dst); i += conditions {
		dst[i] = 1
	}
}

// run evaluates the block that begins at a row. The rows of the last block beyond the
// end hold older points, of which nothing is read.
func (b *block) run(y *mat.Dense, x []float64, base []float32, from int) {
	n, d := y.Dims()
	to := min(n, from+b.out.Rows())
	in := b.plan.Value(b.data[0])
	for i, v := range x[from*d : to*d] {
		in[i] = float32(v)
	}
	if base != nil {
		copy(b.plan.Value(b.data[1]), base[from*d:to*d])
	}
	b.plan.Forward()
	values := b.plan.Value(b.out)
	for i := from; i < to; i++ {
		for l, v := range values[(i-from)*d : (i-from+1)*d] {
			y.Set(i, l, float64(v))
		}
	}
}
