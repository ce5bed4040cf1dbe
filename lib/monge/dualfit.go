package monge

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
	"gaspard/lib/nn"
	"gaspard/lib/optim"
	"gaspard/lib/tensor"
)

// DualSettings holds the parameters of [NeuralDual] and [Expectile]. The zero value
// is the default.
type DualSettings struct {
	// SourceSampler and TargetSampler, if not nil, draw the batches of every step
	// in place of the clouds; they return n points for (rng, n).
	SourceSampler, TargetSampler func(rng *rand.Rand, n int) *mat.Dense

	Hidden     []int             // Widths of the hidden layers; nil means 64, 64 for NeuralDual and 128, 128 for Expectile.
	Activation tensor.Activation // Of Expectile; the zero value is GELU. NeuralDual takes CELU.

	Steps        int     // Of the potential; 0 means 5000.
	Inner        int     // NeuralDual: steps of the inverse map for each of those; 0 means 2.
	Batch        int     // Points per step; 0 means 512, or all if a cloud has fewer.
	LearningRate float64 // Of Adam, at first: it falls along a half cosine; 0 means 1e-2 for NeuralDual and 3e-3 for Expectile.
	Average      float64 // Share of the average of parameters that a step keeps; 0 means 0.999.

	Expectile float64 // Expectile: τ, in (½, 1]; 0 means 1.
	Weight    float64 // Expectile: of the penalty; 0 means 0.5.

	Seed uint64       // Of networks and batches.
	Job  *job.Monitor // Progress and cancellation; nil means the process's own.
}

// withDefaults returns s with zero fields replaced, for clouds of n and m points; 0
// stands for a sampler.
func (s DualSettings) withDefaults(n, m int, hidden []int, rate float64) DualSettings {
	s.check()
	if s.Hidden == nil {
		s.Hidden = hidden
	}
	if s.Batch == 0 {
		s.Batch = 512
		for _, size := range []int{n, m} {
			if size > 0 {
				s.Batch = min(s.Batch, size)
			}
		}
	}
	if n > 0 && s.Batch > n || m > 0 && s.Batch > m {
		panic(fmt.Sprintf("monge: a batch of %d points from clouds of %d and %d", s.Batch, n, m))
	}
	for _, d := range []struct {
		field *int
		value int
	}{{&s.Steps, 5000}, {&s.Inner, 2}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	for _, d := range []struct {
		field *float64
		value float64
	}{{&s.LearningRate, rate}, {&s.Average, 0.999}, {&s.Expectile, 1}, {&s.Weight, 0.5}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return s
}

// check panics with a sentence if a setting makes no sense.
func (s DualSettings) check() {
	for _, f := range []struct {
		name  string
		value float64
	}{{"LearningRate", s.LearningRate}, {"Weight", s.Weight}} {
		if !(f.value >= 0) || math.IsInf(f.value, 0) {
			panic(fmt.Sprintf("monge: %s is %g", f.name, f.value))
		}
	}
	for _, f := range []struct {
		name  string
		value int
	}{{"Steps", s.Steps}, {"Inner", s.Inner}, {"Batch", s.Batch}} {
		if f.value < 0 {
			panic(fmt.Sprintf("monge: %s is %d", f.name, f.value))
		}
	}
	if !(s.Average >= 0 && s.Average < 1) {
		panic(fmt.Sprintf("monge: Average is %g; it is a share below 1", s.Average))
	}
	if s.Expectile != 0 && !(s.Expectile > 0.5 && s.Expectile <= 1) {
		panic(fmt.Sprintf("monge: Expectile is %g; it lies above 0.5 and is at most 1", s.Expectile))
	}
}

// DualFit describes how a map was learned from dual potentials.
type DualFit struct {
	F, G     nn.Network   // Potentials of source and target, on standardised coordinates.
	Inverse  *Map         // From target to source.
	Settings DualSettings // As used, defaults filled in.
	// Step and Value are the steps 1, 2, ... of the potential and the estimates of W₂²
	// that their batches gave; they settle where the potentials do.
	Step, Value []float64
	Status      Status        // How training ended.
	Elapsed     time.Duration // Wall time of training.
}

// Recent returns the mean of Value over the last 50 steps, 0 if there are none.
func (f *DualFit) Recent() (value float64) {
	last := f.Value[max(0, len(f.Value)-recentSteps):]
	for _, v := range last {
		value += v / float64(len(last))
	}
	return value
}

// summary is String of the map.
func (f *DualFit) summary(name string) string {
	var b strings.Builder
	s := f.Settings
	fmt.Fprintf(&b, "%s: gradient of a %v\n", name, f.F)
	fmt.Fprintf(&b, "%v after %d of %d steps of batch %d in %.1f s (%.0f steps/s), seed %d\n",
		f.Status, len(f.Step), s.Steps, s.Batch, f.Elapsed.Seconds(), float64(len(f.Step))/max(f.Elapsed.Seconds(), 1e-9), s.Seed)
	fmt.Fprintf(&b, "W₂² by the potentials: %.4g (mean of the last %d steps)", f.Recent(), min(recentSteps, len(f.Value)))
	if f.Status == NotFinite {
		b.WriteString("\nthe loss was not finite: lower LearningRate or Weight")
	}
	return b.String()
}

// dualTrainer holds what a step of training needs.
type dualTrainer struct {
	s              DualSettings
	dual           *dual
	average        optim.EMA
	source, target *drawer
	x, y           []float64
	fit            *DualFit
}

// newDualTrainer draws what it must to choose coordinates; potentials makes f and g.
func newDualTrainer(x, y *mat.Dense, s DualSettings, hidden []int, rate float64, potentials func(t *dualTrainer, d int) (f, g potential)) *dualTrainer {
	s.check()
	rulesX, n := cloudOrSample("source", x, s.SourceSampler, s.Seed)
	rulesY, m := cloudOrSample("target", y, s.TargetSampler, s.Seed+1)
	_, d := rulesX.Dims()
	if _, dy := rulesY.Dims(); dy != d {
		panic(fmt.Sprintf("monge: the source has %d columns, the target %d", d, dy))
	}
	s = s.withDefaults(n, m, hidden, rate)
	t := &dualTrainer{s: s, average: optim.EMA{Decay: s.Average}, fit: &DualFit{Settings: s}}
	t.source = newDrawer("source", t.stream(streamSource), x, s.SourceSampler, d, false)
	t.target = newDrawer("target", t.stream(streamTarget), y, s.TargetSampler, d, false)
	t.x, t.y = make([]float64, s.Batch*d), make([]float64, s.Batch*d)
	t.dual = &dual{frame: newFrame(rulesX, rulesY)}
	f, g := potentials(t, d)
	t.dual = newDual(f, g, t.dual.frame)
	return t
}

func (t *dualTrainer) stream(k uint64) *rand.PCG { return rand.NewPCG(t.s.Seed, k) }

// draw fills the data of a program with the next batch.
func (t *dualTrainer) draw(p *tensor.Sharded) {
	t.source.draw(t.x)
	t.target.draw(t.y)
	d := t.dual.frame.d
	for k, mean := range [][]float64{t.dual.frame.m1, t.dual.frame.m2} {
		dst, from := p.Data(k), [][]float64{t.x, t.y}[k]
		for i, v := range from {
			dst[i] = float32(v - mean[i%d])
		}
	}
}

// gradient draws a batch, leaves the gradient in p.Grad and returns J. It reports
// whether that was finite.
func (t *dualTrainer) gradient(p *tensor.Sharded) (value float64, ok bool) {
	t.draw(p)
	value = p.Gradient(1 / float64(t.s.Batch))
	return value, !math.IsNaN(value) && !math.IsInf(value, 0)
}

// run takes the steps: evaluate returns J and whether it is finite, move changes the
// parameters. It averages those at which J was finite.
func (t *dualTrainer) run(evaluate func(k int) (j float64, ok bool), move func(k int)) {
	monitor := t.s.Job.Named("dual")
	for k := range t.s.Steps {
		value, ok := evaluate(k)
		if !ok {
			t.fit.Status = NotFinite
			break
		}
		// An average of few steps would hold on to the beginning.
		t.average.Decay = min(t.s.Average, float64(k+1)/float64(k+10))
		t.average.Update(t.dual.params)
		squared := t.dual.frame.squared(value, t.x, t.y)
		move(k)
		t.fit.Step, t.fit.Value = append(t.fit.Step, float64(k+1)), append(t.fit.Value, squared)
		monitor.Step(k+1, t.s.Steps, job.Metric{Name: "W₂²", Value: squared})
	}
	if t.average.Params != nil {
		t.dual.share(t.average.Params)
	}
}

// finish returns the map of the averaged potentials.
func (t *dualTrainer) finish(name string, began time.Time) *Map {
	f := t.dual.frame
	m := Func(name, f.d, f.forward(t.dual.f.push))
	t.fit.F, t.fit.G = t.dual.f.network(), t.dual.g.network()
	t.fit.Inverse = Func("inverse of the "+name, f.d, f.backward(t.dual.g.push))
	t.fit.Elapsed = time.Since(began)
	m.Dual = t.fit
	return m
}
