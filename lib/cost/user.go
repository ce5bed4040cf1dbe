package cost

import (
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

// Func is a cost of the user's, of any kind: c takes blocks of pairs, x and y both
// pairs×d, row q of each being one pair, and returns the costs, pairs×1.
//
//	chebyshev := cost.Func("max|x-y|", func(x, y *tensor.Var) *tensor.Var {
//		z := x.Sub(y).Abs()
//		return z.Columns(0, 1).Max(z.Columns(1, 2))
//	})
//
// The function is called once for each dimension, to record the expression, which is
// then replayed as compiled code and differentiated; so it must treat the rows
// independently of one another. It need not be symmetric. name is what String and
// results show.
//
// Calls of the function happen on the goroutine that evaluates the cost or makes
// its [Cost.Blocks], never on workers. A function that returns something else than
// one column for the pairs panics with a sentence; a value or gradient that is not
// finite is a [*job.DataError] that names the pair.
func Func(name string, c func(x, y *tensor.Var) *tensor.Var) Cost {
	if c == nil {
		panic("cost: Func without a function")
	}
	return Cost{kind: user, user: &function{name: name, f: c, traces: map[size]*trace{}}}
}

// Displacement is [Func] for a cost h(x-y) of the displacement alone: h takes z,
// pairs×d, and returns pairs×1.
func Displacement(name string, h func(z *tensor.Var) *tensor.Var) Cost {
	if h == nil {
		panic("cost: Displacement without a function")
	}
	return Func(name, func(x, y *tensor.Var) *tensor.Var { return h(x.Sub(y)) })
}

// NegLogKernel is the cost -log k(x, y) of a positive kernel of the user's, given as
// in [Func]; with ε = 1, exp(-c/ε) is the kernel itself. Where k underflows to 0 the
// cost would be infinite, which is a [*job.DataError].
func NegLogKernel(name string, k func(x, y *tensor.Var) *tensor.Var) Cost {
	if k == nil {
		panic("cost: NegLogKernel without a function")
	}
	return Func(name, func(x, y *tensor.Var) *tensor.Var {
		v := k(x, y)
		if v == nil {
			return nil
		}
		return v.Log().Scale(-1)
	})
}

// function is a user's cost with what has been recorded of it.
type function struct {
	name   string
	f      func(x, y *tensor.Var) *tensor.Var
	mu     sync.Mutex
	traces map[size]*trace
}

type size struct{ pairs, d int }

const (
	// blockPairs is how many pairs are evaluated at a time: enough that handing out
	// operations costs nothing, few enough that their values stay in the cache.
	blockPairs = 512
	// onePair is the block for single pairs; in a block of 1 a sum over all pairs
	// would pass for a column.
	onePair = 2
)

// trace is the function recorded for one size of blocks.
type trace struct {
	size
	graph     *tensor.Graph
	x, y, out *tensor.Var
	mu        sync.Mutex
	free      []*tensor.Plan64
}

// trace returns the record for a size, calling the function if there is none yet.
func (f *function) trace(pairs, d int) *trace {
	s := size{pairs, d}
	f.mu.Lock()
	t := f.traces[s]
	f.mu.Unlock()
	if t != nil {
		return t
	}
	g := tensor.NewGraph()
	t = &trace{size: s, graph: g, x: g.Input(pairs, d), y: g.Input(pairs, d)}
	t.out = f.f(t.x, t.y)
	if t.out == nil {
		panic(fmt.Sprintf("cost: %s returned nil, not a column of costs", f.name))
	}
	if t.out.Rows() != pairs || t.out.Cols() != 1 {
		panic(fmt.Sprintf("cost: %s returned %d×%d for %d pairs of points; it must be %d×1, one cost for each row",
			f.name, t.out.Rows(), t.out.Cols(), pairs, pairs))
	}
	if g.NumParams() > 0 {
		panic(fmt.Sprintf("cost: %s has parameters of its own; use constants", f.name))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if old := f.traces[s]; old != nil {
		return old
	}
	f.traces[s] = t
	return t
}

// plan takes a compiled record that nobody uses; put gives it back.
func (t *trace) plan() *tensor.Plan64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := len(t.free); k > 0 {
		p := t.free[k-1]
		t.free = t.free[:k-1]
		return p
	}
	return t.graph.Plan64(t.out, nil, nil)
}

func (t *trace) put(p *tensor.Plan64) {
	t.mu.Lock()
	t.free = append(t.free, p)
	t.mu.Unlock()
}

// single evaluates one pair.
func (f *function) single(p *tensor.Plan64, t *trace, x, y []float64) float64 {
	for q := range onePair {
		copy(p.Value(t.x)[q*t.d:], x)
		copy(p.Value(t.y)[q*t.d:], y)
	}
	p.Forward()
	v := p.Value(t.out)[0]
	if !finite(v) {
		panic(job.BadData("cost: %s is %v at x = %.6g, y = %.6g", f.name, v, x, y))
	}
	return v
}

func (f *function) at(x, y []float64) float64 {
	t := f.trace(onePair, len(x))
	p := t.plan()
	defer t.put(p)
	return f.single(p, t, x, y)
}

// addGrad adds the weighted gradients by x and by y to dx and dy, where these are
// not nil.
func (f *function) addGrad(dx, dy []float64, w float64, x, y []float64) {
	t := f.trace(onePair, len(x))
	p := t.plan()
	defer t.put(p)
	f.single(p, t, x, y)
	p.Backward([]float64{w, 0})
	for _, g := range []struct {
		dst []float64
		by  *tensor.Var
	}{{dx, t.x}, {dy, t.y}} {
		for l := range g.dst {
			v := p.Grad(g.by)[l]
			if !finite(v) {
				panic(job.BadData("cost: the gradient of %s is %v at x = %.6g, y = %.6g", f.name, v, x, y))
			}
			g.dst[l] += v
		}
	}
}

// displacement evaluates the pairs (x_i, y_i).
func (f *function) displacement(out []float64, x, y *mat.Dense) {
	n, d := x.Dims()
	if n == 0 {
		return
	}
	t := f.trace(blockPairs, d)
	p := t.plan()
	defer t.put(p)
	px, py := p.Value(t.x), p.Value(t.y)
	for first := 0; first < n; first += blockPairs {
		for q := range blockPairs {
			i := min(first+q, n-1)
			copy(px[q*d:], x.RawRowView(i))
			copy(py[q*d:], y.RawRowView(i))
		}
		p.Forward()
		for q, v := range p.Value(t.out)[:min(blockPairs, n-first)] {
			if !finite(v) {
				panic(f.notFinite("", v, first+q, first+q))
			}
			out[first+q] = v
		}
	}
}

// Symmetric reports whether c(x, y) = c(y, x). All costs but the users' are so; those are
// tried on as many pairs of rows of x and y as the larger cloud has.
func (c Cost) Symmetric(x, y *mat.Dense) bool {
	n, d := x.Dims()
	m, _ := y.Dims()
	if c.kind != user || n == 0 || m == 0 {
		return true
	}
	from, to := mat.NewDense(max(n, m), d, nil), mat.NewDense(max(n, m), d, nil)
	for i := range max(n, m) {
		from.SetRow(i, x.RawRowView(i%n))
		to.SetRow(i, y.RawRowView(i%m))
	}
	back := c.Displacement(to, from)
	for i, there := range c.Displacement(from, to) {
		// What differs by rounding alone is within this.
		if math.Abs(there-back[i]) > 1e-10*(1+math.Abs(there)) {
			return false
		}
	}
	return true
}

// notFinite is the error of a value, or of what else, between rows i and j.
func (f *function) notFinite(what string, v float64, i, j int) error {
	return job.BadData("cost: %s%s is %v between row %d of x and row %d of y", what, f.name, v, i+1, j+1)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
