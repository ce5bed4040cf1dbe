package distill

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/fdiv"
	"gaspard/lib/job"
)

// RecoverySettings holds the parameters of [Recovery]. The zero value is the
// default.
type RecoverySettings struct {
	Particles   int                // 0 means 400.
	Left        float64            // Share of them that start in the left mode; 0 means 0.95.
	Steps       int                // 0 means 800.
	Marks       []int              // Steps at which to look; nil means 80, 200 and the last.
	Divergences []*fdiv.Divergence // nil means fdiv.Paper().
	Seeds       int                // 0 means 3.
	Job         *job.Monitor
}

// RecoveryTable is what [Recovery] returns.
type RecoveryTable struct {
	Teacher *Mixture
	Marks   []int
	Rows    []RecoveryRow
	Elapsed time.Duration
}

// RecoveryRow is how one divergence brings the missing mode back. Slices over
// seeds have one entry each.
type RecoveryRow struct {
	Divergence *fdiv.Divergence
	Right      [][]float64 // By mark, then by seed: share of the particles in the right half.
	Variance   []float64   // Var(h)/E[h]², mean over the steps.
	Within     []float64   // Rms distance of the particles from the mode of their side.
	Path       []float64   // Share in the right half after each step, seed 0.
	Last       *mat.Dense  // The particles of seed 0 at the end.
}

// Recovery starts a student of free particles with nearly all of them in one of
// the two modes of ½ N(-2, 0.3²) + ½ N(2, 0.3²), and watches how fast each
// divergence brings the other one back, how much its weights vary, and what it
// leaves lying about (xu:25, figure 8). Scores and ratios are exact. Noise is
// log-uniform from 0.1 to 4, the weighting that of DMD, ratios lie in [1/20, 20],
// and weights have mean 1.
func Recovery(s RecoverySettings) *RecoveryTable {
	if s.Particles < 0 || s.Steps < 0 || s.Seeds < 0 || !(s.Left >= 0 && s.Left <= 1) {
		panic(fmt.Sprintf("distill: Particles %d, Steps %d, Seeds %d, Left %g", s.Particles, s.Steps, s.Seeds, s.Left))
	}
	began := time.Now()
	n, steps, seeds := int(orDefault(float64(s.Particles), 400)), int(orDefault(float64(s.Steps), 800)), int(orDefault(float64(s.Seeds), 3))
	t := &RecoveryTable{Teacher: OnLine(nil, []float64{-2, 2}, []float64{0.3}), Marks: s.Marks}
	if t.Marks == nil {
		t.Marks = []int{max(1, steps/10), max(1, steps/4), steps}
	}
	for _, m := range t.Marks {
		if m < 1 || m > steps {
			panic(fmt.Sprintf("distill: a mark at step %d of %d", m, steps))
		}
	}
	divergences := s.Divergences
	if divergences == nil {
		divergences = fdiv.Paper()
	}
	t.Rows = make([]RecoveryRow, len(divergences))
	for i, d := range divergences {
		t.Rows[i] = RecoveryRow{Divergence: d, Right: make([][]float64, len(t.Marks)), Variance: make([]float64, seeds), Within: make([]float64, seeds)}
		for k := range t.Marks {
			t.Rows[i].Right[k] = make([]float64, seeds)
		}
	}
	left := orDefault(s.Left, 0.95)
	runs(s.Job.Named("recovery"), anyCustom(divergences), seeds*len(divergences), seeds*len(divergences)*steps, func(k int, inner *job.Monitor, step func()) {
		t.Rows[k/seeds].run(t, k%seeds, NewParticles(skewed(n, left, uint64(k%seeds))), steps, inner, step)
	})
	t.Elapsed = time.Since(began)
	return t
}

// run fills in what one seed contributes to the row.
func (row *RecoveryRow) run(t *RecoveryTable, seed int, student *Particles, steps int, inner *job.Monitor, step func()) {
	path := make([]float64, 0, steps)
	r := Run(t.Teacher, student, Settings{
		Divergence: row.Divergence, Schedule: LogUniform(0.1, 4), Weighting: DMD, Floor: 0.01, Ratio: &Ratio{Lower: 1.0 / 20, Upper: 20, Bins: -1},
		Steps: steps, Rate: 0.02, Plain: true, Seed: uint64(seed), Job: inner,
		Watch: func(int) {
			path = append(path, shareAbove(student.Params()))
			step()
		},
	})
	if err := r.Status.Err(); err != nil {
		panic(fmt.Sprintf("%v (%s, seed %d)", err, row.Divergence.Name, seed))
	}
	for k, m := range t.Marks {
		row.Right[k][seed] = path[m-1]
	}
	row.Variance[seed], _ = meanSd(r.History.Variance)
	row.Within[seed] = within(student.Params(), 2)
	if seed == 0 {
		row.Path, row.Last = path, student.Points()
	}
}

// skewed draws particles of the two modes with the given share on the left.
func skewed(n int, left float64, seed uint64) *mat.Dense {
	rng := rand.New(rand.NewPCG(seed, 100))
	x := mat.NewDense(n, 1, nil)
	for i := range n {
		centre := 2.0
		if float64(i) < left*float64(n) {
			centre = -2
		}
		x.Set(i, 0, centre+0.3*rng.NormFloat64())
	}
	return x
}

func shareAbove(x []float64) float64 {
	count := 0
	for _, v := range x {
		if v > 0 {
			count++
		}
	}
	return float64(count) / float64(len(x))
}

func within(x []float64, mode float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += (math.Abs(v) - mode) * (math.Abs(v) - mode)
	}
	return math.Sqrt(sum / float64(len(x)))
}

// String prints the table.
func (t *RecoveryTable) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-10s", "")
	for _, m := range t.Marks {
		fmt.Fprintf(&b, " %14s", fmt.Sprintf("after %d", m))
	}
	fmt.Fprintf(&b, " %12s %17s", "Var(h)/E[h]²", "rms within modes")
	for _, r := range t.Rows {
		fmt.Fprintf(&b, "\n%-10s", r.Divergence.Name)
		for _, v := range r.Right {
			lo, hi := extremes(v)
			fmt.Fprintf(&b, " %14s", fmt.Sprintf("%.3f-%.3f", lo, hi))
		}
		v, _ := meanSd(r.Variance)
		lo, hi := extremes(r.Within)
		fmt.Fprintf(&b, " %12.3f %17s", v, fmt.Sprintf("%.2f-%.2f", lo, hi))
	}
	return b.String()
}

func extremes(v []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, x := range v {
		lo, hi = math.Min(lo, x), math.Max(hi, x)
	}
	return lo, hi
}
