package scaling

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// RidgeSettings holds the parameters of [Spectrum.Ridge]. The zero value is the
// default.
type RidgeSettings struct {
	Draws int // Training sets; 0 means 20.
	Seed  uint64
	Job   *job.Monitor // Progress and cancellation; nil means the process's own.
}

// RidgeResult holds mean errors over training sets, one per penalty.
type RidgeResult struct {
	Params, Samples int
	Penalties       []float64
	Test, Train     []Estimate
}

// Best returns the penalty with the lowest mean test error, and that error.
func (r *RidgeResult) Best() (penalty float64, test Estimate) {
	best := 0
	for k := range r.Test {
		if r.Test[k].Mean < r.Test[best].Mean {
			best = k
		}
	}
	return r.Penalties[best], r.Test[best]
}

// String is a table.
func (r *RidgeResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ridge with %d params on %d samples, %d draws\npenalty   test                train", r.Params, r.Samples, r.Test[0].Draws)
	for k, p := range r.Penalties {
		fmt.Fprintf(&b, "\n%-9.3g %-19v %v", p, r.Test[k], r.Train[k])
	}
	return b.String()
}

// Ridge trains on few samples, again and again, to the minimum: the same problem in
// the regime in which L2 decides. It minimises
//
//	1/n Σ (y - ⟨w, x⟩)² + penalty |w|²
//
// exactly for each penalty on the same random training sets; 0 is the solution of
// least norm. Test errors are exact given the weights.
//
// Time: O(draws (n N² + N³)), in parallel. It panics with a sentence on negative
// penalties or sizes below 1.
func (p Spectrum) Ridge(params, samples int, penalties []float64, s RidgeSettings) *RidgeResult {
	p = p.withDefaults()
	checkParams(params)
	if s.Draws == 0 {
		s.Draws = 20
	}
	if samples < 1 || s.Draws < 2 || len(penalties) == 0 {
		panic(fmt.Sprintf("scaling: ridge on %d samples, %d draws, %d penalties", samples, s.Draws, len(penalties)))
	}
	for _, penalty := range penalties {
		if !(penalty >= 0) || math.IsInf(penalty, 1) {
			panic(fmt.Sprintf("scaling: a penalty of %g", penalty))
		}
	}
	r := &RidgeResult{Params: params, Samples: samples, Penalties: append([]float64(nil), penalties...)}
	test, train := make([][]float64, len(penalties)), make([][]float64, len(penalties))
	for k := range penalties {
		test[k], train[k] = make([]float64, s.Draws), make([]float64, s.Draws)
	}
	floor := p.Floor(params)
	job.Parallel(s.Job.Named("ridge"), s.Draws, 0, func(_ *job.Monitor, _ func()) func(int) {
		return func(k int) {
			p.ridgeDraw(params, samples, floor, s.Seed, k, penalties, func(q int, te, tr float64) {
				test[q][k], train[q][k] = te, tr
			})
		}
	})
	for k := range penalties {
		r.Test, r.Train = append(r.Test, estimate(test[k])), append(r.Train, estimate(train[k]))
	}
	return r
}

// ridgeDraw solves one training set for all penalties through the eigenvectors of
// XᵀX/n.
func (p Spectrum) ridgeDraw(params, samples int, floor float64, seed uint64, k int, penalties []float64, put func(q int, test, train float64)) {
	rng := draw(seed, k)
	d := p.descent(params, 1)
	x := mat.NewDense(samples, params, nil)
	y := mat.NewVecDense(samples, nil)
	for i := range samples {
		row := x.RawRowView(i)
		label := math.Sqrt(floor) * rng.NormFloat64()
		for j := range row {
			row[j] = math.Sqrt(d.lambda[j]) * rng.NormFloat64()
			label += row[j] * d.w[j]
		}
		y.SetVec(i, label)
	}
	gram := mat.NewSymDense(params, nil)
	gram.SymOuterK(1/float64(samples), x.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(gram, true) {
		panic(job.BadData("scaling: the eigenvalues of a random matrix did not converge"))
	}
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	var moment, rotated, fitted mat.VecDense
	moment.MulVec(x.T(), y)
	moment.ScaleVec(1/float64(samples), &moment)
	rotated.MulVec(vectors.T(), &moment)
	c, w := mat.NewVecDense(params, nil), mat.NewVecDense(params, nil)
	for q, penalty := range penalties {
		for i, v := range values {
			share := 0.0
			// Below this an eigenvalue is 0 but for rounding, and least norm leaves it out.
			if down := v + penalty; down > 1e-12*values[params-1] {
				share = rotated.AtVec(i) / down
			}
			c.SetVec(i, share)
		}
		w.MulVec(&vectors, c)
		test := floor
		for i := range params {
			e := w.AtVec(i) - d.w[i]
			test += d.lambda[i] * e * e
		}
		fitted.MulVec(x, w)
		train := 0.0
		for i := range samples {
			e := fitted.AtVec(i) - y.AtVec(i)
			train += e * e / float64(samples)
		}
		put(q, test, train)
	}
}
