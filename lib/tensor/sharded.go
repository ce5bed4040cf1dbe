package tensor

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// Sharded runs an expression that treats the rows of a batch independently, such
// as a network on points or on sequences, on all cores in float32. The batch is
// cut into shards, so small that a shard's values stay in a core's cache; shards
// form groups, each with a gradient of its own, and these are added in order.
// Shards and groups depend on the expression and the batch alone: the numbers are
// the same on any number of cores.
//
// A loss that is a sum over rows is differentiated by [Sharded.Gradient]. A loss
// that couples rows, such as a transport cost, takes [Sharded.Forward], is then
// computed from Out by the caller, and goes back by [Sharded.Backward].
//
// None of the methods allocates after its first call. A Sharded is used by one
// goroutine at a time.
type Sharded struct {
	Out  []float32 // Outputs that Forward left, row-major.
	Grad []float32 // Gradient by the parameters that Gradient or Backward left.

	params   []float32
	layout   shardLayout
	programs map[int]*program // by rows of a shard
	inputs   []input
	indices  []indexInput
	turned   *transposes[float32]
	parts    [][]float32      // gradients of the groups
	workers  []*worker        // for Gradient, by number
	kept     []*plan[float32] // for Forward and Backward, by shard
	losses   []float32        // by shard
	chunks   [][][]float32    // by worker, for the sum of the parts
	seed     []float32        // of the current pass
	one      [1]float32
	monitor  *job.Monitor
	stopped  atomic.Bool // a cancellation was seen during the pass

	runGroup, runForward, runBackward, runSum func(worker, i int)
}

// input is a data matrix of the whole batch.
type input struct {
	values []float32
	perRow int // numbers that belong to one row of the batch
}

type indexInput struct {
	values []int32
	perRow int
}

// program is the expression for shards of one size.
type program struct {
	graph *Graph
	out   *Var
	data  []*Var
	size  int // of the arena
}

// worker is the memory of one worker: plans for shards of every size in one arena.
type worker struct {
	plans map[int]*plan[float32]
}

// NewSharded prepares batches of the given number of rows. write writes the
// expression on g for any number of rows: inputs made by [Graph.Data] and
// [Graph.Indices], in the same order each time and their sizes proportional to
// rows, and parameters, which are the same for all. It is called a few times.
// Parameters are read from params at every pass.
func NewSharded(rows int, params []float32, write func(g *Graph, rows int) *Var) *Sharded {
	if rows < 1 {
		panic(fmt.Sprintf("tensor: a batch of %d rows", rows))
	}
	s := &Sharded{params: params, programs: map[int]*program{}, monitor: job.Default().Inner()}
	probed := min(rows, probeRows)
	s.layout = chooseShards(rows, len(params), newProgram(probed, write), probed)
	for i := range s.layout.shards {
		if n := s.layout.rows(i); s.programs[n] == nil {
			s.programs[n] = newProgram(n, write)
		}
	}
	first := s.programs[s.layout.rows(0)]
	s.bindBatch(rows, first)
	s.turned = newTransposes(params, first.out)
	s.Grad = aligned[float32](len(params))
	s.parts = [][]float32{s.Grad}
	if s.layout.groups > 1 {
		s.parts = nil
		for range s.layout.groups {
			s.parts = append(s.parts, aligned[float32](len(params)))
		}
	}
	s.losses = make([]float32, s.layout.shards)
	s.runGroup, s.runForward, s.runBackward, s.runSum = s.group, s.forwardShard, s.backwardGroup, s.sum
	return s
}

func newProgram(rows int, write func(g *Graph, rows int) *Var) *program {
	g := NewGraph()
	p := &program{graph: g, out: write(g, rows)}
	g.owns(p.out)
	for _, v := range g.nodes {
		switch v.op {
		case opData:
			p.data = append(p.data, v)
		case opInput:
			panic("tensor: a sharded expression takes Data and Indices, not an Input")
		}
	}
	p.size = layout(newLiveness(p.out, true, placement{outside: true}).all)
	return p
}

// bindBatch makes the inputs of the whole batch, given the program of the first
// shard.
func (s *Sharded) bindBatch(rows int, first *program) {
	shard := s.layout.rows(0)
	proportional := func(n int) int {
		if n%shard != 0 {
			panic(fmt.Sprintf("tensor: an input of %d rows or indices for a shard of %d rows", n, shard))
		}
		return n / shard
	}
	for _, v := range first.data {
		per := proportional(v.rows) * v.cols
		s.inputs = append(s.inputs, input{aligned[float32](rows * per), per})
	}
	for _, x := range first.graph.indices {
		per := proportional(x.n)
		s.indices = append(s.indices, indexInput{make([]int32, rows*per), per})
	}
	for _, p := range s.programs {
		if p.graph.params != len(s.params) {
			panic(fmt.Sprintf("tensor: the expression has %d parameters, the array %d", p.graph.params, len(s.params)))
		}
	}
}

// Data returns the numbers of the k-th data matrix of the expression for the whole
// batch, to be filled before a pass.
func (s *Sharded) Data(k int) []float32 { return s.inputs[k].values }

// Indices returns those of the k-th index input.
func (s *Sharded) Indices(k int) []int32 { return s.indices[k].values }

// Gradient evaluates an expression whose value is 1×1 and a sum over rows. It
// returns scale times the sum over the batch and leaves the gradient of that in
// Grad.
func (s *Sharded) Gradient(scale float64) (loss float64) {
	for _, p := range s.programs {
		if p.out.rows != 1 || p.out.cols != 1 {
			panic(fmt.Sprintf("tensor: Gradient of an expression of shape %d×%d", p.out.rows, p.out.cols))
		}
	}
	s.one[0] = float32(scale)
	s.prepare()
	s.stopped.Store(false)
	kern.Run(0, s.layout.groups, s.runGroup)
	if s.stopped.Load() {
		panic(job.ErrCancelled)
	}
	s.reduce()
	for _, l := range s.losses {
		loss += float64(l)
	}
	return scale * loss
}

// prepare makes what all workers of a pass share.
func (s *Sharded) prepare() {
	s.turned.make()
	for w := len(s.workers); w < runtime.GOMAXPROCS(0); w++ {
		s.workers = append(s.workers, nil)
		s.chunks = append(s.chunks, make([][]float32, len(s.parts)))
	}
}

// planOf returns the worker's plan for shards of the given number of rows.
func (s *Sharded) planOf(w, rows int) *plan[float32] {
	if s.workers[w] == nil {
		size := 0
		for _, p := range s.programs {
			size = max(size, p.size)
		}
		arena := aligned[float32](size)
		s.workers[w] = &worker{map[int]*plan[float32]{}}
		for n := range s.programs {
			s.workers[w].plans[n] = s.compile(n, arena)
		}
	}
	return s.workers[w].plans[rows]
}

func (s *Sharded) compile(rows int, arena []float32) *plan[float32] {
	return compile(s.programs[rows].out, binding[float32]{
		params: s.params, train: true, arena: arena, transposes: s.turned,
		placement: placement{outside: true, parallel: s.layout.shards == 1},
	})
}

// bindShard points the inputs of p to those of a shard.
func (s *Sharded) bindShard(p *plan[float32], shard int) {
	from, to := s.layout.from(shard), s.layout.from(shard+1)
	program := s.programs[to-from]
	for k, v := range program.data {
		in := &s.inputs[k]
		p.bindValue(v, in.values[from*in.perRow:to*in.perRow])
	}
	for k, x := range program.graph.indices {
		in := &s.indices[k]
		p.bindIndices(x, in.values[from*in.perRow:to*in.perRow])
	}
}

// group runs the shards of a group forward and backward. Worker 0, on whose
// goroutine a cancellation unwinds, looks for one.
func (s *Sharded) group(w, g int) {
	from, to := s.layout.group(g)
	for i := from; i < to; i++ {
		if w == 0 && s.monitor.Cancelled() {
			s.stopped.Store(true)
		}
		if s.stopped.Load() {
			return
		}
		p := s.planOf(w, s.layout.rows(i))
		s.bindShard(p, i)
		p.bindGrads(s.parts[g], i == from)
		p.forward()
		s.losses[i] = p.values[p.out.index][0]
		p.backward(s.one[:])
	}
}

// Forward evaluates the expression, whose value has rows in proportion to the
// shard's, on the batch, into Out.
func (s *Sharded) Forward() {
	s.prepare()
	if s.kept == nil {
		per := 0
		for i := range s.layout.shards {
			rows := s.layout.rows(i)
			p := s.compile(rows, nil)
			size := p.out.rows * p.out.cols
			if per = size / rows; per*rows != size {
				panic(fmt.Sprintf("tensor: an output of shape %d×%d for a shard of %d rows", p.out.rows, p.out.cols, rows))
			}
			s.bindShard(p, i)
			s.kept = append(s.kept, p)
		}
		s.Out = aligned[float32](per * s.layout.total)
	}
	kern.Run(0, s.layout.shards, s.runForward)
}

func (s *Sharded) forwardShard(_, i int) {
	p := s.kept[i]
	p.forward()
	per := len(s.Out) / s.layout.total
	copy(s.Out[s.layout.from(i)*per:], p.values[p.out.index])
}

// Backward follows a Forward with the gradient of a loss by Out, and leaves the
// gradient by the parameters in Grad.
func (s *Sharded) Backward(seed []float32) {
	if len(seed) != len(s.Out) || s.kept == nil {
		panic(fmt.Sprintf("tensor: a seed of %d numbers for an output of %d", len(seed), len(s.Out)))
	}
	s.seed = seed
	kern.Run(0, s.layout.groups, s.runBackward)
	s.seed = nil
	s.reduce()
}

func (s *Sharded) backwardGroup(_, g int) {
	from, to := s.layout.group(g)
	per := len(s.Out) / s.layout.total
	for i := from; i < to; i++ {
		p := s.kept[i]
		p.bindGrads(s.parts[g], i == from)
		p.backward(s.seed[s.layout.from(i)*per : s.layout.from(i+1)*per])
	}
}

// sumChunk is how many entries of the gradients are added in one piece.
const sumChunk = 8192

// reduce adds the groups' gradients in order.
func (s *Sharded) reduce() {
	if s.layout.groups > 1 {
		kern.Run(0, (len(s.Grad)+sumChunk-1)/sumChunk, s.runSum)
	}
}

func (s *Sharded) sum(w, i int) {
	from, to := i*sumChunk, min((i+1)*sumChunk, len(s.Grad))
	chunks := s.chunks[w]
	for k, p := range s.parts {
		chunks[k] = p[from:to]
	}
	kern.SumParts32(s.Grad[from:to], chunks)
}

// String says how the batch is cut.
func (s *Sharded) String() string {
	l := s.layout
	return fmt.Sprintf("%d rows in %d shards and %d groups, %d parameters", l.total, l.shards, l.groups, len(s.params))
}
