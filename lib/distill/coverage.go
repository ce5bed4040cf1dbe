package distill

import (
	"fmt"
	"math"
	"strings"
	"time"

	"gaspard/lib/fdiv"
	"gaspard/lib/job"
)

// CoverageSettings holds the parameters of [Coverage]. The zero value is the
// default.
type CoverageSettings struct {
	Separation  float64            // The teacher's modes lie at ∓ this; 0 means 1.5.
	Divergences []*fdiv.Divergence // nil means fdiv.Paper().
	Weighting   Weighting          // Even or SigmaSquared.
	Steps       int                // Of each run; 0 means 4000.
	Batch       int                // 0 means 512.
	Seeds       int                // Runs per divergence; 0 means 3.
	Job         *job.Monitor
}

// CoverageTable is what [Coverage] returns.
type CoverageTable struct {
	Teacher *Mixture
	Sigma   []float64
	Target  float64 // The teacher's mass on x > 0.
	Rows    []CoverageRow
	Elapsed time.Duration
}

// CoverageRow is the fate of a student under one divergence.
type CoverageRow struct {
	Divergence *fdiv.Divergence
	Optimum    *Optimum  // By quadrature: the lowest of its minima.
	Minima     int       // How many there are.
	Mean, Sd   []float64 // Where each seed ended, averaged over the last quarter.
	Right      []float64 // Mass on x > 0 there.
}

// Coverage asks which divergences keep a minor mode: a student m + s z, which
// cannot cover two modes well, is distilled from 0.7 N(-a, ½²) + 0.3 N(a, ½²)
// over eight noise levels from 0.1 to 5, starting at m = -0.5, s = 1, by the
// gradient theorem with exact scores and ratios, and compared with the minimum
// by quadrature. All of it is one-dimensional, so that nothing else can be the
// reason.
func Coverage(s CoverageSettings) *CoverageTable {
	if s.Weighting == DMD {
		panic("distill: the objective of the DMD weighting is not known; use Even or SigmaSquared")
	}
	if s.Steps < 0 || s.Batch < 0 || s.Seeds < 0 || s.Separation < 0 {
		panic(fmt.Sprintf("distill: Steps %d, Batch %d, Seeds %d, Separation %g; none may be negative", s.Steps, s.Batch, s.Seeds, s.Separation))
	}
	began := time.Now()
	a := orDefault(s.Separation, 1.5)
	steps, batch, seeds := int(orDefault(float64(s.Steps), 4000)), int(orDefault(float64(s.Batch), 512)), int(orDefault(float64(s.Seeds), 3))
	t := &CoverageTable{Teacher: OnLine([]float64{0.7, 0.3}, []float64{-a, a}, []float64{0.5}), Sigma: Geometric(0.1, 5, 8)}
	t.Target = 0.7*normalAbove(-a/0.5) + 0.3*normalAbove(a/0.5)
	var weights []float64
	for _, v := range t.Sigma {
		if s.Weighting == SigmaSquared {
			weights = append(weights, v*v)
		}
	}
	divergences := s.Divergences
	if divergences == nil {
		divergences = fdiv.Paper()
	}
	t.Rows = make([]CoverageRow, len(divergences))
	for i, d := range divergences {
		t.Rows[i] = CoverageRow{Divergence: d, Mean: make([]float64, seeds), Sd: make([]float64, seeds), Right: make([]float64, seeds)}
	}
	each := seeds + 1 // the optimum, then the seeds
	runs(s.Job.Named("coverage"), anyCustom(divergences), each*len(divergences), each*len(divergences), func(k int, inner *job.Monitor, step func()) {
		row, seed := &t.Rows[k/each], k%each-1
		if seed < 0 {
			minima := Objective{Divergence: row.Divergence, Teacher: t.Teacher, Sigma: t.Sigma, Weight: weights}.Minima()
			row.Optimum, row.Minima = minima[0], len(minima)
			step()
			return
		}
		r := Run(t.Teacher, AffineOnLine(-0.5, 1), Settings{
			Divergence: row.Divergence, Schedule: Levels(t.Sigma...), Weighting: s.Weighting,
			Steps: steps, Batch: batch, Seed: uint64(seed), Job: inner,
		})
		if err := r.Status.Err(); err != nil {
			panic(fmt.Sprintf("%v (%s, seed %d)", err, row.Divergence.Name, seed))
		}
		row.Mean[seed], row.Sd[seed] = r.Mean[0], math.Abs(r.Mean[1])
		row.Right[seed] = normalAbove(row.Mean[seed] / row.Sd[seed])
		step()
	})
	t.Elapsed = time.Since(began)
	return t
}

// normalAbove is the mass of N(t, 1) above 0.
func normalAbove(t float64) float64 { return math.Erfc(-t/math.Sqrt2) / 2 }

// Off is the largest distance of a seed's m or s from the optimum.
func (r CoverageRow) Off() float64 {
	off := 0.0
	for i, m := range r.Mean {
		off = math.Max(off, math.Max(math.Abs(m-r.Optimum.Mean), math.Abs(r.Sd[i]-r.Optimum.Sd)))
	}
	return off
}

// String prints the table.
func (t *CoverageTable) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-10s %9s %9s   %19s   %11s   %15s", "", "optimum m", "s", "distilled m, s", "largest off", "mass on x > 0")
	for _, r := range t.Rows {
		m, _ := meanSd(r.Mean)
		s, _ := meanSd(r.Sd)
		right, spread := meanSd(r.Right)
		fmt.Fprintf(&b, "\n%-10s %9.4f %9.4f   %9.4f %9.4f   %11.4f   %6.4f ± %.4f", r.Divergence.Name, r.Optimum.Mean, r.Optimum.Sd, m, s, r.Off(), right, spread)
	}
	fmt.Fprintf(&b, "\n%-10s %62s %6.4f", "teacher", "", t.Target)
	return b.String()
}
