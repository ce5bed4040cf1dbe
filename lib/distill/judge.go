package distill

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"gaspard/lib/fdiv"
	"gaspard/lib/job"
	"gaspard/lib/ot"
)

// JudgeSettings holds the parameters of [Judge]. The zero value is the default.
type JudgeSettings struct {
	Reference int    // Fresh points of the teacher to compare with; 0 means as many as are judged.
	Repeats   int    // Draws of the reference and of the floor; 0 means 3.
	Seed      uint64 // Of both.
	Job       *job.Monitor
}

// Score is one metric of a cloud, beside the same of the teacher's own points.
type Score struct {
	Metric    string
	Value, Sd float64 // Mean and standard deviation over references.
	Floor     float64 // Mean of the teacher against itself, at the same numbers of points.
	FloorSd   float64
}

// Report is what [Judge] returns.
type Report struct {
	Points, Reference, Repeats int
	Scores                     []Score
}

// Judge compares the points x with fresh points of the teacher by every metric
// of the package, and the teacher with itself in the same way: a value means
// nothing without that floor. Histograms are compared on the line and in the
// plane only.
func Judge(x *mat.Dense, teacher *Mixture, s JudgeSettings) *Report {
	n, _ := x.Dims()
	if s.Reference < 0 || s.Repeats < 0 {
		panic(fmt.Sprintf("distill: Reference is %d and Repeats %d", s.Reference, s.Repeats))
	}
	if s.Reference == 0 {
		s.Reference = n
	}
	if s.Repeats == 0 {
		s.Repeats = 3
	}
	r := &Report{Points: n, Reference: s.Reference, Repeats: s.Repeats}
	monitor := s.Job.Named("judge")
	var names []string
	values, floors := map[string][]float64{}, map[string][]float64{}
	for k := range s.Repeats {
		seed := s.Seed*1000003 + 2*uint64(k) + 1
		y, own := teacher.Draw(s.Reference, seed), teacher.Draw(n, seed+1)
		names = nil
		for _, m := range metrics(x, y, teacher) {
			names = append(names, m.Metric)
			values[m.Metric] = append(values[m.Metric], m.Value)
		}
		for _, m := range metrics(own, y, teacher) {
			floors[m.Metric] = append(floors[m.Metric], m.Value)
		}
		monitor.Step(k+1, s.Repeats)
	}
	for _, name := range names {
		v, f := Score{Metric: name}, floors[name]
		v.Value, v.Sd = meanSd(values[name])
		v.Floor, v.FloorSd = meanSd(f)
		r.Scores = append(r.Scores, v)
	}
	return r
}

func sliced(x, y *mat.Dense, p float64) float64 {
	return ot.Sliced(ot.Points(x, y), ot.SlicedSettings{Order: p, Directions: 100}).Wasserstein
}

func metrics(x, y *mat.Dense, teacher *Mixture) []Score {
	pr, modes := PrecisionRecall(y, x, 0), Modes(x, teacher)
	out := []Score{
		{Metric: "energy distance", Value: EnergyDistance(x, y)},
		{Metric: "MMD²", Value: MMD(x, y, 0)},
		{Metric: "sliced W1", Value: sliced(x, y, 1)},
		{Metric: "sliced W2", Value: sliced(x, y, 2)},
		{Metric: "precision", Value: pr.Precision},
		{Metric: "recall", Value: pr.Recall},
		{Metric: "modes covered", Value: float64(modes.Covered)},
		{Metric: "within 3 sd of a mode", Value: modes.HighQuality},
		{Metric: "TV of mode shares", Value: modes.TV},
		{Metric: "KL of mode shares", Value: modes.KL},
	}
	if teacher.d == 1 {
		out[2].Metric, out[3].Metric = "W1", "W2"
	}
	if teacher.d <= 2 {
		out = append(out, Score{Metric: "JS of histograms", Value: HistogramDivergence(fdiv.JS, y, x, 0)},
			Score{Metric: "TV of histograms", Value: HistogramDivergence(fdiv.TV, y, x, 0)})
	}
	return out
}

func meanSd(v []float64) (mean, sd float64) {
	if len(v) == 1 {
		return v[0], 0
	}
	mean, sd = stat.MeanStdDev(v, nil)
	if math.IsNaN(sd) {
		sd = math.Inf(1) // infinite values among them
	}
	return mean, sd
}

// String prints the scores as a table.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d points against %d of the teacher, mean ± sd of %d draws\n", r.Points, r.Reference, r.Repeats)
	fmt.Fprintf(&b, "%-22s %20s   %20s", "", "here", "teacher itself")
	for _, s := range r.Scores {
		fmt.Fprintf(&b, "\n%-22s %10.4f ± %7.4f   %10.4f ± %7.4f", s.Metric, s.Value, s.Sd, s.Floor, s.FloorSd)
	}
	return b.String()
}

// Get returns a score by the name of its metric.
func (r *Report) Get(metric string) Score {
	for _, s := range r.Scores {
		if s.Metric == metric {
			return s
		}
	}
	panic(fmt.Sprintf("distill: the report has no metric %q", metric))
}
