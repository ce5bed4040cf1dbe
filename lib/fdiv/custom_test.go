package fdiv

import (
	"errors"
	"math"
	"testing"

	"gaspard/lib/job"
	"gaspard/lib/tensor"
)

// TestFunc holds a user's f, with and without derivatives, to the same one of
// the package.
func TestFunc(t *testing.T) {
	each := func(f func(float64) float64) func([]float64) []float64 {
		return func(r []float64) []float64 {
			out := make([]float64, len(r))
			for i, v := range r {
				out[i] = f(v)
			}
			return out
		}
	}
	plain := Func("mine", each(func(r float64) float64 { return r * math.Log(r) }), nil, nil)
	tape := TensorFunc("mine", func(r *tensor.Var) *tensor.Var { return r.Mul(r.Log()) })
	full := Func("mine", each(FKL.F), each(FKL.Prime), each(FKL.Second))
	p, q := []float64{0.2, 0.5, 0.3}, []float64{0.4, 0.25, 0.35}
	for _, d := range []*Divergence{plain, tape, full} {
		for _, r := range []float64{1e-4, 0.3, 1, 2.5, 1e4} {
			near(t, "f", d.F(r), FKL.F(r), 1e-13)
			near(t, "f'", d.Prime(r), FKL.Prime(r), 1e-9)
			near(t, "h", d.Weight(r)/r, 1, 1e-8)
			near(t, "f*", d.Conjugate(FKL.Prime(r))/r, FKL.Conjugate(FKL.Prime(r))/r, 1e-8)
		}
		near(t, "categorical", d.Categorical(p, q), FKL.Categorical(p, q), 1e-11)
		near(t, "Gaussians", d.Gaussians(Normal(0, 1), Normal(1, 1)).Value, 0.5, 1e-8)
		near(t, "missing class", d.Categorical([]float64{1, 0}, []float64{0.5, 0.5}), math.Ln2, 1e-11)
		if !math.IsInf(d.Slope, 1) || math.Abs(d.AtZero) > 1e-9 {
			t.Errorf("limits %g, %g", d.AtZero, d.Slope)
		}
		if v := d.LogWeights([]float64{-1e4, 1e4}); math.IsNaN(v[0]) || math.IsNaN(v[1]) {
			t.Errorf("log weights %v", v)
		}
	}
	for _, d := range []*Divergence{plain, tape, full} {
		if p := d.Properties(); p.ModeSeeking != "no" || p.Variance != "high" || !(math.Abs(p.Spread-math.Expm1(4)) < 1e-4) || !d.IsCustom() {
			t.Errorf("properties of %s: %+v", d.Name, p)
		}
	}
	for name, f := range map[string]func(float64) float64{
		"not 0 at 1": func(r float64) float64 { return r }, "concave": math.Log,
	} {
		var bad *job.DataError
		if err := job.Catch(func() { Func(name, each(f), nil, nil) }); !errors.As(err, &bad) {
			t.Errorf("%s gives %v", name, err)
		}
	}
}
