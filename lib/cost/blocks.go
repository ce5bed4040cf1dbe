package cost

import (
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/dense"
	"gaspard/lib/internal/kern"
	"gaspard/lib/tensor"
)

// Blocks evaluates a cost between two clouds by blocks of rows, on several workers:
// calls that run at one time must have different worker numbers, as those of
// kern.Run have. Nothing that it calls is interpreted.
type Blocks struct {
	cost    Cost
	n, m, d int
	x, y    []float64 // the points, n×d and m×d
	yt      []float64 // and the coordinates of y one after the other, d×m
	// What the kernel takes distances of: the points, their embeddings or, for the
	// cosine and the sphere, their directions, n×e and e×m.
	e           int
	px, py, pyt []float64
	opposite    []float64 // -pyt, for the sphere
	trace       *trace

	mu     sync.Mutex
	states []*state
	cx, cy []float64 // the points relative to the first y, from when gradients want them
}

// state is the scratch of one worker.
type state struct {
	work, more, sums []float64
	overlap          overlap
	plan             *tensor.Plan64
}

// Blocks prepares the evaluation of c between the rows of x (n×d) and y (m×d). The
// points are kept and must not change meanwhile.
//
// Memory: some copies of the points; the costs are the caller's.
//
// It panics with a sentence if the columns differ in number, and with a
// [*job.DataError] on points the cost cannot take. A user's function is called here.
func (c Cost) Blocks(x, y *mat.Dense) *Blocks {
	b := &Blocks{cost: c}
	b.Move(x, y)
	return b
}

// Move goes over to other points and keeps the scratch memory.
func (b *Blocks) Move(x, y *mat.Dense) {
	n, d := x.Dims()
	m, dy := y.Dims()
	if d != dy {
		panic(fmt.Sprintf("cost: x has %d columns, y has %d", d, dy))
	}
	b.n, b.m, b.d, b.e = n, m, d, d
	b.cx, b.cy = nil, nil
	if n == 0 || m == 0 {
		return
	}
	b.cost.checkDimension(d)
	b.cost.mustTake(x)
	b.cost.mustTake(y)
	b.x, b.y = dense.Rows(x), dense.Rows(y)
	switch b.cost.kind {
	case user:
		if b.trace == nil || b.trace.d != d {
			b.release()
			b.trace = b.cost.user.trace(blockPairs, d)
		}
	case cosine, sphere:
		b.take(directions(x, 1), directions(y, 1))
	case mahalanobis:
		ex, _ := b.cost.Embed(x)
		ey, _ := b.cost.Embed(y)
		b.take(ex, ey)
	case elasticKOverlap:
	default:
		b.take(x, y)
		b.yt = b.pyt
	}
}

// take sets the points between which distances are taken.
func (b *Blocks) take(x, y *mat.Dense) {
	_, b.e = x.Dims()
	b.px, b.py, b.pyt = dense.Rows(x), dense.Rows(y), dense.Columns(y)
	if b.cost.kind == sphere {
		b.opposite = make([]float64, len(b.pyt))
		for i, v := range b.pyt {
			b.opposite[i] = -v
		}
	}
}

// Dims returns the numbers of points n and m and their dimension d.
func (b *Blocks) Dims() (n, m, d int) { return b.n, b.m, b.d }

// state returns the scratch of a worker.
func (b *Blocks) state(worker int) *state {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.states) <= worker {
		b.states = append(b.states, &state{})
	}
	s := b.states[worker]
	if b.trace != nil && s.plan == nil {
		s.plan = b.trace.plan()
	}
	return s
}

// release gives the compiled plans back for others to use.
func (b *Blocks) release() {
	for _, s := range b.states {
		if s.plan != nil {
			b.trace.put(s.plan)
			s.plan = nil
		}
	}
}

func (b *Blocks) check(what string, have, want, weights, from, to int) {
	if from < 0 || to > b.n || from > to {
		panic(fmt.Sprintf("cost: rows %d to %d of %d", from, to, b.n))
	}
	if have != want {
		panic(fmt.Sprintf("cost: %s has %d entries for rows %d to %d, not %d", what, have, from, to, want))
	}
	if weights >= 0 && weights != (to-from)*b.m {
		panic(fmt.Sprintf("cost: %d weights for the %d×%d pairs of rows %d to %d", weights, to-from, b.m, from, to))
	}
}

// Fill writes the costs of rows from to to-1 of x, (to-from)×m, to dst.
func (b *Blocks) Fill(worker int, dst []float64, from, to int) {
	b.check("the block of costs", len(dst), (to-from)*b.m, -1, from, to)
	if len(dst) == 0 {
		return
	}
	switch c := b.cost; {
	case c.kind == sqEuclidean || c.kind == euclidean || c.kind == mahalanobis:
		b.distances(dst, b.pyt, from, to)
	case c.kind == cosine:
		b.distances(dst, b.pyt, from, to)
		for i := range dst {
			dst[i] /= 2
		}
	case c.kind == sphere:
		b.fillSphere(b.state(worker), dst, from, to)
	case c.kind == user:
		b.fillUser(b.state(worker), dst, from, to)
	case c.kind == elasticKOverlap:
		s := b.state(worker)
		for i := from; i < to; i++ {
			for j := range b.m {
				dst[(i-from)*b.m+j] = s.overlap.at(b.row(i), b.column(j), c.p, c.k)
			}
		}
	default:
		work := grow(&b.state(worker).work, 2*b.m)
		clear(dst)
		for i := from; i < to; i++ {
			row := dst[(i-from)*b.m:][:b.m]
			for l, v := range b.row(i) {
				c.addTerms(row, v, b.yt[l*b.m:][:b.m], work)
			}
		}
	}
}

func (b *Blocks) row(i int) []float64    { return b.x[i*b.d : (i+1)*b.d] }
func (b *Blocks) column(j int) []float64 { return b.y[j*b.d : (j+1)*b.d] }

// distances writes the squared distances to the points yt, or for |x-y| their roots.
func (b *Blocks) distances(dst, yt []float64, from, to int) {
	kern.Distances64(dst, b.m, b.px[from*b.e:to*b.e], b.e, yt, b.cost.kind == euclidean)
}

// farChord is the square of a chord beyond which an angle comes from that to the antipode:
// rounding moves chords near 2 little, but their angles much.
const farChord = 3

func (b *Blocks) fillSphere(s *state, dst []float64, from, to int) {
	b.distances(dst, b.pyt, from, to)
	_, longest := kern.Range64(dst)
	kern.Angles64(dst)
	if longest <= farChord {
		return
	}
	rest := grow(&s.work, len(dst))
	b.distances(rest, b.opposite, from, to)
	kern.Angles64(rest)
	for i, v := range rest {
		if v < math.Pi/3 { // where the square of the chord is 3
			dst[i] = math.Pi - v
		}
	}
}

// AddGradX adds Σ_j w_ij ∇_x c(x_i, y_j) to row i-from of dst, (to-from)×d, for rows
// from to to-1; w is (to-from)×m.
func (b *Blocks) AddGradX(worker int, dst, w []float64, from, to int) {
	b.check("the gradient by x", len(dst), (to-from)*b.d, len(w), from, to)
	if len(w) == 0 {
		return
	}
	s := b.state(worker)
	switch c := b.cost; {
	case c.kind == sqEuclidean || c.kind == mahalanobis || c.kind == euclidean:
		b.addQuadraticX(dst, w, from, to, s)
	case c.separable():
		b.addSeparableX(dst, w, from, to, s)
	case c.kind == cosine || c.kind == sphere:
		b.addDirectionsX(dst, w, from, to, s)
	case c.kind == user:
		b.addUser(s, dst, nil, w, from, to)
	default:
		for i := from; i < to; i++ {
			for j, v := range w[(i-from)*b.m:][:b.m] {
				s.overlap.addGrad(dst[(i-from)*b.d:][:b.d], v, b.row(i), b.column(j), c.p, c.k)
			}
		}
	}
}

// AddGradY adds Σ_i w_ij ∇_y c(x_i, y_j), over the rows from to to-1, to row j of dst,
// m×d; w is (to-from)×m.
func (b *Blocks) AddGradY(worker int, dst, w []float64, from, to int) {
	b.check("the gradient by y", len(dst), b.m*b.d, len(w), from, to)
	if len(w) == 0 {
		return
	}
	s := b.state(worker)
	switch c := b.cost; {
	case c.kind == sqEuclidean || c.kind == mahalanobis || c.kind == euclidean:
		b.addQuadraticY(dst, w, from, to, s)
	case c.separable():
		b.addSeparableY(dst, w, from, to, s)
	case c.kind == cosine || c.kind == sphere:
		b.addDirectionsY(dst, w, from, to, s)
	case c.kind == user:
		b.addUser(s, nil, dst, w, from, to)
	default:
		for i := from; i < to; i++ {
			for j, v := range w[(i-from)*b.m:][:b.m] {
				s.overlap.addGrad(dst[j*b.d:][:b.d], v, b.column(j), b.row(i), c.p, c.k)
			}
		}
	}
}

// grow returns *buf with n entries, reallocated only if it is too small.
func grow(buf *[]float64, n int) []float64 {
	if cap(*buf) < n {
		*buf = make([]float64, n)
	}
	*buf = (*buf)[:n]
	return *buf
}
