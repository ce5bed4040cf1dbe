package fdiv

import (
	"fmt"
	"math"

	"gaspard/lib/job"
)

// Categorical returns D_f(p‖q) between two laws on the same classes, exactly,
// classes that either lacks included; +Inf where f says so. p and q are
// probabilities; they are divided by their sums, which must be 1 within 1e-6.
func (d *Divergence) Categorical(p, q []float64) float64 {
	if len(p) != len(q) {
		panic(fmt.Sprintf("fdiv: p has %d classes, q has %d", len(p), len(q)))
	}
	return d.LogCategorical(logProbabilities("p", p), logProbabilities("q", q))
}

// LogCategorical is [Divergence.Categorical] from the logarithms of the
// probabilities, which may be as small as they like; -Inf is a class without
// mass. Each is normalised first.
func (d *Divergence) LogCategorical(logp, logq []float64) float64 {
	if len(logp) != len(logq) {
		panic(fmt.Sprintf("fdiv: p has %d classes, q has %d", len(logp), len(logq)))
	}
	sum := 0.0
	for _, v := range d.terms(normalised("p", logp), normalised("q", logq)) {
		sum += v
	}
	return sum
}

// Sampled estimates D_f(p‖q) = E_q[f(r)] from the log ratios of points drawn
// from q, with the standard error of the mean. It subtracts f′(1)(r-1), whose
// mean is 0, so that every term is at least 0; a large ratio that no point
// happened to have is missed without notice.
func (d *Divergence) Sampled(logr []float64) (value, standardError float64) {
	if len(logr) < 2 {
		panic(job.BadData("fdiv: %d log ratios; an estimate needs at least 2", len(logr)))
	}
	for _, l := range logr {
		finite(l)
	}
	terms := d.terms(logr, make([]float64, len(logr)))
	n := float64(len(terms))
	for _, v := range terms {
		value += v / n
	}
	for _, v := range terms {
		standardError += square(v-value) / (n - 1)
	}
	return value, math.Sqrt(standardError / n)
}

func logProbabilities(name string, p []float64) []float64 {
	sum := 0.0
	out := make([]float64, len(p))
	for i, v := range p {
		if !(v >= 0) || math.IsInf(v, 1) {
			panic(job.BadData("fdiv: %s has the probability %g at %d", name, v, i+1))
		}
		sum += v
		out[i] = math.Log(v)
	}
	if !(math.Abs(sum-1) <= 1e-6) {
		panic(job.BadData("fdiv: the probabilities %s sum to %.6g, not to 1; divide them by their sum", name, sum))
	}
	return out
}

func normalised(name string, logp []float64) []float64 {
	for i, v := range logp {
		if math.IsNaN(v) || math.IsInf(v, 1) {
			panic(job.BadData("fdiv: %s has the log probability %g at %d", name, v, i+1))
		}
	}
	total := logSumExp(logp)
	if math.IsInf(total, -1) {
		panic(job.BadData("fdiv: %s has no mass", name))
	}
	out := make([]float64, len(logp))
	for i, v := range logp {
		out[i] = v - total
	}
	return out
}
