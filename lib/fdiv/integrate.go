package fdiv

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// IntegralSettings holds the box and the accuracy of [Divergence.Densities].
type IntegralSettings struct {
	Lo, Hi    []float64    // The box, one or two numbers each.
	Tol       float64      // Stop when two refinements differ by less, relative to 1 + |value|; 0 means 1e-9.
	MaxPanels int          // Panels per axis of eight points each; 0 means 1024 on a line, 64 in the plane.
	Job       *job.Monitor // Progress and cancellation; nil means the process's own.
}

// Status says how a computation ended.
type Status int

// The outcomes.
const (
	Converged  Status = iota // The value is within Tol, or exact.
	PanelLimit               // MaxPanels were not enough.
)

// String names the status.
func (s Status) String() string { return [...]string{"converged", "panel limit reached"}[s] }

// Result is a divergence with what there is to know about how far to trust it.
type Result struct {
	Value  float64 // D_f(p‖q), in nats; +Inf where it is infinite.
	Error  float64 // Difference to the refinement before; 0 for a closed form.
	How    string  // What computed it.
	Status Status

	// MassP and MassQ are the integrals of the two densities over the box: far
	// from 1, the box is too small, or a density not normalised. 0 for a closed
	// form.
	MassP, MassQ float64
	Points       int // Evaluations of the densities.
}

// String is a summary in a line or two.
func (r *Result) String() string {
	s := fmt.Sprintf("D = %.8g, %s", r.Value, r.How)
	if r.Points > 0 {
		s += fmt.Sprintf(", ± %.1g\nmass of p %.8g, of q %.8g in the box, %d points, %v", r.Error, r.MassP, r.MassQ, r.Points, r.Status)
	}
	return s
}

// Densities integrates D_f(p‖q) between two densities given by their logarithms
// at the rows of a matrix, on a line or in the plane: composite Gauss-Legendre
// with 8 points a panel, panels doubled until two results agree. -Inf is a point
// without mass.
//
// Each function is called a dozen times with all points of a refinement, so it
// may be written in a cell. Time and memory: 2 × 8 × 1024 points on a line at
// most, (8 × 64)² in the plane.
func (d *Divergence) Densities(logp, logq func(x *mat.Dense) []float64, s IntegralSettings) *Result {
	both := func(x *mat.Dense) (lp, lq []float64) { return logp(x), logq(x) }
	r, moments := integrate(both, s, func(lp, lq []float64) [][]float64 {
		return [][]float64{d.terms(lp, lq), expAll(lp), expAll(lq)}
	})
	r.Value, r.MassP, r.MassQ = moments[0], moments[1], moments[2]
	return r
}

// integrate integrates several functions of two log densities over a box, until
// the least accurate of them is within Tol.
func integrate(both func(*mat.Dense) (lp, lq []float64), s IntegralSettings, of func(lp, lq []float64) [][]float64) (*Result, []float64) {
	s = s.withDefaults()
	r := &Result{How: "Gauss-Legendre quadrature", Status: PanelLimit}
	var last []float64
	monitor := s.Job.Inner()
	for panels := 8; panels <= s.MaxPanels; panels *= 2 {
		monitor.Check()
		x, w := grid(s.Lo, s.Hi, panels)
		lp, lq := both(x)
		if len(lp) != len(w) || len(lq) != len(w) {
			panic(fmt.Sprintf("fdiv: the densities returned %d and %d values for %d points", len(lp), len(lq), len(w)))
		}
		checkLogs("p", lp)
		checkLogs("q", lq)
		r.Points += len(w)
		sums := weighted(w, of(lp, lq))
		if last != nil && settled(sums, last, s.Tol) {
			r.Error, r.Status = change(sums[0], last[0]), Converged
			return r, sums
		}
		if last != nil {
			r.Error = change(sums[0], last[0])
		}
		last = sums
	}
	return r, last
}

func settled(now, before []float64, tol float64) bool {
	for k, v := range now {
		if change(v, before[k]) > tol*(1+math.Abs(v)) {
			return false
		}
	}
	return true
}

// change is |a-b|, 0 between equal infinities.
func change(a, b float64) float64 {
	if a == b {
		return 0
	}
	return math.Abs(a - b)
}

func (s IntegralSettings) withDefaults() IntegralSettings {
	if len(s.Lo) != len(s.Hi) || len(s.Lo) < 1 || len(s.Lo) > 2 {
		panic(fmt.Sprintf("fdiv: a box from %v to %v; Lo and Hi have one or two numbers each", s.Lo, s.Hi))
	}
	for k, lo := range s.Lo {
		if !(lo < s.Hi[k]) || math.IsInf(s.Hi[k]-lo, 0) {
			panic(fmt.Sprintf("fdiv: a box from %g to %g", lo, s.Hi[k]))
		}
	}
	if s.Tol < 0 || math.IsNaN(s.Tol) || s.MaxPanels < 0 {
		panic(fmt.Sprintf("fdiv: Tol is %g and MaxPanels %d; neither may be negative", s.Tol, s.MaxPanels))
	}
	if s.Tol == 0 {
		s.Tol = 1e-9
	}
	if s.MaxPanels == 0 {
		s.MaxPanels = []int{1024, 64}[len(s.Lo)-1]
	}
	s.MaxPanels = max(s.MaxPanels, 16)
	return s
}

// grid returns the points of a composite rule on a box with their weights.
func grid(lo, hi []float64, panels int) (*mat.Dense, []float64) {
	x, wx := line(lo[0], hi[0], panels)
	if len(lo) == 1 {
		return mat.NewDense(len(x), 1, x), wx
	}
	y, wy := line(lo[1], hi[1], panels)
	points, w := make([]float64, 0, 2*len(x)*len(y)), make([]float64, 0, len(x)*len(y))
	for i, a := range x {
		for j, b := range y {
			points = append(points, a, b)
			w = append(w, wx[i]*wy[j])
		}
	}
	return mat.NewDense(len(w), 2, points), w
}

func line(lo, hi float64, panels int) (x, w []float64) {
	const order = 8
	x, w = make([]float64, order*panels), make([]float64, order*panels)
	width := (hi - lo) / float64(panels)
	for k := range panels {
		from := lo + float64(k)*width
		quad.Legendre{}.FixedLocations(x[order*k:order*(k+1)], w[order*k:order*(k+1)], from, from+width)
	}
	return x, w
}

func weighted(w []float64, values [][]float64) []float64 {
	sums := make([]float64, len(values))
	for k, v := range values {
		for i, x := range v {
			if x != 0 {
				sums[k] += w[i] * x
			}
		}
	}
	return sums
}

func checkLogs(name string, v []float64) {
	for _, l := range v {
		if math.IsNaN(l) || math.IsInf(l, 1) {
			panic(job.BadData("fdiv: the log density of %s is %g somewhere in the box", name, l))
		}
	}
}

func expAll(v []float64) []float64 {
	out := make([]float64, len(v))
	for i, l := range v {
		out[i] = math.Exp(l)
	}
	return out
}
