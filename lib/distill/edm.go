package distill

import (
	"fmt"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// Teacher is a diffusion model: what the samplers need of it. A [Mixture] is
// one.
type Teacher interface {
	Dim() int
	// Denoise returns the mean of the clean point given x at noise level sigma.
	Denoise(x *mat.Dense, sigma float64) *mat.Dense
}

// SampleSettings holds the parameters of [Heun] and [Euler]. The zero value is
// the default.
type SampleSettings struct {
	Schedule Schedule // The zero value is Karras from 0.02 to 10.
	Steps    int      // 0 means 18.
	Seed     uint64
	Job      *job.Monitor // Progress and cancellation; nil means the process's own.
}

// Samples is what a sampler returns.
type Samples struct {
	X           *mat.Dense
	Evaluations int // Of the denoiser, for each sample (NFE).
	Elapsed     time.Duration
}

// PerSample is the time per sample in milliseconds.
func (s *Samples) PerSample() float64 {
	n, _ := s.X.Dims()
	return s.Elapsed.Seconds() * 1e3 / float64(n)
}

// String says how the samples were made.
func (s *Samples) String() string {
	n, d := s.X.Dims()
	return fmt.Sprintf("%d samples in R^%d, %d evaluations each, %.4g ms per sample", n, d, s.Evaluations, s.PerSample())
}

// Heun draws n samples with the deterministic second-order sampler of EDM: it
// follows dx/dσ = (x - D(x, σ))/σ from N(0, σ_max² I) down the schedule, with a
// correction after each step but the last, which goes to σ = 0. N steps take
// 2N - 1 evaluations. Source: karras:22, algorithm 1.
func Heun(t Teacher, n int, s SampleSettings) *Samples { return follow(t, n, s, true) }

// Euler is [Heun] without the corrections: N evaluations.
func Euler(t Teacher, n int, s SampleSettings) *Samples { return follow(t, n, s, false) }

func follow(t Teacher, n int, s SampleSettings, correct bool) *Samples {
	if n < 1 || s.Steps < 0 {
		panic(fmt.Sprintf("distill: %d samples in %d steps", n, s.Steps))
	}
	if s.Steps == 0 {
		s.Steps = 18
	}
	if s.Schedule.IsZero() {
		s.Schedule = Karras(0.02, 10, 0)
	}
	began := time.Now()
	levels := s.Schedule.Steps(s.Steps)
	rng := rand.New(rand.NewPCG(s.Seed, streamNoise))
	x := mat.NewDense(n, t.Dim(), nil)
	for i := range n {
		for j := range x.RawRowView(i) {
			x.RawRowView(i)[j] = levels[0] * rng.NormFloat64()
		}
	}
	monitor := s.Job.Named("sample")
	out := &Samples{}
	for i := range s.Steps {
		sigma, next := levels[i], levels[i+1]
		slope := slopeAt(t, x, sigma)
		out.Evaluations++
		var moved mat.Dense
		moved.Scale(next-sigma, slope)
		moved.Add(&moved, x)
		if correct && next > 0 {
			second := slopeAt(t, &moved, next)
			out.Evaluations++
			second.Add(second, slope)
			second.Scale((next-sigma)/2, second)
			second.Add(second, x)
			moved = *second
		}
		x = &moved
		monitor.Step(i+1, s.Steps)
	}
	out.X, out.Elapsed = x, time.Since(began)
	return out
}

// slopeAt is (x - D(x, σ))/σ.
func slopeAt(t Teacher, x *mat.Dense, sigma float64) *mat.Dense {
	var s mat.Dense
	s.Sub(x, t.Denoise(x, sigma))
	s.Scale(1/sigma, &s)
	return &s
}
