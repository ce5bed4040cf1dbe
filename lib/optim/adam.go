// Package optim holds first-order methods on flat parameter arrays.
//
// Notation: p are parameters, g the gradient of the loss by them, t counts steps
// from 1.
package optim

import (
	"fmt"
	"math"
)

// Adam is the method of Kingma and Ba,
//
//	m ← β₁ m + (1-β₁) g,  v ← β₂ v + (1-β₂) g²
//	p ← p - rate · m̂ / (√v̂ + ε),  m̂ = m/(1-β₁ᵗ),  v̂ = v/(1-β₂ᵗ)
//
// with, if Decay is positive, p ← p - rate · Decay · p besides (AdamW). The zero
// value has the usual settings.
//
// Memory: two numbers per parameter. Source: kingma:15, algorithm 1; decay from
// loshchilov:19.
type Adam struct {
	Rate    Rate    // Learning rate; the zero value is the constant 1e-3.
	Beta1   float64 // 0 means 0.9.
	Beta2   float64 // 0 means 0.999.
	Epsilon float64 // 0 means 1e-8.
	Decay   float64 // Weight decay; 0 is none.

	m, v []float32
	t    int
}

// Steps returns how many steps have been taken.
func (a *Adam) Steps() int { return a.t }

// Step moves params against grads, of the same length at every call.
func (a *Adam) Step(params, grads []float32) {
	if a.t == 0 {
		a.m, a.v = make([]float32, len(params)), make([]float32, len(params))
	}
	if len(params) != len(a.m) || len(grads) != len(a.m) {
		panic(fmt.Sprintf("optim: %d parameters and %d gradients where Adam began with %d", len(params), len(grads), len(a.m)))
	}
	beta1, beta2 := orDefault(a.Beta1, 0.9), orDefault(a.Beta2, 0.999)
	rate := a.Rate.At(a.t)
	a.t++
	// The corrections of m and v move into the rate and ε, exactly.
	root := math.Sqrt(1 - math.Pow(beta2, float64(a.t)))
	step := float32(rate * root / (1 - math.Pow(beta1, float64(a.t))))
	eps := float32(orDefault(a.Epsilon, 1e-8) * root)
	keep := float32(1 - rate*a.Decay)
	b1, b2 := float32(beta1), float32(beta2)
	c1, c2 := float32(1-beta1), float32(1-beta2)
	m, v := a.m[:len(params)], a.v[:len(params)]
	for i, g := range grads[:len(params)] {
		m[i] = b1*m[i] + c1*g
		v[i] = b2*v[i] + c2*g*g
		params[i] = keep*params[i] - step*m[i]/(float32(math.Sqrt(float64(v[i])))+eps)
	}
}

func orDefault(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return v
}

// Clip scales grads to Euclidean norm limit if it is longer, and returns its
// norm before. A limit of 0 only measures.
func Clip(grads []float32, limit float64) (norm float64) {
	for _, g := range grads {
		norm += float64(g) * float64(g)
	}
	norm = math.Sqrt(norm)
	if limit > 0 && norm > limit && !math.IsInf(norm, 0) {
		c := float32(limit / norm)
		for i := range grads {
			grads[i] *= c
		}
	}
	return norm
}
