package nn

import (
	"fmt"
	"runtime"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

// evalRows is the block in which networks are evaluated.
const evalRows = 256

// Eval returns the network's values at the rows of x (n×In), as an n×Out matrix.
// It computes in float32, in blocks on all cores, in the memory of a block for
// each.
func (m *MLP) Eval(x *mat.Dense) *mat.Dense { return evaluate(x, m.In, m.Out, m.Params, m.Apply) }

// evaluate returns the values of an expression, which takes rows of length in to
// rows of length out, at the rows of x.
func evaluate(x *mat.Dense, in, out int, params []float32, apply func(x *tensor.Var) *tensor.Var) *mat.Dense {
	n, d := x.Dims()
	if d != in {
		panic(fmt.Sprintf("nn: the network takes %d columns, x has %d", in, d))
	}
	rows := min(evalRows, n)
	y := mat.NewDense(n, out, nil)
	workers := make([]*evaluator, runtime.GOMAXPROCS(0))
	monitor := job.Default().Inner()
	kern.Run(len(workers), (n+rows-1)/rows, func(worker, block int) {
		if monitor.Cancelled() {
			return
		}
		if workers[worker] == nil {
			workers[worker] = newEvaluator(rows, in, params, apply)
		}
		workers[worker].run(x, y, block*rows)
	})
	monitor.Check()
	return y
}

// evaluator is the plan of one worker.
type evaluator struct {
	rows    int
	in, out *tensor.Var
	plan    *tensor.Plan32
}

func newEvaluator(rows, cols int, params []float32, apply func(x *tensor.Var) *tensor.Var) *evaluator {
	g := tensor.NewGraph()
	e := &evaluator{rows: rows, in: g.Data(rows, cols)}
	e.out = apply(e.in)
	e.plan = g.Eval32(e.out, params)
	return e
}

// run evaluates the block of rows that begins at from.
func (e *evaluator) run(x, y *mat.Dense, from int) {
	n, d := x.Dims()
	count := min(e.rows, n-from)
	buf := e.plan.Value(e.in)
	for i := range count {
		for j, v := range x.RawRowView(from + i) {
			buf[i*d+j] = float32(v)
		}
	}
	// The rows of the last block beyond n hold older points; nothing reads what
	// comes of them.
	e.plan.Forward()
	values := e.plan.Value(e.out)
	for i := range count {
		row := y.RawRowView(from + i)
		for j := range row {
			row[j] = float64(values[i*len(row)+j])
		}
	}
}
