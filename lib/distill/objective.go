package distill

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"gaspard/lib/fdiv"
)

// Objective is what training minimises, for a student m + s z on the line, by
// quadrature and without noise:
//
//	L(m, s) = mean over i of w_i D_f(p_σi ‖ q_σi).
type Objective struct {
	Divergence *fdiv.Divergence
	Teacher    *Mixture  // On the line.
	Sigma      []float64 // Noise levels; nil is the clean law alone, σ = 0.
	Weight     []float64 // w_i; nil means 1 each.
}

// quadraturePanels, of eight points each, resolve a component of a two
// hundredth of the range: smooth integrands of that width are exact to rounding.
const quadraturePanels = 96

// Value returns L(m, s), +Inf where the integral does not settle towards the ends
// of the line.
func (o Objective) Value(m, s float64) float64 {
	sum := 0.0
	o.each(m, s, func(w float64, n node) {
		sum += w * o.Divergence.Term(n.lp, n.lq)
	}, func() { sum = math.Inf(1) })
	return sum
}

// Gradient returns dL/dm and dL/ds by the gradient theorem (xu:25, theorem 1),
//
//	dL/dθ = - E[ w h(r) (s_p - s_q) ∂G/∂θ ],
//
// with the mean of ∂G/∂θ = (1, z) given the noised point: E[z | x] is
// s (x-m)/(s²+σ²).
func (o Objective) Gradient(m, s float64) (dm, ds float64) {
	o.each(m, s, func(w float64, n node) {
		g := -w * math.Exp(n.lq+o.Divergence.LogWeight(n.lp-n.lq)) * (n.sp - n.sq)
		dm += g
		ds += g * s * (n.x - m) / (s*s + n.sigma*n.sigma)
	}, func() { dm, ds = math.Inf(1), math.Inf(1) })
	return dm, ds
}

// Difference returns dL/dm and dL/ds by central differences of [Objective.Value],
// of fourth order: what the theorem is to agree with.
func (o Objective) Difference(m, s float64) (dm, ds float64) {
	const h = 1e-3
	slope := func(f func(t float64) float64) float64 {
		return (8*(f(h)-f(-h)) - (f(2*h) - f(-2*h))) / (12 * h)
	}
	return slope(func(t float64) float64 { return o.Value(m+t, s) }), slope(func(t float64) float64 { return o.Value(m, s+t) })
}

// Optimum is a minimum of an [Objective].
type Optimum struct {
	Mean, Sd, Value float64
	Gradient        float64 // Norm of the gradient, by the theorem.
	Evaluations     int
}

// String gives the minimum in a line.
func (o *Optimum) String() string {
	return fmt.Sprintf("m = %.5f, s = %.5f, L = %.6f (gradient %.1g, %d evaluations)", o.Mean, o.Sd, o.Value, o.Gradient, o.Evaluations)
}

// Minimise finds the local minimum to which BFGS with the theorem's gradient
// goes from m, s. Mode-seeking divergences have several: see [Objective.Minima].
func (o Objective) Minimise(m, s float64) *Optimum {
	out := &Optimum{}
	// The first step of BFGS has length 1, here a twentieth of s, so as not to
	// leap into another basin.
	const unit = 0.05
	at := func(x []float64) (float64, float64) { return m + unit*s*x[0], s * math.Exp(unit*x[1]) }
	problem := optimize.Problem{
		Func: func(x []float64) float64 {
			out.Evaluations++
			mean, sd := at(x)
			return o.Value(mean, sd)
		},
		Grad: func(grad, x []float64) {
			mean, sd := at(x)
			dm, ds := o.Gradient(mean, sd)
			grad[0], grad[1] = dm*unit*s, ds*sd*unit
		},
	}
	settings := &optimize.Settings{GradientThreshold: 1e-10, MajorIterations: 300}
	// A line search that can gain no more ends with an error at the minimum: the
	// gradient, which is reported, tells.
	r, err := optimize.Minimize(problem, []float64{0, 0}, settings, &optimize.BFGS{})
	if r == nil {
		panic(fmt.Sprintf("distill: the objective cannot be minimised from m = %g, s = %g: %v", m, s, err))
	}
	out.Mean, out.Sd = at(r.X)
	out.Value = r.F
	dm, ds := o.Gradient(out.Mean, out.Sd)
	out.Gradient = math.Hypot(dm, ds)
	return out
}

// Minima returns the minima reached from every component of the teacher and from
// its mean and standard deviation, the lowest first, each once.
func (o Objective) Minima() []*Optimum {
	o.check()
	t := o.Teacher
	mean, second := 0.0, 0.0
	for i, w := range t.Weights() {
		mean += w * t.mean[i]
		second += w * (t.variance[i] + t.mean[i]*t.mean[i])
	}
	starts := [][2]float64{{mean, math.Sqrt(second - mean*mean)}}
	for i := range t.k {
		starts = append(starts, [2]float64{t.mean[i], math.Max(t.spread(i), 1e-3)})
	}
	var out []*Optimum
search:
	for _, at := range starts {
		found := o.Minimise(at[0], at[1])
		for k, known := range out {
			if math.Abs(found.Mean-known.Mean)+math.Abs(found.Sd-known.Sd) < 1e-4*(1+found.Sd) {
				if found.Value < known.Value {
					out[k] = found
				}
				continue search
			}
		}
		out = append(out, found)
	}
	for i := range out {
		for j := i; j > 0 && out[j].Value < out[j-1].Value; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

// node is a point of the quadrature with the densities and scores there.
type node struct{ x, sigma, lp, lq, sp, sq float64 }

func (o Objective) check() {
	if o.Divergence == nil || o.Teacher == nil {
		panic("distill: an objective needs a divergence and a teacher")
	}
	if o.Teacher.d != 1 || o.Teacher.axes != nil {
		panic(fmt.Sprintf("distill: the objective is integrated on the line; %s is in R^%d", o.Teacher.Name, o.Teacher.d))
	}
	if o.Weight != nil && len(o.Weight) != len(o.Sigma) {
		panic(fmt.Sprintf("distill: %d weights for %d noise levels", len(o.Weight), len(o.Sigma)))
	}
}

// each calls f at every point of every level with the weight of the quadrature,
// and infinite once for each level whose divergence grows to the ends of the
// range.
func (o Objective) each(m, s float64, f func(w float64, n node), infinite func()) {
	o.check()
	if !(math.Abs(s) > 0) || math.IsNaN(m) || math.IsInf(m, 0) || math.IsInf(s, 0) {
		panic(fmt.Sprintf("distill: a student of mean %g and standard deviation %g", m, s))
	}
	sigmas := o.Sigma
	if sigmas == nil {
		sigmas = []float64{0}
	}
	student := NewMixture(nil, mat.NewDense(1, 1, []float64{m}), []float64{math.Abs(s)})
	for i, sigma := range sigmas {
		weight := 1 / float64(len(sigmas))
		if o.Weight != nil {
			weight *= o.Weight[i]
		}
		lo, hi := o.rangeOf(m, s, sigma)
		nodes, largest := nodesOf(o.Teacher, student, lo, hi, sigma), 0.0
		width := (hi - lo) / quadraturePanels
		for k, n := range nodes[2:] {
			largest = math.Max(largest, o.Divergence.Term(n.lp, n.lq))
			f(weight*width*legendre.w[k%len(legendre.w)], n)
		}
		left, right := nodes[0], nodes[1]
		if edge := math.Max(o.Divergence.Term(left.lp, left.lq), o.Divergence.Term(right.lp, right.lq)); edge > 1e-9*largest {
			infinite()
		}
	}
}

// nodesOf evaluates both laws at lo, at hi, and at the points of the rule between.
func nodesOf(p, q *Mixture, lo, hi, sigma float64) []node {
	x := []float64{lo, hi}
	for k := range quadraturePanels {
		for _, u := range legendre.x {
			x = append(x, lo+(float64(k)+u)*(hi-lo)/quadraturePanels)
		}
	}
	at := mat.NewDense(len(x), 1, x)
	lp, sp := p.at(at, []float64{sigma}, true)
	lq, sq := q.at(at, []float64{sigma}, true)
	nodes := make([]node, len(x))
	for i := range nodes {
		nodes[i] = node{x: x[i], sigma: sigma, lp: lp[i], sp: sp.At(i, 0), lq: lq[i], sq: sq.At(i, 0)}
	}
	return nodes
}

// rangeOf holds both laws and what their tilted products add.
func (o Objective) rangeOf(m, s, sigma float64) (lo, hi float64) {
	lo, hi = m, m
	wide := math.Abs(s)
	for i, c := range o.Teacher.mean {
		lo, hi = math.Min(lo, c), math.Max(hi, c)
		wide = math.Max(wide, o.Teacher.spread(i))
	}
	reach := 14*math.Hypot(wide, sigma) + (hi - lo)
	return lo - reach, hi + reach
}

// legendre is the rule of eight points on (0, 1).
var legendre = func() (r struct{ x, w []float64 }) {
	r.x, r.w = make([]float64, 8), make([]float64, 8)
	quad.Legendre{}.FixedLocations(r.x, r.w, 0, 1)
	return r
}()
