package kern

import "math"

// Step says how updates of the potentials differ from those of Sinkhorn. With f̂ the
// soft c-transform of g,
//
//	f ← τ f̂,
//
// and the same for g. τ below 1 softens a marginal: it is ρ/(ρ+ε) for a penalty ρ KL(P1 | a)
// in place of P1 = a, and then P1 = a exp(−f/ρ) at the optimum.
type Step struct{ TauRows, TauColumns float64 }

// plain reports whether updates are those of Sinkhorn.
func (s Step) plain() bool { return s.TauRows == 1 && s.TauColumns == 1 }

// side is how the potentials of one side move: part of the way to the transform times
// τ. They lack the offset, which does not matter unless τ is below 1.
type side struct{ part, tau, offset float64 }

func (c side) plain() bool { return c.part == 1 && c.tau == 1 }

func (c side) next(old, transform float64) float64 {
	return old + c.part*(c.tau*(transform+c.offset)-c.offset-old)
}

// rows and columns are the sides of the sweep.
func (s *Sweep[T]) rows(part float64) side {
	return side{part, s.Step.TauRows, s.offset * s.scale}
}

func (s *Sweep[T]) columns() side { return side{1, s.Step.TauColumns, 0} }

// distance is Σ_i w_i |2^(p_i − p̂_i) − 2^(−κ p_i)|, κ = (1−τ)/τ: with p̂ the transforms, how
// far the sums of P over rows are from those that the potentials p ask for, which are
// w if τ is 1.
func (s *Sweep[T]) distance(p, transforms, w []float64, c side) (sum float64) {
	e := s.exponents(len(p))
	for i, v := range p {
		e[i] = math.Ln2 * (v - transforms[i])
	}
	Exp64(e, e)
	if c.tau == 1 {
		for i, v := range e {
			sum += w[i] * math.Abs(v-1)
		}
		return sum
	}
	wanted := s.exponents(2 * len(p))[len(p):]
	kappa := math.Ln2 * (1 - c.tau) / c.tau
	for i, v := range p {
		wanted[i] = -kappa * (v + c.offset)
	}
	Exp64(wanted, wanted)
	for i, v := range s.work[:len(p)] {
		sum += w[i] * math.Abs(v-wanted[i])
	}
	return sum
}

// keep copies the potentials of a side until they have moved.
func (s *Sweep[T]) keep(p []float64) (old []float64) {
	if len(s.before) < len(p) {
		s.before = make([]float64, max(s.n, s.m))
	}
	copy(s.before, p)
	return s.before[:len(p)]
}

// exponents is scratch memory; what it held stays.
func (s *Sweep[T]) exponents(n int) []float64 {
	if len(s.work) < n {
		s.work = append(s.work, make([]float64, n-len(s.work))...)
	}
	return s.work[:n]
}

// stepRows moves the potentials of a block for which the sums are known, and sets the
// factors with which it enters the sums over columns.
func (s *Sweep[T]) stepRows(total []T, from, to int) {
	var logs [sweepRows]T
	var powers [sweepRows]float64
	s.kernels.log(&logs[0], &total[0], sweepRows)
	c := s.rows(1)
	for r := range to - from {
		i := from + r
		above := float64(s.row[i]) - s.base(s.uBase, i)
		s.transforms[i] = above - math.Log2E*float64(logs[r])
		s.u[i] = c.next(s.u[i], s.transforms[i])
		powers[r] = math.Ln2 * (s.u[i] - above)
	}
	Exp64(powers[:], powers[:])
	factors := s.factors[from:][:sweepRows]
	for r := range to - from {
		factors[r] = T(s.from[0].Weights[from+r] * powers[r])
	}
}

// Translate adds to f and takes from g what makes the dual of soft marginals largest,
// which plain steps find only slowly where the penalties are large against ε. With
// κ = ε/ρ of each side,
//
//	λ = ε/(κ_a+κ_b) log(Σ a exp(−f/ρ_a) / Σ b exp(−g/ρ_b)).
//
// Source: sejourne:22, proposition 4.
func (s *Sweep[T]) Translate() {
	if s.Step.TauRows == 1 && s.Step.TauColumns == 1 {
		panic("kern: Translate needs a soft marginal")
	}
	masses := func(p, w []float64, c side) (kappa, logSum float64) {
		kappa = (1 - c.tau) / c.tau
		e := s.exponents(len(p))
		peak := math.Inf(-1)
		for i, v := range p {
			e[i] = -kappa * math.Ln2 * (v + c.offset)
			peak = max(peak, e[i])
		}
		for i := range e {
			e[i] -= peak
		}
		Exp64(e, e)
		sum := 0.0
		for i, v := range e {
			sum += w[i] * v
		}
		return kappa, peak*math.Log2E + math.Log2(sum)
	}
	ka, rows := masses(s.u, s.from[0].Weights, s.rows(1))
	kb, columns := masses(s.v, s.from[1].Weights, s.columns())
	lambda := (rows - columns) / (ka + kb)
	for i := range s.u {
		s.u[i] += lambda
	}
	for j := range s.v {
		s.v[j] -= lambda
	}
}
