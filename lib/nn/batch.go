package nn

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"gaspard/lib/tensor"
)

// shardRows bounds the rows of a shard: its activations stay in the L2 cache,
// and a batch of 256 gives two cores four shards to share.
const shardRows = 64

// Batch evaluates a network on batches of one size and differentiates it by its
// parameters. The batch is cut into shards fixed by its size; each runs on
// whichever core is free, keeps its own gradient, and the gradients are added
// in order, so that the numbers do not depend on the number of cores.
type Batch struct {
	// Out is the output of the last Forward, n×Out, row-major.
	Out []float32
	// Grad is the gradient left by the last Backward, laid out as MLP.Params.
	Grad []float32

	net      *MLP
	rows     int
	in, seed []float32
	shards   []shard
	backward bool
	next     atomic.Int32
	helpers  sync.WaitGroup
	helper   func()
}

// shard is a stretch of the batch's rows with a plan of its own.
type shard struct {
	from, rows int
	x          *tensor.Var
	out        *tensor.Var
	plan       *tensor.Plan32
	grad       []float32
}

// NewBatch prepares batches of the given number of rows. It reads m.Params at
// every pass.
func NewBatch(m *MLP, rows int) *Batch {
	if rows < 1 {
		panic(fmt.Sprintf("nn: a batch of %d rows", rows))
	}
	b := &Batch{
		net: m, rows: rows, in: make([]float32, rows*m.In),
		Out: make([]float32, rows*m.Out), Grad: make([]float32, m.NumParams()),
	}
	count := (rows + shardRows - 1) / shardRows
	for i := range count {
		from, to := i*rows/count, (i+1)*rows/count
		s := shard{from: from, rows: to - from, grad: make([]float32, m.NumParams())}
		g := tensor.NewGraph()
		s.x = g.Data(s.rows, m.In)
		s.out = m.Apply(s.x)
		s.plan = g.Plan32(s.out, m.Params, s.grad)
		b.shards = append(b.shards, s)
	}
	b.helper = func() {
		b.work()
		b.helpers.Done()
	}
	return b
}

// Forward evaluates the network on x, rows×In and row-major, into Out.
func (b *Batch) Forward(x []float64) {
	if len(x) != len(b.in) {
		panic(fmt.Sprintf("nn: %d numbers for a batch of %d×%d", len(x), b.rows, b.net.In))
	}
	for i, v := range x {
		b.in[i] = float32(v)
	}
	b.run(false)
}

// Backward follows Forward with the gradient of a loss by Out, row-major, and
// leaves the gradient by the parameters in Grad.
func (b *Batch) Backward(dOut []float32) {
	if len(dOut) != len(b.Out) {
		panic(fmt.Sprintf("nn: a gradient of %d numbers for a batch of %d×%d", len(dOut), b.rows, b.net.Out))
	}
	b.seed = dOut
	b.run(true)
	clear(b.Grad)
	for i := range b.shards {
		for j, g := range b.shards[i].grad {
			b.Grad[j] += g
		}
	}
}

// run lets the caller and its helpers claim shards until none is left.
func (b *Batch) run(backward bool) {
	b.backward = backward
	b.next.Store(0)
	helpers := min(runtime.GOMAXPROCS(0), len(b.shards)) - 1
	b.helpers.Add(helpers)
	for range helpers {
		go b.helper()
	}
	b.work()
	b.helpers.Wait()
}

func (b *Batch) work() {
	for {
		i := int(b.next.Add(1)) - 1
		if i >= len(b.shards) {
			return
		}
		s := &b.shards[i]
		in, out := b.net.In, b.net.Out
		if b.backward {
			clear(s.grad)
			s.plan.Backward(b.seed[s.from*out : (s.from+s.rows)*out])
			continue
		}
		copy(s.plan.Value(s.x), b.in[s.from*in:(s.from+s.rows)*in])
		s.plan.Forward()
		copy(b.Out[s.from*out:(s.from+s.rows)*out], s.plan.Value(s.out))
	}
}
