package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"gaspard/lib/cost"
	"gaspard/lib/ot"
)

// solver is a row of the table: how the problem of n points is made, and what solves it.
type solver struct {
	name    string
	most    int // points up to which a table has it
	d       int
	weights bool   // random, not uniform
	of      string // what the residual is
	solve   func(p data) (value, residual float64)
}

type data struct {
	x, y *mat.Dense
	a, b []float64
	eps  float64
}

func (p data) problem() *ot.Problem {
	q := ot.Points(p.x, p.y)
	q.A, q.B = p.a, p.b
	return q
}

const (
	gap       = "gap to the dual"
	marginals = "L1 error of marginals"
)

// sinkhorn is the solve of an entropic problem at 0.05 standard deviations of the cost.
func sinkhorn(tol float64) func(p data) (value, residual float64) {
	return func(p data) (value, residual float64) {
		r := ot.Sinkhorn(p.problem(), ot.Settings{Epsilon: p.eps, Tol: tol})
		return r.Value, r.MarginalError
	}
}

func exact(p data) (value, residual float64) {
	r := ot.Exact(p.problem(), ot.Settings{})
	return r.Value, r.Value - r.Dual
}

var solvers = []solver{
	{name: "Exact", most: 10000, d: 2, of: gap, solve: exact},
	{name: "Exact d=32", most: 5000, d: 32, of: gap, solve: exact},
	{name: "Exact weighted", most: 10000, d: 2, weights: true, of: gap, solve: exact},
	{name: "Line", most: 1000000, d: 1, weights: true, of: gap, solve: func(p data) (value, residual float64) {
		r := ot.Line(p.x.RawMatrix().Data, p.y.RawMatrix().Data, ot.LineSettings{A: p.a, B: p.b})
		return r.Value, r.Value - r.Dual
	}},
	{name: "Circle", most: 1000000, d: 1, weights: true, of: gap, solve: func(p data) (value, residual float64) {
		r := ot.Circle(p.x.RawMatrix().Data, p.y.RawMatrix().Data, ot.CircleSettings{A: p.a, B: p.b})
		return r.Value, r.Value - r.Dual
	}},
	{name: "Sinkhorn", most: 100000, d: 3, of: marginals, solve: sinkhorn(1e-3)},
	{name: "Sinkhorn to 1e-6", most: 10000, d: 3, of: marginals, solve: sinkhorn(1e-6)},
	{name: "Sinkhorn d=50", most: 10000, d: 50, of: marginals, solve: sinkhorn(1e-3)},
	{name: "Divergence", most: 100000, d: 3, of: marginals, solve: func(p data) (value, residual float64) {
		r := ot.Divergence(p.problem(), ot.Settings{Epsilon: p.eps, Tol: 1e-3})
		return r.Value, r.XY.MarginalError
	}},
	{name: "Sliced", most: 1000000, d: 3, of: "standard error", solve: func(p data) (value, residual float64) {
		r := ot.Sliced(p.problem(), ot.SlicedSettings{Directions: 100})
		return r.Wasserstein, r.StdErr
	}},
	{name: "Bures", most: 1000000, d: 50, of: "|A S1 A - S2| / |S2|", solve: func(p data) (value, residual float64) {
		r := ot.Bures(ot.GaussianOf(p.x, nil), ot.GaussianOf(p.y, nil))
		return r.WassersteinPow, r.Residual
	}},
}

// measure runs a solver on n points and returns its row.
func (s solver) measure(n int) string {
	p := s.draw(n)
	var value, residual float64
	var times []time.Duration
	for begin := time.Now(); len(times) == 0 || time.Since(begin) < time.Second/2; {
		start := time.Now()
		value, residual = s.solve(p)
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return fmt.Sprintf("%-28s %8d %14.8g %10.1e %-22s %12v %12s",
		s.name, n, value, residual, s.of, times[len(times)/2].Round(10*time.Microsecond), peakMemory())
}

func (s solver) draw(n int) data {
	rng := rand.New(rand.NewPCG(uint64(n), uint64(s.d)))
	cloud := func(scale, shift float64) *mat.Dense {
		x := mat.NewDense(n, s.d, nil)
		x.Apply(func(int, int, float64) float64 { return shift + scale*rng.NormFloat64() }, x)
		return x
	}
	p := data{x: cloud(1, 0), y: cloud(0.7, 1)}
	if s.weights {
		p.a, p.b = weights(rng, n), weights(rng, n)
	}
	// The standard deviation of the costs, by those of the first points.
	few := min(n, 1000)
	costs := cost.SqEuclidean().Matrix(p.x.Slice(0, few, 0, s.d).(*mat.Dense), p.y.Slice(0, few, 0, s.d).(*mat.Dense))
	p.eps = 0.05 * stat.PopStdDev(costs.RawMatrix().Data, nil)
	return p
}

func weights(rng *rand.Rand, n int) []float64 {
	w, sum := make([]float64, n), 0.0
	for i := range w {
		w[i] = rng.Float64()
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// peakMemory is the largest resident memory that the process had.
func peakMemory() string {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 3 && fields[0] == "VmHWM:" {
			if kilobytes, err := strconv.Atoi(fields[1]); err == nil {
				return fmt.Sprintf("%.0f MB", float64(kilobytes)*1024/1e6)
			}
		}
	}
	return "unknown"
}
