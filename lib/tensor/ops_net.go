package tensor

import "fmt"

// Softmax returns the softmax of each row.
func (v *Var) Softmax() *Var { return v.reduced(opSoftmax, v.rows, v.cols) }

// CrossEntropy returns the 1×1 sum over the rows of -log softmax(z_i)[target_i],
// in nats. Evaluation panics with a sentence on a target that is no column.
func (v *Var) CrossEntropy(target *Index) *Var {
	if target.n != v.rows {
		panic(fmt.Sprintf("tensor: %d targets for %d×%d logits", target.n, v.rows, v.cols))
	}
	return v.graph.add(&Var{op: opCrossEntropy, rows: 1, cols: 1, args: []*Var{v}, rowsOf: target})
}

// layerNormEpsilon is added to the variance of a row.
const layerNormEpsilon = 1e-5

// LayerNorm shifts and scales each row to mean 0 and variance 1, and returns it
// times gain, plus bias, both 1×m:
//
//	y = gain ∘ (x - mean) / √(variance + 1e-5) + bias.
//
// Source: ba:16.
func (v *Var) LayerNorm(gain, bias *Var) *Var {
	for _, p := range []*Var{gain, bias} {
		if p.rows != 1 || p.cols != v.cols {
			panic(fmt.Sprintf("tensor: layer norm of %d×%d with a gain or bias of %d×%d", v.rows, v.cols, p.rows, p.cols))
		}
	}
	return v.graph.add(&Var{op: opLayerNorm, rows: v.rows, cols: v.cols, args: []*Var{v, gain, bias}})
}

// Attention is self-attention within each of count sequences of equal length T,
// one below the other: v, count·T×3d, holds queries, keys and values side by side,
// each cut into heads of d/heads columns. For each sequence and head
//
//	y = softmax(q kᵀ / √(d/heads)) v,
//
// where, if causal, position i sees positions up to i only. The result, count·T×d,
// has the heads side by side. Source: vaswani:17, section 3.2.
func (v *Var) Attention(count, heads int, causal bool) *Var {
	if count < 1 || heads < 1 || v.rows%count != 0 || v.cols%(3*heads) != 0 {
		panic(fmt.Sprintf("tensor: attention of %d heads in %d sequences on %d×%d", heads, count, v.rows, v.cols))
	}
	return v.graph.add(&Var{op: opAttention, rows: v.rows, cols: v.cols / 3, args: []*Var{v},
		heads: heads, count: count, causal: causal})
}
