package scaling

import (
	"fmt"
	"math"
	"slices"

	"gaspard/lib/job"
)

// Spectrum is linear regression on data with a power-law spectrum, learned by
// stochastic gradient descent that sees each sample once. Its expected loss obeys a
// recursion, so that learning curves, optimal rates, instabilities and crossings of
// recipes are known without noise.
//
// The i-th coordinate of x is Gaussian of variance λ_i = i^-Data, the label is
// ⟨w, x⟩ plus noise of variance Noise, with λ_i w_i² = i^-Target. A model of N
// params sees the first N coordinates; what the others say is noise to it.
type Spectrum struct {
	Data   float64 // a; 0 means 1.5.
	Target float64 // b, more than 1; 0 means 2.
	Noise  float64 // s².
}

func (p Spectrum) withDefaults() Spectrum {
	if p.Data == 0 {
		p.Data = 1.5
	}
	if p.Target == 0 {
		p.Target = 2
	}
	if !(p.Data > 0) || !(p.Target > 1) || !(p.Noise >= 0) || math.IsInf(p.Data+p.Target+p.Noise, 0) {
		panic(fmt.Sprintf("scaling: a spectrum with exponents %g and %g and noise %g", p.Data, p.Target, p.Noise))
	}
	return p
}

// Floor is the loss of the best model of the given size: s² + Σ_{i>N} i^-b.
func (p Spectrum) Floor(params int) float64 {
	p = p.withDefaults()
	checkParams(params)
	return p.Noise + tail(p.Target, params)
}

func checkParams(params int) {
	if params < 1 {
		panic(fmt.Sprintf("scaling: a model of %d params", params))
	}
}

// Kappa is the feedback of the gradient's own noise,
//
//	κ(η) = η/B Σ_i λ_i / (2 - η (1 + 1/B) λ_i),
//
// at a constant rate η without L2. Descent is stable if and only if κ < 1, and the
// loss then tends to Floor/(1 - κ). +Inf if a denominator is not positive.
func (p Spectrum) Kappa(params int, rate float64, batch int) float64 {
	p = p.withDefaults()
	checkParams(params)
	if batch < 1 || !(rate >= 0) {
		panic(fmt.Sprintf("scaling: rate %g, batch %d", rate, batch))
	}
	b := float64(batch)
	sum := 0.0
	for i := 1; i <= params; i++ {
		lambda := math.Pow(float64(i), -p.Data)
		down := 2 - rate*(1+1/b)*lambda
		if !(down > 0) {
			return math.Inf(1)
		}
		sum += rate / b * lambda / down
	}
	return sum
}

// LargestRate is the rate at which κ = 1: the edge of stability.
func (p Spectrum) LargestRate(params, batch int) float64 {
	lo, hi := 0.0, 2.0 // at rate 2 the first denominator is not positive
	for range 60 {
		if mid := (lo + hi) / 2; p.Kappa(params, mid, batch) < 1 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// Training is the exact course of one training.
type Training struct {
	Recipe   string
	Params   int
	Tokens   int
	Steps    int
	FLOPs    float64 // N·D: a laboratory's unit, not 6ND.
	Rate     float64 // At the start.
	Kappa    float64 // At Rate, without L2 and decay.
	Loss     float64 // At the end; +Inf if Diverged.
	Floor    float64 // Of this size.
	Diverged bool    // The loss blew up, or must since κ ≥ 1 at a constant rate.

	At     []int     // Samples seen, about evenly in the logarithm,
	Losses []float64 // and the loss then.
}

// String is a summary in two lines.
func (t *Training) String() string {
	end := fmt.Sprintf("loss %.6g, of which %.6g is out of reach for this size", t.Loss, t.Floor)
	if t.Diverged {
		end = "DIVERGED: the learning rate is beyond the edge of stability"
	}
	return fmt.Sprintf("%s: %d params on %d tokens in %d steps, rate %.4g, κ = %.3g\n%s",
		t.Recipe, t.Params, t.Tokens, t.Steps, t.Rate, t.Kappa, end)
}

// Train follows the expected loss of one-pass stochastic gradient descent from w = 0,
//
//	w ← (1 - η_t μ - δ_t) w - η_t g,  L = s² + Σ_{i>N} i^-b + S,  S = Σ_i λ_i E[e_i²],
//
// with e the error of the weights, whose mean m and second moment v obey, at
// r = 1 - c and c = η μ + δ,
//
//	v ← r² v - 2 r η λ v + η² ((1 + 1/B) λ² v + λ (S + Floor)/B) + c² w² - 2 r c w m + 2 η c w λ m
//	m ← (r - η λ) m - c w.
//
// There is no factor 1/2 in the loss, and g is the gradient of half of it.
//
// Time: O(N · steps), 0.1 s for 1,024 params on 20,480 samples. Memory: O(N).
func (p Spectrum) Train(params int, r Recipe, m *job.Monitor) *Training {
	p, r = p.withDefaults(), r.withDefaults()
	checkParams(params)
	t := &Training{
		Recipe: r.String(), Params: params, Rate: r.Rate.At(float64(params)), Floor: p.Floor(params),
	}
	t.Steps = max(1, int(math.Round(r.TokensPerParam*float64(params)/float64(r.Batch))))
	t.Tokens = t.Steps * r.Batch
	t.FLOPs = float64(t.Params) * float64(t.Tokens)
	t.Kappa = p.Kappa(params, t.Rate, r.Batch)
	d := p.descent(params, r.Batch)
	start, next := d.s, 1.0
	m = m.Named("one-pass descent")
	for step := range t.Steps {
		if float64(step) >= next {
			t.At, t.Losses = append(t.At, step*r.Batch), append(t.Losses, t.Floor+d.s)
			next = math.Max(next+1, next*1.1)
		}
		schedule := 1.0
		if r.Cosine {
			schedule = (1 + math.Cos(math.Pi*float64(step)/float64(t.Steps))) / 2
		}
		eta := t.Rate * schedule
		d.step(eta, eta*r.L2+r.Decay*schedule, t.Floor)
		if !(d.s < 1e6*(start+t.Floor)) {
			t.Diverged = true
			break
		}
		if step%256 == 0 {
			m.Step(step, t.Steps, job.Metric{Name: "loss", Value: t.Floor + d.s})
		}
	}
	t.Loss = t.Floor + d.s
	if t.Kappa >= 1 && !r.Cosine && r.L2 == 0 && r.Decay == 0 {
		t.Diverged = true
	}
	if t.Diverged {
		t.Loss = math.Inf(1)
	}
	t.At, t.Losses = append(t.At, t.Tokens), append(t.Losses, t.Loss)
	return t
}

// descent is the state of the recursion.
type descent struct {
	batch        float64
	lambda, w    []float64
	m, v         []float64
	s            float64   // Σ λ v
	keep, inject []float64 // of a step without shrinking, at the rate eta
	eta          float64
}

func (p Spectrum) descent(params, batch int) *descent {
	floats := func() []float64 { return make([]float64, params) }
	d := &descent{batch: float64(batch), lambda: floats(), w: floats(), m: floats(), v: floats(), keep: floats(), inject: floats()}
	for i := range params {
		k := float64(i + 1)
		d.lambda[i] = math.Pow(k, -p.Data)
		d.w[i] = math.Sqrt(math.Pow(k, -p.Target) / d.lambda[i])
		d.m[i], d.v[i] = -d.w[i], d.w[i]*d.w[i]
		d.s += d.lambda[i] * d.v[i]
	}
	return d
}

// step takes a step at rate eta in which weights lose the share c.
func (d *descent) step(eta, c, floor float64) {
	b := d.batch
	if c == 0 {
		if eta != d.eta {
			d.eta = eta
			for i, l := range d.lambda {
				d.keep[i] = 1 - 2*eta*l + eta*eta*(1+1/b)*l*l
				d.inject[i] = eta * eta * l / b
			}
		}
		noise, sum := d.s+floor, 0.0
		for i, l := range d.lambda {
			v := d.keep[i]*d.v[i] + d.inject[i]*noise
			d.v[i] = v
			sum += l * v
		}
		d.s = sum
		return // the mean matters only to what shrinks
	}
	r := 1 - c
	noise, sum := d.s+floor, 0.0
	for i, l := range d.lambda {
		v, m, w := d.v[i], d.m[i], d.w[i]
		d.v[i] = r*r*v - 2*r*eta*l*v + eta*eta*((1+1/b)*l*l*v+l*noise/b) +
			c*c*w*w - 2*r*c*w*m + 2*eta*c*w*l*m
		d.m[i] = (r-eta*l)*m - c*w
		sum += l * d.v[i]
	}
	d.s = sum
}

// Ladder trains a recipe at several sizes, one per core at a time, and returns the
// runs. FLOPs are N·D.
func (p Spectrum) Ladder(r Recipe, params []int, m *job.Monitor) *Ladder {
	r.withDefaults()
	l := &Ladder{Recipe: r.String(), Compute: "ND", Runs: make([]Run, len(params))}
	order := make([]int, len(params))
	for i := range order {
		checkParams(params[i])
		order[i] = i
	}
	// The largest takes longest, so it comes first.
	slices.SortStableFunc(order, func(i, j int) int { return params[j] - params[i] })
	job.Parallel(m.Named("ladder of "+l.Recipe), len(order), 0, func(inner *job.Monitor, _ func()) func(int) {
		return func(k int) {
			i := order[k]
			l.Runs[i] = p.Train(params[i], r, inner).run()
		}
	})
	return l
}

// Sweep trains a recipe at one size with each of the rates instead of its own, and
// returns the losses, +Inf where it diverges: what [FitRate] takes.
func (p Spectrum) Sweep(params int, r Recipe, rates []float64, m *job.Monitor) []float64 {
	losses := make([]float64, len(rates))
	for _, rate := range rates {
		r.Rate = Constant(rate)
		r.withDefaults()
	}
	job.Parallel(m.Named("sweep"), len(rates), 0, func(inner *job.Monitor, _ func()) func(int) {
		return func(k int) {
			one := r
			one.Rate = Constant(rates[k])
			losses[k] = p.Train(params, one, inner).Loss
		}
	})
	return losses
}

func (t *Training) run() Run {
	return Run{Params: float64(t.Params), Tokens: float64(t.Tokens), FLOPs: t.FLOPs, Loss: t.Loss, Diverged: t.Diverged}
}

// Simulate runs the descent itself on random samples and returns the mean of the
// exact loss of its weights at the end, with its standard error: the check of
// [Spectrum.Train]. Time: O(draws · tokens · params). It panics with a sentence for
// fewer than 2 draws.
func (p Spectrum) Simulate(params int, r Recipe, draws int, seed uint64, m *job.Monitor) Estimate {
	p, r = p.withDefaults(), r.withDefaults()
	checkParams(params)
	if draws < 2 {
		panic(fmt.Sprintf("scaling: %d draws", draws))
	}
	steps := max(1, int(math.Round(r.TokensPerParam*float64(params)/float64(r.Batch))))
	floor := p.Floor(params)
	d := p.descent(params, r.Batch)
	rate := r.Rate.At(float64(params))
	values := make([]float64, draws)
	job.Parallel(m.Named("simulation"), draws, 0, func(inner *job.Monitor, _ func()) func(int) {
		w, g, x := make([]float64, params), make([]float64, params), make([]float64, params)
		return func(k int) {
			rng := draw(seed, k)
			clear(w)
			for step := range steps {
				inner.Check()
				schedule := 1.0
				if r.Cosine {
					schedule = (1 + math.Cos(math.Pi*float64(step)/float64(steps))) / 2
				}
				clear(g)
				for range r.Batch {
					e := math.Sqrt(floor) * rng.NormFloat64()
					for i := range x {
						x[i] = math.Sqrt(d.lambda[i]) * rng.NormFloat64()
						e += x[i] * (d.w[i] - w[i])
					}
					for i := range x {
						g[i] -= e * x[i] / float64(r.Batch)
					}
				}
				for i := range w {
					w[i] -= rate*schedule*(g[i]+r.L2*w[i]) + r.Decay*schedule*w[i]
				}
			}
			values[k] = floor
			for i := range w {
				values[k] += d.lambda[i] * (w[i] - d.w[i]) * (w[i] - d.w[i])
			}
		}
	})
	return estimate(values)
}
