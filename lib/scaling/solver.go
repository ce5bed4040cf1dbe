package scaling

import (
	"math"
	"sort"
)

// solver fits one form to one set of sizes, any number of times. It holds scratch
// memory: each goroutine has its own.
type solver struct {
	form  Form
	delta float64
	abs   bool

	basis      *powerBasis // forms of one size
	lnN, lnD   []float64   // forms of two, less their means
	midN, midD float64
	model      logModel
	weights    []float64
	logs       []float64
	ones       []float64
}

func newSolver(d *fitData, s FitSettings) *solver {
	v := &solver{form: s.Form, delta: s.Huber, abs: s.Absolute}
	n := len(d.y)
	v.weights, v.logs, v.ones = make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range v.ones {
		v.ones[i] = 1
	}
	if !s.Form.OfSizes() {
		v.basis = newPowerBasis(d.x)
		switch s.Form {
		case Broken:
			v.model = brokenModel(v.basis.u)
		case Power:
			v.model = v.powers(func(i int) [][]float64 { return [][]float64{{1, -v.basis.u[i]}} })
		default:
			v.model = v.powers(func(i int) [][]float64 { return [][]float64{{1, -v.basis.u[i], 0}, {0, 0, 1}} })
		}
		return v
	}
	v.lnN, v.lnD = make([]float64, n), make([]float64, n)
	for i, r := range d.runs {
		v.lnN[i], v.lnD[i] = math.Log(r.Params), math.Log(r.Tokens)
		v.midN += v.lnN[i] / float64(n)
		v.midD += v.lnD[i] / float64(n)
	}
	for i := range v.lnN {
		v.lnN[i] -= v.midN
		v.lnD[i] -= v.midD
	}
	if s.Form == Kaplan {
		v.model = kaplanModel(v.lnN, v.lnD)
	} else {
		v.model = v.powers(func(i int) [][]float64 {
			return [][]float64{{1, -v.lnN[i], 0, 0, 0}, {0, 0, 1, -v.lnD[i], 0}, {0, 0, 0, 0, 1}}
		})
	}
	return v
}

func (v *solver) powers(terms func(i int) [][]float64) logModel {
	all := make([][][]float64, len(v.ones))
	for i := range all {
		all[i] = terms(i)
	}
	return sumOfPowers(all)
}

// floorOf is where project holds the floor of a form.
func (v *solver) floorOf() float64 {
	if v.form == Power {
		return 0
	}
	return math.NaN()
}

// squares are the weights with which least squares of L approximates the objective.
func (v *solver) squares(y, w []float64) []float64 {
	for i := range w {
		v.weights[i] = w[i]
		if !v.abs {
			v.weights[i] /= y[i] * y[i]
		}
	}
	return v.weights
}

// fit returns the best law for losses y with weights w. warm, if not nil, is a law
// from which to start instead of searching for starts.
func (v *solver) fit(y, w []float64, warm *Law) (Law, float64, Status) {
	if v.delta == 0 {
		s := v.basis.fit(y, v.squares(y, w), v.floorOf())
		law := v.basis.law(s)
		law.Form = v.form
		return law, s.ssr, v.status(law, true)
	}
	for i := range y {
		v.logs[i] = math.Log(y[i])
	}
	starts := [][]float64{}
	if warm != nil {
		starts = append(starts, v.theta(*warm, y))
	} else {
		starts = v.starts(y, w)
	}
	var lowest []float64
	least, converged := math.Inf(1), false
	for _, theta := range starts {
		if warm == nil {
			squares := newPolisher(v.model, v.logs, w, math.Inf(1), len(theta))
			squares.tol = 1e-4
			squares.run(theta, 50)
		}
		objective, ok := newPolisher(v.model, v.logs, w, v.delta, len(theta)).run(theta, 500)
		if objective < least {
			lowest, least, converged = theta, objective, ok
		}
	}
	if lowest == nil {
		return Law{Form: v.form}, math.Inf(1), IterationLimit
	}
	law := v.law(lowest, y)
	return law, least, v.status(law, converged)
}

// status judges a law.
func (v *solver) status(l Law, converged bool) Status {
	bound := func(factor, exponent float64) bool {
		return !(factor > 0) || exponent <= leastExponent*1.001 || exponent >= mostExponent*0.999
	}
	switch {
	case !converged:
		return IterationLimit
	case l.Form == Broken && !(l.A > 0), l.Form != Broken && bound(l.A, l.Alpha), l.Form.OfSizes() && bound(l.B, l.Beta):
		return AtBound
	case (l.Form == PowerFloor || l.Form == Chinchilla || l.Form == Broken) && l.E == 0:
		return FloorAtZero
	}
	return Converged
}

// floorHeld returns the best law with the floor held, its objective, and whether the
// search for it converged. One of its starts is a law for another floor.
func (v *solver) floorHeld(y, w []float64, floor float64, from Law) (law Law, objective float64, converged bool) {
	if v.delta == 0 {
		s := v.basis.fit(y, v.squares(y, w), floor)
		return v.basis.law(s), s.ssr, true
	}
	for i := range y {
		v.logs[i] = math.Log(y[i])
	}
	from.E = floor
	found := []candidate{{from, 0}} // first, then the best of a grid
	if v.form == Chinchilla {
		found = append(found, best(v.gridChinchilla(y, w, floor), 3)...)
	} else if v.form == Broken {
		found = append(found, best(v.gridBroken(y, w, floor), 3)...)
	} else {
		found = append(found, candidate{v.basis.law(v.basis.fit(y, v.squares(y, w), floor)), 0})
	}
	objective = math.Inf(1)
	for _, c := range found {
		theta := v.theta(c.law, y)
		k := len(theta)
		squares := newPolisher(v.model, v.logs, w, math.Inf(1), k)
		squares.held, squares.tol = k-1, 1e-6
		squares.run(theta, 50)
		p := newPolisher(v.model, v.logs, w, v.delta, k)
		p.held, p.tol = k-1, 1e-9
		if o, ok := p.run(theta, 500); o < objective {
			law, objective, converged = v.law(theta, y), o, ok
		}
	}
	return law, objective, converged
}

// best are the n candidates with the least squares.
func best(found []candidate, n int) []candidate {
	sort.SliceStable(found, func(i, j int) bool { return found[i].ssr < found[j].ssr })
	return found[:min(len(found), n)]
}

func least(y []float64) float64 {
	low := math.Inf(1)
	for _, v := range y {
		low = math.Min(low, v)
	}
	return low
}

// theta is a law as the parameters of the model, in centred sizes.
func (v *solver) theta(l Law, y []float64) []float64 {
	tiny := 1e-9 * least(y)
	ln := func(x float64) float64 { return math.Log(math.Max(x, tiny)) }
	switch l.Form {
	case Power:
		return []float64{math.Log(l.A) - l.Alpha*v.basis.shift, l.Alpha}
	case PowerFloor:
		return []float64{ln(l.A * math.Exp(-l.Alpha*v.basis.shift)), l.Alpha, ln(l.E)}
	case Broken:
		f := l.Sharpness
		return []float64{ln(l.A * math.Exp(-l.Alpha*v.basis.shift)), l.Alpha, l.Bend, math.Log(l.Break) - v.basis.shift, math.Log(f), ln(l.E)}
	case Kaplan:
		q := l.Alpha / l.Beta
		return []float64{q * (math.Log(l.A) - v.midN), q, math.Log(l.B) - v.midD, l.Beta}
	}
	return []float64{ln(l.A * math.Exp(-l.Alpha*v.midN)), l.Alpha, ln(l.B * math.Exp(-l.Beta*v.midD)), l.Beta, ln(l.E)}
}

// law is the inverse of theta. A floor that has gone below a millionth of the losses
// is 0.
func (v *solver) law(t []float64, y []float64) Law {
	floor := func(e float64) float64 {
		if e := math.Exp(e); e > 1e-6*least(y) {
			return e
		}
		return 0
	}
	switch v.form {
	case Power:
		return Law{Form: Power, A: math.Exp(t[0] + t[1]*v.basis.shift), Alpha: t[1]}
	case PowerFloor:
		return Law{Form: PowerFloor, A: math.Exp(t[0] + t[1]*v.basis.shift), Alpha: t[1], E: floor(t[2])}
	case Broken:
		return Law{Form: Broken, A: math.Exp(t[0] + t[1]*v.basis.shift), Alpha: t[1], Bend: t[2],
			Break: math.Exp(t[3] + v.basis.shift), Sharpness: math.Exp(t[4]), E: floor(t[5])}
	case Kaplan:
		return Law{Form: Kaplan, A: math.Exp(t[0]/t[1] + v.midN), Alpha: t[1] * t[3], B: math.Exp(t[2] + v.midD), Beta: t[3]}
	}
	return Law{Form: Chinchilla, A: math.Exp(t[0] + t[1]*v.midN), Alpha: t[1],
		B: math.Exp(t[2] + t[3]*v.midD), Beta: t[3], E: floor(t[4])}
}

// candidate is a start with its sum of squares.
type candidate struct {
	law Law
	ssr float64
}

// starts are the best laws of a grid of their exponents, as parameters.
func (v *solver) starts(y, w []float64) [][]float64 {
	var found []candidate
	switch v.form {
	case Power, PowerFloor:
		s := v.basis.fit(y, v.squares(y, w), v.floorOf())
		l := v.basis.law(s)
		l.Form = v.form
		found = []candidate{{l, s.ssr}}
	case Chinchilla:
		found = v.gridChinchilla(y, w, math.NaN())
	case Kaplan:
		found = v.gridKaplan(y, w)
	case Broken:
		found = v.gridBroken(y, w, math.NaN())
	}
	var starts [][]float64
	for _, c := range best(found, 4) {
		starts = append(starts, v.theta(c.law, y))
	}
	return starts
}

// steps are n numbers from lo to hi, evenly in the logarithm.
func steps(lo, hi float64, n int) []float64 {
	out := make([]float64, n)
	for k := range out {
		out[k] = lo * math.Pow(hi/lo, float64(k)/float64(n-1))
	}
	return out
}

func (v *solver) columns(u []float64, rates []float64) [][]float64 {
	out := make([][]float64, len(rates))
	for k, rate := range rates {
		out[k] = make([]float64, len(u))
		for i := range u {
			out[k][i] = math.Exp(-rate * u[i])
		}
	}
	return out
}

// gridChinchilla holds the floor, or leaves it free for NaN, as gridBroken does.
func (v *solver) gridChinchilla(y, w []float64, floor float64) []candidate {
	rates := steps(0.05, 1.5, 12)
	byN, byD := v.columns(v.lnN, rates), v.columns(v.lnD, rates)
	weights := v.squares(y, w)
	above := y
	if !math.IsNaN(floor) {
		above = make([]float64, len(y))
		for i := range y {
			above[i] = y[i] - floor
		}
	}
	var found []candidate
	for i, alpha := range rates {
		for j, beta := range rates {
			var c []float64
			var ssr float64
			if math.IsNaN(floor) {
				c, ssr = nonNegative([][]float64{v.ones, byN[i], byD[j]}, y, weights)
			} else {
				c, ssr = nonNegative([][]float64{byN[i], byD[j]}, above, weights)
				c = []float64{floor, c[0], c[1]}
			}
			found = append(found, candidate{Law{Form: Chinchilla, E: c[0],
				A: c[1] * math.Exp(alpha*v.midN), Alpha: alpha, B: c[2] * math.Exp(beta*v.midD), Beta: beta}, ssr})
		}
	}
	return found
}

// gridKaplan uses that L^(1/β) is linear in (Nc)^(α/β) and Dc.
func (v *solver) gridKaplan(y, w []float64) []candidate {
	var found []candidate
	byD := v.columns(v.lnD, []float64{1})[0]
	z, weights := make([]float64, len(y)), make([]float64, len(y))
	for _, k := range steps(0.03, 0.6, 12) {
		for i := range y {
			// Losses are taken relative to the first, or their powers overflow.
			z[i] = math.Pow(y[i]/y[0], 1/k)
			weights[i] = w[i] * (k / z[i]) * (k / z[i])
		}
		for _, q := range steps(0.2, 4, 12) {
			c, ssr := nonNegative([][]float64{v.columns(v.lnN, []float64{q})[0], byD}, z, weights)
			if !(c[0] > 0 && c[1] > 0) {
				continue
			}
			scale := math.Log(y[0]) / k
			found = append(found, candidate{Law{Form: Kaplan,
				A: math.Exp((math.Log(c[0])+scale)/q + v.midN), Alpha: q * k,
				B: math.Exp(math.Log(c[1]) + scale + v.midD), Beta: k}, ssr})
		}
	}
	return found
}

func (v *solver) gridBroken(y, w []float64, floor float64) []candidate {
	weights := v.squares(y, w)
	u := v.basis.u
	lo, hi := u[0], u[len(u)-1]
	var found []candidate
	column := make([]float64, len(u))
	for _, alpha := range steps(0.02, 1.5, 8) {
		for _, total := range steps(0.02, 1.5, 8) { // the exponent beyond the break
			for k := 1; k < 8; k++ {
				at := lo + (hi-lo)*float64(k)/8
				for _, f := range []float64{0.1, 0.4, 1.5} {
					for i := range u {
						column[i] = math.Exp(-alpha*u[i] - (total-alpha)*f*softplus((u[i]-at)/f))
					}
					s := project(column, y, weights, floor)
					found = append(found, candidate{Law{Form: Broken, E: s.floor, A: s.factor * math.Exp(alpha*v.basis.shift),
						Alpha: alpha, Bend: total - alpha, Break: math.Exp(at + v.basis.shift), Sharpness: f}, s.ssr})
				}
			}
		}
	}
	return found
}
