package nn

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"gaspard/lib/internal/kern"
	"gaspard/lib/optim"
	"gaspard/lib/tensor"
)

// peak returns how many float32 operations a second the cores in use can do, by
// loops of multiply-adds alone.
func peak() float64 {
	cores := runtime.GOMAXPROCS(0)
	flops := make([]float64, 8*cores)
	best := 0.0
	for range 5 {
		began := time.Now()
		kern.Run(0, len(flops), func(_, i int) { flops[i] = kern.Peak32(200000) })
		sum := 0.0
		for _, f := range flops {
			sum += f
		}
		best = max(best, sum/time.Since(began).Seconds())
	}
	return best
}

// report adds to a benchmark what its steps, of the given operations each, reach.
func report(b *testing.B, flops, peak float64) {
	rate := flops * float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate/1e9, "GFLOP/s")
	b.ReportMetric(100*rate/peak, "%peak")
	b.ReportMetric(flops/1e6, "MFLOP/op")
}

// regression is the squared error of a network, a training step's loss.
func regression(m *MLP, rows int) *tensor.Sharded {
	return tensor.NewSharded(rows, m.Params, func(g *tensor.Graph, rows int) *tensor.Var {
		x, y := g.Data(rows, m.In), g.Data(rows, m.Out)
		return m.Apply(x).Sub(y).Square().Sum()
	})
}

// mlpStep returns a training step of a network with the given widths, SiLU, mean
// squared error, and Adam, and its operations: those of the products, forward,
// gradients of weights, and gradients of inputs but for the first layer's.
func mlpStep(widths []int, batch int) (step func(), flops float64) {
	last := len(widths) - 1
	m := NewMLP(newRand(1), widths[0], widths[last], widths[1:last], tensor.SiLU, false)
	s := regression(m, batch)
	for k := range 2 {
		for i, v := range normals(uint64(k), len(s.Data(k))) {
			s.Data(k)[i] = float32(v)
		}
	}
	for l := range last {
		passes := 3
		if l == 0 {
			passes = 2
		}
		flops += float64(passes * 2 * batch * widths[l] * widths[l+1])
	}
	var adam optim.Adam
	return func() {
		s.Gradient(1 / float64(batch*m.Out))
		adam.Step(m.Params, s.Grad)
	}, flops
}

// transformerStep returns a training step of a transformer of 4 layers, context
// 128, vocabulary 80 and heads of 32, mean cross-entropy, and AdamW, and its
// operations, those of [Transformer.FLOPs].
func transformerStep(width, batch int) (step func(), flops float64) {
	t := NewTransformer(newRand(1), Transformer{Vocabulary: 80, Context: 128, Width: width, Layers: 4, Heads: width / 32})
	s := t.NewTraining(batch)
	rng := newRand(2)
	for k := range 2 {
		for i := range s.Indices(k) {
			s.Indices(k)[i] = int32(rng.IntN(t.Vocabulary))
		}
	}
	adam := optim.Adam{Decay: 0.1}
	return func() {
		s.Gradient(1 / float64(batch*t.Context))
		adam.Step(t.Params, s.Grad)
	}, float64(batch) * t.FLOPs()
}

var mlpCases = []struct {
	widths []int
	batch  int
}{
	{[]int{2, 128, 128, 2}, 1024},
	{[]int{3, 256, 256, 256, 2}, 256},
	{[]int{784, 512, 512, 784}, 128},
	{[]int{2, 128, 64, 64, 2}, 1024},
	{[]int{64, 256, 256, 64}, 256},
}

var transformerCases = []struct{ width, batch int }{{128, 16}, {128, 32}, {256, 16}, {256, 32}}

func mlpName(widths []int, batch int) string {
	name := strings.ReplaceAll(strings.Trim(fmt.Sprint(widths), "[]"), " ", "-")
	return fmt.Sprintf("net=%s/batch=%d", name, batch)
}

// run times a step, after a few that allocate.
func run(b *testing.B, step func(), flops, peak float64) {
	for range 3 {
		step()
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		step()
	}
	report(b, flops, peak)
}

// BenchmarkStep is the step of [mlpStep].
func BenchmarkStep(b *testing.B) {
	peak := peak()
	for _, c := range mlpCases {
		b.Run(mlpName(c.widths, c.batch), func(b *testing.B) {
			step, flops := mlpStep(c.widths, c.batch)
			run(b, step, flops, peak)
		})
	}
}

// BenchmarkTransformer is the step of [transformerStep].
func BenchmarkTransformer(b *testing.B) {
	peak := peak()
	for _, c := range transformerCases {
		b.Run(fmt.Sprintf("width=%d/batch=%d", c.width, c.batch), func(b *testing.B) {
			step, flops := transformerStep(c.width, c.batch)
			run(b, step, flops, peak)
		})
	}
}
