package distill

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/fdiv"
	"gaspard/lib/job"
	"gaspard/lib/optim"
)

// The streams of one seed.
const (
	streamStudent = iota
	streamNoise
)

// Run distills the teacher into the student, which it moves: at each step points
// x = G(z) are noised to x_t = x + σ ε, and each pulls on the parameters with
//
//	dx = - w h(r) (s_p - s_q)(x_t),
//
// r, h and scores taken as constants (xu:25, theorem 1). Scores and ratio are
// exact, from the two laws at the noised point and its own level.
//
// Time per step: batch × (components of teacher and of student) × d; for N
// particles N². Same settings, same numbers, on any number of cores. How it
// ended is in [Result.Status]; on cancellation the student keeps its last state.
func Run(teacher *Mixture, student Student, s Settings) *Result {
	if teacher.Dim() != student.Dim() {
		panic(fmt.Sprintf("distill: the teacher is in R^%d, the student in R^%d", teacher.Dim(), student.Dim()))
	}
	s = s.withDefaults()
	began := time.Now()
	r := &Result{Student: student, Settings: s}
	noise := rand.New(rand.NewPCG(s.Seed, streamNoise))
	draw := rand.New(rand.NewPCG(s.Seed, streamStudent))
	move := newMover(s, len(student.Params()))
	from := s.Steps - int(math.Ceil(s.Average*float64(s.Steps)))
	monitor := s.Job.Named("distill")
	for step := range s.Steps {
		b := student.Generate(draw, s.Batch)
		n, _ := b.X.Dims()
		u := NewUpdate(s, teacher, student.Law(), b.X, s.Schedule.Draw(noise, n), noise)
		gradient := student.Pull(b, u.Gradient)
		if !r.History.add(s.Divergence, u, gradient) {
			r.Status = NotFinite
			break
		}
		move.step(student.Params(), gradient)
		if step >= from {
			r.average(student.Params(), step-from)
		}
		if s.Watch != nil {
			s.Watch(step + 1)
		}
		monitor.Step(step+1, s.Steps, job.Metric{Name: s.Divergence.Name, Value: r.History.Objective[step]})
	}
	r.Elapsed = time.Since(began)
	return r
}

// Update is the gradient of one batch with all that went into it.
type Update struct {
	Sigma    []float64
	Noised   *mat.Dense // x_t
	LogRatio []float64  // log p_σ/q_σ at x_t
	Weight   []float64  // h, as it was applied
	Teacher  *mat.Dense // s_p
	Student  *mat.Dense // s_q
	Gradient *mat.Dense // dx of each point
}

// NewUpdate noises the points x with the given levels and works out their
// gradients by the theorem. It reads Divergence, Weighting, Floor and Ratio of
// the settings, zero values standing for the defaults.
func NewUpdate(s Settings, teacher, student *Mixture, x *mat.Dense, sigma []float64, rng *rand.Rand) *Update {
	s = s.withDefaults()
	n, d := x.Dims()
	u := &Update{Sigma: sigma, Noised: mat.DenseCopyOf(x)}
	for i := range n {
		for j := range u.Noised.RawRowView(i) {
			u.Noised.RawRowView(i)[j] += sigma[i] * rng.NormFloat64()
		}
	}
	var lq []float64
	u.LogRatio, u.Teacher = teacher.At(u.Noised, sigma)
	lq, u.Student = student.At(u.Noised, sigma)
	for i := range u.LogRatio {
		u.LogRatio[i] -= lq[i]
	}
	if s.Ratio != nil {
		u.Weight = s.Ratio.Weights(s.Divergence, u.LogRatio, sigma)
	} else {
		u.Weight = s.Divergence.Weights(u.LogRatio)
	}
	u.Gradient = mat.NewDense(n, d, nil)
	for i := range n {
		w := s.scale(x.RawRowView(i), u.Noised.RawRowView(i), u.Teacher.RawRowView(i), sigma[i]) * u.Weight[i]
		for j, sp := range u.Teacher.RawRowView(i) {
			u.Gradient.RawRowView(i)[j] = -w * (sp - u.Student.RawRowView(i)[j])
		}
	}
	return u
}

// scale is the weight w of a point, without h.
func (s Settings) scale(x, noised, teacher []float64, sigma float64) float64 {
	switch s.Weighting {
	case SigmaSquared:
		return sigma * sigma
	case DMD:
		far := 0.0
		for j, v := range noised {
			far += math.Abs(x[j]-(v+sigma*sigma*teacher[j])) / float64(len(x))
		}
		return sigma * sigma / (far + s.Floor)
	}
	return 1
}

// mover takes steps by Adam, or plainly.
type mover struct {
	rate          float64
	adam          *optim.Adam
	params, grads []float32
}

func newMover(s Settings, n int) *mover {
	m := &mover{rate: s.Rate}
	if !s.Plain {
		m.adam = &optim.Adam{Rate: optim.Constant(s.Rate)}
		m.params, m.grads = make([]float32, n), make([]float32, n)
	}
	return m
}

func (m *mover) step(params, gradient []float64) {
	if m.adam == nil {
		for i, g := range gradient {
			params[i] -= m.rate * g
		}
		return
	}
	// Adam moves an offset from the parameters, so that these stay in float64.
	for i, g := range gradient {
		m.params[i], m.grads[i] = 0, float32(g)
	}
	m.adam.Step(m.params, m.grads)
	for i, v := range m.params {
		params[i] += float64(v)
	}
}

// History holds what each step saw, before it was taken.
type History struct {
	Step      []float64 // 1, 2, ...
	Objective []float64 // Mean of f(r) - f′(1)(r-1) over the batch: an estimate of D_f over the schedule.
	// Of the weights h: least, mean and largest, and variance over squared mean.
	// The effective share of the batch is 1/(1 + Variance).
	Least, Mean, Largest, Variance []float64
	GradientNorm                   []float64
}

// add records a step and reports whether all of it is finite.
func (h *History) add(d *fdiv.Divergence, u *Update, gradient []float64) bool {
	n := float64(len(u.Weight))
	least, largest, mean, square, norm := math.Inf(1), 0.0, 0.0, 0.0, 0.0
	for _, w := range u.Weight {
		least, largest = math.Min(least, w), math.Max(largest, w)
		mean += w
	}
	mean /= n
	for _, w := range u.Weight {
		square += (w - mean) * (w - mean) / n
	}
	for _, g := range gradient {
		norm += g * g
	}
	norm = math.Sqrt(norm)
	if math.IsNaN(norm) || math.IsInf(norm, 0) || math.IsInf(mean, 0) {
		return false
	}
	h.Step = append(h.Step, float64(len(h.Step)+1))
	h.Objective = append(h.Objective, meanTerm(d, u.LogRatio))
	h.Least, h.Mean, h.Largest = append(h.Least, least), append(h.Mean, mean), append(h.Largest, largest)
	h.Variance = append(h.Variance, square/(mean*mean))
	h.GradientNorm = append(h.GradientNorm, norm)
	return true
}

// Status says how a run ended.
type Status int

// The outcomes. Distillation has no notion of convergence: it is done when its
// steps are.
const (
	Done      Status = iota // All steps were taken.
	NotFinite               // A gradient was not finite; the student is that of the step before.
)

// String returns the status in words.
func (s Status) String() string {
	return [...]string{"done", "stopped by a gradient that is not finite"}[s]
}

// Err returns nil if all steps were taken, and otherwise says what to try.
func (s Status) Err() error {
	if s == NotFinite {
		return errors.New("distill: a gradient was not finite; lower Rate, set Ratio, or start the student nearer to the teacher")
	}
	return nil
}

// Result is a distilled student and how it came about.
type Result struct {
	Student  Student
	Settings Settings
	History  History
	// Mean is the mean of the parameters over the last steps (Settings.Average),
	// which has less noise than the last ones.
	Mean    []float64
	Elapsed time.Duration
	Status  Status
}

func (r *Result) average(params []float64, seen int) {
	if r.Mean == nil {
		r.Mean = make([]float64, len(params))
	}
	for i, v := range params {
		r.Mean[i] += (v - r.Mean[i]) / float64(seen+1)
	}
}

// String is a summary in three lines.
func (r *Result) String() string {
	steps := len(r.History.Step)
	s := fmt.Sprintf("distilled with %s, %v weighting, noise %v\n", r.Settings.Divergence.Title, r.Settings.Weighting, r.Settings.Schedule)
	if steps > 0 {
		s += fmt.Sprintf("%s %.4g over the last batch, h of mean %.3g and normalised variance %.3g\n", r.Settings.Divergence.Name,
			r.History.Objective[steps-1], r.History.Mean[steps-1], r.History.Variance[steps-1])
	}
	s += fmt.Sprintf("%d steps in %v, %v", steps, r.Elapsed.Round(time.Millisecond), r.Status)
	if err := r.Status.Err(); err != nil {
		s += ": " + err.Error()[len("distill: "):]
	}
	return s
}

// meanTerm is the mean of f(r) - f′(1)(r-1), which no term makes negative.
func meanTerm(d *fdiv.Divergence, logr []float64) float64 {
	sum := 0.0
	for _, l := range logr {
		sum += d.Term(l, 0) / float64(len(logr))
	}
	return sum
}
