package scaling

import (
	"fmt"
	"math"

	"gaspard/lib/job"
)

// Form is a formula for the loss. The first three are of one size x, which is
// Params, Tokens or FLOPs; the others of N and D.
type Form int

const (
	PowerFloor Form = iota // L = E + A x^-α
	Power                  // L = A x^-α
	Broken                 // L = E + A x^-α (1 + (x/Break)^(1/Sharpness))^(-Bend Sharpness), caballero:23 with one break
	Chinchilla             // L = E + A N^-α + B D^-β, hoffmann:22
	Kaplan                 // L = ((A/N)^(α/β) + B/D)^β, kaplan:20 equation 1.5
)

// String names the form.
func (f Form) String() string {
	switch f {
	case PowerFloor:
		return "power law with a floor"
	case Power:
		return "power law"
	case Broken:
		return "power law with one break"
	case Chinchilla:
		return "Chinchilla"
	case Kaplan:
		return "Kaplan"
	}
	return fmt.Sprintf("Form(%d)", int(f))
}

// OfSizes reports whether the form is one of two sizes, N and D.
func (f Form) OfSizes() bool { return f == Chinchilla || f == Kaplan }

// parameters is how many numbers a law of this form has.
func (f Form) parameters() int {
	return map[Form]int{PowerFloor: 3, Power: 2, Broken: 6, Chinchilla: 5, Kaplan: 4}[f]
}

// Law is a formula with its numbers; those that its form does not have are 0.
type Law struct {
	Form                   Form
	E                      float64 // Floor: the loss at infinite size.
	A, Alpha               float64
	B, Beta                float64 // Of Chinchilla and Kaplan.
	Break, Bend, Sharpness float64 // Of Broken: where, how much steeper beyond, over how many e-folds.
}

// At returns the loss at size x of a law of one size. It panics on a law of two.
func (l Law) At(x float64) float64 {
	switch l.Form {
	case PowerFloor, Power:
		return l.E + l.A*math.Pow(x, -l.Alpha)
	case Broken:
		z := math.Log(x/l.Break) / l.Sharpness
		return l.E + l.A*math.Exp(-l.Alpha*math.Log(x)-l.Bend*l.Sharpness*softplus(z))
	}
	panic(fmt.Sprintf("scaling: a %v law is of Params and Tokens; ask for Loss(params, tokens)", l.Form))
}

// Loss returns the loss of a model of the given size after the given number of
// tokens. It panics on a law of one size.
func (l Law) Loss(params, tokens float64) float64 {
	switch l.Form {
	case Chinchilla:
		return l.E + l.A*math.Pow(params, -l.Alpha) + l.B*math.Pow(tokens, -l.Beta)
	case Kaplan:
		return math.Pow(math.Pow(l.A/params, l.Alpha/l.Beta)+l.B/tokens, l.Beta)
	}
	panic(fmt.Sprintf("scaling: a %v is of one size; ask for At(x)", l.Form))
}

// of returns the loss of a run by the law.
func (l Law) of(r Run, axis Axis) float64 {
	if l.Form.OfSizes() {
		return l.Loss(r.Params, r.Tokens)
	}
	return l.At(axis.of(r))
}

// softplus is log(1 + e^z).
func softplus(z float64) float64 {
	return math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z)))
}

// String writes the formula with its numbers.
func (l Law) String() string {
	switch l.Form {
	case PowerFloor:
		return fmt.Sprintf("L = %.5g + %.5g x^-%.4g", l.E, l.A, l.Alpha)
	case Power:
		return fmt.Sprintf("L = %.5g x^-%.4g", l.A, l.Alpha)
	case Broken:
		return fmt.Sprintf("L = %.5g + %.5g x^-%.4g (1 + (x/%.4g)^(1/%.3g))^(-%.4g × %.3g)",
			l.E, l.A, l.Alpha, l.Break, l.Sharpness, l.Bend, l.Sharpness)
	case Chinchilla:
		return fmt.Sprintf("L = %.5g + %.5g N^-%.4g + %.5g D^-%.4g", l.E, l.A, l.Alpha, l.B, l.Beta)
	case Kaplan:
		return fmt.Sprintf("L = ((%.4g/N)^(%.4g/%.4g) + %.4g/D)^%.4g", l.A, l.Alpha, l.Beta, l.B, l.Beta)
	}
	return l.Form.String()
}

// Allocation is the best use of an amount of compute under a law.
type Allocation struct {
	FLOPs          float64
	Params, Tokens float64
	TokensPerParam float64
	Loss           float64
}

// String is the allocation in one line.
func (a Allocation) String() string {
	return fmt.Sprintf("%.3g FLOPs: %.4g params on %.4g tokens (%.4g per param), loss %.4f",
		a.FLOPs, a.Params, a.Tokens, a.TokensPerParam, a.Loss)
}

// Optimal returns the model size and the number of tokens with the lowest loss
// among those with 6ND = flops. For Chinchilla,
//
//	N = G (C/6)^(β/(α+β)),  D = (C/6)^(α/(α+β)) / G,  G = (α A / (β B))^(1/(α+β)),
//
// and the condition of Kaplan's law likewise has one solution. Optimal panics on a
// law of one size, on flops that are not positive, and with a [*job.DataError] on a
// law without an optimum, in which one of the terms is missing or does not fall.
//
// Source: hoffmann:22, equation 4.
func (l Law) Optimal(flops float64) Allocation {
	if !l.Form.OfSizes() {
		panic(fmt.Sprintf("scaling: a %v is of one size and says nothing about how to share compute", l.Form))
	}
	if !(flops > 0) || math.IsInf(flops, 1) {
		panic(fmt.Sprintf("scaling: flops is %g", flops))
	}
	l.mustFall()
	product := flops / 6
	var n float64
	if l.Form == Chinchilla {
		g := math.Pow(l.Alpha*l.A/(l.Beta*l.B), 1/(l.Alpha+l.Beta))
		n = g * math.Pow(product, l.Beta/(l.Alpha+l.Beta))
	} else {
		// Minimise (A/N)^q + B N/(ND): q (A/N)^q = B N/(ND).
		q := l.Alpha / l.Beta
		n = math.Exp((math.Log(q) + q*math.Log(l.A) + math.Log(product) - math.Log(l.B)) / (1 + q))
	}
	d := product / n
	return Allocation{FLOPs: flops, Params: n, Tokens: d, TokensPerParam: d / n, Loss: l.Loss(n, d)}
}

// Exponent returns a in N_opt ∝ C^a of a law of two sizes.
func (l Law) Exponent() float64 {
	l.mustFall()
	switch l.Form {
	case Chinchilla:
		return l.Beta / (l.Alpha + l.Beta)
	case Kaplan:
		return 1 / (1 + l.Alpha/l.Beta)
	}
	panic(fmt.Sprintf("scaling: a %v is of one size and says nothing about how to share compute", l.Form))
}

// mustFall panics unless the loss falls both with N and with D.
func (l Law) mustFall() {
	if l.Form.OfSizes() && !(l.A > 0 && l.B > 0 && l.Alpha > 0 && l.Beta > 0) {
		panic(job.BadData("scaling: %v has no optimal allocation: it does not fall with both sizes", l))
	}
}
