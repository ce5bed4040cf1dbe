package distill

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/internal/kern"
	"gaspard/lib/job"
)

// LogDensity returns log p_σ at the rows of x.
func (m *Mixture) LogDensity(x *mat.Dense, sigma float64) []float64 {
	logp, _ := m.at(x, []float64{sigma}, false)
	return logp
}

// Score returns ∇ log p_σ at the rows of x.
func (m *Mixture) Score(x *mat.Dense, sigma float64) *mat.Dense {
	_, score := m.at(x, []float64{sigma}, true)
	return score
}

// Denoise returns D(x, σ) = x + σ² ∇ log p_σ(x), the mean of the clean point
// given the noised one.
func (m *Mixture) Denoise(x *mat.Dense, sigma float64) *mat.Dense {
	d := m.Score(x, sigma)
	d.Scale(sigma*sigma, d)
	d.Add(d, x)
	return d
}

// At returns log density and score at the rows of x, each at its own noise
// level; one level stands for all rows.
//
// Time: rows × components × d, on all cores, the same numbers on any number.
func (m *Mixture) At(x *mat.Dense, sigma []float64) (logDensity []float64, score *mat.Dense) {
	return m.at(x, sigma, true)
}

// LogRatio returns log p_σ/q_σ at the rows of x, each at its own noise level;
// one level stands for all rows.
func LogRatio(p, q *Mixture, x *mat.Dense, sigma []float64) []float64 {
	lp, _ := p.at(x, sigma, false)
	lq, _ := q.at(x, sigma, false)
	for i := range lp {
		lp[i] -= lq[i]
	}
	return lp
}

func (m *Mixture) at(x *mat.Dense, sigma []float64, withScore bool) ([]float64, *mat.Dense) {
	n, d := x.Dims()
	if d != m.d {
		panic(fmt.Sprintf("distill: x has %d columns, %s has dimension %d", d, m.Name, m.d))
	}
	if len(sigma) != 1 && len(sigma) != n {
		panic(fmt.Sprintf("distill: %d noise levels for %d points; want one, or one each", len(sigma), n))
	}
	for _, s := range sigma {
		if !(s >= 0) || math.IsInf(s, 1) {
			panic(job.BadData("distill: the noise level %g", s))
		}
	}
	for i := range m.k {
		if sigma[0] == 0 && m.spread(i) == 0 {
			panic(job.BadData("distill: %s has points without spread, and no density without noise", m.Name))
		}
	}
	logp := make([]float64, n)
	var score *mat.Dense
	if withScore {
		score = mat.NewDense(n, d, nil)
	}
	blocks := (n + evaluatorRows - 1) / evaluatorRows
	parallel(blocks, evaluatorRows*m.k*d, func(lo, hi int) {
		e := newEvaluator(m)
		for block := lo; block < hi; block++ {
			e.at(x, score, logp, sigma, block*evaluatorRows, min(n, (block+1)*evaluatorRows))
		}
	})
	return logp, score
}

// evaluatorRows is how many points are evaluated at a time: their exponentials are
// taken together.
const evaluatorRows = 64

// evaluator holds what a block of points needs.
type evaluator struct {
	m     *Mixture
	logit []float64 // rows×k
	sum   []float64
	y     []float64 // along the axes of the components, rows×k×d, if they have any
	log2p float64
}

func newEvaluator(m *Mixture) *evaluator {
	e := &evaluator{
		m: m, logit: make([]float64, evaluatorRows*m.k), sum: make([]float64, evaluatorRows),
		log2p: math.Log(2*math.Pi) * float64(m.d) / 2,
	}
	if m.axes != nil {
		e.y = make([]float64, evaluatorRows*m.k*m.d)
	}
	return e
}

// negligible is the share of a component, against the largest, below which it is
// left out of the score: below rounding even if there are millions.
const negligible = 1e-22

// at writes the log densities and, unless score is nil, the scores at the rows lo to
// hi-1 of x, at most evaluatorRows.
func (e *evaluator) at(x, score *mat.Dense, logp, sigma []float64, lo, hi int) {
	k := e.m.k
	shares := e.logit[:(hi-lo)*k]
	for i := lo; i < hi; i++ {
		row := shares[(i-lo)*k : (i-lo+1)*k]
		s := sigma[i%len(sigma)]
		logp[i] = e.logits(row, i-lo, x.RawRowView(i), s*s)
		for c := range row {
			row[c] -= logp[i]
		}
	}
	kern.Exp64(shares, shares)
	for i := lo; i < hi; i++ {
		row, sum := shares[(i-lo)*k:(i-lo+1)*k], 0.0
		for _, w := range row {
			sum += w
		}
		e.sum[i-lo] = sum
		if score == nil || math.IsInf(logp[i], -1) {
			continue
		}
		to, from, s := score.RawRowView(i), x.RawRowView(i), sigma[i%len(sigma)]
		for c, w := range row {
			if w > negligible {
				e.pull(to, i-lo, c, w/sum, from, s*s)
			}
		}
	}
	sums := e.sum[:hi-lo]
	kern.Log64(sums, sums)
	for i := lo; i < hi; i++ {
		if !math.IsInf(logp[i], -1) { // there all shares are NaN
			logp[i] += sums[i-lo] - e.log2p
		}
	}
}

// logits fills logit with log weight_k + log N_k(x) without the powers of 2π, and
// returns the largest; row is that of e.y.
func (e *evaluator) logits(logit []float64, row int, x []float64, noise float64) float64 {
	m, top := e.m, math.Inf(-1)
	var half, logDet float64
	if m.same {
		half, logDet = 0.5/(m.variance[0]+noise), float64(m.d)*math.Log(m.variance[0]+noise)/2
	}
	for k := range logit {
		l := m.logWeight[k]
		mean := m.mean[k*m.d : (k+1)*m.d]
		switch {
		case m.axes != nil:
			for j := range m.d {
				y := 0.0
				for i, v := range x {
					y += m.axes[k].At(i, j) * (v - mean[i])
				}
				e.y[(row*m.k+k)*m.d+j] = y
				v := m.variance[k*m.d+j] + noise
				l -= y*y/v/2 + math.Log(v)/2
			}
		default:
			if !m.same {
				half, logDet = 0.5/(m.variance[k]+noise), float64(m.d)*math.Log(m.variance[k]+noise)/2
			}
			l -= squareDistance(x, mean)*half + logDet
		}
		logit[k] = l
		if l > top {
			top = l
		}
	}
	return top
}

// pull adds w times the score of component k at x, whose row in e.y is given.
func (e *evaluator) pull(score []float64, row, k int, w float64, x []float64, noise float64) {
	m := e.m
	if m.axes == nil {
		w /= m.variance[k] + noise
		for i, mean := range m.mean[k*m.d : (k+1)*m.d] {
			score[i] += w * (mean - x[i])
		}
		return
	}
	for j := range m.d {
		t := -w * e.y[(row*m.k+k)*m.d+j] / (m.variance[k*m.d+j] + noise)
		for i := range score {
			score[i] += t * m.axes[k].At(i, j)
		}
	}
}
