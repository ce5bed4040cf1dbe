package monge

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/ot"
)

// Validation says on what a fit is judged as it goes: on 1024 held-out points of each
// measure, or all there are. The map is then that of the best validation. What they were
// is in [History.Held]. The zero value is none.
type Validation struct {
	Every    int // Steps from one validation to the next; 0 is none.
	Patience int // Validations without a new best after which training stops; 0 means never.
	// X and Y are the held-out clouds. If they are nil, points are drawn from the samplers,
	// or Share of the rows of the clouds, drawn by the seed, are held out of training.
	X, Y  *mat.Dense
	Share float64 // 0 means 0.2.
}

func (v Validation) withDefaults() Validation {
	if v.Share == 0 {
		v.Share = 0.2
	}
	return v
}

// heldOut is the held-out points of one condition.
type heldOut struct {
	x, y, r *mat.Dense // r is x, unless there is a reference
	user    *userLoss
}

// holdOut chooses the held-out points of the k-th condition and returns what of the
// clouds is left to train on.
func (t *Trainer) holdOut(k int, x, y *mat.Dense) (restX, restY *mat.Dense) {
	v := t.s.Validation
	if (v.X == nil) != (v.Y == nil) || v.X != nil && t.labels != nil {
		panic("monge: Validation needs X and Y, and with conditions neither, but a Share")
	}
	if v.Share >= 1 {
		panic(fmt.Sprintf("monge: Validation.Share is %g, which leaves nothing to train on", v.Share))
	}
	h := new(heldOut)
	rng := rand.New(t.newStream(streamHeld, k))
	h.x, restX = t.holdOutOf("source", rng, v.X, x, t.s.SourceSampler)
	h.y, restY = t.holdOutOf("target", rng, v.Y, y, t.s.TargetSampler)
	h.r = h.x
	if t.s.Reference != nil {
		h.r = few(t.s.Reference)
	}
	n, _ := h.x.Dims()
	m, _ := h.y.Dims()
	h.user = newUserLoss(t.s.UserLoss, n, m, t.d)
	t.held = append(t.held, h)
	return restX, restY
}

func (t *Trainer) holdOutOf(name string, rng *rand.Rand, given, cloud *mat.Dense, sampler func(*rand.Rand, int) *mat.Dense) (held, rest *mat.Dense) {
	if given != nil {
		checkCloud("the held-out "+name, given)
		if _, d := given.Dims(); d != t.d {
			panic(fmt.Sprintf("monge: the held-out %s has %d columns, the source %d", name, d, t.d))
		}
		return few(given), cloud
	}
	if sampler != nil {
		return sampler(rng, sampleSize), cloud
	}
	n, _ := cloud.Dims()
	k := max(1, int(t.s.Validation.Share*float64(n)+0.5))
	order := rng.Perm(n)
	return few(pick(cloud, order[:k])), pick(cloud, order[k:])
}

// pick returns the named rows of x.
func pick(x *mat.Dense, rows []int) *mat.Dense {
	_, d := x.Dims()
	if len(rows) == 0 {
		return &mat.Dense{}
	}
	y := mat.NewDense(len(rows), d, nil)
	for i, row := range rows {
		y.SetRow(i, x.RawRowView(row))
	}
	return y
}

// validate judges the map where it is time to, and stops training where it has not
// become better for long.
func (t *Trainer) validate() {
	every := t.s.Validation.Every
	due := every > 0 && t.steps > t.validated && (t.steps%every == 0 || t.steps == t.s.Steps)
	if !due || t.status != Underway {
		return
	}
	params := t.current()
	fit, gap := 0.0, 0.0
	for k, h := range t.held {
		f, g := t.judge(h, params, k)
		fit += f / float64(len(t.held))
		gap += g / float64(len(t.held))
	}
	t.validated = t.steps
	lambda := scheduled("Lambda", t.s.Lambda, t.s.LambdaSchedule, 1)
	if t.history.Held.add(t.steps, fit, gap, fit+lambda*gap) {
		t.chosen = append(t.chosen[:0], params...)
		t.stale = 0
		return
	}
	t.stale++
	if p := t.s.Validation.Patience; p > 0 && t.stale >= p && t.steps < t.s.Steps {
		t.status = Early
	}
}

// current is the parameters as they are, averaged where the settings ask for it.
func (t *Trainer) current() []float32 {
	if t.s.Average > 0 && t.average.Params != nil {
		return t.average.Params
	}
	return t.field.params
}

// judge returns the loss of the fit and the exact gap on held-out points.
func (t *Trainer) judge(h *heldOut, params []float32, condition int) (fit, gap float64) {
	inner := t.s.Job.Inner()
	tx := t.field.push(params, h.x, condition)
	settings := ot.Settings{Epsilon: scheduled("EpsilonFit", t.fit, t.s.EpsilonFitSchedule, 1), Tol: t.s.Tol, Job: inner}
	switch {
	case h.user != nil:
		n, _ := tx.Dims()
		fit = h.user.evaluate(make([]float64, n*t.d), tx.RawMatrix().Data, h.y.RawMatrix().Data)
	case t.s.Loss == Entropic:
		fit = ot.Sinkhorn(ot.Points(tx, h.y), settings).Value
	default:
		fit = ot.Divergence(ot.Points(tx, h.y), settings).Value
	}
	if t.s.Lambda == 0 {
		return fit, 0
	}
	tr := tx
	if h.r != h.x {
		tr = t.field.push(params, h.r, condition)
	}
	_, gap, _ = exactGap(t.s.Cost, h.r, tr, inner)
	return fit, gap
}
