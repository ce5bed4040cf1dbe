// Package tensor is a tape for networks and for user-written costs: an expression
// is traced once and replayed, forward and backward, without allocating.
//
// An expression is written on [Var]s of a [Graph], which only records shapes.
// Compiling it gives a plan: a flat list of operations whose buffers lie in one
// arena. The same expression compiles to float32, in which networks train on the
// kernels of the processor, and to float64, for gradient checks and costs.
//
//	g := tensor.NewGraph()
//	x := g.Data(256, 2)                  // 256 points in the plane
//	w, b := g.Param(2, 32), g.Param(1, 32)
//	loss := tensor.Affine(x, w, b, tensor.GELU).Square().Mean()
//	p := g.Plan32(loss, params, grads)   // grads receives d loss / d params
//	copy(p.Value(x), points)
//	p.Forward()
//	p.Backward(nil)
//
// [Sharded] runs an expression that treats the rows of a batch independently on
// all cores, with the same numbers on any number of them. [Tangent] and
// [Cotangent] write derivatives as expressions, J v and Jᵀ u, so that a loss may
// contain them.
//
// Notation: every value is a matrix, row-major, n rows by m columns. y is the
// value of a node, dy its adjoint: the gradient of the output by it. J is the
// Jacobian of an expression by one of its inputs.
package tensor

import "fmt"

// Graph records an expression. It is not safe for use by several goroutines;
// the plans compiled from it are independent of it and of one another.
type Graph struct {
	nodes   []*Var
	indices []*Index
	params  int
}

// NewGraph returns an empty graph.
func NewGraph() *Graph { return &Graph{} }

// Var is a matrix in an expression: an input, a parameter, or the result of an
// operation. It holds a shape, no numbers.
type Var struct {
	graph      *Graph
	index      int // position in graph.nodes; arguments precede their uses
	op         opKind
	rows, cols int
	args       []*Var
	act        Activation
	order      int       // of the derivative that an activation stands for
	scalar     float64   // the constant of scale, shift and pow
	values     []float64 // the numbers of a constant
	offset     int       // of a parameter in the flat array, of a slice in its argument
	heads      int       // of attention
	count      int       // of sequences or of batched products
	causal     bool
	rowsOf     *Index // of a gather or of targets
}

// Index is an input of whole numbers: rows of a table, or classes.
type Index struct {
	graph *Graph
	index int // position in graph.indices
	n     int
}

// Len returns how many numbers x holds.
func (x *Index) Len() int { return x.n }

// opKind names what a node computes.
type opKind uint8

const (
	opInput opKind = iota
	opData
	opParam
	opConst
	opMatMul
	opMatMulT
	opAffine
	opActivate
	opAdd
	opSub
	opMul
	opDiv
	opMax
	opMin
	opScale
	opShift
	opSquare
	opSqrt
	opAbs
	opSign
	opInverse
	opAtLeast
	opExp
	opLog
	opPow
	opSin
	opCos
	opSum
	opRowSums
	opColumnSums
	opRowNorms
	opLogSumExp
	opSoftmax
	opTranspose
	opReshape
	opStop
	opColumns
	opRows
	opConcatColumns
	opConcatRows
	opGather
	opLayerNorm
	opCrossEntropy
	opAttention
)

// Rows returns the number of rows.
func (v *Var) Rows() int { return v.rows }

// Cols returns the number of columns.
func (v *Var) Cols() int { return v.cols }

// Graph returns the graph to which v belongs, for constants made beside it.
func (v *Var) Graph() *Graph { return v.graph }

// Input returns a matrix that the caller fills before each forward pass and
// whose gradient the backward pass leaves to be read.
func (g *Graph) Input(rows, cols int) *Var { return g.leaf(opInput, rows, cols) }

// Data returns an input without a gradient, such as the points of a batch.
func (g *Graph) Data(rows, cols int) *Var { return g.leaf(opData, rows, cols) }

// Indices returns an input of n whole numbers.
func (g *Graph) Indices(n int) *Index {
	if n < 1 {
		panic(fmt.Sprintf("tensor: an input of %d indices", n))
	}
	x := &Index{graph: g, index: len(g.indices), n: n}
	g.indices = append(g.indices, x)
	return x
}

// Param returns the next rows×cols parameters of the flat parameter array.
func (g *Graph) Param(rows, cols int) *Var {
	v := g.leaf(opParam, rows, cols)
	v.offset = g.params
	g.params += rows * cols
	return v
}

// Of returns the part of a flat parameter array that belongs to the parameter v.
func (v *Var) Of(params []float32) []float32 {
	if v.op != opParam {
		panic("tensor: the variable is no parameter")
	}
	return params[v.offset : v.offset+v.rows*v.cols]
}

// Params returns the parameter matrices in the order of the flat array.
func (g *Graph) Params() (params []*Var) {
	for _, v := range g.nodes {
		if v.op == opParam {
			params = append(params, v)
		}
	}
	return params
}

// NumParams returns the length of the flat parameter array so far.
func (g *Graph) NumParams() int { return g.params }

// Const returns a constant matrix of the given row-major values.
func (g *Graph) Const(rows, cols int, values []float64) *Var {
	if len(values) != rows*cols {
		panic(fmt.Sprintf("tensor: a %d×%d constant has %d values", rows, cols, len(values)))
	}
	v := g.leaf(opConst, rows, cols)
	v.values = append([]float64(nil), values...)
	return v
}

// filled returns a constant matrix of one value.
func (g *Graph) filled(rows, cols int, value float64) *Var {
	v := g.leaf(opConst, rows, cols)
	v.values = make([]float64, rows*cols)
	for i := range v.values {
		v.values[i] = value
	}
	return v
}

func (g *Graph) leaf(op opKind, rows, cols int) *Var {
	if rows < 1 || cols < 1 {
		panic(fmt.Sprintf("tensor: a matrix of %d rows and %d columns", rows, cols))
	}
	return g.add(&Var{op: op, rows: rows, cols: cols})
}

// add appends a node, whose arguments must belong to the same graph.
func (g *Graph) add(v *Var) *Var {
	for _, a := range v.args {
		if a.graph != g {
			panic("tensor: an operation mixes variables of two graphs")
		}
	}
	if v.rowsOf != nil && v.rowsOf.graph != g {
		panic("tensor: an operation mixes variables of two graphs")
	}
	v.graph, v.index = g, len(g.nodes)
	g.nodes = append(g.nodes, v)
	return v
}

// wantsGrad reports, for every node, whether its adjoint is needed: it is or
// depends on a parameter or an input.
func (g *Graph) wantsGrad() []bool {
	want := make([]bool, len(g.nodes))
	for i, v := range g.nodes {
		switch v.op {
		case opParam, opInput:
			want[i] = true
		case opStop, opSign, opAtLeast:
			// Constant wherever it is smooth.
		default:
			for _, a := range v.args {
				want[i] = want[i] || want[a.index]
			}
		}
	}
	return want
}

func (g *Graph) owns(out *Var) {
	if out.graph != g {
		panic("tensor: the output belongs to another graph")
	}
}
