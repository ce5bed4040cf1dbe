package nn

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gaspard/lib/tensor"
)

// Transformer is a decoder-only language model: token and position embeddings,
// Layers blocks, a layer norm, and a head that gives a logit for each token of the
// vocabulary. A block is
//
//	h ← h + attention(norm(h)) W_o + b_o,  h ← h + GELU(norm(h) W_1 + b_1) W_2 + b_2
//
// with causal attention and a hidden layer of width 4·Width. Its parameters may be
// read and changed; it must not be evaluated meanwhile.
//
// Source: vaswani:17; norms before the branches, as in radford:19.
type Transformer struct {
	Vocabulary int // Number of tokens.
	Context    int // Length of a sequence.
	Width      int // Numbers that stand for a position.
	Layers     int
	Heads      int  // They divide Width.
	Tied       bool // The head is the token embedding.
	Params     []float32
}

// NewTransformer fills in Params of t, the rest of which says its shape: weights
// normal with standard deviation 0.02, those that lead back to the residual stream
// 0.02/√(2·Layers), gains 1, biases 0.
func NewTransformer(rng *rand.Rand, t Transformer) *Transformer {
	for _, n := range []int{t.Vocabulary, t.Context, t.Width, t.Layers, t.Heads} {
		if n < 1 {
			panic(fmt.Sprintf("nn: a transformer of vocabulary %d, context %d, width %d, %d layers, %d heads",
				t.Vocabulary, t.Context, t.Width, t.Layers, t.Heads))
		}
	}
	if t.Width%t.Heads != 0 {
		panic(fmt.Sprintf("nn: %d heads do not divide a width of %d", t.Heads, t.Width))
	}
	g := tensor.NewGraph()
	w := t.weights(g)
	t.Params = make([]float32, g.NumParams())
	branch := 0.02 / math.Sqrt(2*float64(t.Layers))
	normal := func(std float64, vars ...*tensor.Var) {
		for _, v := range vars {
			Gaussian(rng, v.Of(t.Params), std)
		}
	}
	gains := func(vars ...*tensor.Var) {
		for _, v := range vars {
			Fill(v.Of(t.Params), 1)
		}
	}
	normal(0.02, w.tokens, w.positions)
	for _, b := range w.blocks {
		gains(b.gain1, b.gain2)
		normal(0.02, b.qkv, b.up)
		normal(branch, b.out, b.down)
	}
	gains(w.gain)
	if !t.Tied {
		normal(0.02, w.head)
	}
	return &t
}

// weights are the parameters of a transformer in an expression, in the order of
// Params.
type weights struct {
	tokens, positions *tensor.Var // Vocabulary×Width, Context×Width
	blocks            []block
	gain, bias, head  *tensor.Var // 1×Width, 1×Width, Vocabulary×Width
}

type block struct {
	gain1, bias1, qkv, qkvBias, out, outBias *tensor.Var
	gain2, bias2, up, upBias, down, downBias *tensor.Var
}

func (t *Transformer) weights(g *tensor.Graph) weights {
	d := t.Width
	w := weights{tokens: g.Param(t.Vocabulary, d), positions: g.Param(t.Context, d)}
	for range t.Layers {
		w.blocks = append(w.blocks, block{
			gain1: g.Param(1, d), bias1: g.Param(1, d),
			qkv: g.Param(d, 3*d), qkvBias: g.Param(1, 3*d), out: g.Param(d, d), outBias: g.Param(1, d),
			gain2: g.Param(1, d), bias2: g.Param(1, d),
			up: g.Param(d, 4*d), upBias: g.Param(1, 4*d), down: g.Param(4*d, d), downBias: g.Param(1, d),
		})
	}
	w.gain, w.bias = g.Param(1, d), g.Param(1, d)
	w.head = w.tokens
	if !t.Tied {
		w.head = g.Param(t.Vocabulary, d)
	}
	return w
}

// Apply writes the logits, a row per position and Vocabulary columns, of sequences
// of Context tokens, one after the other. It takes the next NumParams parameters
// of the graph, laid out as in Params.
func (t *Transformer) Apply(g *tensor.Graph, tokens *tensor.Index) *tensor.Var {
	if tokens.Len()%t.Context != 0 {
		panic(fmt.Sprintf("nn: %d tokens for sequences of %d", tokens.Len(), t.Context))
	}
	count, d := tokens.Len()/t.Context, t.Width
	w := t.weights(g)
	h := w.tokens.Gather(tokens).Reshape(count, t.Context*d).Add(w.positions.Reshape(1, t.Context*d)).Reshape(count*t.Context, d)
	for _, b := range w.blocks {
		a := tensor.Affine(h.LayerNorm(b.gain1, b.bias1), b.qkv, b.qkvBias, tensor.Linear).Attention(count, t.Heads, true)
		h = h.Add(tensor.Affine(a, b.out, b.outBias, tensor.Linear))
		u := tensor.Affine(h.LayerNorm(b.gain2, b.bias2), b.up, b.upBias, tensor.GELU)
		h = h.Add(tensor.Affine(u, b.down, b.downBias, tensor.Linear))
	}
	return h.LayerNorm(w.gain, w.bias).MatMulT(w.head)
}

// NewTraining prepares training steps on sequences many at a time: the sum over
// their positions of the cross-entropy, in nats, of the token that follows. The
// caller fills Indices(0) with the sequences and Indices(1) with what follows each
// of their positions, and calls Gradient with the scale 1/(sequences·Context) for
// the mean.
func (t *Transformer) NewTraining(sequences int) *tensor.Sharded {
	return tensor.NewSharded(sequences, t.Params, func(g *tensor.Graph, rows int) *tensor.Var {
		tokens, next := g.Indices(rows*t.Context), g.Indices(rows*t.Context)
		return t.Apply(g, tokens).CrossEntropy(next)
	})
}

// NumParams returns the number of parameters.
func (t *Transformer) NumParams() int { return len(t.Params) }

// FLOPs returns the operations of the matrix products, a multiply-add counted as
// two, of a training step on one sequence: forward and twice that backward.
// Attention counts the pairs that causality leaves.
func (t *Transformer) FLOPs() float64 {
	n, d := float64(t.Context), float64(t.Width)
	weights := float64(t.Layers)*12*d*d + float64(t.Vocabulary)*d
	pairs := float64(t.Layers) * n * (n + 1) / 2
	return 3 * (2*n*weights + 4*d*pairs)
}

// String names the architecture, for example "transformer of 4 layers, width 128,
// 4 heads, context 128, vocabulary 80, 830208 parameters".
func (t *Transformer) String() string {
	return fmt.Sprintf("transformer of %d layers, width %d, %d heads, context %d, vocabulary %d, %d parameters",
		t.Layers, t.Width, t.Heads, t.Context, t.Vocabulary, t.NumParams())
}
