package kern

import (
	"math"
	"unsafe"
)

// Cloud is n points in d dimensions, the rows of Data, Stride apart, and their
// weights, which sum to 1.
type Cloud struct {
	Data         []float64
	Stride, N, D int
	Weights      []float64
}

// Metric is the cost between two points.
type Metric int

// The costs that a sweep computes from points.
const (
	SquaredEuclidean Metric = iota // |x−y|²
	Euclidean                      // |x−y|
)

// Sweep is an entropic transport problem during its iterations,
//
//	P_ij = a_i b_j exp((f_i + g_j − C_ij)/ε),
//
// in the logarithmic domain. Costs between points are computed on the fly, in
// memory O(n+m), or block by block by a function; or C is kept as a matrix. An iteration costs one exponential per
// pair: while a block of four rows of P is in the cache it gives the row sums, the
// new f and what it adds to the column sums.
//
// Within, potentials and exponents are in units of ε/log₂e, so that P comes from
// 2^t. The potentials are kept in float64 whatever T is; what rounding them to T
// takes from t_ij goes into the weight of column j.
//
// In float32 and for the squared distance the logarithm of a sum over a row errs by
// about 1e-7·|C|/ε for direct differences, which are taken in up to ten dimensions,
// and by 1e-6·|C|/ε above, |C| the largest cost.
//
// The results do not depend on the number of workers: rows are cut in shards by the
// shape of the problem, and sums over shards are made in their order. One goroutine
// at a time may use a Sweep.
type Sweep[T float32 | float64] struct {
	// Poll, if not nil, is called every 50 ms or so during a pass, on the caller's
	// goroutine. It may panic to end the pass; potentials are then of no use.
	Poll func()
	// Step is how the updates of Iterate, UpdateRows and Average differ from plain ones.
	Step Step

	n, m, d int
	form    sweepForm
	from    [2]Cloud // x and y
	costs   []T      // (C − offset)/unit, with rows of stride, if stored
	stride  int
	costsOf func(worker int, c []float64, from, to int) // writes rows of C, if not stored
	blocks  [][]T                                       // of a worker each, what fill wrote
	filled  [][]float64                                 // before it was converted
	offset  float64                                     // the least cost
	unit    float64                                     // a power of two near the largest, so that T holds both
	scale   float64                                     // log₂e/ε

	u, v           []float64 // f and g times scale
	uBase, vBase   []float64 // what the form adds to them: −|x|² and −|y|² if expanded, or nil
	before         []float64 // potentials before a step, when needed
	transforms     []float64 // of the rows, when a step is not plain
	work           []float64
	center         []float64
	px, py         []T // packed points
	row, rowSums   []T // padded to sweepRows
	factors        []T // of the rows in the column sums, padded with 0
	col, weight    []T // padded to panels
	active         []T // col, with −Inf where the weight is 0
	sumsAll        []T // over columns, in lines of padded
	sums           []T // their logarithms
	partial        []T // the sums of a shard each
	lines          int // one, or one for each coordinate of ColumnSums
	ones           [sweepRows]T
	kernels        sweepKernels[T]
	panels, padded int
	shardRows      int
	bandShards     int
	scratch        [][]T // of a worker each
	inactive       bool  // some weight b is 0
	fused          bool
	twin           *Sweep[T] // rows and columns exchanged, for two passes

	// What the sums of sweep_sums.go are made from.
	plain                              []T // col without the weights
	cross                              []T // Σ_j 2^t t, by rows
	mode                               int
	values, dots                       []T // packed, and their sums
	valueDim                           int
	columnFactors                      []T
	factorDim, firstFactor, lastFactor int

	pass  passKind
	first int // the first shard of the band that runs
	call  func(worker, i int)
}

// passKind is what a pass over the rows is for.
type passKind int

const (
	passFused   passKind = iota // f from g, and the column sums
	passRows                    // f from g
	passColumns                 // the column sums of P for f and g as they are
	passMaxima                  // the largest t_ij of each column
	passTotals                  // the column sums and Σ_j P_ij t_ij
	passDots                    // sums over rows, of values of the columns
	passFactors                 // sums over columns, of values of the rows
)

// maxDirect is the dimension up to which squared distances come from differences.
const maxDirect = 10

// NewSweep prepares the problem between two clouds of one dimension, which are kept,
// at ε = 1 and potentials of 0.
func NewSweep[T float32 | float64](x, y Cloud, metric Metric) *Sweep[T] {
	if x.D != y.D || x.D < 1 || x.N < 1 || y.N < 1 {
		panic("kern: NewSweep needs two clouds of points of one dimension")
	}
	s := &Sweep[T]{n: x.N, m: y.N, d: x.D, from: [2]Cloud{x, y}}
	switch {
	case metric == Euclidean:
		s.form = sweepDistance
	case x.D > maxDirect:
		s.form = sweepExpanded
		s.uBase, s.vBase = make([]float64, s.n), make([]float64, s.m)
	}
	s.center = meanOf(x, y)
	s.allocate()
	s.px = make([]T, len(s.row)*s.d)
	s.py = make([]T, s.padded*s.d)
	s.SetEpsilon(1)
	return s
}

// NewCostSweep prepares the problem of an n×m matrix of costs, stride apart, which is
// copied. Only the weights of the clouds are used.
func NewCostSweep[T float32 | float64](c []float64, stride int, a, b []float64) *Sweep[T] {
	checkMatrix("the costs of a sweep", len(c), stride, len(a), len(b))
	low, high := math.Inf(1), math.Inf(-1)
	for i := range a {
		l, h := Range64(c[i*stride:][:len(b)])
		low, high = min(low, l), max(high, h)
	}
	return NewBlockSweep[T](a, b, low, high, true, func(_ int, to []float64, first, last int) {
		for i := first; i < last; i++ {
			copy(to[(i-first)*len(b):], c[i*stride:][:len(b)])
		}
	})
}

// unitNear is the power of two just above a number.
func unitNear(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 1) {
		return 1
	}
	_, e := math.Frexp(x)
	return math.Ldexp(1, e)
}

func newStored[T float32 | float64](a, b []float64) *Sweep[T] {
	s := &Sweep[T]{n: len(a), m: len(b), form: sweepStored}
	s.from[0].Weights, s.from[1].Weights = a, b
	s.allocate()
	s.stride = s.padded
	s.costs = make([]T, len(s.row)*s.stride)
	s.px = make([]T, 1)
	return s
}

// meanOf is the mean of all points: coordinates are taken from it.
func meanOf(clouds ...Cloud) []float64 {
	mean, n := make([]float64, clouds[0].D), 0
	for _, c := range clouds {
		n += c.N
		for i := range c.N {
			for k, v := range c.Data[i*c.Stride:][:c.D] {
				mean[k] += v
			}
		}
	}
	for k := range mean {
		mean[k] /= float64(n)
	}
	return mean
}

func (s *Sweep[T]) allocate() {
	s.kernels = *sweepKernelsOf[T]()
	up := func(n, to int) int { return (n + to - 1) / to * to }
	s.padded = up(s.m, s.kernels.width)
	s.panels = s.padded / s.kernels.width
	rows := up(s.n, sweepRows)
	s.u, s.v = make([]float64, s.n), make([]float64, s.m)
	s.row, s.rowSums, s.factors = make([]T, rows), make([]T, rows), make([]T, rows)
	s.col, s.weight = make([]T, s.padded), make([]T, s.padded)
	for j := range s.padded - s.m {
		s.col[s.m+j] = T(math.Inf(-1))
	}
	for _, b := range s.from[1].Weights {
		s.inactive = s.inactive || T(b) < tiny
	}
	s.shape()
	s.call = s.shard
	s.Step = Step{1, 1}
	s.ones = [sweepRows]T{1, 1, 1, 1}
}

// tiny is a weight that is as good as none to a pass that looks for maxima.
const tiny = 1e-36

// shape cuts the problem in shards of rows and bands of shards: 32 shards, of no
// less work than 4 µs and bands of no more than 50 ms, in whole blocks of rows. It
// depends on the problem and the level alone.
func (s *Sweep[T]) shape() {
	size := int(unsafe.Sizeof(T(0)))
	s.fused = s.form == sweepStored || sweepRows*s.padded*size <= L2Bytes()/2
	pair := (0.1 + 0.015*float64(s.d)) * float64(size*size) / 16 // ns
	if Current() == Portable {
		pair *= 20
	}
	const shards, least, most = 32, 4e3, 5e7
	rows := max(float64(s.n)/shards, least/(pair*float64(s.m)))
	rows = min(rows, most/(shards*pair*float64(s.m)))
	s.shardRows = max(1, int(math.Ceil(rows/sweepRows))) * sweepRows
	s.bandShards = max(4, min(shards, int(most/(pair*float64(s.m)*float64(s.shardRows)))))
}

func (s *Sweep[T]) shards() int { return (s.n + s.shardRows - 1) / s.shardRows }

// SetEpsilon changes ε; the potentials keep their values.
func (s *Sweep[T]) SetEpsilon(eps float64) {
	before := s.scale
	s.scale = math.Log2E / eps
	if before > 0 {
		for _, potentials := range [][]float64{s.u, s.v} {
			for i := range potentials {
				potentials[i] *= s.scale / before
			}
		}
	}
	if s.form == sweepStored {
		s.px[0] = T(s.scale * s.unit)
		return
	}
	s.packRows()
	s.packColumns()
	if s.twin != nil {
		s.twin.scale = s.scale
		s.twin.packRows()
		s.twin.packColumns()
	}
}

// perUnit is what coordinates are multiplied by.
func (s *Sweep[T]) perUnit() float64 {
	if s.form == sweepDistance {
		return s.scale
	}
	return math.Sqrt(s.scale)
}

// packRows fills px; expanded coordinates are doubled.
func (s *Sweep[T]) packRows() {
	unit, factor := s.perUnit(), 1.0
	if s.form == sweepExpanded {
		factor = 2
	}
	x := s.from[0]
	for i := range s.n {
		norm, at := 0.0, i/sweepRows*sweepRows*s.d+i%sweepRows
		for k, v := range x.Data[i*x.Stride:][:s.d] {
			v = (v - s.center[k]) * unit
			s.px[at+k*sweepRows] = T(v * factor)
			norm += v * v
		}
		if s.uBase != nil {
			s.uBase[i] = -norm
		}
	}
}

// packColumns fills py.
func (s *Sweep[T]) packColumns() {
	unit, width, y := s.perUnit(), s.kernels.width, s.from[1]
	for j := range s.m {
		norm, at := 0.0, j/width*width*s.d+j%width
		for k, v := range y.Data[j*y.Stride:][:s.d] {
			v = (v - s.center[k]) * unit
			s.py[at+k*width] = T(v)
			norm += v * v
		}
		if s.vBase != nil {
			s.vBase[j] = -norm
		}
	}
}

// Potentials copies f and g.
func (s *Sweep[T]) Potentials(f, g []float64) {
	for i, u := range s.u {
		f[i] = u/s.scale + s.offset
	}
	for j, v := range s.v {
		g[j] = v / s.scale
	}
}

// SetPotentials takes f and g.
func (s *Sweep[T]) SetPotentials(f, g []float64) {
	for i := range s.u {
		s.u[i] = (f[i] - s.offset) * s.scale
	}
	for j := range s.v {
		s.v[j] = g[j] * s.scale
	}
}
