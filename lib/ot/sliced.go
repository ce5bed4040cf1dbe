package ot

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"gaspard/lib/internal/dense"
	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// SlicedSettings holds the parameters of [Sliced]. The zero value is the default.
type SlicedSettings struct {
	Order      float64      // p of the distances between projections, at least 1; 0 means 2.
	Directions int          // How many are drawn; 0 means 1000.
	Seed       uint64       // Of the directions.
	Job        *job.Monitor // Progress and cancellation; nil means the process's own.
}

// SlicedResult is a sliced distance, with what drawing directions leaves open.
type SlicedResult struct {
	Wasserstein    float64    // SW_p, the p-th root of WassersteinPow.
	WassersteinPow float64    // The mean of W_p^p over the directions drawn.
	StdErr         float64    // Standard error of Wasserstein, since directions are drawn.
	DX             *mat.Dense // Gradient of WassersteinPow by the points x, n×d.
	Order          float64    // p.
	Directions     int        // How many were drawn; on the line there is one.
	Elapsed        time.Duration

	n, m, d int
}

// String is a summary.
func (r *SlicedResult) String() string {
	return fmt.Sprintf("sliced, %d×%d in %d dimensions, p = %g\n"+
		"SW %.6g ± %.2g, SW^p %.6g\n"+
		"over %d directions, in %v", r.n, r.m, r.d, r.Order,
		r.Wasserstein, r.StdErr, r.WassersteinPow, r.Directions, r.Elapsed.Round(10*time.Microsecond))
}

// Sliced returns the sliced Wasserstein distance of two clouds,
//
//	SW_p^p = E W_p^p(⟨θ, x⟩, ⟨θ, y⟩)
//
// over directions θ uniform on the sphere, as a mean over directions that are drawn, with
// its standard error, and the gradient of that mean by the points x. It is a distance that
// needs sorting only, 0 for equal clouds. In the units of x it is smaller than W_p: for a
// shift and p = 2, by √d.
//
// p must be made by [Points]; its weights count, its Cost is not used: Order has the cost.
//
// Memory: O((n+m) d), and 8 MB or the projections on 8 directions, whichever is more.
// Time: O((n+m)(d + log(n+m))) a direction; some 0.1 s for 1,000 directions and
// n = m = 1,000. The same seed gives the same numbers on any number of cores.
//
// Sliced panics with a sentence if a setting is out of range and with a
// [*job.DataError] on bad data.
//
// Source: bonneel:15.
func Sliced(p *Problem, s SlicedSettings) *SlicedResult {
	start := time.Now()
	if s.Directions < 0 {
		panic(fmt.Sprintf("ot: %d directions; there must be some, or 0 for the default", s.Directions))
	}
	if s.Directions == 0 {
		s.Directions = 1000
	}
	sl := newSlicer("Sliced", p, s.Order)
	if sl.d == 1 {
		s.Directions = 1
	}
	theta := drawDirections(s.Directions, sl.d, s.Seed)
	powers := make([]float64, s.Directions)
	r := &SlicedResult{
		DX: mat.NewDense(sl.n, sl.d, nil), Order: orderOf(s.Order), Directions: s.Directions,
		n: sl.n, m: sl.m, d: sl.d,
	}
	// A batch of directions has about batchNumbers projections.
	const batchNumbers = 1 << 20
	batch := min(s.Directions, max(8, batchNumbers/(sl.n+sl.m)))
	b := sl.newBatch(batch)
	for from := 0; from < s.Directions; from += batch {
		to := min(from+batch, s.Directions)
		b.run(theta[from*sl.d:to*sl.d], powers[from:to], r.DX, s.Job)
		s.Job.Step(to, s.Directions)
	}
	r.DX.Scale(1/float64(s.Directions), r.DX)
	mean, sd := powers[0], 0.0
	if len(powers) > 1 {
		mean, sd = stat.MeanStdDev(powers, nil)
	}
	r.WassersteinPow = finiteValue(mean)
	r.Wasserstein = rootOf(mean, s.Order)
	if mean > 0 { // the root has the slope W / (p W^p)
		r.StdErr = sd / math.Sqrt(float64(len(powers))) * r.Wasserstein / (r.Order * mean)
	}
	r.Elapsed = time.Since(start)
	return r
}

// drawDirections returns unit vectors, uniform on the sphere, one after the other.
func drawDirections(count, d int, seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 0))
	out := make([]float64, count*d)
	for k := range count {
		v := out[k*d : (k+1)*d]
		if d == 1 {
			v[0] = 1
			continue
		}
		norm := 0.0
		for norm == 0 {
			for j := range v {
				v[j] = rng.NormFloat64()
			}
			norm = floats.Norm(v, 2)
		}
		floats.Scale(1/norm, v)
	}
	return out
}

// slicer holds two clouds for the distances of their projections.
type slicer struct {
	n, m, d        int
	x, y           *mat.Dense // without gaps between rows
	supply, demand []float64
	unit           float64 // of these
	matched        bool    // uniform weights and n = m, so that the staircase is a matching
	uniform        bool
	h, slope       func(float64) float64
}

func newSlicer(name string, p *Problem, order float64) *slicer {
	h, slope := orderCost(order), orderSlope(order)
	if p.c != nil {
		panic(fmt.Sprintf("ot: %s needs points; a cost matrix has no projections", name))
	}
	p.mustBeValid(Settings{})
	s := &slicer{h: h, slope: slope, uniform: p.A == nil && p.B == nil, x: dense.Contiguous(p.x), y: dense.Contiguous(p.y)}
	s.n, s.m = p.Dims()
	_, s.d = p.x.Dims()
	s.matched = s.uniform && s.n == s.m
	s.supply, s.demand, s.unit = masses(p.A, p.B, s.n, s.m)
	return s
}

// slice is the memory for one projection at a time.
type slice struct {
	*slicer
	ox, oy         *order
	supply, demand []float64
}

func (s *slicer) newSlice() *slice {
	out := &slice{slicer: s, ox: newOrder(s.n), oy: newOrder(s.m), supply: s.supply, demand: s.demand}
	if !s.uniform {
		out.supply, out.demand = make([]float64, s.n), make([]float64, s.m)
	}
	return out
}

// distance returns W_p^p of the projections px and py, and writes its derivatives by
// them into dx and, unless it is nil, dy, which may be px and py.
func (s *slice) distance(dx, dy, px, py []float64, monitor *job.Monitor) float64 {
	s.ox.sort(px, monitor)
	s.oy.sort(py, monitor)
	x, y := s.ox.sorted, s.oy.sorted
	if s.matched {
		share, total := 1/float64(s.n), 0.0
		for k, i := range s.ox.index {
			z := x[k] - y[k]
			total += s.h(z)
			dx[i] = share * s.slope(z)
			if dy != nil {
				dy[s.oy.index[k]] = -dx[i]
			}
		}
		return share * total
	}
	if !s.uniform {
		for k, i := range s.ox.index {
			s.supply[k] = s.slicer.supply[i]
		}
		for k, j := range s.oy.index {
			s.demand[k] = s.slicer.demand[j]
		}
	}
	clear(dx)
	clear(dy)
	total := 0.0
	staircase(s.supply, s.demand, 0, false, func(i, j int, mass float64) {
		mass *= s.unit
		z := x[i] - y[j]
		total += mass * s.h(z)
		w := mass * s.slope(z)
		dx[s.ox.index[i]] += w
		if dy != nil {
			dy[s.oy.index[j]] -= w
		}
	})
	return total
}

// sliceBatch projects on many directions by products of matrices.
type sliceBatch struct {
	*slicer
	columnsX, columnsY []float64 // coordinates of the points, d×n and d×m
	px, py             []float64 // projections, a direction a row
}

func (s *slicer) newBatch(directions int) *sliceBatch {
	return &sliceBatch{
		slicer: s, columnsX: dense.Columns(s.x), columnsY: dense.Columns(s.y),
		px: make([]float64, directions*s.n), py: make([]float64, directions*s.m),
	}
}

// run sets the powers for directions theta and adds their gradients to dx.
func (b *sliceBatch) run(theta, powers []float64, dx *mat.Dense, monitor *job.Monitor) {
	n, m, d, count := b.n, b.m, b.d, len(powers)
	kern.ParallelGemm64(b.px, n, theta, d, 1, b.columnsX, n, count, n, d, false)
	kern.ParallelGemm64(b.py, m, theta, d, 1, b.columnsY, m, count, m, d, false)
	job.Parallel(monitor.Inner(), count, 0, func(inner *job.Monitor, _ func()) func(int) {
		slice := b.newSlice()
		return func(k int) {
			px := b.px[k*n : (k+1)*n]
			powers[k] = slice.distance(px, nil, px, b.py[k*m:(k+1)*m], inner)
		}
	})
	kern.ParallelGemm64(dx.RawMatrix().Data, d, b.px, 1, n, theta, d, n, d, count, true)
}
