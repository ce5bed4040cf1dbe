package nn

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

// evalRows is the block in which Eval works.
const evalRows = 256

// Eval returns the network's values at the rows of x (n×In), as an n×Out matrix.
// It computes in float32, in blocks, in the memory of one block.
func (m *MLP) Eval(x *mat.Dense) *mat.Dense {
	n, d := x.Dims()
	if d != m.In {
		panic(fmt.Sprintf("nn: the network takes %d columns, x has %d", m.In, d))
	}
	rows := min(evalRows, n)
	g := tensor.NewGraph()
	in := g.Data(rows, m.In)
	out := m.Apply(in)
	plan := g.Eval32(out, m.Params)
	y := mat.NewDense(n, m.Out, nil)
	monitor := job.Default().Inner()
	for from := 0; from < n; from += rows {
		monitor.Check()
		count := min(rows, n-from)
		buf := plan.Value(in)
		for i := range count {
			for j, v := range x.RawRowView(from + i) {
				buf[i*d+j] = float32(v)
			}
		}
		// The rows of the last block beyond n hold older points; nothing
		// reads what comes of them.
		plan.Forward()
		for i := range count {
			row := y.RawRowView(from + i)
			for j := range row {
				row[j] = float64(plan.Value(out)[i*m.Out+j])
			}
		}
	}
	return y
}
