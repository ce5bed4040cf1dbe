package tensor

// Plan64 is an expression compiled to float64. Forward and Backward allocate
// nothing. A plan is used by one goroutine at a time; plans that share
// parameters may run side by side if each has its own gradients.
type Plan64 struct{ p *plan[float64] }

// Plan64 compiles out for training. Its parameters are read from params at every
// pass and the gradients are added to grads; both have [Graph.NumParams]
// entries. The plan keeps the two slices.
//
// Memory: one arena that holds the values the backward pass needs; adjoints
// share what is free by the time they live.
func (g *Graph) Plan64(out *Var, params, grads []float64) *Plan64 {
	g.owns(out)
	return &Plan64{compile(out, binding[float64]{params: params, grads: grads, train: true})}
}

// Eval64 compiles out for evaluation only, in less memory.
func (g *Graph) Eval64(out *Var, params []float64) *Plan64 {
	g.owns(out)
	return &Plan64{compile(out, binding[float64]{params: params})}
}

// Value returns the numbers, row-major, of an input or data matrix, to be
// filled before Forward, or of the output, to be read after it. The slice stays
// the plan's own.
func (p *Plan64) Value(v *Var) []float64 { return p.p.value(v) }

// Indices returns the numbers of an index input, to be filled before Forward. The
// slice stays the plan's own.
func (p *Plan64) Indices(x *Index) []int32 { return p.p.index(x) }

// Grad returns the gradient of the output by an input, as the last Backward
// left it, or the part of grads that belongs to a parameter.
func (p *Plan64) Grad(v *Var) []float64 { return p.p.grad(v) }

// Forward evaluates the output.
func (p *Plan64) Forward() { p.p.forward() }

// Backward follows a Forward with the gradient by the output, row-major; nil
// stands for 1 if the output is 1×1. It sets the gradients of the inputs and
// adds to those of the parameters. One Forward serves one Backward.
func (p *Plan64) Backward(seed []float64) { p.p.backward(seed) }
