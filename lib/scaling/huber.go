package scaling

import "math"

// logModel is ln L at point i for parameters theta. Unless grad is nil it writes the
// derivatives to it and, if it knows them, the second derivatives to hess.
type logModel func(i int, theta, grad, hess []float64) float64

// huber is r²/2 up to delta and delta (|r| - delta/2) beyond.
func huber(r, delta float64) float64 {
	if a := math.Abs(r); a > delta {
		return delta * (a - delta/2)
	}
	return r * r / 2
}

// polisher minimises Σ_i w_i huber(ln L_i - logs_i) over the parameters of a model.
//
// Far from few of the residuals the objective is one of absolute values, for which
// Newton's method alone is lost and reweighted least squares slow. The step is
// therefore -(H + λ M)^-1 g, with H the exact second derivative, M the matrix of
// reweighted least squares, and λ raised until the objective falls.
type polisher struct {
	model   logModel
	logs, w []float64
	delta   float64
	held    int     // the parameter that does not move, or -1
	tol     float64 // a step ends the search if it promises less than this share

	grad, hess    []float64 // of one point
	g, h, m       []float64
	trial, system []float64
}

func newPolisher(model logModel, logs, w []float64, delta float64, k int) *polisher {
	floats := func(n int) []float64 { return make([]float64, n) }
	return &polisher{
		model: model, logs: logs, w: w, delta: delta, held: -1, tol: 1e-11,
		grad: floats(k), hess: floats(k * k), g: floats(k), h: floats(k * k), m: floats(k * k),
		trial: floats(k), system: floats(k * k),
	}
}

func (p *polisher) objective(theta []float64) float64 {
	sum := 0.0
	for i, l := range p.logs {
		sum += p.w[i] * huber(p.model(i, theta, nil, nil)-l, p.delta)
	}
	if math.IsNaN(sum) {
		return math.Inf(1)
	}
	return sum
}

// expand fills g, h and m at theta.
func (p *polisher) expand(theta []float64) {
	clear(p.g)
	clear(p.h)
	clear(p.m)
	k := len(theta)
	for i, l := range p.logs {
		r := p.model(i, theta, p.grad, p.hess) - l
		psi, ratio, curve := r, 1.0, 1.0
		if a := math.Abs(r); a > p.delta {
			psi, ratio, curve = math.Copysign(p.delta, r), p.delta/a, 0
		}
		psi, ratio, curve = psi*p.w[i], ratio*p.w[i], curve*p.w[i]
		for a := range k {
			p.g[a] += psi * p.grad[a]
			for b := range k {
				jj := p.grad[a] * p.grad[b]
				p.h[a*k+b] += curve*jj + psi*p.hess[a*k+b]
				p.m[a*k+b] += ratio * jj
			}
		}
	}
}

// run improves theta in place. It returns the objective, and whether no further
// step is worth taking.
func (p *polisher) run(theta []float64, steps int) (objective float64, converged bool) {
	k := len(theta)
	objective = p.objective(theta)
	lambda := 1.0
	for range steps {
		p.expand(theta)
		if q := p.held; q >= 0 {
			p.g[q] = 0
			for a := range k {
				p.h[q*k+a], p.h[a*k+q], p.m[q*k+a], p.m[a*k+q] = 0, 0, 0, 0
			}
			p.h[q*k+q] = 1
		}
		ridge := 0.0
		for a := range k {
			ridge = math.Max(ridge, p.m[a*k+a])
		}
		accepted := false
		for lambda < 1e12 {
			for ab := range p.system {
				p.system[ab] = p.h[ab] + lambda*p.m[ab]
			}
			for a := range k {
				p.system[a*k+a] += 1e-13 * ridge * (1 + lambda)
			}
			step := append(p.trial[:0], p.g...)
			if !solve(p.system, step) {
				lambda = math.Max(4*lambda, 1e-3)
				continue
			}
			decrement := 0.0
			for a := range k {
				decrement += step[a] * p.g[a]
			}
			if decrement <= p.tol*objective/(1+lambda) {
				return objective, true
			}
			for a := range k {
				step[a] = theta[a] - step[a]
			}
			if next := p.objective(step); next < objective {
				copy(theta, step)
				objective, accepted = next, true
				lambda = math.Max(lambda/5, 1e-6)
				break
			}
			lambda = math.Max(4*lambda, 1e-3)
		}
		if !accepted {
			return objective, true // to rounding
		}
	}
	return objective, false
}

// sumOfPowers is ln Σ_k exp(c_k · theta): every law that is a sum of powers, with
// the logarithms of its factors and its exponents as parameters. terms holds for
// each point and term the constants c_k.
func sumOfPowers(terms [][][]float64) logModel {
	return func(i int, theta, grad, hess []float64) float64 {
		var s [3]float64
		most := math.Inf(-1)
		for k, c := range terms[i] {
			for a, v := range c {
				s[k] += v * theta[a]
			}
			most = math.Max(most, s[k])
		}
		sum := 0.0
		for k := range terms[i] {
			s[k] = math.Exp(s[k] - most)
			sum += s[k]
		}
		if grad == nil {
			return most + math.Log(sum)
		}
		clear(grad)
		clear(hess)
		n := len(theta)
		for k, c := range terms[i] {
			share := s[k] / sum
			for a, va := range c {
				grad[a] += share * va
				for b, vb := range c {
					hess[a*n+b] += share * va * vb
				}
			}
		}
		for a := range n {
			for b := range n {
				hess[a*n+b] -= grad[a] * grad[b]
			}
		}
		return most + math.Log(sum)
	}
}

// kaplanModel has the parameters p, q, s, k of ln L = k ln(exp(p - q lnN) + exp(s - lnD)).
func kaplanModel(lnN, lnD []float64) logModel {
	return func(i int, theta, grad, hess []float64) float64 {
		u, v, k := theta[0]-theta[1]*lnN[i], theta[2]-lnD[i], theta[3]
		most := math.Max(u, v)
		eu, ev := math.Exp(u-most), math.Exp(v-most)
		lse, share := most+math.Log(eu+ev), eu/(eu+ev)
		if grad == nil {
			return k * lse
		}
		inner := [4]float64{share, -share * lnN[i], 1 - share, 0}
		c := [4]float64{1, -lnN[i], -1, 0} // derivative of u - v
		for a := range 4 {
			grad[a] = k * inner[a]
		}
		grad[3] = lse
		for a := range 4 {
			for b := range 4 {
				hess[a*4+b] = k * share * (1 - share) * c[a] * c[b]
			}
		}
		for a := range 3 {
			hess[a*4+3], hess[3*4+a] = inner[a], inner[a]
		}
		hess[15] = 0
		return k * lse
	}
}

// brokenModel has the parameters ln b, c0, c1, ln d1, ln f1, ln e of
// L = e + b x^-c0 (1 + (x/d1)^(1/f1))^(-c1 f1). Second derivatives are left out.
func brokenModel(u []float64) logModel {
	return func(i int, theta, grad, hess []float64) float64 {
		f := math.Exp(theta[4])
		z := (u[i] - theta[3]) / f
		sp := softplus(z)
		sigma := math.Exp(z - sp)
		s := theta[0] - theta[1]*u[i] - theta[2]*f*sp
		most := math.Max(s, theta[5])
		es, ee := math.Exp(s-most), math.Exp(theta[5]-most)
		if grad == nil {
			return most + math.Log(es+ee)
		}
		share := es / (es + ee)
		grad[0] = share
		grad[1] = -share * u[i]
		grad[2] = -share * f * sp
		grad[3] = share * theta[2] * sigma
		grad[4] = -share * theta[2] * f * (sp - z*sigma)
		grad[5] = 1 - share
		clear(hess)
		return most + math.Log(es+ee)
	}
}
