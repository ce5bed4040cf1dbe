package monge

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/ot"
)

// EntropicMap returns the map of an entropic plan between clouds x and y, a result of
// [ot.Sinkhorn] between points, on all of space: for |x-y|² the mean of y given z,
//
//	T(z) = Σ_j w_j(z) y_j,  w_j ∝ b_j exp((g_j - |z-y_j|²)/ε),
//
// and for other costs h(x-y) what [ot.Result.Extend] says. ε trades bias, as it pulls
// images to the mean of y, for variance. The result is kept.
//
// Memory: none beside the result. Time for k points: k times the size of y. EntropicMap
// panics with a sentence on results of other solvers and on costs that define no map.
//
// Source: pooladian:21, section 3.
func EntropicMap(r *ot.Result) *Map {
	checkEntropic(r)
	m := Func("entropic map", r.Problem().Dim(), r.Extend)
	m.Solves = []*ot.Result{r}
	return m
}

// DebiasedMap returns the entropic map less the bias that the map of the source to
// itself shows,
//
//	T(z) = z + T_xy(z) - T_xx(z),
//
// given the plans from x to y and from x to x for |x-y|² at the same ε:
//
//	xy := ot.Sinkhorn(ot.Points(x, y), ot.Settings{})
//	xx := ot.Sinkhorn(ot.Points(x, x), ot.Settings{Epsilon: xy.Epsilon})
//	m := monge.DebiasedMap(xy, xx)
//
// It does not move a source that is the target. Both results are kept. DebiasedMap
// panics as [EntropicMap] does, and if ε, the cost or the clouds do not fit.
//
// Source: pooladian:22, section 3.
func DebiasedMap(xy, xx *ot.Result) *Map {
	checkEntropic(xy)
	checkEntropic(xx)
	p, q := xy.Problem(), xx.Problem()
	n, _ := p.Dims()
	if rows, cols := q.Dims(); rows != n || cols != n || p.Dim() != q.Dim() {
		panic(fmt.Sprintf("monge: the plan from x to y is of %d source points in dimension %d, that from x to x %d×%d in dimension %d", n, p.Dim(), rows, cols, q.Dim()))
	}
	if xy.Epsilon != xx.Epsilon {
		panic(fmt.Sprintf("monge: the plan from x to y has ε %g, that from x to x %g", xy.Epsilon, xx.Epsilon))
	}
	if p.Cost != cost.SqEuclidean() || q.Cost != cost.SqEuclidean() {
		panic(fmt.Sprintf("monge: the debiased map is one for |x-y|², not for %v and %v", p.Cost, q.Cost))
	}
	m := Func("debiased entropic map", p.Dim(), func(z *mat.Dense) *mat.Dense {
		y := xy.Extend(z)
		y.Sub(y, xx.Extend(z))
		y.Add(y, z)
		return y
	})
	m.Solves = []*ot.Result{xy, xx}
	return m
}

func checkEntropic(r *ot.Result) {
	switch p := r.Problem(); {
	case r.Epsilon == 0 || p == nil || p.Dim() == 0:
		panic("monge: an entropic map needs a result of ot.Sinkhorn between points")
	case !p.Cost.HasConjugateGrad():
		panic(fmt.Sprintf("monge: the cost %v defines no map from its potentials", p.Cost))
	}
}

// solved is String of a map that rests on entropic solves.
func (m *Map) solved() string {
	var b strings.Builder
	last := m.Solves[len(m.Solves)-1]
	rows, cols := last.Problem().Dims()
	fmt.Fprintf(&b, "%s on R^%d, of %d×%d points", m.Name, m.Dim, rows, cols)
	if first := m.Solves[0]; first.Epsilon == last.Epsilon {
		fmt.Fprintf(&b, ", ε = %.4g (%s)", first.Epsilon, first.EpsilonRule)
	} else {
		fmt.Fprintf(&b, ", ε from %.4g to %.4g", first.Epsilon, last.Epsilon)
	}
	iterations, worst := 0, 0.0
	for _, r := range m.Solves {
		iterations += r.Iterations
		worst = max(worst, r.MarginalError)
	}
	fmt.Fprintf(&b, "\n%d solves, %d iterations, marginal error at most %.2g", len(m.Solves), iterations, worst)
	for k, r := range m.Solves {
		if r.Status.Err() != nil {
			fmt.Fprintf(&b, "\nsolve %d is NOT CONVERGED: %v. %s", k+1, r.Status, r.Advice)
		}
	}
	return b.String()
}
