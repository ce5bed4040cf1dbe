package monge

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
)

// same reports what differs between two runs that should be one.
func same(t *testing.T, name string, a, b *Map) {
	t.Helper()
	if !slices.Equal(a.Net.Params, b.Net.Params) {
		t.Errorf("%s: the parameters differ", name)
	}
	if !slices.Equal(a.History.Total, b.History.Total) || !slices.Equal(a.History.Held.Total, b.History.Held.Total) {
		t.Errorf("%s: the losses differ", name)
	}
	if a.Status != b.Status || a.Stopped != b.Stopped || a.Iterations != b.Iterations {
		t.Errorf("%s: %v %v %v and %v %v %v", name, a.Status, a.Stopped, a.Iterations, b.Status, b.Stopped, b.Iterations)
	}
}

// Steps in pieces are steps at once, whatever the settings keep from step to step.
func TestTrainingInPieces(t *testing.T) {
	x, y := clouds(60, 60)
	variants := map[string]Settings{
		"plain":         {Lambda: 1},
		"reference":     {Lambda: 1, Reference: mat.NewDense(60, 2, normals(9, 120))},
		"everything":    {Lambda: 1, Conservativity: 0.1, Average: 0.9, Cosine: true, LambdaSchedule: Ramp(0, 1), Start: Linear(x, y), Validation: Validation{Every: 4}},
		"whole clouds":  {Lambda: 1, Full: true},
		"a user's cost": {Lambda: 1, Cost: userCost},
	}
	for name, s := range variants {
		s.Steps = 12
		if s = small(s); s.Full || s.Validation.Every > 0 {
			s.Batch = 0
		}
		whole := NewTrainer(x, y, s)
		pieces := NewTrainer(x, y, s)
		first := pieces.Run(5)
		params := slices.Clone(first.Net.Params)
		if first.Status != Underway || pieces.Steps() != 5 {
			t.Errorf("%s: %v", name, pieces)
		}
		pieces.Run(1)
		if !slices.Equal(params, first.Net.Params) {
			t.Errorf("%s: training changes the map it gave before", name)
		}
		same(t, name, whole.Run(0), pieces.Run(1000))
	}
}

// A cancellation that strikes within a step, while the second batch is drawn or in the
// solves after it, loses and repeats nothing.
func TestTrainingGoesOnAfterCancellation(t *testing.T) {
	x, y := clouds(80, 80)
	for _, inTarget := range []bool{false, true} {
		monitor := job.New(nil)
		calls, strike := 0, false
		sampler := func(from *mat.Dense, last bool) func(*rand.Rand, int) *mat.Dense {
			return func(rng *rand.Rand, n int) *mat.Dense {
				z := mat.NewDense(n, 2, nil)
				for i := range n {
					z.SetRow(i, from.RawRowView(rng.IntN(80)))
				}
				if last {
					if calls++; strike && calls%3 == 0 {
						monitor.Cancel()
						if inTarget {
							monitor.Check()
						}
					}
				}
				return z
			}
		}
		s := small(Settings{Lambda: 1, Steps: 10, Validation: Validation{Every: 3}, Job: monitor})
		s.SourceSampler, s.TargetSampler = sampler(x, false), sampler(y, true)
		want := Fit(nil, nil, s)
		strike = true
		trainer := NewTrainer(nil, nil, s)
		var got *Map
		cancelled := 0
		for got == nil {
			monitor.Reset()
			err := job.Catch(func() { got = trainer.Run(0) })
			if err != nil && !errors.Is(err, job.ErrCancelled) || cancelled > 20 {
				t.Fatalf("%v after %d cancellations", err, cancelled)
			}
			if err != nil {
				cancelled++
			}
		}
		if cancelled < 3 {
			t.Fatalf("%d cancellations", cancelled)
		}
		same(t, "cancelled", want, got)
	}
}

func TestRunOfNegativeSteps(t *testing.T) {
	x, y := clouds(60, 60)
	trainer := NewTrainer(x, y, small(Settings{}))
	defer func() {
		if r := recover(); r != "monge: Run of -1 steps" {
			t.Errorf("panic %v", r)
		}
	}()
	trainer.Run(-1)
}

// With whole clouds the potentials go on: the losses are those of fresh solves to
// within the tolerance of both, from fewer iterations. Clouds may differ in size.
func TestWholeCloudsGoOnFromTheirPotentials(t *testing.T) {
	x, y := clouds(70, 50)
	s := small(Settings{Lambda: 1, Full: true, Steps: 30, EpsilonFit: 0.3, EpsilonGap: 0.1, Tol: 1e-6, LearningRate: 1e-3})
	s.Batch = 0
	m := Fit(x, y, s)
	o := newObjective(shape{source: 70, target: 50, d: 2}, true, Divergence, nil, newGround(cost.SqEuclidean()), noPoll)
	o.tol, o.maxIter, o.epsFit, o.epsGap = 1e-6, 10000, 0.3, 0.1
	trainer := NewTrainer(x, y, s)
	fresh, total := 0.0, 0.0
	for step := range 30 {
		tx := trainer.field.push(trainer.field.params, x, 0)
		copy(o.x, x.RawMatrix().Data)
		copy(o.tx, tx.RawMatrix().Data)
		copy(o.y, y.RawMatrix().Data)
		o.evaluate()
		o.count()
		fresh, total = o.iterations.Fit+o.iterations.Gap, totalLoss(o, s.Lambda)
		trainer.Run(1)
		// A marginal error moves the value by as much times a potential, of size 10.
		if got := m.History.Total[step]; math.Abs(got-total) > 1e-5*(1+total) {
			t.Fatalf("step %d: loss %.9g, from fresh solves %.9g", step+1, got, total)
		}
	}
	if went := 30 * (m.Iterations.Fit + m.Iterations.Gap); went >= fresh {
		t.Errorf("%g iterations that go on, %g fresh ones", went, fresh)
	}
	if text := m.String(); !strings.Contains(text, "whole clouds") || strings.Contains(text, "Inf") {
		t.Errorf("%s", text)
	}
}

// Held-out losses choose the step, and stop training that gets no better: here the rate
// blows the map up after the first steps.
func TestValidationChoosesTheStep(t *testing.T) {
	x, y := clouds(200, 200)
	s := small(Settings{Lambda: 0.5, Steps: 400, Validation: Validation{Every: 10, Patience: 3}})
	s.LearningRate, s.Clip = 0.5, 1
	m := Fit(x, y, s)
	h := m.History.Held
	if m.Status != Early || len(h.Total) != h.Best+4 || len(m.History.Total) != 10*len(h.Total) {
		t.Fatalf("%v: %d validations, the best %d, %d steps", m.Status, len(h.Total), h.Best+1, len(m.History.Total))
	}
	short := s
	again := NewTrainer(x, y, short)
	if !slices.Equal(again.Run(10*(h.Best+1)).Net.Params, m.Net.Params) {
		t.Error("the map is not that of the best validation")
	}
	for i := range h.Total {
		if math.Abs(h.Fit[i]+0.5*h.Gap[i]-h.Total[i]) > 1e-12 || h.Gap[i] < 0 {
			t.Errorf("validation %d: fit %g, gap %g, total %g", i+1, h.Fit[i], h.Gap[i], h.Total[i])
		}
	}
	if text := m.String(); !strings.Contains(text, "stopped early") || !strings.Contains(text, "held out") {
		t.Errorf("%s", text)
	}
	given := small(Settings{Validation: Validation{Every: 5, X: x, Y: y}, Steps: 10})
	if h := Fit(x, y, given).History.Held; !slices.Equal(h.Step, []float64{5, 10}) || h.Gap[1] != 0 {
		t.Errorf("validations %+v", h)
	}
}

func TestSchedules(t *testing.T) {
	x, y := clouds(60, 60)
	m := Fit(x, y, small(Settings{Lambda: 2, LambdaSchedule: Ramp(0, 1), EpsilonFitSchedule: Geometric(4, 1), Steps: 5}))
	h := m.History
	for i, share := range []float64{0, 0.25, 0.5, 0.75, 1} {
		if want := h.Fit[i] + 2*share*h.Gap[i]; math.Abs(h.Total[i]-want) > 1e-12*(1+want) {
			t.Errorf("step %d: total %g, want %g", i+1, h.Total[i], want)
		}
	}
	if f := Geometric(4, 1); f(0) != 4 || math.Abs(f(0.5)-2) > 1e-15 || f(1) != 1 {
		t.Errorf("geometric schedule %g %g %g", f(0), f(0.5), f(1))
	}
	standard := Fit(x, y, small(Settings{Lambda: 1, RuleGap: EpsilonRule{Of: StdCost, Share: 0.05}, Steps: 1}))
	shifted := mat.DenseCopyOf(y)
	for i := range 60 {
		shifted.Set(i, 0, y.At(i, 0)+100)
	}
	// A shift adds to |x-y| little but a constant, where it is long.
	a := NewTrainer(x, y, Settings{Lambda: 1, Cost: cost.SqEuclidean(), RuleGap: EpsilonRule{Of: StdCost}})
	b := NewTrainer(x, shifted, Settings{Lambda: 1, Cost: cost.SqEuclidean()})
	if a.gap >= b.gap || standard.EpsilonGap < 4.9*a.gap || standard.EpsilonGap > 5.1*a.gap {
		t.Errorf("ε by standard deviation %g, by mean of a shifted cloud %g, at five times the share %g", a.gap, b.gap, standard.EpsilonGap)
	}
}

// Averaged parameters move less than the last ones.
func TestAverageOfParameters(t *testing.T) {
	x, y := clouds(60, 60)
	last := NewTrainer(x, y, small(Settings{Steps: 20}))
	averaged := NewTrainer(x, y, small(Settings{Steps: 20, Average: 0.9}))
	start := slices.Clone(last.field.params)
	moved := func(m *Map) (sum float64) {
		for i, p := range m.Net.Params {
			sum += math.Abs(float64(p - start[i]))
		}
		return sum
	}
	if a, l := moved(averaged.Run(0)), moved(last.Run(0)); !(a > 0 && a < 0.8*l) {
		t.Errorf("the average moved by %g, the last parameters by %g", a, l)
	}
}

func TestEntropicLossIsTheCrossTermAlone(t *testing.T) {
	x, y := clouds(60, 60)
	entropic := NewTrainer(x, y, small(Settings{Loss: Entropic, Steps: 1}))
	whole := NewTrainer(x, y, small(Settings{Steps: 1}))
	e, d := entropic.Run(0), whole.Run(0)
	o := whole.parts[0].o
	if want := d.History.Fit[0] + (o.self.value()+o.other.value())/2; math.Abs(e.History.Fit[0]-want) > 1e-9*(1+want) {
		t.Errorf("entropic loss %.12g, the cross term is %.12g", e.History.Fit[0], want)
	}
	if text := e.String(); !strings.Contains(text, "entropic cost") {
		t.Errorf("%s", text)
	}
}
