package distill

import (
	"fmt"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/fdiv"
	"gaspard/lib/job"
)

// OneStepSettings holds the parameters of [OneStep]. The zero value is the
// default.
type OneStepSettings struct {
	Teacher   *Mixture // nil means Ring(8, 2, 0.15, nil).
	Steps     []int    // Of the teacher's sampler; nil means 1, 2, 3, 4, 6, 8, 12, 18.
	Samples   int      // 0 means 4000.
	Reference int      // Fresh points of the teacher to compare with; 0 means 1500.
	Particles int      // Of the student; 0 means 400.
	Train     int      // Steps of the student's training; 0 means 800.
	// Divergence of the student; nil means fdiv.JS.
	Divergence *fdiv.Divergence
	Seed       uint64
	Job        *job.Monitor
}

// OneStepTable is what [OneStep] returns.
type OneStepTable struct {
	Rows    []OneStepRow
	Floor   OneStepRow // The teacher's own points, as many as Samples.
	Student *Result    // The distilled particles.
	Start   *mat.Dense // The particles before.
	Best    *Samples   // Of the most steps.
	Elapsed time.Duration
}

// OneStepRow is one way to get samples.
type OneStepRow struct {
	Name        string
	Evaluations int     // NFE
	PerSample   float64 // Milliseconds; 0 where nothing is computed.
	Energy      float64 // Unbiased energy distance to the reference.
	Precision   float64
	Recall      float64
}

// OneStep sets samples of the teacher by EDM's Heun steps, one to many, beside a
// student that needs one evaluation: particles, started as N(0, σ_max²) noise
// pushed through the teacher's denoiser once, and distilled with exact scores and
// ratios. Each is judged by its energy distance to fresh points of the teacher
// and by precision and recall among 1000 points each.
//
// The particles are the student's samples and not a network that draws new ones,
// so their time per sample is none: what they show is how good one evaluation can
// be where the law is matched. They push each other apart and so lie more evenly
// than independent points, for which the unbiased energy distance is corrected:
// theirs may come out below 0.
func OneStep(s OneStepSettings) *OneStepTable {
	if s.Samples < 0 || s.Reference < 0 || s.Particles < 0 || s.Train < 0 {
		panic(fmt.Sprintf("distill: Samples %d, Reference %d, Particles %d, Train %d; none may be negative", s.Samples, s.Reference, s.Particles, s.Train))
	}
	began := time.Now()
	if s.Teacher == nil {
		s.Teacher = Ring(8, 2, 0.15, nil)
	}
	if s.Steps == nil {
		s.Steps = []int{1, 2, 3, 4, 6, 8, 12, 18}
	}
	samples, reference := int(orDefault(float64(s.Samples), 4000)), int(orDefault(float64(s.Reference), 1500))
	particles, train := int(orDefault(float64(s.Particles), 400)), int(orDefault(float64(s.Train), 800))
	fresh := s.Teacher.Draw(reference, s.Seed+1)
	t := &OneStepTable{}
	monitor := s.Job.Named("one step")
	for i, steps := range s.Steps {
		x := Heun(s.Teacher, samples, SampleSettings{Steps: steps, Seed: s.Seed, Job: monitor.Inner()})
		row := judged(fmt.Sprintf("teacher, %d steps", steps), x.X, fresh)
		row.Evaluations, row.PerSample = x.Evaluations, x.PerSample()
		t.Rows, t.Best = append(t.Rows, row), x
		monitor.Step(i+1, len(s.Steps)+1)
	}
	t.Floor = judged("teacher's own points", s.Teacher.Draw(samples, s.Seed+2), fresh)
	t.Start = Heun(s.Teacher, particles, SampleSettings{Steps: 1, Seed: s.Seed + 3, Job: monitor.Inner()}).X
	t.Student = Run(s.Teacher, NewParticles(t.Start), Settings{
		Divergence: s.Divergence, Schedule: LogUniform(0.05, 4), Weighting: DMD, Floor: 0.01, Ratio: &Ratio{Lower: 0.05, Upper: 20, Bins: -1},
		Steps: train, Rate: 0.05, Plain: true, Seed: s.Seed, Job: monitor,
	})
	if err := t.Student.Status.Err(); err != nil {
		panic(err)
	}
	before, after := judged("particles before", t.Start, fresh), judged("particles distilled", t.Student.Student.(*Particles).Points(), fresh)
	before.Evaluations, after.Evaluations = 1, 1
	t.Rows = append(t.Rows, before, after)
	t.Elapsed = time.Since(began)
	return t
}

func judged(name string, x, fresh *mat.Dense) OneStepRow {
	pr := PrecisionRecall(head(fresh, 1000), head(x, 1000), 3)
	return OneStepRow{Name: name, Energy: EnergyDistance(x, fresh), Precision: pr.Precision, Recall: pr.Recall}
}

// head is the first rows of x, all if it has no more.
func head(x *mat.Dense, rows int) *mat.Dense {
	n, d := x.Dims()
	return x.Slice(0, min(n, rows), 0, d).(*mat.Dense)
}

// String prints the table.
func (t *OneStepTable) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-22s %5s %12s %16s %10s %7s", "", "NFE", "ms/sample", "energy distance", "precision", "recall")
	for _, r := range append(append([]OneStepRow(nil), t.Rows...), t.Floor) {
		nfe, ms := "-", "-"
		if r.Evaluations > 0 {
			nfe = fmt.Sprint(r.Evaluations)
		}
		if r.PerSample > 0 {
			ms = fmt.Sprintf("%.5f", r.PerSample)
		}
		fmt.Fprintf(&b, "\n%-22s %5s %12s %16.4f %10.3f %7.3f", r.Name, nfe, ms, r.Energy, r.Precision, r.Recall)
	}
	return b.String()
}
