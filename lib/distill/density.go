package distill

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

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
	parallel(n, m.k*d, func(lo, hi int) {
		e := newEvaluator(m)
		for i := lo; i < hi; i++ {
			var s []float64
			if withScore {
				s = score.RawRowView(i)
			}
			logp[i] = e.at(x.RawRowView(i), sigma[i%len(sigma)], s)
		}
	})
	return logp, score
}

// evaluator holds what one point needs.
type evaluator struct {
	m     *Mixture
	logit []float64
	y     []float64 // along the axes of the components, k×d, if they have any
	log2p float64
}

func newEvaluator(m *Mixture) *evaluator {
	e := &evaluator{m: m, logit: make([]float64, m.k), log2p: math.Log(2*math.Pi) * float64(m.d) / 2}
	if m.axes != nil {
		e.y = make([]float64, m.k*m.d)
	}
	return e
}

// negligible is how far below the largest a component's log term may lie before
// it is left out: its share is below rounding even if there are millions.
const negligible = 50

// at returns the log density at x and, unless nil, writes the score.
func (e *evaluator) at(x []float64, sigma float64, score []float64) float64 {
	top := e.logits(x, sigma*sigma)
	if math.IsInf(top, -1) {
		return top
	}
	for j := range score {
		score[j] = 0
	}
	sum := 0.0
	for k, l := range e.logit {
		if l < top-negligible {
			continue
		}
		w := 1.0 // saves an exponential for each point, which is all of them with one component
		if l < top {
			w = math.Exp(l - top)
		}
		sum += w
		if score != nil {
			e.pull(score, k, w, x, sigma*sigma)
		}
	}
	for j := range score {
		score[j] /= sum
	}
	if sum > 1 {
		top += math.Log(sum)
	}
	return top - e.log2p
}

// logits fills in log weight_k + log N_k(x) without the powers of 2π, and returns
// the largest.
func (e *evaluator) logits(x []float64, noise float64) float64 {
	m, top := e.m, math.Inf(-1)
	var half, logDet float64
	if m.same {
		half, logDet = 0.5/(m.variance[0]+noise), float64(m.d)*math.Log(m.variance[0]+noise)/2
	}
	for k := range e.logit {
		l := m.logWeight[k]
		mean := m.mean[k*m.d : (k+1)*m.d]
		switch {
		case m.axes != nil:
			for j := range m.d {
				y := 0.0
				for i, v := range x {
					y += m.axes[k].At(i, j) * (v - mean[i])
				}
				e.y[k*m.d+j] = y
				v := m.variance[k*m.d+j] + noise
				l -= y*y/v/2 + math.Log(v)/2
			}
		default:
			if !m.same {
				half, logDet = 0.5/(m.variance[k]+noise), float64(m.d)*math.Log(m.variance[k]+noise)/2
			}
			l -= squareDistance(x, mean)*half + logDet
		}
		e.logit[k] = l
		if l > top {
			top = l
		}
	}
	return top
}

// pull adds w times the score of component k.
func (e *evaluator) pull(score []float64, k int, w float64, x []float64, noise float64) {
	m := e.m
	if m.axes == nil {
		w /= m.variance[k] + noise
		for i, mean := range m.mean[k*m.d : (k+1)*m.d] {
			score[i] += w * (mean - x[i])
		}
		return
	}
	for j := range m.d {
		t := -w * e.y[k*m.d+j] / (m.variance[k*m.d+j] + noise)
		for i := range score {
			score[i] += t * m.axes[k].At(i, j)
		}
	}
}
