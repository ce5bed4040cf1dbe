package distill

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Schedule is a law of noise levels, from which training draws and whose
// quantiles are the levels of a sampler. Make one with [Karras], [LogUniform],
// [LogNormal] or [Levels].
type Schedule struct {
	Name     string
	Min, Max float64 // The range of σ.

	quantile func(u float64) float64 // increasing in u, 0 to 1
	levels   []float64
}

// Karras has σ^(1/rho) uniform between its ends; rho 0 means 7. EDM and
// FastGen use 0.002 to 80. Source: karras:22, equation 5.
func Karras(lo, hi, rho float64) Schedule {
	checkRange(lo, hi)
	if rho == 0 {
		rho = 7
	}
	if !(rho > 0) {
		panic(fmt.Sprintf("distill: rho is %g; it must be positive, or 0 for 7", rho))
	}
	a, b := math.Pow(lo, 1/rho), math.Pow(hi, 1/rho)
	return Schedule{
		Name: fmt.Sprintf("Karras from %g to %g", lo, hi), Min: lo, Max: hi,
		quantile: func(u float64) float64 { return math.Pow(a+u*(b-a), rho) },
	}
}

// LogUniform has log σ uniform between its ends.
func LogUniform(lo, hi float64) Schedule {
	checkRange(lo, hi)
	a, b := math.Log(lo), math.Log(hi)
	return Schedule{
		Name: fmt.Sprintf("log-uniform from %g to %g", lo, hi), Min: lo, Max: hi,
		quantile: func(u float64) float64 { return math.Exp(a + u*(b-a)) },
	}
}

// LogNormal has log σ ~ N(mean, sd²), within 4 standard deviations. EDM trains
// with -1.2 and 1.2.
func LogNormal(mean, sd float64) Schedule {
	if !(sd > 0) || math.IsNaN(mean) || math.IsInf(mean, 0) || math.IsInf(sd, 1) {
		panic(fmt.Sprintf("distill: log σ with mean %g and standard deviation %g", mean, sd))
	}
	const cut = 4
	edge := math.Erfc(cut/math.Sqrt2) / 2
	return Schedule{
		Name: fmt.Sprintf("log-normal, log σ of mean %g and spread %g", mean, sd),
		Min:  math.Exp(mean - cut*sd), Max: math.Exp(mean + cut*sd),
		quantile: func(u float64) float64 {
			return math.Exp(mean - sd*math.Sqrt2*math.Erfcinv(2*(edge+u*(1-2*edge))))
		},
	}
}

// Levels draws each of the given levels equally often.
func Levels(sigma ...float64) Schedule {
	if len(sigma) == 0 {
		panic("distill: a schedule of no levels")
	}
	s := Schedule{Name: fmt.Sprintf("%d levels", len(sigma)), Min: math.Inf(1), levels: append([]float64(nil), sigma...)}
	for _, v := range sigma {
		if !(v >= 0) || math.IsInf(v, 1) {
			panic(fmt.Sprintf("distill: the noise level %g", v))
		}
		s.Min, s.Max = math.Min(s.Min, v), math.Max(s.Max, v)
	}
	return s
}

// Geometric returns n levels from lo to hi, each the same multiple of the one
// before.
func Geometric(lo, hi float64, n int) []float64 {
	checkRange(lo, hi)
	return LogUniform(lo, hi).ascending(n)
}

// String names the schedule.
func (s Schedule) String() string { return s.Name }

// IsZero reports whether the schedule was never made.
func (s Schedule) IsZero() bool { return s.quantile == nil && s.levels == nil }

// Draw draws n levels.
func (s Schedule) Draw(rng *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		if s.levels != nil {
			out[i] = s.levels[rng.IntN(len(s.levels))]
			continue
		}
		out[i] = s.quantile(rng.Float64())
	}
	return out
}

// Steps returns n levels that fall from Max to Min at even quantiles, and a 0
// after them: what a sampler steps through.
func (s Schedule) Steps(n int) []float64 {
	if n < 1 {
		panic(fmt.Sprintf("distill: a sampler of %d steps", n))
	}
	if s.levels != nil {
		panic("distill: a list of levels has no quantiles for a sampler; use Karras or LogUniform")
	}
	up := s.ascending(n)
	out := make([]float64, 0, n+1)
	for i := n - 1; i >= 0; i-- {
		out = append(out, up[i])
	}
	return append(out, 0)
}

// ascending returns n even quantiles with both ends; one alone is Max.
func (s Schedule) ascending(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		u := 1.0
		if n > 1 {
			u = float64(i) / float64(n-1)
		}
		out[i] = s.quantile(u)
	}
	return out
}

func checkRange(lo, hi float64) {
	if !(lo > 0) || !(hi > lo) || math.IsInf(hi, 1) {
		panic(fmt.Sprintf("distill: noise from %g to %g; want 0 < lo < hi", lo, hi))
	}
}
