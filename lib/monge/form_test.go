package monge

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/nn"
	"gaspard/lib/tensor"
)

// linearNetwork is x W of the user's.
func linearNetwork(w ...float32) *Network {
	return &Network{Name: "linear", Params: w, Apply: func(x *tensor.Var) *tensor.Var {
		return x.MatMul(x.Graph().Param(2, 2))
	}}
}

// Every form learns, with costs that have one, and begins at its Start.
func TestForms(t *testing.T) {
	x, y := clouds(100, 100)
	linear := Linear(x, y)
	for _, c := range []cost.Cost{cost.SqEuclidean(), cost.PNorm(1.5), cost.ElasticL1(0.1)} {
		for _, form := range []Form{Residual, Plain, Structured, Gradient} {
			s := small(Settings{Lambda: 0.5, Cost: c, Form: form, Steps: 120})
			s.LearningRate = 1e-2
			m := Fit(x, y, s)
			fit, _ := m.History.Recent()
			if first := m.History.Fit[0]; m.Status != Done || fit > 0.5*first {
				t.Errorf("%v, %v: %v, fit from %g to %g", c, form, m.Status, first, fit)
			}
			if form == Plain {
				continue
			}
			s.Start = linear
			before := NewTrainer(x, y, s).Map()
			// The last layer is 0.01 of one whose outputs are of order 1; ∇h* of p = 1.5 is
			// steeper the longer the displacement, by 2|z| 4/9.
			var off mat.Dense
			off.Sub(before.Push(x), linear.Push(x))
			if worst := mat.Norm(&off, 2) / 10; worst > 0.1 {
				t.Errorf("%v, %v begins %g off its start on average", c, form, worst)
			}
			if form == Structured && !strings.Contains(m.String(), "x - ∇h*(F(x))") {
				t.Errorf("%v", m)
			}
		}
	}
}

// A map x - ∇φ(x)/2 has a symmetric Jacobian, which differences of a float32 network
// show to some 1e-3.
func TestGradientFormIsConservative(t *testing.T) {
	x, y := clouds(100, 100)
	m := Fit(x, y, small(Settings{Lambda: 0.5, Form: Gradient, Steps: 60}))
	const h = 1e-2
	for i := range 10 {
		a, b := x.At(i, 0), x.At(i, 1)
		z := m.Push(mat.NewDense(4, 2, []float64{a + h, b, a - h, b, a, b + h, a, b - h}))
		if d := ((z.At(0, 1) - z.At(1, 1)) - (z.At(2, 0) - z.At(3, 0))) / (2 * h); math.Abs(d) > 1e-3 {
			t.Errorf("∂T₂/∂x₁ - ∂T₁/∂x₂ is %g at %g, %g", d, a, b)
		}
	}
}

// For linear maps of the plane (J - Jᵀ)v is as long for all signs v, so that the
// estimate is |J - Jᵀ|² itself; as a loss it makes the network symmetric.
func TestConservativityOfLinearNetworks(t *testing.T) {
	x, y := clouds(60, 60)
	for _, c := range []struct {
		w    []float32
		want float64
	}{{[]float32{0, -1, 1, 0}, 8}, {[]float32{1, 2, 3, 4}, 2}, {[]float32{2, 0.5, 0.5, 1}, 0}} {
		s := small(Settings{Form: Plain, Network: linearNetwork(c.w...), Conservativity: 3, Steps: 1})
		h := Fit(x, y, s).History
		if math.Abs(h.Asymmetry[0]-c.want) > 1e-5 || math.Abs(h.Total[0]-h.Fit[0]-3*h.Asymmetry[0]) > 1e-9 {
			t.Errorf("J = %v: asymmetry %g, want %g; total %g of fit %g", c.w, h.Asymmetry[0], c.want, h.Total[0], h.Fit[0])
		}
	}
	s := small(Settings{Form: Plain, Network: linearNetwork(0, -1, 1, 0), Conservativity: 100, Steps: 400})
	s.LearningRate = 2e-2
	m := Fit(x, y, s)
	w := m.Network.Params
	if math.Abs(float64(w[1]-w[2])) > 0.05 || s.Network.Params[1] != -1 {
		t.Errorf("trained to %v from %v", w, s.Network.Params)
	}
	if text := m.String(); !strings.Contains(text, "user's network, 4 parameters, T(x) = F(x)") {
		t.Errorf("%s", text)
	}
}

// A user's network of two layers is the multilayer perceptron of the same parameters.
func TestUserNetworkAsTheBuiltIn(t *testing.T) {
	x, y := clouds(60, 60)
	mlp := nn.NewMLP(rand.New(rand.NewPCG(3, 3)), 2, 2, []int{8}, tensor.GELU, false)
	user := &Network{Name: "mine", Params: mlp.Params, Apply: func(x *tensor.Var) *tensor.Var {
		g := x.Graph()
		h := tensor.Affine(x, g.Param(2, 8), g.Param(1, 8), tensor.GELU)
		return tensor.Affine(h, g.Param(8, 2), g.Param(1, 2), tensor.Linear)
	}}
	s := small(Settings{Lambda: 1, Form: Plain, Network: user, Steps: 10})
	m := Fit(x, y, s)
	mlp.Params = m.Network.Params
	var off mat.Dense
	off.Sub(m.Push(x), mlp.Eval(x))
	if worst := mat.Max(&off) - mat.Min(&off); worst > 1e-5 {
		t.Errorf("off by %g", worst)
	}
}

// The squared distance of the means as a loss moves the mean and knows of nothing else.
func TestUserLoss(t *testing.T) {
	x, y := clouds(60, 60)
	means := func(tx, y *tensor.Var) *tensor.Var {
		n, m := float64(tx.Rows()), float64(y.Rows())
		return tx.ColumnSums().Scale(1 / n).Sub(y.ColumnSums().Scale(1 / m)).Square().Sum()
	}
	s := small(Settings{UserLoss: means, Steps: 150, Start: Identity(2), Validation: Validation{Every: 50, X: x, Y: y}})
	m := Fit(x, y, s)
	h := m.History.Held
	if last := h.Fit[len(h.Fit)-1]; last > 0.05 || m.History.Fit[0] < 2 {
		t.Errorf("means at a squared distance of %g, at first %g", last, m.History.Fit[0])
	}
	if text := m.String(); !strings.Contains(text, "user's loss") {
		t.Errorf("%s", text)
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	x, y := clouds(50, 50)
	matrix := func(tx, _ *tensor.Var) *tensor.Var { return tx }
	wide := &Network{Params: make([]float32, 6), Apply: func(x *tensor.Var) *tensor.Var { return x.MatMul(x.Graph().Param(2, 3)) }}
	for want, s := range map[string]Settings{
		"monge: a map F(x) has no place for a Start; take Form Residual":                                          {Form: Plain, Start: Identity(2)},
		"monge: Conservativity is for networks that may not be gradients; Form Gradient is one":                   {Form: Gradient, Conservativity: 1},
		"monge: Form x - ∇h*(F(x)) with the cost |x-y|, which is not h(x-y) with h strictly convex and ∇h* known": {Form: Structured, Cost: cost.Euclidean()},
		"monge: UserLoss must return one number, 1×1, such as the Mean of something":                              {UserLoss: matrix},
		"monge: Full takes whole clouds; it goes with neither Batch nor samplers":                                 {Full: true, Batch: 10},
		"monge: Average is 1; an average that keeps all never moves":                                              {Average: 1},
		"monge: the network turns 50×2 into 50×3; form x + F(x) needs 2 columns":                                  {Network: wide},
		"monge: EpsilonFitSchedule gives 0 at progress 0":                                                         {EpsilonFitSchedule: Ramp(0, 1)},
		"monge: Validation needs X and Y, and with conditions neither, but a Share":                               {Validation: Validation{Every: 1, X: x}},
	} {
		func() {
			defer func() {
				if r := recover(); r != want {
					t.Errorf("got %v, want %q", r, want)
				}
			}()
			Fit(x, y, s)
		}()
	}
}
