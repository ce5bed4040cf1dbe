package monge

import (
	"fmt"
	"math"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
	"gaspard/lib/ot"
)

// ScoreSettings holds the parameters of [Score]. The zero value is the default.
type ScoreSettings struct {
	// Truth is the optimal map, where it is known: measure.Pair has one, and a closed-form
	// map's is its Push. Nil leaves out UVP and Cosine.
	Truth func(z *mat.Dense) *mat.Dense

	Cost      cost.Cost    // Of the exact gap; the zero value is |x-y|².
	Epsilon   float64      // Of the divergence; 0 means 0.1 × the mean of |y-y'|² within the target.
	Points    int          // Most rows of a cloud for divergence and MMD; 0 means 2048.
	GapPoints int          // Most rows for the gap; 0 means 1024.
	Job       *job.Monitor // Progress and cancellation; nil means the process's own.
}

// ScoreResult holds what [Score] found. A field named Error is the standard error of the
// one before it, from the sampling of the points, not of the training. Divergence and MMD
// lose theirs where the two laws agree: it then understates the error, which is of second
// order.
type ScoreResult struct {
	Name string // Of the map.

	// UVP is the unexplained variance 100 E|T(x)-T*(x)|² / Var(ν) in percent, Var being
	// the total variance: 0 for the truth and 100 for the constant map. NaN without Truth.
	UVP, UVPError float64
	// Cosine is E⟨T(x)-x, T*(x)-x⟩ / (E|T(x)-x|² E|T*(x)-x|²)^½. NaN without Truth, and
	// for a map that moves nothing.
	Cosine, CosineError float64

	// Divergence is the Sinkhorn divergence of |x-y|² from T(x) to y, at Epsilon. Between
	// samples of one law it is above 0, the more the fewer points and the more dimensions:
	// the score of a map whose images are other points of the target is its floor.
	Divergence, DivergenceError float64
	// MMD is the squared maximum mean discrepancy of the two clouds, averaged over the
	// kernels exp(-γ|x-y|²) for γ = 2, 1, 0.5, 0.1, 0.01 and 0.005.
	MMD, MMDError float64
	// Signature is |mean T(x) - mean y|, known for cells as the distance of drug signatures.
	Signature, SignatureError float64
	// R2 is 1 - Σ_k (T̄_k - ȳ_k)² / Σ_k (ȳ_k - ȳ)², of the means by coordinate: 1 for equal
	// means, 0 or less for no better than one number for all, and of no use where the
	// true means are alike. NaN in one dimension.
	R2 float64

	// Gap is the exact Monge gap of T under Cost, by assignment, and Displacement the mean
	// of Cost from x to T(x) on the same points.
	Gap, Displacement float64

	N, M, GapPoints int // Rows of x, y, and of x for the gap.
	Dim             int
	Cost            cost.Cost
	Epsilon         float64
	EpsilonRule     string
	Elapsed         time.Duration
	Status          ot.Status // Of the divergence.
}

// Score judges a map by points of the source x (n×d) and of the target y (m×d) that it was
// not trained on: by its error where the optimal map is known, by how the image of x
// differs from y, and by its exact Monge gap. See [ScoreResult].
//
// Only UVP and Cosine, which compare with the truth point by point, use all of x; of
// larger clouds the others take rows at even distances.
//
// Memory and time: of three entropic solves on 2,048 points, an assignment of 1,024, and
// two evaluations of the maps on x; about a second on two cores.
//
// Score panics with a sentence if shapes differ or a setting is out of range, and with a
// [*job.DataError] on clouds that are empty or not finite and on a target that is a single
// point.
//
// Source: korotin:21, section 5 (UVP, Cosine); bunne:23, methods (MMD, Signature);
// uscidda:23, section 5.
func Score(m *Map, x, y *mat.Dense, s ScoreSettings) *ScoreResult {
	start := time.Now()
	s = s.withDefaults()
	checkCloud("x", x)
	checkCloud("y", y)
	n, d := x.Dims()
	rows, dy := y.Dims()
	if d != m.Dim || dy != m.Dim {
		panic(fmt.Sprintf("monge: the map is on R^%d, x has %d columns and y has %d", m.Dim, d, dy))
	}
	tx := m.Push(x)
	checkCloud("T(x)", tx)
	r := &ScoreResult{Name: m.Name, N: n, M: rows, Dim: d, Cost: s.Cost, UVP: math.NaN(), Cosine: math.NaN()}
	if s.Truth != nil {
		truth := Func("truth", d, s.Truth).Push(x)
		checkCloud("Truth(x)", truth)
		r.errors(x, tx, truth)
	}
	r.signature(tx, y)
	s.Job.Check()
	r.gap(evenRows(x, s.GapPoints), evenRows(tx, s.GapPoints), s)
	few, target := evenRows(tx, s.Points), evenRows(y, s.Points)
	r.divergence(few, target, s)
	s.Job.Check()
	r.MMD, r.MMDError = discrepancy(few, target)
	r.Elapsed = time.Since(start)
	return r
}

func (s ScoreSettings) withDefaults() ScoreSettings {
	if s.Points < 0 || s.GapPoints < 0 {
		panic(fmt.Sprintf("monge: a score on %d points, the gap on %d; at least 0 is needed", s.Points, s.GapPoints))
	}
	if !(s.Epsilon >= 0) || math.IsInf(s.Epsilon, 1) {
		panic(fmt.Sprintf("monge: Epsilon is %g; it must be positive, or 0 for the default", s.Epsilon))
	}
	if s.Points == 0 {
		s.Points = 2048
	}
	if s.GapPoints == 0 {
		s.GapPoints = 1024
	}
	return s
}

// evenRows is x, or of a larger cloud k rows at even distances.
func evenRows(x *mat.Dense, k int) *mat.Dense {
	n, d := x.Dims()
	if n <= k {
		return x
	}
	few := mat.NewDense(k, d, nil)
	for i := range k {
		few.SetRow(i, x.RawRowView(i*n/k))
	}
	return few
}

// errors sets what compares the images with those of the optimal map.
func (r *ScoreResult) errors(x, tx, truth *mat.Dense) {
	n, d := x.Dims()
	centre := columnMeans(truth)
	off, variance := make([]float64, n), make([]float64, n)
	inner, moved, due := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		from, to, best := x.RawRowView(i), tx.RawRowView(i), truth.RawRowView(i)
		for k := range d {
			u, v := to[k]-from[k], best[k]-from[k]
			off[i] += (u - v) * (u - v)
			variance[i] += (best[k] - centre[k]) * (best[k] - centre[k])
			inner[i] += u * v
			moved[i] += u * u
			due[i] += v * v
		}
	}
	e, v := mean(off), mean(variance)
	r.UVP = 100 * e / v
	a, b, c := mean(inner), mean(moved), mean(due)
	r.Cosine = a / math.Sqrt(b*c)
	// Both are functions of means: their errors are those of the linearised functions.
	for i := range n {
		off[i] = 100 * (off[i] - e/v*variance[i]) / v
		inner[i] = r.Cosine * (inner[i]/a - moved[i]/(2*b) - due[i]/(2*c))
	}
	r.UVPError, r.CosineError = standardError(off), standardError(inner)
}

// signature sets what compares the means.
func (r *ScoreResult) signature(tx, y *mat.Dense) {
	got, want := columnMeans(tx), columnMeans(y)
	overall := mean(want)
	var square, spread float64
	difference := make([]float64, len(got))
	for k := range got {
		difference[k] = got[k] - want[k]
		square += difference[k] * difference[k]
		spread += (want[k] - overall) * (want[k] - overall)
	}
	r.Signature = math.Sqrt(square)
	r.R2 = 1 - square/spread
	if len(got) == 1 {
		r.R2 = math.NaN()
	}
	if r.Signature > 0 {
		r.SignatureError = math.Hypot(standardError(along(tx, difference)), standardError(along(y, difference))) / r.Signature
	}
}

// along is the inner product of each row with v.
func along(x *mat.Dense, v []float64) []float64 {
	n, _ := x.Dims()
	out := make([]float64, n)
	mat.NewVecDense(n, out).MulVec(x, mat.NewVecDense(len(v), v))
	return out
}

// gap sets the exact gap. Unlike [Gap] it needs no entropic solve.
func (r *ScoreResult) gap(x, tx *mat.Dense, s ScoreSettings) {
	r.GapPoints, _ = x.Dims()
	r.Displacement, r.Gap, _ = exactGap(s.Cost, x, tx, s.Job)
}

func (r *ScoreResult) divergence(tx, y *mat.Dense, s ScoreSettings) {
	r.Epsilon, r.EpsilonRule = s.Epsilon, "as set"
	if s.Epsilon == 0 {
		r.Epsilon, r.EpsilonRule = 0.1*meanSquareWithin(y), "0.1 × mean |y-y'|² within the target"
		if r.Epsilon == 0 {
			panic(job.BadData("monge: all points of y coincide; set Epsilon"))
		}
	}
	div := ot.Divergence(ot.Points(tx, y), ot.Settings{Epsilon: r.Epsilon, Tol: 1e-4, Job: s.Job})
	r.Divergence, r.Status = div.Value, div.Status
	// The gradients by the weights are the influence of each point on the value.
	r.DivergenceError = math.Hypot(standardError(div.DA), standardError(div.DB))
}

func columnMeans(x *mat.Dense) []float64 {
	n, d := x.Dims()
	means := make([]float64, d)
	for i := range n {
		for k, v := range x.RawRowView(i) {
			means[k] += v / float64(n)
		}
	}
	return means
}

func mean(v []float64) (m float64) {
	for _, x := range v {
		m += x
	}
	return m / float64(len(v))
}

// standardError is that of the mean of independent values; 0 if there is one only.
func standardError(v []float64) float64 {
	m, sum, n := mean(v), 0.0, float64(len(v))
	for _, x := range v {
		sum += (x - m) * (x - m)
	}
	return math.Sqrt(sum / n / max(n-1, 1))
}

// String is a table, one line for each figure.
func (r *ScoreResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s on R^%d, judged by %d source and %d target points", r.Name, r.Dim, r.N, r.M)
	line := func(name string, value, err float64, note string) {
		fmt.Fprintf(&b, "\n%-20s %10.4g", name, value)
		if err >= 0 {
			fmt.Fprintf(&b, " ± %-9.2g", err)
		} else {
			b.WriteString("            ")
		}
		b.WriteString(" " + note)
	}
	const without = -1
	if !math.IsNaN(r.UVP) {
		line("L2-UVP", r.UVP, r.UVPError, "% of the target's variance, from the optimal map")
	}
	if !math.IsNaN(r.Cosine) {
		line("cosine", r.Cosine, r.CosineError, "of the displacements, with the optimal map's")
	}
	line("Sinkhorn divergence", r.Divergence, r.DivergenceError, fmt.Sprintf("to the target, ε = %.4g (%s)", r.Epsilon, r.EpsilonRule))
	line("MMD²", r.MMD, r.MMDError, "mean over six Gaussian kernels")
	line("signature", r.Signature, r.SignatureError, "distance of the means")
	if !math.IsNaN(r.R2) {
		line("R² of the means", r.R2, without, "coordinate by coordinate")
	}
	line("exact Monge gap", r.Gap, without, fmt.Sprintf("of %v on %d points; %.2g%% of the displacement %.4g",
		r.Cost, r.GapPoints, percent(r.Gap, r.Displacement), r.Displacement))
	if err := r.Status.Err(); err != nil {
		fmt.Fprintf(&b, "\ndivergence NOT CONVERGED: %s", strings.TrimPrefix(err.Error(), "ot: "))
	}
	return b.String()
}
