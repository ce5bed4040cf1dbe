package monge

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
	"gaspard/lib/optim"
	"gaspard/lib/tensor"
)

// newTrainer prepares a fit; xl and yl are the conditions of the rows, nil for one map.
func newTrainer(x, y *mat.Dense, xl, yl []int, s Settings) *Trainer {
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
	mustTake(s.Cost, "source", rulesX)
	mustTake(s.Cost, "target", rulesY)
	if s.Reference != nil {
		mustTake(s.Cost, "reference", s.Reference)
	}
	t := &Trainer{d: d, labels: labelsOf(xl, yl), status: Underway}
	if t.labels == nil {
		s = s.withDefaults(n, m)
	} else {
		s = s.withDefaults(0, 0) // batches are as large as each condition allows
	}
	t.s = s
	t.fit = s.RuleFit.epsilon(s.EpsilonFit, "EpsilonFit", cost.SqEuclidean(), rulesY, rulesY)
	if s.Lambda > 0 {
		from := rulesX
		if s.Reference != nil {
			from = s.Reference
		}
		t.gap = s.RuleGap.epsilon(s.EpsilonGap, "EpsilonGap", s.Cost, from, rulesY)
	}
	if s.DebiasGap && !s.Cost.Symmetric(few(rulesX), few(rulesY)) {
		panic(fmt.Sprintf("monge: DebiasGap with the cost %v, which is not symmetric", s.Cost))
	}
	t.field = newField(s, d, len(t.labels), rand.New(t.newStream(streamNet, 0)))
	t.adam.Rate = optim.Constant(s.LearningRate)
	if s.Cosine {
		t.adam.Rate = optim.Cosine(s.LearningRate, s.Steps)
	}
	t.average.Decay = s.Average
	t.addParts(x, y, xl, yl)
	t.prepareBatch()
	return t
}

// addParts makes the batches, one for each condition.
func (t *Trainer) addParts(x, y *mat.Dense, xl, yl []int) {
	if t.labels == nil {
		t.addPart(0, x, y)
		return
	}
	for k, label := range t.labels {
		t.addPart(k, rowsOf(x, xl, label), rowsOf(y, yl, label))
	}
}

// addPart makes the batch of the k-th condition, between two clouds where there are no
// samplers.
func (t *Trainer) addPart(k int, x, y *mat.Dense) {
	s := t.s
	if s.Validation.Every > 0 {
		x, y = t.holdOut(k, x, y)
	}
	size := shape{source: s.Batch, target: s.Batch, d: t.d}
	if s.Full {
		size.source, _ = x.Dims()
		size.target, _ = y.Dims()
	} else if t.labels != nil || s.Validation.Every > 0 {
		// What is left of small clouds may be less than a batch.
		for _, cloud := range []*mat.Dense{x, y} {
			if cloud != nil && s.SourceSampler == nil && s.TargetSampler == nil {
				n, _ := cloud.Dims()
				size.source = min(size.source, n)
			}
		}
		size.target = size.source
	}
	if least := min(size.source, size.target); least < 2 || least < 4 && s.Loss == Unbiased {
		panic(job.BadData("monge: a batch of %d source and %d target points has no gap and no divergence to learn from", size.source, size.target))
	}
	if t.labels == nil && !s.Full {
		t.s.Batch = size.source
	}
	p := &part{from: t.rows()}
	if s.Reference != nil && s.Lambda > 0 {
		size.reference = min(size.source, s.Reference.RawMatrix().Rows)
		if s.Full {
			size.reference = s.Reference.RawMatrix().Rows
		}
		p.reference = newDrawer("reference", t.newStream(streamReference, k), s.Reference, nil, t.d, s.Full)
		t.drawers = append(t.drawers, p.reference)
	}
	p.source = newDrawer("source", t.newStream(streamSource, k), x, s.SourceSampler, t.d, s.Full)
	p.target = newDrawer("target", t.newStream(streamTarget, k), y, s.TargetSampler, t.d, s.Full)
	t.drawers = append(t.drawers, p.source, p.target)
	p.o = newObjective(size, s.Lambda > 0, s.Loss, newUserLoss(s.UserLoss, size.source, size.target, t.d), newGround(s.Cost), s.Job.Check)
	if s.DebiasGap && s.Lambda > 0 {
		p.o.addDebias()
	}
	p.o.tol, p.o.maxIter, p.o.full = s.Tol, s.MaxIter, s.Full
	t.parts = append(t.parts, p)
}

// rows is how many rows of the network's batch the parts take.
func (t *Trainer) rows() (rows int) {
	for _, p := range t.parts {
		rows += len(p.o.x) / t.d
		if p.reference != nil {
			rows += len(p.o.r) / t.d
		}
	}
	return rows
}

// prepareBatch makes the network's batch of all parts.
func (t *Trainer) prepareBatch() {
	f, rows := t.field, t.rows()
	t.shards = tensor.NewSharded(rows, f.params, func(g *tensor.Graph, rows int) *tensor.Var {
		out, _ := f.write(g, rows, f.probe)
		return out
	})
	t.seed = make([]float32, rows*t.width())
	t.in.x = t.shards.Data(0)
	next := 1
	take := func() []float32 {
		next++
		return t.shards.Data(next - 1)
	}
	if f.start != nil {
		t.in.base = take()
	}
	if f.conditions > 0 {
		t.in.condition = take()
		for k, p := range t.parts {
			to := rows
			if k+1 < len(t.parts) {
				to = t.parts[k+1].from
			}
			indicate(t.in.condition[p.from*f.conditions:to*f.conditions], f.conditions, k)
		}
	}
	if f.probe {
		t.in.signs = take()
		pcg := t.newStream(streamSigns, 0)
		t.signs = &drawer{pcg: pcg, before: new(rand.PCG), rng: rand.New(pcg)}
		t.signs.keep()
		t.drawers = append(t.drawers, t.signs)
	}
}

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
