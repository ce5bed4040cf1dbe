package fdiv

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// Gaussian is the normal law of a mean and a covariance; Cov nil is the
// identity.
type Gaussian struct {
	Mean []float64
	Cov  *mat.SymDense
}

// Normal is the normal law on the line of the given mean and standard
// deviation.
func Normal(mean, sd float64) Gaussian {
	if !(sd > 0) || math.IsInf(sd, 1) {
		panic(fmt.Sprintf("fdiv: a standard deviation of %g", sd))
	}
	return Gaussian{Mean: []float64{mean}, Cov: mat.NewSymDense(1, []float64{sd * sd})}
}

// Gaussians returns D_f(p‖q) between two normal laws: in closed form, in any
// dimension, where h is a sum of powers of r (reverse and forward KL, Jeffreys,
// Hellinger, both chi², the alpha family); by quadrature otherwise, on the line,
// in the plane, and wherever the covariances are equal, when only the direction
// between the means counts. It panics for what is left, unequal covariances in
// three dimensions or more: use [Divergence.Sampled] there.
//
// The closed forms rest on log ∫ p^a q^(1-a), which is infinite where the
// precision a P + (1-a) Q is not positive.
func (d *Divergence) Gaussians(p, q Gaussian) *Result {
	pair := newPair(p, q)
	if d.powers != nil {
		r := &Result{How: "closed form"}
		for _, t := range d.powers {
			r.Value += t.c * pair.alpha(t.a)
		}
		return r
	}
	line := pair.reduced(d.Title)
	if d == TV && len(line.mean) == 1 {
		return &Result{Value: line.totalVariation(), How: "closed form"}
	}
	r, moments := integrate(line.logs, line.box(-1, 2), func(lp, lq []float64) [][]float64 {
		return [][]float64{d.terms(lp, lq), expAll(lp), expAll(lq)}
	})
	r.Value, r.MassP, r.MassQ = moments[0], moments[1], moments[2]
	return r
}

// Variance is the spread of the weight h over samples of the student.
type Variance struct {
	Mean       float64 // E_q[h].
	Normalised float64 // Var_q(h) / E_q[h]², +Inf where h has no variance.
	How        string
	Status     Status
}

// String is a summary in one line.
func (v Variance) String() string {
	return fmt.Sprintf("E[h] = %.6g, Var(h)/E[h]² = %.6g (%s, %v)", v.Mean, v.Normalised, v.How, v.Status)
}

// WeightVariance returns the mean and the normalised variance of h under q, for
// two normal laws: in closed form where h is a sum of powers of r, else by
// quadrature as in [Divergence.Gaussians]. Source: xu:25, figure 4a.
func (d *Divergence) WeightVariance(p, q Gaussian) Variance {
	d.needWeight()
	pair := newPair(p, q)
	if d.powers != nil {
		v := Variance{How: "closed form"}
		second := 0.0
		for _, s := range d.powers {
			v.Mean += s.c * math.Exp(pair.logMoment(s.a))
			for _, t := range d.powers {
				second += s.c * t.c * math.Exp(pair.logMoment(s.a+t.a))
			}
		}
		v.Normalised = second/square(v.Mean) - 1
		if len(d.powers) == 1 {
			a := d.powers[0].a
			v.Normalised = math.Expm1(pair.logMoment(2*a) - 2*pair.logMoment(a))
		}
		if math.IsInf(second, 1) {
			v.Normalised = math.Inf(1)
		}
		return v
	}
	if math.IsNaN(d.TailZero) || math.IsNaN(d.TailInf) {
		panic(fmt.Sprintf("fdiv: the variance of the weight of %s needs its TailZero and TailInf, to tell where it is infinite", d.Title))
	}
	if math.IsInf(pair.logMoment(2*math.Max(d.TailInf, 0)), 1) || math.IsInf(pair.logMoment(2*math.Min(d.TailZero, 0)), 1) {
		return Variance{Mean: d.meanWeight(pair), Normalised: math.Inf(1), How: "the tails"}
	}
	line := pair.reduced(d.Title)
	r, m := integrate(line.logs, line.box(2*d.TailZero, 2*d.TailInf), func(lp, lq []float64) [][]float64 {
		logr, first, second := make([]float64, len(lp)), make([]float64, len(lp)), make([]float64, len(lp))
		for i := range lp {
			logr[i] = lp[i] - lq[i]
		}
		for i, h := range d.LogWeights(logr) {
			first[i], second[i] = math.Exp(lq[i]+h), math.Exp(lq[i]+2*h)
		}
		return [][]float64{second, first, expAll(lp), expAll(lq)}
	})
	return Variance{Mean: m[1], Normalised: math.Max(0, m[0]/square(m[1])-1), How: r.How, Status: r.Status}
}

// meanWeight is E_q[h] of a weight that has no variance.
func (d *Divergence) meanWeight(g *pair) float64 {
	if math.IsInf(g.logMoment(math.Max(d.TailInf, 0)), 1) || math.IsInf(g.logMoment(math.Min(d.TailZero, 0)), 1) {
		return math.Inf(1)
	}
	line := g.reduced(d.Title)
	_, m := integrate(line.logs, line.box(d.TailZero, d.TailInf), func(lp, lq []float64) [][]float64 {
		first := make([]float64, len(lp))
		for i := range lp {
			first[i] = math.Exp(lq[i] + d.LogWeight(lp[i]-lq[i]))
		}
		return [][]float64{first, expAll(lp), expAll(lq)}
	})
	return m[0]
}

// pair is two normal laws seen from the mean of q.
type pair struct {
	d                int
	delta            *mat.VecDense // mean of p minus that of q
	sp, sq           *mat.SymDense
	pp, pq           mat.SymDense // precisions
	logDetP, logDetQ float64      // of the covariances
}

func newPair(p, q Gaussian) *pair {
	d := len(p.Mean)
	if len(q.Mean) != d || d == 0 {
		panic(fmt.Sprintf("fdiv: p has a mean of %d numbers, q of %d", d, len(q.Mean)))
	}
	out := &pair{d: d, delta: mat.NewVecDense(d, nil), sp: covariance("p", p), sq: covariance("q", q)}
	for i := range d {
		v := p.Mean[i] - q.Mean[i]
		if math.IsNaN(v) || math.IsInf(v, 0) {
			panic(job.BadData("fdiv: the means differ by %g", v))
		}
		out.delta.SetVec(i, v)
	}
	for _, g := range []struct {
		name   string
		cov    *mat.SymDense
		inv    *mat.SymDense
		logDet *float64
	}{{"p", out.sp, &out.pp, &out.logDetP}, {"q", out.sq, &out.pq, &out.logDetQ}} {
		var chol mat.Cholesky
		if !chol.Factorize(g.cov) {
			panic(job.BadData("fdiv: the covariance of %s is not positive", g.name))
		}
		*g.logDet = chol.LogDet()
		if err := chol.InverseTo(g.inv); err != nil {
			panic(job.BadData("fdiv: the covariance of %s cannot be inverted: %v", g.name, err))
		}
	}
	return out
}

func covariance(name string, g Gaussian) *mat.SymDense {
	if g.Cov == nil {
		eye := mat.NewSymDense(len(g.Mean), nil)
		for i := range g.Mean {
			eye.SetSym(i, i, 1)
		}
		return eye
	}
	if k := g.Cov.SymmetricDim(); k != len(g.Mean) {
		panic(fmt.Sprintf("fdiv: %s has a mean of %d numbers and a %d×%d covariance", name, len(g.Mean), k, k))
	}
	return g.Cov
}

// alpha is the value of the alpha family with exponent a.
func (g *pair) alpha(a float64) float64 {
	switch a {
	case 0:
		return g.kl(&g.pp, g.sq, g.logDetP-g.logDetQ)
	case 1:
		return g.kl(&g.pq, g.sp, g.logDetQ-g.logDetP)
	}
	end := math.Round(a)
	if t := a - end; math.Abs(t) < 1e-4 && (end == 0 || end == 1) {
		// The formula loses digits like 1/t: a parabola through the limit.
		const step = 1e-3
		low, middle, high := g.alpha(end-step), g.alpha(end), g.alpha(end+step)
		if !math.IsInf(low+high, 1) {
			t /= step
			return middle + t*(high-low)/2 + t*t*(high-2*middle+low)/2
		}
	}
	return math.Expm1(g.logMoment(a)) / (a * (a - 1))
}

// kl is the divergence of a law of covariance s from one of the given precision:
// ½ (tr(precision s) - d + δᵀ precision δ + log det ratio).
func (g *pair) kl(precision, s *mat.SymDense, logDet float64) float64 {
	var product mat.Dense
	product.Mul(precision, s)
	return (mat.Trace(&product) - float64(g.d) + mat.Inner(g.delta, precision, g.delta) + logDet) / 2
}

// logMoment is log ∫ p^a q^(1-a) = log E_q[r^a], +Inf where that is infinite.
func (g *pair) logMoment(a float64) float64 {
	if a == 0 || a == 1 {
		return 0
	}
	lambda := mat.NewSymDense(g.d, nil)
	for i := range g.d {
		for j := i; j < g.d; j++ {
			lambda.SetSym(i, j, a*g.pp.At(i, j)+(1-a)*g.pq.At(i, j))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(lambda) {
		return math.Inf(1)
	}
	var b, solved mat.VecDense
	b.MulVec(&g.pp, g.delta)
	b.ScaleVec(a, &b)
	if err := chol.SolveVecTo(&solved, &b); err != nil {
		return math.Inf(1)
	}
	quadratic := a*mat.Inner(g.delta, &g.pp, g.delta) - mat.Dot(&b, &solved)
	return -(a*g.logDetP + (1-a)*g.logDetQ + chol.LogDet() + quadratic) / 2
}

// flat is a pair on the line or in the plane, whitened so that q is N(0, I) and
// p is N(mean, diag(sd²)).
type flat struct{ mean, sd []float64 }

// reduced whitens q and turns the axes to those of p; axes along which the laws
// agree say nothing and are dropped.
func (g *pair) reduced(title string) flat {
	var chol mat.Cholesky
	chol.Factorize(g.sq)
	var lower mat.TriDense
	chol.LTo(&lower)
	var inv mat.TriDense
	if err := inv.InverseTri(&lower); err != nil {
		panic(job.BadData("fdiv: the covariance of q cannot be inverted: %v", err))
	}
	var half, whole mat.Dense
	half.Mul(&inv, g.sp)
	whole.Mul(&half, inv.T())
	sym := mat.NewSymDense(g.d, nil)
	for i := range g.d {
		for j := i; j < g.d; j++ {
			sym.SetSym(i, j, (whole.At(i, j)+whole.At(j, i))/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(sym, true) {
		panic(job.BadData("fdiv: the covariances have no common axes; are they finite?"))
	}
	var axes mat.Dense
	eigen.VectorsTo(&axes)
	var white, mean mat.VecDense
	white.MulVec(&inv, g.delta)
	mean.MulVec(axes.T(), &white)
	var out flat
	shift := 0.0 // along the axes with equal variances, of which one can be turned to the shift
	for k, v := range eigen.Values(nil) {
		if math.Abs(v-1) < 1e-9 {
			shift = math.Hypot(shift, mean.AtVec(k))
			continue
		}
		out.mean, out.sd = append(out.mean, mean.AtVec(k)), append(out.sd, math.Sqrt(v))
	}
	if shift > 0 || len(out.mean) == 0 {
		out.mean, out.sd = append(out.mean, shift), append(out.sd, 1)
	}
	if len(out.mean) > 2 {
		panic(fmt.Sprintf("fdiv: %s between normal laws that differ along %d axes has no closed form; use Sampled", title, len(out.mean)))
	}
	return out
}

// box holds all but about 1e-22 of both laws and of the tilted ones p^k q^(1-k)
// with the given k that are finite, to which moments of h belong.
func (f flat) box(tilts ...float64) IntegralSettings {
	s := IntegralSettings{Tol: 1e-11}
	for j, m := range f.mean {
		lo, hi := 0.0, 0.0
		for _, k := range append(tilts, 0, 1) {
			precision := k/square(f.sd[j]) + 1 - k
			if precision < 1e-4 {
				continue
			}
			centre, reach := k*m/square(f.sd[j])/precision, 10/math.Sqrt(precision)
			lo, hi = math.Min(lo, centre-reach), math.Max(hi, centre+reach)
		}
		s.Lo, s.Hi = append(s.Lo, lo), append(s.Hi, hi)
	}
	return s
}

// totalVariation is P - Q of the set where p > q, between two laws on the line:
// the crossings of their densities solve a quadratic equation.
func (f flat) totalVariation() float64 {
	m, s := f.mean[0], f.sd[0]
	excess := func(x float64) float64 { return (math.Erf((x-m)/s/math.Sqrt2) - math.Erf(x/math.Sqrt2)) / 2 }
	// a x² - 2 b x + c = 0 where log p = log q, with s² taken out.
	a, b, c := 1-s*s, m, m*m+2*s*s*math.Log(s)
	if a == 0 {
		return math.Erf(math.Abs(m) / 2 / math.Sqrt2)
	}
	root := math.Sqrt(math.Max(0, b*b-a*c))
	// The smaller root from the larger one: they may be far apart.
	big := b + math.Copysign(root, b)
	x, y := big/a, c/big
	return math.Abs(excess(x) - excess(y))
}

func (f flat) logs(x *mat.Dense) (lp, lq []float64) {
	n, _ := x.Dims()
	lp, lq = make([]float64, n), make([]float64, n)
	c := math.Log(2*math.Pi) / 2
	for i := range n {
		for k, v := range x.RawRowView(i) {
			lq[i] -= v*v/2 + c
			lp[i] -= square((v-f.mean[k])/f.sd[k])/2 + c + math.Log(f.sd[k])
		}
	}
	return lp, lq
}
