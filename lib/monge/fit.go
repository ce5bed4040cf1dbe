package monge

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
	"gaspard/lib/nn"
	"gaspard/lib/optim"
)

// Fit learns a map T that moves the source x to the target y by minimising
//
//	S_ε(T#μ, ν) + λ M(ρ, T),
//
// over batches: S is the Sinkhorn divergence of |x-y|², which draws T(x) to y,
// and M the entropic Monge gap of Settings.Cost, which among the maps that do so
// prefers the one of least cost. T is a residual network, trained in float32 by
// Adam; the losses are differentiated at fixed potentials (the envelope theorem),
// never through the iterations, and their problems solved in float32 where Tol and
// ε allow, in float64 elsewhere.
//
// The gap takes every cost; a user's function is called here, once, and then replayed.
// With [cost.Sphere] the clouds must lie on the unit sphere, and the images are
// projected on it. Costs other than |x-y|² and |x-y| take a few times as long.
//
// Shapes: x n×d, y m×d, equal weights; either may be nil if a sampler replaces
// it. Neither is changed or kept.
//
// Memory: a few batch×batch matrices. Time per step: about 100 passes over one,
// and the network. Same settings, same map, on any number of cores.
//
// Fit panics with a sentence on settings or shapes that make no sense and with a
// [*job.DataError] on clouds that are empty, not finite, a single point, or nothing
// that the cost can take, and where a user's cost is not finite. How training ended is in [Map.Status], what it cost in [Map.History].
//
// Source: uscidda:23, section 4.
func Fit(x, y *mat.Dense, s Settings) *Map {
	began := time.Now()
	t := newTrainer(x, y, s)
	m := &Map{
		Name: "Monge gap map", Dim: t.d, Net: t.net, Settings: t.s,
		EpsilonFit: t.o.epsFit, EpsilonGap: t.o.epsGap,
	}
	if t.s.Lambda == 0 {
		m.Name = "map without a gap"
	}
	m.push = t.pusher()
	monitor := t.s.Job.Named("fit")
	for step := range t.s.Steps {
		if !t.step(&m.History) {
			m.Status = NotFinite
			t.best.restore(t.net.Params)
			break
		}
		h := &m.History
		monitor.Step(step+1, t.s.Steps,
			job.Metric{Name: "loss", Value: h.Total[step]},
			job.Metric{Name: "fit", Value: h.Fit[step]},
			job.Metric{Name: "gap", Value: h.Gap[step]})
	}
	m.Stopped = t.o.stopped
	m.Elapsed = time.Since(began)
	return m
}

// trainer holds what a step of training needs; a step allocates next to nothing.
type trainer struct {
	s    Settings
	d    int
	net  *nn.MLP
	adam optim.Adam
	o    *objective
	best best

	batch                     *nn.Batch // source points, then reference points if they differ
	in                        []float64
	seed                      []float32
	spheres                   []*sphere // of the images of the source and, if it differs, of the reference
	source, target, reference *drawer
}

// The streams of one seed, so that runs that differ in one setting share the rest.
const (
	streamNet = iota
	streamSource
	streamTarget
	streamReference
	streamRules
)

func newTrainer(x, y *mat.Dense, s Settings) *trainer {
	s.check()
	rulesX, n := cloudOrSample("source", x, s.SourceSampler, s.Seed)
	rulesY, m := cloudOrSample("target", y, s.TargetSampler, s.Seed)
	_, d := rulesX.Dims()
	if _, dy := rulesY.Dims(); dy != d {
		panic(fmt.Sprintf("monge: the source has %d columns, the target %d", d, dy))
	}
	checkReference(s, d)
	if s.Start != nil && s.Start.Dim != d {
		panic(fmt.Sprintf("monge: the map to start from takes %d columns, the source has %d", s.Start.Dim, d))
	}
	s = s.withDefaults(n, m)
	mustTake(s.Cost, "source", rulesX)
	mustTake(s.Cost, "target", rulesY)
	g := newGround(s.Cost)
	t := &trainer{s: s, d: d, o: newObjective(s.Batch, d, s.Lambda, s.Reference != nil, g, s.Job.Check)}
	t.o.tol, t.o.maxIter = s.Tol, s.MaxIter
	t.o.epsFit = positiveOr(s.EpsilonFit, func() float64 { return 0.1 * meanSquareWithin(rulesY) }, "EpsilonFit")
	if s.Lambda > 0 {
		from := rulesX
		if s.Reference != nil {
			from = s.Reference
			mustTake(s.Cost, "reference", from)
		}
		t.o.epsGap = positiveOr(s.EpsilonGap, func() float64 { return 0.01 * g.mean(from, rulesY) }, "EpsilonGap")
	}
	stream := func(k uint64) *rand.Rand { return rand.New(rand.NewPCG(s.Seed, k)) }
	t.net = nn.NewMLP(stream(streamNet), d, d, s.Hidden, s.Activation, s.Start == nil)
	if s.Start != nil {
		t.net.ScaleLast(0.01)
	}
	t.adam.Rate = optim.Constant(s.LearningRate)
	if s.Cosine {
		t.adam.Rate = optim.Cosine(s.LearningRate, s.Steps)
	}
	t.source = newDrawer("source", stream(streamSource), x, s.SourceSampler, d)
	t.target = newDrawer("target", stream(streamTarget), y, s.TargetSampler, d)
	rows := s.Batch
	if s.Reference != nil && s.Lambda > 0 {
		t.reference = newDrawer("reference", stream(streamReference), s.Reference, nil, d)
		rows *= 2
	}
	if s.Cost == cost.Sphere() {
		for range rows / s.Batch {
			t.spheres = append(t.spheres, new(sphere))
		}
	}
	t.batch = nn.NewBatch(t.net, rows)
	t.in, t.seed = make([]float64, rows*d), make([]float32, rows*d)
	return t
}

// sampleSize is how many points stand for a sampler where ε is chosen.
const sampleSize = 1024

// cloudOrSample returns points of the measure and the size of its cloud, 0 if
// it is given by a sampler alone.
func cloudOrSample(name string, x *mat.Dense, sampler func(*rand.Rand, int) *mat.Dense, seed uint64) (*mat.Dense, int) {
	size := 0
	if sampler != nil {
		x = sampler(rand.New(rand.NewPCG(seed, streamRules)), sampleSize)
	} else if x != nil {
		size, _ = x.Dims()
	}
	checkCloud("the "+name, x)
	if n, _ := x.Dims(); n == 1 {
		panic(job.BadData("monge: the %s has one point, which tells nothing about a map", name))
	}
	return x, size
}

// mustTake panics if the cost cannot take the points of a cloud.
func mustTake(c cost.Cost, name string, x *mat.Dense) {
	if err := c.Validate(x); err != nil {
		panic(job.BadData("monge: of the %s, %s", name, strings.TrimPrefix(err.Error(), "cost: ")))
	}
}

func checkReference(s Settings, d int) {
	if s.Reference == nil {
		return
	}
	checkCloud("the reference", s.Reference)
	n, dr := s.Reference.Dims()
	if dr != d {
		panic(fmt.Sprintf("monge: the source has %d columns, the reference %d", d, dr))
	}
	if n == 1 {
		panic(job.BadData("monge: the gap of a reference of one point is always 0"))
	}
}

// positiveOr returns the ε that was set or else the rule's, which fails on data
// that lie in one point.
func positiveOr(set float64, rule func() float64, field string) float64 {
	if set > 0 {
		return set
	}
	eps := rule()
	if !(eps > 0) || math.IsInf(eps, 0) {
		panic(job.BadData("monge: the rule for %s gives %g, as where points coincide; set it", field, eps))
	}
	return eps
}

// step draws a batch, records its losses, and moves the parameters. It reports
// whether the losses were finite.
func (t *trainer) step(h *History) bool {
	o, n := t.o, len(t.o.x)
	t.source.draw(o.x)
	t.target.draw(o.y)
	copy(t.in, o.x)
	if t.reference != nil {
		t.reference.draw(o.r)
		copy(t.in[n:], o.r)
	}
	t.batch.Forward(t.in)
	t.images(0, o.tx, o.x, t.batch.Out[:n])
	if t.reference != nil {
		t.images(1, o.tr, o.r, t.batch.Out[n:])
	}
	if !allFinite(o.tx) || !allFinite(o.tr) {
		return false
	}
	o.evaluate()
	total := o.total()
	if math.IsNaN(total) || math.IsInf(total, 0) {
		return false
	}
	h.add(o.fitLoss, o.gapLoss, total)
	t.best.see(total, t.net.Params)
	for i, g := range o.gradFit {
		if t.reference == nil {
			g += o.lambda * o.gradGap[i]
		} else {
			t.seed[n+i] = float32(o.lambda * o.gradGap[i])
		}
		t.seed[i] = float32(g)
	}
	for k, sphere := range t.spheres {
		sphere.pull(t.seed[k*n:(k+1)*n], [][]float64{o.tx, o.tr}[k])
	}
	t.batch.Backward(t.seed)
	optim.Clip(t.batch.Grad, t.s.Clip)
	t.adam.Step(t.net.Params, t.batch.Grad)
	return true
}

// images writes to dst the images of the points x, given the network's output; which
// says whether they are source (0) or reference points (1).
func (t *trainer) images(which int, dst, x []float64, out []float32) {
	clear(dst)
	if t.s.Start != nil {
		copy(dst, t.s.Start.Push(mat.NewDense(len(x)/t.d, t.d, x)).RawMatrix().Data)
	}
	for i, v := range out {
		dst[i] += float64(v)
	}
	if t.spheres != nil {
		t.spheres[which].project(dst, t.d)
	}
}

// pusher returns the trained map as a function.
func (t *trainer) pusher() func(*mat.Dense) *mat.Dense {
	start, net, project := t.s.Start, t.net, t.spheres != nil
	return func(z *mat.Dense) *mat.Dense {
		y := net.Eval(z)
		if start != nil {
			y.Add(y, start.Push(z))
		}
		if project {
			onSphere(y)
		}
		return y
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

func (b *best) restore(params []float32) {
	if b.seen > 0 {
		copy(params, b.params)
	}
}
