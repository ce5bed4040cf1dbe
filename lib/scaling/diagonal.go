package scaling

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gaspard/lib/job"
)

// DiagonalSettings holds the parameters of [Diagonal]. The zero value is the default
// but for Rate, which must be given.
type DiagonalSettings struct {
	Rate  float64 // Learning rate.
	Batch int     // Samples per step; 0 means 1. As many as Samples is full-batch descent.

	Params  int     // d; 0 means 100.
	Nonzero int     // Weights of the target that are 1, the others being 0; 0 means 5.
	Start   float64 // Of all u and v; 0 means 0.1.
	Noise   float64 // Standard deviation of the labels' noise.
	Samples int     // Training set, or with Online how many are seen; 0 means 40.
	Online  bool    // Every sample is fresh and seen once.

	Tol    float64      // Without Online, stop at this training loss; 0 means 1e-6.
	Steps  int          // Most steps without Online; 0 means 2,000,000 divided by Batch, at least 100,000.
	Seeds  int          // Networks; 0 means 10.
	Seed   uint64       // Of the first; the others follow.
	Job    *job.Monitor // Progress and cancellation; nil means the process's own.
	maxAbs float64
}

func (s DiagonalSettings) withDefaults() DiagonalSettings {
	for _, d := range []struct {
		field *int
		value int
	}{{&s.Batch, 1}, {&s.Params, 100}, {&s.Nonzero, 5}, {&s.Samples, 40}, {&s.Seeds, 10}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if s.Start == 0 {
		s.Start = 0.1
	}
	if s.Tol == 0 {
		s.Tol = 1e-6
	}
	if s.Steps == 0 {
		s.Steps = max(2_000_000/s.Batch, 100_000)
	}
	if !(s.Rate > 0) || math.IsInf(s.Rate, 1) || s.Batch < 1 || s.Params < s.Nonzero || s.Nonzero < 0 || !(s.Start > 0) ||
		!(s.Noise >= 0) || s.Samples < s.Batch || !(s.Tol > 0) || s.Steps < 1 || s.Seeds < 1 {
		panic(fmt.Sprintf("scaling: a diagonal network with rate %g, batch %d of %d samples, %d of %d weights, start %g, noise %g, tol %g, %d steps, %d seeds",
			s.Rate, s.Batch, s.Samples, s.Nonzero, s.Params, s.Start, s.Noise, s.Tol, s.Steps, s.Seeds))
	}
	s.maxAbs = 1e3
	return s
}

// DiagonalRun is one network.
type DiagonalRun struct {
	Seed      uint64
	Error     float64 // |w - w*|² at the end; +Inf if it diverged.
	TrainLoss float64 // Mean squared residual at the end; NaN with Online.
	Steps     int
	Diverged  bool
	Trained   bool // The training loss fell to Tol, or all samples of Online were seen.
}

// DiagonalResult holds the networks of all seeds.
type DiagonalResult struct {
	Settings DiagonalSettings
	Runs     []DiagonalRun
	Error    Estimate // Over the seeds that were trained.
	Diverged int
	Cut      int // Networks that Steps stopped first.
}

// Status says whether all networks got where they should.
func (r *DiagonalResult) Status() Status {
	if r.Diverged+r.Cut > 0 {
		return IterationLimit
	}
	return Converged
}

// String is a summary in two lines.
func (r *DiagonalResult) String() string {
	s := r.Settings
	how := fmt.Sprintf("to a training loss of %g", s.Tol)
	if s.Online {
		how = "online"
	}
	out := fmt.Sprintf("diagonal network, rate %.4g, batch %d, %d samples, %s\n|w - w*|² %v over %d seeds", s.Rate, s.Batch, s.Samples, how, r.Error, r.Error.Draws)
	if r.Diverged > 0 {
		out += fmt.Sprintf("; %d DIVERGED", r.Diverged)
	}
	if r.Cut > 0 {
		out += fmt.Sprintf("; %d NOT TRAINED within %d steps", r.Cut, s.Steps)
	}
	return out
}

// Diagonal trains the smallest network on which batch and learning rate regularise:
// w = u² - v², elementwise, by stochastic gradient descent on half the mean squared
// residual of Gaussian data whose target has few nonzero weights. Without Online all
// networks stop at the same training loss, so that what differs between batches and
// rates is what they found, not how far they came.
//
// One network per seed, in parallel; data, order and noise come from the seed alone.
// Without Online batches are drawn without replacement, epoch by epoch.
//
// Time: O(steps · batch · params): 10 ms to a second per seed. A network that exceeds
// any bound is counted in Diverged, one that Steps stops in Cut; neither enters Error.
//
// Source: woodworth:20 for the model.
func Diagonal(s DiagonalSettings) *DiagonalResult {
	s = s.withDefaults()
	r := &DiagonalResult{Settings: s, Runs: make([]DiagonalRun, s.Seeds)}
	job.Parallel(s.Job.Named("diagonal networks"), s.Seeds, 0, func(inner *job.Monitor, _ func()) func(int) {
		return func(k int) {
			n := newDiagonal(s, s.Seed+uint64(k))
			r.Runs[k] = n.train(inner)
		}
	})
	var errors []float64
	for _, run := range r.Runs {
		switch {
		case run.Diverged:
			r.Diverged++
		case !run.Trained:
			r.Cut++
		default:
			errors = append(errors, run.Error)
		}
	}
	r.Error = Estimate{Mean: math.NaN(), SE: math.NaN()}
	if len(errors) > 0 {
		r.Error = estimate(errors)
	}
	return r
}

// diagonal is a network in training.
type diagonal struct {
	s    DiagonalSettings
	run  DiagonalRun
	rng  *rand.Rand
	u, v []float64
	g    []float64
	x    [][]float64
	y    []float64
}

func newDiagonal(s DiagonalSettings, seed uint64) *diagonal {
	n := &diagonal{s: s, rng: rand.New(rand.NewPCG(seed, 0xd1a6)), run: DiagonalRun{Seed: seed}}
	n.u, n.v, n.g = make([]float64, s.Params), make([]float64, s.Params), make([]float64, s.Params)
	for i := range n.u {
		n.u[i], n.v[i] = s.Start, s.Start
	}
	rows := s.Samples
	if s.Online {
		rows = s.Batch
	}
	for range rows {
		n.x, n.y = append(n.x, make([]float64, s.Params)), append(n.y, 0)
	}
	for i := range n.x {
		n.sample(i)
	}
	return n
}

// sample draws sample i.
func (n *diagonal) sample(i int) {
	n.y[i] = n.s.Noise * n.rng.NormFloat64()
	for j := range n.x[i] {
		n.x[i][j] = n.rng.NormFloat64()
		if j < n.s.Nonzero {
			n.y[i] += n.x[i][j]
		}
	}
}

// residual is the prediction less the label of sample i.
func (n *diagonal) residual(i int) float64 {
	e := -n.y[i]
	for j, x := range n.x[i] {
		e += (n.u[j] - n.v[j]) * (n.u[j] + n.v[j]) * x
	}
	return e
}

// step descends on the given samples and reports whether the weights stay bounded.
func (n *diagonal) step(batch []int) bool {
	clear(n.g)
	for _, i := range batch {
		e := n.residual(i) / float64(len(batch))
		for j, x := range n.x[i] {
			n.g[j] += e * x
		}
	}
	most := 0.0
	for j, g := range n.g {
		n.u[j] -= n.s.Rate * 2 * n.u[j] * g
		n.v[j] += n.s.Rate * 2 * n.v[j] * g
		most = math.Max(most, math.Max(math.Abs(n.u[j]), math.Abs(n.v[j])))
	}
	n.run.Steps++
	return most <= n.s.maxAbs // false for NaN too
}

// loss is the mean squared residual of the training set.
func (n *diagonal) loss() float64 {
	sum := 0.0
	for i := range n.x {
		e := n.residual(i)
		sum += e * e
	}
	return sum / float64(len(n.x))
}

func (n *diagonal) train(m *job.Monitor) DiagonalRun {
	order := make([]int, len(n.x))
	for i := range order {
		order[i] = i
	}
	seen := 0
	for n.run.Steps < n.s.Steps && !n.run.Diverged && !n.run.Trained {
		m.Check()
		if n.s.Online {
			if seen > 0 {
				for i := range n.x {
					n.sample(i)
				}
			}
			n.run.Diverged = !n.step(order)
			seen += n.s.Batch
			n.run.Trained = !n.run.Diverged && seen >= n.s.Samples
			continue
		}
		n.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for from := 0; from < len(order) && !n.run.Diverged; from += n.s.Batch {
			n.run.Diverged = !n.step(order[from:min(from+n.s.Batch, len(order))])
		}
		n.run.Trained = !n.run.Diverged && n.loss() < n.s.Tol
	}
	n.run.TrainLoss = math.NaN()
	if !n.s.Online && !n.run.Diverged {
		n.run.TrainLoss = n.loss()
	}
	n.run.Error = math.Inf(1)
	if !n.run.Diverged {
		n.run.Error = 0
		for j := range n.u {
			e := n.u[j]*n.u[j] - n.v[j]*n.v[j]
			if j < n.s.Nonzero {
				e--
			}
			n.run.Error += e * e
		}
	}
	return n.run
}
