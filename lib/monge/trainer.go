package monge

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
	"gaspard/lib/optim"
	"gaspard/lib/tensor"
)

// Trainer is a fit that can be interrupted, looked at, and taken up again:
//
//	t := monge.NewTrainer(x, y, monge.Settings{Lambda: 1, Steps: 20000})
//	m := t.Run(0)
//
// and after Ctrl-C another t.Run(0) goes on to the very map that it would have become.
type Trainer struct {
	s         Settings
	d         int
	labels    []int // of conditions; nil for one map
	field     *field
	adam      optim.Adam
	average   optim.EMA
	parts     []*part
	drawers   []*drawer
	signs     *drawer // of the probe
	shards    *tensor.Sharded
	in        trainerData
	seed      []float32
	fit, gap  float64 // ε before schedules
	lambda    float64 // of this step
	held      []*heldOut
	history   History
	best      best // by the running mean of the loss
	chosen    []float32
	steps     int
	drawn     bool // whether the batch of this step is there
	validated int  // the step after which the last validation was
	stale     int  // validations since the best
	status    Status
	elapsed   time.Duration
}

// trainerData is the data matrices of the expression for a whole batch; some are empty.
type trainerData struct{ x, base, condition, signs []float32 }

// part is the batch of one condition, all there is where there are none: rows from on
// of the network's batch, reference points after source points.
type part struct {
	o                         *objective
	from                      int
	source, target, reference *drawer
}

// The streams of one seed, so that runs that differ in one setting share the rest.
const (
	streamNet = iota
	streamSource
	streamTarget
	streamReference
	streamRules
	streamSigns
	streamHeld
)

// NewTrainer prepares a [Fit] without taking a step.
func NewTrainer(x, y *mat.Dense, s Settings) *Trainer { return newTrainer(x, y, nil, nil, s) }

// Run takes steps, at most as many as are left of Settings.Steps, or with 0 all of them,
// and returns [Trainer.Map]. Ctrl-C unwinds it between or within steps; no step is lost
// or counted twice.
func (t *Trainer) Run(steps int) *Map {
	if steps < 0 {
		panic(fmt.Sprintf("monge: Run of %d steps", steps))
	}
	began, before := time.Now(), t.elapsed
	defer func() { t.elapsed = before + time.Since(began) }()
	end := t.s.Steps
	if steps > 0 {
		end = min(end, t.steps+steps)
	}
	monitor := t.s.Job.Named("fit")
	for t.validate(); t.steps < end && t.status == Underway; t.validate() {
		if !t.step() {
			t.status = NotFinite
			break
		}
		h := &t.history
		last := t.steps - 1
		metrics := []job.Metric{{Name: "loss", Value: h.Total[last]}, {Name: "fit", Value: h.Fit[last]}, {Name: "gap", Value: h.Gap[last]}}
		if k := len(h.Held.Total); k > 0 {
			metrics = append(metrics, job.Metric{Name: "held out", Value: h.Held.Total[k-1]})
		}
		monitor.Step(t.steps, t.s.Steps, metrics...)
	}
	if t.status == Underway && t.steps == t.s.Steps {
		t.status = Done
	}
	t.elapsed = before + time.Since(began)
	return t.Map()
}

// Steps returns how many steps have been taken.
func (t *Trainer) Steps() int { return t.steps }

// String says how far training is.
func (t *Trainer) String() string {
	fit, gap := t.history.Recent()
	return fmt.Sprintf("%v after %d of %d steps in %.1f s: fit %.4g, gap %.4g of late", t.status, t.steps, t.s.Steps, t.elapsed.Seconds(), fit, gap)
}

// step draws a batch, records its losses, and moves the parameters. It reports whether
// the losses were finite. Until it returns nothing has changed that an interrupted step
// does not find again.
func (t *Trainer) step() bool {
	t.schedule()
	t.draw()
	t.shards.Forward()
	asymmetry := t.images()
	fit, gap := 0.0, 0.0
	for _, p := range t.parts {
		if !allFinite(p.o.tx) || !allFinite(p.o.tr) {
			return false
		}
		p.o.evaluate()
		fit += p.o.fitLoss / float64(len(t.parts))
		gap += p.o.gapLoss / float64(len(t.parts))
	}
	total := fit + t.lambda*gap + t.s.Conservativity*asymmetry
	if math.IsNaN(total) || math.IsInf(total, 0) {
		return false
	}
	t.pull()
	t.shards.Backward(t.seed)
	optim.Clip(t.shards.Grad, t.s.Clip)
	t.history.add(fit, gap, asymmetry, total)
	t.best.see(total, t.field.params)
	t.adam.Step(t.field.params, t.shards.Grad)
	if t.s.Average > 0 {
		t.average.Update(t.field.params)
	}
	for _, p := range t.parts {
		p.o.count()
		if t.s.Full {
			p.o.keep()
		} else {
			p.o.carry()
		}
	}
	t.steps++
	t.drawn = false
	return true
}

// schedule sets λ and ε of this step.
func (t *Trainer) schedule() {
	progress := 1.0
	if t.s.Steps > 1 {
		progress = float64(t.steps) / float64(t.s.Steps-1)
	}
	t.lambda = scheduled("Lambda", t.s.Lambda, t.s.LambdaSchedule, progress)
	fit := scheduled("EpsilonFit", t.fit, t.s.EpsilonFitSchedule, progress)
	gap := scheduled("EpsilonGap", t.gap, t.s.EpsilonGapSchedule, progress)
	for _, p := range t.parts {
		p.o.epsFit, p.o.epsGap = fit, gap
	}
}

// draw fills the batch, unless an interrupted step has done so already.
func (t *Trainer) draw() {
	if t.drawn {
		return
	}
	for _, w := range t.drawers {
		w.rewind()
	}
	for _, p := range t.parts {
		p.source.draw(p.o.x)
		p.target.draw(p.o.y)
		t.place(p.from, p.o.x)
		if p.reference != nil {
			p.reference.draw(p.o.r)
			t.place(p.from+len(p.o.x)/t.d, p.o.r)
		}
	}
	if t.signs != nil {
		for i := range t.in.signs {
			t.in.signs[i] = float32(2*t.signs.rng.IntN(2) - 1)
		}
	}
	for _, w := range t.drawers {
		w.keep()
	}
	t.drawn = true
}

// place puts points into rows from on of the network's batch.
func (t *Trainer) place(from int, x []float64) {
	for i, v := range x {
		t.in.x[from*t.d+i] = float32(v)
	}
	if t.field.start != nil {
		t.field.base(t.in.base[from*t.d:][:len(x)], x)
	}
}

// images takes the network's output apart and returns the mean of |Jv - Jᵀv|².
func (t *Trainer) images() (asymmetry float64) {
	for _, p := range t.parts {
		n := len(p.o.x) / t.d
		asymmetry += t.imagesOf(p.o.tx, p.from)
		if p.reference != nil {
			t.imagesOf(p.o.tr, p.from+n)
		}
	}
	return asymmetry / float64(len(t.parts))
}

// width is the number of columns of the network's output.
func (t *Trainer) width() int {
	if t.field.probe {
		return t.d + 1
	}
	return t.d
}

func (t *Trainer) imagesOf(dst []float64, from int) (asymmetry float64) {
	w, n := t.width(), len(dst)/t.d
	for i := range n {
		row := t.shards.Out[(from+i)*w:][:w]
		for l, v := range row[:t.d] {
			dst[i*t.d+l] = float64(v)
		}
		if w > t.d {
			asymmetry += float64(row[t.d]) / float64(n)
		}
	}
	return asymmetry
}

// pull gathers the gradient of the loss by the network's output.
func (t *Trainer) pull() {
	share := 1 / float64(len(t.parts))
	for _, p := range t.parts {
		o, n := p.o, len(p.o.x)/t.d
		t.pullOf(p.from, o.gradFit, share, t.s.Conservativity*share/float64(n))
		if p.reference != nil {
			t.pullOf(p.from+n, o.gradGap, share*t.lambda, 0)
			continue
		}
		w := t.width()
		for i := range n {
			for l := range t.d {
				t.seed[(p.from+i)*w+l] = float32(share * (o.gradFit[i*t.d+l] + t.lambda*o.gradGap[i*t.d+l]))
			}
		}
	}
}

func (t *Trainer) pullOf(from int, grad []float64, share, probe float64) {
	w := t.width()
	for i := range len(grad) / t.d {
		row := t.seed[(from+i)*w:][:w]
		for l := range t.d {
			row[l] = float32(share * grad[i*t.d+l])
		}
		if w > t.d {
			row[t.d] = float32(probe)
		}
	}
}

func allFinite(v []float64) bool {
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

// best remembers the parameters at which a running mean of the loss was least:
// a single batch is too noisy to judge by.
type best struct {
	mean, least float64
	seen        int
	params      []float32
}

// see records the loss at params.
func (b *best) see(loss float64, params []float32) {
	const memory = 0.9
	if b.seen == 0 {
		b.mean, b.least = loss, math.Inf(1)
	}
	b.seen++
	b.mean = memory*b.mean + (1-memory)*loss
	if b.mean < b.least {
		b.least = b.mean
		b.params = append(b.params[:0], params...)
	}
}

// newStream returns a stream of the seed; those of conditions differ in the high bits.
func (t *Trainer) newStream(k, condition int) *rand.PCG {
	return rand.NewPCG(t.s.Seed, uint64(k)+uint64(condition)<<32)
}
