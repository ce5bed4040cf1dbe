// Package optim holds first-order methods on flat parameter arrays, and what goes
// with them: learning rates, clipping, averages.
//
// Notation: p are parameters, g the gradient of the loss by them, t counts steps
// from 1. The methods compute in float32, on all cores, and give the same numbers
// on any number of them; they allocate at their first step only.
package optim

import (
	"fmt"
	"math"

	"gaspard/lib/internal/kern"
)

// Method moves parameters against a gradient: [SGD] and [Adam] do.
type Method interface {
	// Step moves params against grads, of the same length at every call.
	Step(params, grads []float32)
}

var (
	_ Method = (*SGD)(nil)
	_ Method = (*Adam)(nil)
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

	m, v          []float32
	t             int
	params, grads []float32 // of the step at work
	step          kern.AdamStep
	chunks        chunks
}

// Steps returns how many steps have been taken.
func (a *Adam) Steps() int { return a.t }

// Step moves params against grads, of the same length at every call.
func (a *Adam) Step(params, grads []float32) {
	if a.t == 0 {
		a.m, a.v = make([]float32, len(params)), make([]float32, len(params))
	}
	checkLengths("Adam", len(a.m), params, grads)
	beta1, beta2 := orDefault(a.Beta1, 0.9), orDefault(a.Beta2, 0.999)
	rate := a.Rate.At(a.t)
	a.t++
	// The corrections of m and v move into the rate and ε, exactly.
	root := math.Sqrt(1 - math.Pow(beta2, float64(a.t)))
	a.step = kern.AdamStep{
		Beta1: float32(beta1), Beta2: float32(beta2),
		Step:    float32(rate * root / (1 - math.Pow(beta1, float64(a.t)))),
		Epsilon: float32(orDefault(a.Epsilon, 1e-8) * root),
		Keep:    float32(1 - rate*a.Decay),
	}
	a.params, a.grads = params, grads
	if !a.chunks.begun() {
		a.chunks.begin(a.move)
	}
	a.chunks.each(len(params))
	a.params, a.grads = nil, nil
}

func (a *Adam) move(from, to int) {
	kern.Adam32(a.params[from:to], a.m[from:to], a.v[from:to], a.grads[from:to], a.step)
}

func orDefault(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return v
}

// checkLengths panics unless parameters and gradients are as many as at the first
// step.
func checkLengths(method string, first int, params, grads []float32) {
	if len(params) != first || len(grads) != first {
		panic(fmt.Sprintf("optim: %d parameters and %d gradients where %s began with %d", len(params), len(grads), method, first))
	}
}
