package distill

import (
	"fmt"
	"math"

	"gaspard/lib/fdiv"
)

// Ratio turns log ratios into weights in two stages, as a learned ratio needs
// it; the zero value has the settings of FastGen. The order of the steps
// matters:
//
//  1. l is brought into ±Clamp, r = e^l into [Lower, Upper];
//  2. within each of Bins bins of the noise level r is divided by its mean,
//     which E_q[r] = 1 asks for at every level;
//  3. h = h_f(r);
//  4. h is divided by its mean over the batch.
//
// Source: xu:25, and its implementation in FastGen.
type Ratio struct {
	Clamp        float64 // 0 means 10.
	Lower, Upper float64 // 0 means 0.1 and 20.
	Bins         int     // 0 means 10; negative leaves out stage 2.
	Linear       bool    // Whether bins have equal widths in σ, as in FastGen, and not in log σ.
	Min, Max     float64 // Noise range of the bins; 0 means that of the first batch.
	Memory       float64 // How much of the old mean a bin keeps at each batch (ratio_ema_rate); 0 is none.

	means []float64
}

// Weights returns h of each sample, of mean 1, from its log ratio and noise
// level. It updates the means of the bins.
func (n *Ratio) Weights(d *fdiv.Divergence, logr, sigma []float64) []float64 {
	if len(logr) != len(sigma) {
		panic(fmt.Sprintf("distill: %d log ratios for %d noise levels", len(logr), len(sigma)))
	}
	n.check()
	clamp, lower, upper := orDefault(n.Clamp, 10), orDefault(n.Lower, 0.1), orDefault(n.Upper, 20)
	r := make([]float64, len(logr))
	for i, l := range logr {
		r[i] = math.Exp(math.Max(-clamp, math.Min(clamp, l)))
		r[i] = math.Max(lower, math.Min(upper, r[i]))
	}
	if n.Bins >= 0 {
		n.levelOut(r, sigma)
	}
	for i, v := range r {
		r[i] = math.Log(v)
	}
	return d.NormalisedWeights(r)
}

// Means returns the mean ratios of the bins, nil before the first batch.
func (n *Ratio) Means() []float64 { return append([]float64(nil), n.means...) }

func (n *Ratio) check() {
	if n.Clamp < 0 || n.Lower < 0 || n.Upper < 0 || !(n.Memory >= 0 && n.Memory < 1) {
		panic(fmt.Sprintf("distill: ratio settings Clamp %g, Lower %g, Upper %g, Memory %g", n.Clamp, n.Lower, n.Upper, n.Memory))
	}
}

// levelOut is stage 2.
func (n *Ratio) levelOut(r, sigma []float64) {
	bins := n.Bins
	if bins == 0 {
		bins = 10
	}
	if n.means == nil {
		n.means = make([]float64, bins)
		for i := range n.means {
			n.means[i] = 1
		}
	}
	if n.Max == 0 {
		n.Min, n.Max = math.Inf(1), 0
		for _, s := range sigma {
			n.Min, n.Max = math.Min(n.Min, s), math.Max(n.Max, s)
		}
	}
	sums, counts := make([]float64, bins), make([]int, bins)
	for i, s := range sigma {
		b := n.bin(s, bins)
		sums[b] += r[i]
		counts[b]++
	}
	for b, c := range counts {
		if c > 0 {
			n.means[b] = n.Memory*n.means[b] + (1-n.Memory)*sums[b]/float64(c)
		}
	}
	for i, s := range sigma {
		r[i] /= n.means[n.bin(s, bins)]
	}
}

func (n *Ratio) bin(sigma float64, bins int) int {
	lo, hi := n.Min, n.Max
	if !n.Linear {
		const least = 1e-12 // a clean sample goes to the first bin
		lo, hi, sigma = math.Log(math.Max(lo, least)), math.Log(math.Max(hi, least)), math.Log(math.Max(sigma, least))
	}
	if !(hi > lo) {
		return 0
	}
	return max(0, min(bins-1, int(float64(bins)*(sigma-lo)/(hi-lo))))
}

func orDefault(v, otherwise float64) float64 {
	if v == 0 {
		return otherwise
	}
	return v
}
