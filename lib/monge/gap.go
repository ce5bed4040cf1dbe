package monge

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/job"
	"gaspard/lib/ot"
)

// GapSettings holds the parameters of [Gap]. The zero value is the default.
type GapSettings struct {
	Cost    cost.Cost // Ground cost c, any; the zero value is |x-y|².
	Epsilon float64   // Of the entropic values; 0 means 0.05 × the standard deviation of the cost.
	Tol     float64   // L1 marginal error of the entropic solves; 0 means 1e-6.
	MaxIter int       // Iterations of an entropic solve; 0 means 10000.
	// Gradient asks for the gradients by T(x) too.
	Gradient bool
	Seed     uint64       // Of the points that GapOf draws.
	Job      *job.Monitor // Progress and cancellation; nil means the process's own.
}

// GapResult holds the Monge gap of a map on n samples by its four definitions.
// Exact answers whether the map is optimal; the others are what training can
// differentiate.
type GapResult struct {
	Exact   float64 // D - min over permutations: 0 if and only if the pairing is optimal.
	KL      float64 // D - (⟨P, C⟩ + ε KL(P | a⊗b)); from -ε log n to Exact.
	Shannon float64 // D - (⟨P, C⟩ - ε H(P)), the paper's: KL + 2 ε log n, and never below Floor.
	// Debiased is D - the Sinkhorn divergence; 0 for the identity. Of a cost that is not
	// symmetric there is none: it is NaN, and String says so.
	Debiased float64

	Displacement float64 // D, the mean of c(x_i, T(x_i)).
	Floor        float64 // ε log n: what Shannon is at least, for any map.

	// Grad is the gradient of KL and Shannon by T(x), n×d, at fixed potentials and fixed
	// ε (the envelope theorem): exact where the solve converged. ExactGrad is that of
	// Exact at the fixed pairing. Both are nil unless GapSettings.Gradient is set.
	Grad, ExactGrad *mat.Dense

	N           int
	Cost        cost.Cost
	Epsilon     float64
	EpsilonRule string
	Elapsed     time.Duration
	Status      ot.Status // Of the entropic solves.
}

// Gap returns the Monge gap of a map T from samples x_i of a reference measure and
// their images T(x_i): how much more the map pays than the best way to carry the
// same points to the same images,
//
//	M(T) = 1/n Σ_i c(x_i, T(x_i)) - W_c(x, T(x)),
//
// with W_c exact, or entropic in three conventions; see [GapResult]. For a
// learned or closed-form map, tx is Map.Push(x).
//
// Shapes: x and tx n×d. Units: those of the cost.
//
// Memory: an n×n matrix. Time: that of three entropic solves and of an assignment, O(n³)
// at worst: some 15 ms for n = 500 in the plane.
//
// Gap panics with a sentence if the shapes differ or a setting is out of range,
// and with a [*job.DataError] on points that are not finite or that the cost cannot
// take, and where a user's cost is not finite. If an entropic solve
// is cut off, Status says so; KL and Shannon are then upper bounds.
//
// Source: uscidda:23, definition 3.1 and equation 7.
func Gap(x, tx *mat.Dense, s GapSettings) *GapResult {
	start := time.Now()
	n := checkPair(x, tx)
	r := &GapResult{N: n, Cost: s.Cost}
	var pairing []int
	r.Displacement, r.Exact, pairing = exactGap(s.Cost, x, tx, s.Job)
	plan := r.entropic(x, tx, s)
	if s.Gradient {
		r.gradients(x, tx, plan, pairing, s.Job)
	}
	r.Elapsed = time.Since(start)
	return r
}

// GapOf is [Gap] of a map on n points from a sampler, such as measure.Sampler.Sample or
// what Settings.SourceSampler takes; the same seed draws the same points.
//
// As the points are a sample, Exact is above the gap of the measure on average: the best
// pairing of points fits them better than the best map fits the measure.
func GapOf(m *Map, sampler func(rng *rand.Rand, n int) *mat.Dense, n int, s GapSettings) *GapResult {
	if n < 1 {
		panic(fmt.Sprintf("monge: the gap on %d points", n))
	}
	x := sampler(rand.New(rand.NewPCG(s.Seed, streamSource)), n)
	return Gap(x, m.Push(x), s)
}

// checkPair panics unless x and tx are points and as many images, and returns how many.
func checkPair(x, tx *mat.Dense) int {
	checkCloud("x", x)
	checkCloud("T(x)", tx)
	n, d := x.Dims()
	if m, dt := tx.Dims(); m != n || dt != d {
		panic(fmt.Sprintf("monge: x is %d×%d, T(x) is %d×%d", n, d, m, dt))
	}
	return n
}

// entropic sets what rests on entropic solves, and returns that from x to T(x).
func (r *GapResult) entropic(x, tx *mat.Dense, s GapSettings) *ot.Result {
	p := ot.Points(x, tx)
	p.Cost = s.Cost
	settings := ot.Settings{Epsilon: s.Epsilon, Tol: s.Tol, MaxIter: s.MaxIter, Job: s.Job}
	var cross *ot.Result
	if s.Cost.Symmetric(x, tx) {
		div := ot.Divergence(p, settings)
		cross, r.Status = div.XY, div.Status
		r.Debiased = r.Displacement - div.Value
	} else {
		cross = ot.Sinkhorn(p, settings)
		r.Status, r.Debiased = cross.Status, math.NaN()
	}
	r.Epsilon, r.EpsilonRule = cross.Epsilon, cross.EpsilonRule
	r.Floor = r.Epsilon * math.Log(float64(r.N))
	r.KL = r.Displacement - cross.Dual
	r.Shannon = r.KL + 2*r.Floor
	return cross
}

// String is a summary in four lines.
func (r *GapResult) String() string {
	verdict := r.Status.String()
	if err := r.Status.Err(); err != nil {
		verdict = "NOT CONVERGED: " + err.Error()[len("ot: "):]
	}
	debiased := "undefined, the cost not being symmetric"
	if !math.IsNaN(r.Debiased) {
		debiased = fmt.Sprintf("%.4g", r.Debiased)
	}
	return fmt.Sprintf("Monge gap of %v on %d points: exact %.4g (%.2g%% of the displacement %.4g)\n"+
		"KL %.4g, debiased %s\n"+
		"Shannon %.4g, of which the floor ε log n is %.4g; ε = %.4g (%s)\n%s in %v",
		r.Cost, r.N, r.Exact, percent(r.Exact, r.Displacement), r.Displacement, r.KL, debiased,
		r.Shannon, r.Floor, r.Epsilon, r.EpsilonRule, verdict, r.Elapsed.Round(10*time.Microsecond))
}

// percent is 100 part/whole, and 0 where both vanish.
func percent(part, whole float64) float64 {
	if part == 0 {
		return 0
	}
	return 100 * part / whole
}
