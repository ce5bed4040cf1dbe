package distill

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"gaspard/lib/fdiv"
)

// ReliabilitySettings holds the parameters of [Reliability]. The zero value is
// the default.
type ReliabilitySettings struct {
	Points      int                // 0 means 6400.
	Schedule    Schedule           // The zero value is Karras from 0.02 to 10.
	Divergences []*fdiv.Divergence // nil means fdiv.Paper().
	Seed        uint64
}

// ReliabilityTable is what [Reliability] returns: noised points of the student
// with the difference of the scores and the weights there.
type ReliabilityTable struct {
	X          *mat.Dense // Noised points of the student.
	Sigma      []float64
	LogRatio   []float64
	Difference []float64 // |s_p - s_q|
	Rows       []ReliabilityRow
}

// ReliabilityRow says how the weight of one divergence goes with the difference.
type ReliabilityRow struct {
	Divergence *fdiv.Divergence
	Weight     []float64   // h divided by its mean, of each point.
	Spearman   float64     // Rank correlation with the difference; 0 for a constant weight.
	Decile     [10]float64 // Mean weight in the tenths of the points by difference, least first.
}

// Reliability asks where the weight h is small: at noised points x ~ q_σ of the
// student it compares h with the difference of the scores, which is large where
// the teacher has little mass and scores are least to be relied on (xu:25,
// figures 2 and 5).
func Reliability(teacher, student *Mixture, s ReliabilitySettings) *ReliabilityTable {
	if s.Points < 0 {
		panic(fmt.Sprintf("distill: %d points", s.Points))
	}
	n := int(orDefault(float64(s.Points), 6400))
	if n < 10 {
		panic(fmt.Sprintf("distill: %d points have no tenths", n))
	}
	if s.Schedule.IsZero() {
		s.Schedule = Karras(0.02, 10, 0)
	}
	if s.Divergences == nil {
		s.Divergences = fdiv.Paper()
	}
	rng := rand.New(rand.NewPCG(s.Seed, streamNoise))
	t := &ReliabilityTable{Sigma: s.Schedule.Draw(rng, n)}
	u := NewUpdate(Settings{}, teacher, student, student.Sample(rng, n), t.Sigma, rng)
	t.X, t.LogRatio, t.Difference = u.Noised, u.LogRatio, make([]float64, n)
	for i := range n {
		for j, v := range u.Teacher.RawRowView(i) {
			t.Difference[i] = math.Hypot(t.Difference[i], v-u.Student.RawRowView(i)[j])
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case t.Difference[a] < t.Difference[b]:
			return -1
		case t.Difference[a] > t.Difference[b]:
			return 1
		}
		return 0
	})
	byDifference := ranks(t.Difference)
	for _, d := range s.Divergences {
		row := ReliabilityRow{Divergence: d, Weight: d.NormalisedWeights(u.LogRatio)}
		if c := stat.Correlation(ranks(row.Weight), byDifference, nil); !math.IsNaN(c) {
			row.Spearman = c
		}
		for k := range row.Decile {
			lo, hi := k*n/10, (k+1)*n/10
			for _, i := range order[lo:hi] {
				row.Decile[k] += row.Weight[i]
			}
			row.Decile[k] /= float64(hi - lo)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// ranks gives equal values the mean of their ranks.
func ranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case v[a] < v[b]:
			return -1
		case v[a] > v[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(v))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && v[order[j]] == v[order[i]] {
			j++
		}
		for _, k := range order[i:j] {
			out[k] = float64(i+j-1) / 2
		}
		i = j
	}
	return out
}

// String prints the table.
func (t *ReliabilityTable) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-10s %9s   mean weight in tenths of |s_p - s_q|, least to largest", "", "Spearman")
	for _, r := range t.Rows {
		fmt.Fprintf(&b, "\n%-10s %9.2f  ", r.Divergence.Name, r.Spearman)
		for _, v := range r.Decile {
			fmt.Fprintf(&b, " %5.2f", v)
		}
	}
	return b.String()
}
