package nn

import (
	"fmt"

	"gaspard/lib/tensor"
)

// Batch evaluates a network on batches of one size and differentiates it by its
// parameters, for losses that couple the points of a batch. It runs on all cores,
// with the same numbers on any number of them; see [tensor.Sharded].
type Batch struct {
	// Out is the output of the last Forward, n×Out, row-major.
	Out []float32
	// Grad is the gradient left by the last Backward, laid out as MLP.Params.
	Grad []float32

	net    *MLP
	rows   int
	shards *tensor.Sharded
}

// NewBatch prepares batches of the given number of rows. It reads m.Params at
// every pass.
func NewBatch(m *MLP, rows int) *Batch {
	if rows < 1 {
		panic(fmt.Sprintf("nn: a batch of %d rows", rows))
	}
	s := tensor.NewSharded(rows, m.Params, func(g *tensor.Graph, rows int) *tensor.Var {
		return m.Apply(g.Data(rows, m.In))
	})
	return &Batch{Out: make([]float32, rows*m.Out), Grad: s.Grad, net: m, rows: rows, shards: s}
}

// Forward evaluates the network on x, rows×In and row-major, into Out.
func (b *Batch) Forward(x []float64) {
	in := b.shards.Data(0)
	if len(x) != len(in) {
		panic(fmt.Sprintf("nn: %d numbers for a batch of %d×%d", len(x), b.rows, b.net.In))
	}
	for i, v := range x {
		in[i] = float32(v)
	}
	b.shards.Forward()
	b.Out = b.shards.Out
}

// Backward follows Forward with the gradient of a loss by Out, row-major, and
// leaves the gradient by the parameters in Grad.
func (b *Batch) Backward(dOut []float32) {
	if len(dOut) != len(b.Out) {
		panic(fmt.Sprintf("nn: a gradient of %d numbers for a batch of %d×%d", len(dOut), b.rows, b.net.Out))
	}
	b.shards.Backward(dOut)
}
