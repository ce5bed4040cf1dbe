package ot

import (
	"math"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"gaspard/lib/job"
)

// Sinkhorn solves the balanced entropic transport problem
//
//	min_P ⟨P, C⟩ + ε KL(P | a⊗b)   over P ≥ 0 with P1 = a and Pᵀ1 = b
//
// by Sinkhorn iterations with absorption of the scalings into the potentials,
// and ε lowered to its final value in steps.
//
// Shapes: p holds n and m points or an n×m cost. Weights may be 0.
//
// Units: ε, f, g and the values have the units of the cost.
//
// Memory: two n×m matrices. Time: O(nm) per iteration.
//
// Sinkhorn panics with a sentence if a setting is out of range and with a
// [*job.DataError] on bad data; [Problem.Validate] finds the latter beforehand.
// Stopping before convergence is neither: see [Result.Status].
//
// Source: cuturi:13; annealing and absorption schmitzer:19.
func Sinkhorn(p *Problem, s Settings) *Result {
	start := time.Now()
	s = s.withDefaults()
	p.mustBeValid()
	c := p.costMatrix()
	n, m := c.Dims()
	r := &Result{
		Solver: "Sinkhorn", Why: "entropic problem on a stored kernel",
		a: weights(p.A, n), b: weights(p.B, m), c: c,
	}
	r.Epsilon, r.EpsilonRule = chooseEpsilon(s.Epsilon, c)
	r.solve(s)
	r.finish()
	r.Elapsed = time.Since(start)
	return r
}

// chooseEpsilon applies the default rule of 0.05 standard deviations of the
// cost. A constant cost has none: any ε gives the product plan then.
func chooseEpsilon(eps float64, c *mat.Dense) (float64, string) {
	if eps > 0 {
		return eps, "as given"
	}
	_, variance := stat.PopMeanVariance(c.RawMatrix().Data, nil)
	if sd := math.Sqrt(variance); sd > 0 {
		return 0.05 * sd, "0.05 × standard deviation of the cost"
	}
	return 1, "1, since the cost is constant"
}

// solve runs the iterations. The data of c must be contiguous, as that of a
// matrix of our own making is.
func (r *Result) solve(s Settings) {
	c := contiguous(r.c)
	k := newScaling(c.RawMatrix().Data, r.a, r.b)
	defer func() {
		k.absorb()
		r.F, r.G = k.f, k.g
	}()
	r.Status = IterationLimit
	schedule := epsilons(r.Epsilon, spread(c.RawMatrix().Data))
	for level, eps := range schedule {
		k.absorb()
		k.eps = eps
		k.exactUpdate()
		r.Iterations++
		tol, limit := s.Tol, s.MaxIter
		if level < len(schedule)-1 {
			tol, limit = max(s.Tol, 1e-2), min(r.Iterations+30, s.MaxIter)
		}
		for r.Iterations < limit {
			err, ok := k.iterate()
			r.Iterations++
			s.Job.Step(r.Iterations, 0, job.Metric{Name: "marginal error", Value: err}, job.Metric{Name: "ε", Value: eps})
			if math.IsNaN(err) {
				r.Status = NotFinite
				return
			}
			if !ok {
				k.exactUpdate()
				continue
			}
			if err <= tol {
				if level == len(schedule)-1 {
					r.Status = Converged
				}
				break
			}
		}
	}
}

// contiguous returns a matrix without gaps between its rows.
func contiguous(c *mat.Dense) *mat.Dense {
	if raw := c.RawMatrix(); raw.Stride == raw.Cols {
		return c
	}
	return mat.DenseCopyOf(c)
}

// spread is the difference of the largest and the least cost.
func spread(c []float64) float64 {
	low, high := c[0], c[0]
	for _, v := range c {
		low, high = min(low, v), max(high, v)
	}
	return high - low
}

// epsilons is the annealing schedule: from an eighth of the spread of the cost
// down to eps by factors of eight.
func epsilons(eps, spread float64) []float64 {
	var list []float64
	for e := spread / 8; e > 2*eps; e /= 8 {
		list = append(list, e)
	}
	return append(list, eps)
}

// finish centres the potentials and computes, from the plan they define, the
// values and the error of its marginals.
func (r *Result) finish() {
	mean := 0.0
	for i, a := range r.a {
		mean += a * r.F[i]
	}
	for i := range r.F {
		r.F[i] -= mean
	}
	for j := range r.G {
		r.G[j] += mean
	}
	columns := make([]float64, len(r.b))
	row := make([]float64, len(r.b))
	mass, kl, entropy := 0.0, 0.0, 0.0
	r.MarginalError = 0
	for i, a := range r.a {
		r.rowTo(row, i)
		c := r.c.RawRowView(i)
		sum := 0.0
		for j, w := range row {
			if w == 0 {
				continue
			}
			sum += w
			columns[j] += w
			r.Transport += w * c[j]
			kl += w * (r.F[i] + r.G[j] - c[j]) / r.Epsilon
			entropy -= w * math.Log(w)
		}
		mass += sum
		r.MarginalError += math.Abs(sum - a)
		r.Dual += a * r.F[i]
	}
	for j, b := range r.b {
		r.MarginalError += math.Abs(columns[j] - b)
		r.Dual += b * r.G[j]
	}
	r.Dual += r.Epsilon * (1 - mass)
	r.Value = r.Transport + r.Epsilon*(kl-mass+1)
	r.Shannon = r.Transport - r.Epsilon*entropy
	if math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
		r.Status = NotFinite
		panic(job.BadData("ot: Sinkhorn overflowed at ε = %.3g for costs up to %.3g; rescale the points or raise Epsilon",
			r.Epsilon, mat.Max(r.c)))
	}
}
