package distill

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/fdiv"
)

// ModeCount says how a cloud is spread over the components of a mixture.
type ModeCount struct {
	Covered, Total int     // Modes with at least a fifth of the mass the mixture gives them.
	HighQuality    float64 // Share of the points within 3 standard deviations of a mode.
	Share          []float64
	Target         []float64
	TV, KL         float64 // Of the shares from the weights of the mixture; KL(shares‖weights).
}

// String gives the counts in a line.
func (m ModeCount) String() string {
	return fmt.Sprintf("%d of %d modes, %.3f of the points within 3 sd of one, TV %.4f, KL %.4f", m.Covered, m.Total, m.HighQuality, m.TV, m.KL)
}

// Modes counts the components of the mixture that the points x cover. A point
// belongs to the component with the nearest mean if it lies within 3 of its
// standard deviations (the largest, where they differ by direction). Shares are
// of all points, those of no mode included, and sum to HighQuality; TV and KL
// compare the shares among the points that belong to modes.
func Modes(x *mat.Dense, m *Mixture) ModeCount {
	checkPair(x, m.Means())
	n, _ := x.Dims()
	out := ModeCount{Total: m.k, Share: make([]float64, m.k), Target: m.Weights()}
	for i := range n {
		best, at := math.Inf(1), -1
		for k := range m.k {
			if s := squareDistance(x.RawRowView(i), m.mean[k*m.d:(k+1)*m.d]); s < best {
				best, at = s, k
			}
		}
		if math.Sqrt(best) <= 3*m.spread(at) {
			out.Share[at] += 1 / float64(n)
			out.HighQuality += 1 / float64(n)
		}
	}
	if out.HighQuality == 0 {
		out.TV, out.KL = 1, math.Inf(1)
		return out
	}
	among := make([]float64, m.k)
	for k, s := range out.Share {
		if s >= 0.2*out.Target[k] && s > 0 {
			out.Covered++
		}
		among[k] = s / out.HighQuality
	}
	out.TV = fdiv.TV.Categorical(out.Target, among)
	out.KL = fdiv.RKL.Categorical(out.Target, among)
	return out
}

// HistogramDivergence is D_f(x‖y) between the histograms of two clouds on the
// line or in the plane, over bins of equal width per axis that span both; bins 0
// means 20. Empty bins make some divergences infinite: [fdiv.JS], [fdiv.Hellinger]
// and [fdiv.TV] never are.
func HistogramDivergence(d *fdiv.Divergence, x, y *mat.Dense, bins int) float64 {
	checkPair(x, y)
	_, dim := x.Dims()
	if bins < 0 || dim > 2 {
		panic(fmt.Sprintf("distill: histograms of %d bins in dimension %d; want one or two dimensions", bins, dim))
	}
	if bins == 0 {
		bins = 20
	}
	lo, hi := make([]float64, dim), make([]float64, dim)
	for j := range dim {
		lo[j] = math.Min(mat.Min(x.ColView(j)), mat.Min(y.ColView(j)))
		hi[j] = math.Max(mat.Max(x.ColView(j)), mat.Max(y.ColView(j)))
	}
	return d.Categorical(histogram(x, lo, hi, bins), histogram(y, lo, hi, bins))
}

func histogram(x *mat.Dense, lo, hi []float64, bins int) []float64 {
	cells := 1
	for range lo {
		cells *= bins
	}
	out := make([]float64, cells)
	n, _ := x.Dims()
	for i := range n {
		at := 0
		for j, v := range x.RawRowView(i) {
			k := 0
			if hi[j] > lo[j] {
				k = min(bins-1, int(float64(bins)*(v-lo[j])/(hi[j]-lo[j])))
			}
			at = at*bins + k
		}
		out[at] += 1 / float64(n)
	}
	return out
}
