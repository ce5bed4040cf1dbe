package monge

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// drawer yields batches of one measure: rows of a finite cloud without replacement, all
// rows in order if full, or fresh points from a sampler. A batch depends on the state
// of the stream alone, so that one whose drawing was interrupted can be drawn again.
type drawer struct {
	name        string
	pcg, before *rand.PCG // the stream, and as it was before the last batch
	rng         *rand.Rand
	cloud       *mat.Dense
	order       []int // the identity, between batches
	chosen      []int
	swaps       []int
	sampler     func(*rand.Rand, int) *mat.Dense
	d           int
	full        bool
}

// newDrawer prepares drawing from the sampler or, if that is nil, the cloud.
func newDrawer(name string, pcg *rand.PCG, cloud *mat.Dense, sampler func(*rand.Rand, int) *mat.Dense, d int, full bool) *drawer {
	w := &drawer{name: name, pcg: pcg, rng: rand.New(pcg), sampler: sampler, d: d, full: full}
	w.before = new(rand.PCG)
	w.keep()
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

// rewind goes back to before the last batch, keep forward to after it.
func (w *drawer) rewind() { *w.pcg = *w.before }
func (w *drawer) keep()   { *w.before = *w.pcg }

// draw fills dst, k×d and row-major, with the next batch.
func (w *drawer) draw(dst []float64) {
	k := len(dst) / w.d
	switch {
	case w.sampler != nil:
		x := w.sampler(w.rng, k)
		checkCloud(w.name, x)
		if n, d := x.Dims(); n != k || d != w.d {
			panic(fmt.Sprintf("monge: the sampler of the %s gave %d×%d points where %d×%d were asked for", w.name, n, d, k, w.d))
		}
		for i := range k {
			copy(dst[i*w.d:], x.RawRowView(i))
		}
	case w.full:
		for i := range k {
			copy(dst[i*w.d:], w.cloud.RawRowView(i))
		}
	default:
		for i, row := range w.choose(k) {
			copy(dst[i*w.d:], w.cloud.RawRowView(row))
		}
	}
}

// choose returns k rows by the first k steps of a Fisher-Yates shuffle, which it takes
// back.
func (w *drawer) choose(k int) []int {
	rows, swaps := w.chosen[:0], w.swaps[:0]
	for i := range k {
		j := i + w.rng.IntN(len(w.order)-i)
		w.order[i], w.order[j] = w.order[j], w.order[i]
		rows, swaps = append(rows, w.order[i]), append(swaps, j)
	}
	for i := k - 1; i >= 0; i-- {
		j := swaps[i]
		w.order[i], w.order[j] = w.order[j], w.order[i]
	}
	w.chosen, w.swaps = rows, swaps
	return rows
}
