package scaling

import (
	"fmt"
	"math"
)

// Rule is a learning rate that knows its size: Rate (Anchor/N)^Power, where the
// anchor is the size at which Rate was chosen. Power 0 is the same rate at every
// size, 1 is 1/N.
type Rule struct {
	Rate, Anchor, Power float64
}

// Constant is the rule of one rate for all sizes.
func Constant(rate float64) Rule { return Rule{Rate: rate} }

// At returns the learning rate at a size.
func (r Rule) At(params float64) float64 {
	if r.Power == 0 {
		return r.Rate
	}
	return r.Rate * math.Pow(r.Anchor/params, r.Power)
}

// String writes the rule.
func (r Rule) String() string {
	if r.Power == 0 {
		return fmt.Sprintf("%.4g", r.Rate)
	}
	return fmt.Sprintf("%.4g × (%.4g/N)^%.3g", r.Rate, r.Anchor, r.Power)
}

// Recipe says how to train at any size. L2 and Decay are two things: the first adds
// L2·w to the gradient, so that its effect is multiplied by the learning rate, and
// the second takes the share Decay off the weights in every step.
type Recipe struct {
	Name           string
	Rate           Rule
	Batch          int     // Samples per step; 0 means 1.
	L2             float64 // Coefficient μ of μ|w|²/2 in the loss.
	Decay          float64 // Share of the weights lost per step; falls with Cosine.
	Cosine         bool    // Whether rate and decay fall to 0 along a half cosine.
	TokensPerParam float64 // Samples per weight; 0 means 20.
}

func (r Recipe) withDefaults() Recipe {
	if r.Batch == 0 {
		r.Batch = 1
	}
	if r.TokensPerParam == 0 {
		r.TokensPerParam = 20
	}
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"Rate", r.Rate.Rate}, {"Anchor", r.Rate.Anchor}, {"L2", r.L2}, {"Decay", r.Decay},
		{"Batch", float64(r.Batch)}, {"TokensPerParam", r.TokensPerParam},
	} {
		if f.value < 0 || math.IsNaN(f.value) || math.IsInf(f.value, 0) {
			panic(fmt.Sprintf("scaling: %s of the recipe is %g", f.name, f.value))
		}
	}
	if r.Rate.Rate == 0 {
		panic("scaling: the recipe has no learning rate")
	}
	if r.Rate.Power != 0 && r.Rate.Anchor == 0 {
		panic("scaling: a rate that changes with size needs the Anchor at which it was chosen")
	}
	return r
}

// String names the recipe, or describes it if it has no name.
func (r Recipe) String() string {
	if r.Name != "" {
		return r.Name
	}
	s := "rate " + r.Rate.String()
	if r.Batch > 1 {
		s += fmt.Sprintf(", batch %d", r.Batch)
	}
	if r.L2 > 0 {
		s += fmt.Sprintf(", L2 %.3g", r.L2)
	}
	if r.Decay > 0 {
		s += fmt.Sprintf(", decay %.3g", r.Decay)
	}
	if r.Cosine {
		s += ", cosine"
	}
	return s
}
