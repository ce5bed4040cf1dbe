package monge

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// drawer yields batches of one measure: rows of a finite cloud without
// replacement, or fresh points from a sampler.
type drawer struct {
	name    string
	rng     *rand.Rand
	cloud   *mat.Dense
	order   []int
	sampler func(*rand.Rand, int) *mat.Dense
	d       int
}

// newDrawer prepares drawing from the sampler or, if that is nil, the cloud.
func newDrawer(name string, rng *rand.Rand, cloud *mat.Dense, sampler func(*rand.Rand, int) *mat.Dense, d int) *drawer {
	w := &drawer{name: name, rng: rng, sampler: sampler, d: d}
	if sampler == nil {
		w.cloud = cloud
		n, _ := cloud.Dims()
		w.order = make([]int, n)
		for i := range w.order {
			w.order[i] = i
		}
	}
	return w
}

// draw fills dst, k×d and row-major, with the next batch.
func (w *drawer) draw(dst []float64) {
	k := len(dst) / w.d
	if w.sampler != nil {
		x := w.sampler(w.rng, k)
		checkCloud(w.name, x)
		if n, d := x.Dims(); n != k || d != w.d {
			panic(fmt.Sprintf("monge: the sampler of the %s gave %d×%d points where %d×%d were asked for", w.name, n, d, k, w.d))
		}
		for i := range k {
			copy(dst[i*w.d:], x.RawRowView(i))
		}
		return
	}
	// The first k steps of a Fisher-Yates shuffle; order stays a permutation.
	for i := range k {
		j := i + w.rng.IntN(len(w.order)-i)
		w.order[i], w.order[j] = w.order[j], w.order[i]
		copy(dst[i*w.d:], w.cloud.RawRowView(w.order[i]))
	}
}
