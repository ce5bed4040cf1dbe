package nn

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"gaspard/lib/optim"
	"gaspard/lib/tensor"
)

func smallTransformer(tied bool) *Transformer {
	t := NewTransformer(newRand(1), Transformer{Vocabulary: 11, Context: 12, Width: 16, Layers: 2, Heads: 2, Tied: tied})
	for i, v := range normals(3, len(t.Params)) { // gradients of order one everywhere
		t.Params[i] += 0.2 * float32(v)
	}
	return t
}

func fillTokens(s *tensor.Sharded, t *Transformer) {
	for i := range s.Indices(0) {
		s.Indices(0)[i] = int32((i*i + i/5) % t.Vocabulary)
		s.Indices(1)[i] = int32((3*i + i/7) % t.Vocabulary)
	}
}

// The loss and its gradient against the float64 tape, and that against the plain
// definition through causality and counts elsewhere.
func TestTransformerGradient(t *testing.T) {
	for _, tied := range []bool{false, true} {
		const sequences = 20
		m := smallTransformer(tied)
		s := m.NewTraining(sequences)
		fillTokens(s, m)
		scale := 1 / float64(sequences*m.Context)
		got := s.Gradient(scale)

		g := tensor.NewGraph()
		tokens, next := g.Indices(sequences*m.Context), g.Indices(sequences*m.Context)
		loss := m.Apply(g, tokens).CrossEntropy(next).Scale(scale)
		params, grads := make([]float64, len(m.Params)), make([]float64, len(m.Params))
		for i, v := range m.Params {
			params[i] = float64(v)
		}
		p := g.Plan64(loss, params, grads)
		copy(p.Indices(tokens), s.Indices(0))
		copy(p.Indices(next), s.Indices(1))
		p.Forward()
		p.Backward(nil)
		if want := p.Value(loss)[0]; math.Abs(got-want) > 1e-5 {
			t.Errorf("loss %g, in float64 %g", got, want)
		}
		for i, want := range grads {
			if math.Abs(float64(s.Grad[i])-want) > 1e-5 {
				t.Fatalf("gradient %d is %g, in float64 %g", i, s.Grad[i], want)
			}
		}
	}
}

// What a position says depends on the tokens up to it and on nothing after.
func TestTransformerIsCausal(t *testing.T) {
	m := smallTransformer(false)
	g := tensor.NewGraph()
	tokens := g.Indices(2 * m.Context)
	logits := m.Apply(g, tokens)
	p := g.Eval32(logits, m.Params)
	eval := func() []float32 {
		p.Forward()
		return slices.Clone(p.Value(logits))
	}
	before := eval()
	const at = 5
	p.Indices(tokens)[at] = 3
	after := eval()
	row := func(v []float32, i int) []float32 { return v[i*m.Vocabulary : (i+1)*m.Vocabulary] }
	for i := range 2 * m.Context {
		same := slices.Equal(row(before, i), row(after, i))
		if inReach := i >= at && i < m.Context; same == inReach {
			t.Errorf("a change of token %d: position %d keeps its logits: %v", at, i, same)
		}
	}
}

func TestTransformerLearnsToCopy(t *testing.T) {
	m := NewTransformer(newRand(4), Transformer{Vocabulary: 8, Context: 16, Width: 32, Layers: 2, Heads: 2})
	s := m.NewTraining(32)
	rng := newRand(5)
	adam := optim.Adam{Rate: optim.Constant(3e-3)}
	loss := 0.0
	for range 150 {
		for i := range s.Indices(0) {
			s.Indices(0)[i] = int32(rng.IntN(m.Vocabulary))
			if i%m.Context == 0 {
				s.Indices(1)[i] = s.Indices(0)[i]
			} else {
				s.Indices(1)[i] = s.Indices(0)[i-1] // the token before: attention must fetch it
			}
		}
		loss = s.Gradient(1.0 / float64(32*m.Context))
		adam.Step(m.Params, s.Grad)
	}
	if loss > 0.1 {
		t.Errorf("after 150 steps the loss is %g, that of guessing %g", loss, math.Log(8))
	}
}

func TestTransformerDoesNotDependOnTheCores(t *testing.T) {
	run := func(cores int) []float32 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		m := smallTransformer(false)
		s := m.NewTraining(33)
		fillTokens(s, m)
		var adam optim.Adam
		for range 3 {
			s.Gradient(1.0 / 33)
			adam.Step(m.Params, s.Grad)
		}
		return m.Params
	}
	want := run(1)
	for _, cores := range []int{2, 5} {
		if !slices.Equal(run(cores), want) {
			t.Errorf("one core and %d give different parameters", cores)
		}
	}
}

func TestTrainingAllocatesNothing(t *testing.T) {
	m := smallTransformer(false)
	s := m.NewTraining(40)
	fillTokens(s, m)
	var a, b optim.Adam
	mlp := NewMLP(newRand(1), 2, 2, []int{64, 64}, tensor.SiLU, false)
	r := regression(mlp, 1024)
	step := func() {
		s.Gradient(1)
		a.Step(m.Params, s.Grad)
		r.Gradient(1)
		b.Step(mlp.Params, r.Grad)
	}
	for range 30 {
		step() // until every worker has had a turn
	}
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("%g allocations per step", n)
	}
}

func TestTransformerNames(t *testing.T) {
	m := NewTransformer(newRand(1), Transformer{Vocabulary: 80, Context: 128, Width: 128, Layers: 4, Heads: 4})
	// 2·80·128 for the two ends, 128² positions, 4 blocks of 12·128² weights and
	// 13·128 biases and gains, and 2·128 for the last norm.
	if want := 2*80*128 + 128*128 + 4*(12*128*128+13*128) + 2*128; m.NumParams() != want {
		t.Errorf("%d parameters, want %d", m.NumParams(), want)
	}
	if got, want := m.String(), "transformer of 4 layers, width 128, 4 heads, context 128, vocabulary 80, 830208 parameters"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
