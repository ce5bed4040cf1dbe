package fdiv

import (
	"fmt"
	"math"
	"strings"
)

// The divergences of xu:25, table 1, and their relatives. They are values to
// read, not to change.
var (
	// RKL is the reverse KL(q‖p), f = -log r, h = 1: the divergence of DMD,
	// Diff-Instruct and variational score distillation.
	RKL = &Divergence{
		Name: "RKL", Title: "reverse KL", Formula: "-log r", WeightFormula: "1",
		AtZero: math.Inf(1), Slope: 0, TailZero: 0, TailInf: 0,
		rules: rules{
			f:         func(l float64) float64 { return -l },
			prime:     func(l float64) float64 { return -math.Exp(-l) },
			logWeight: func(float64) float64 { return 0 },
			term:      func(lp, lq float64) float64 { return klTerm(lq, lp) },
			conjugate: func(u float64) float64 { return negative(u, -1-math.Log(-u)) },
			prime1:    -1, powers: []power{{1, 0}}, dual: named("FKL"),
		},
	}
	// SoftRKL is the softened reverse KL, 2 KL(m‖p) with m = (p+q)/2.
	SoftRKL = &Divergence{
		Name: "sRKL", Title: "softened reverse KL", Formula: "(r+1) log(1/2 + 1/(2r))", WeightFormula: "1/(1+r)",
		AtZero: math.Inf(1), Slope: -math.Ln2, TailZero: 0, TailInf: -1,
		rules: rules{
			f:         func(l float64) float64 { return times(logMean(-l), l) + logMean(-l) },
			prime:     func(l float64) float64 { return logMean(-l) - math.Exp(-l) },
			logWeight: func(l float64) float64 { return -softplus(l) },
			term:      softReverse,
			conjugate: softReverseConjugate,
			prime1:    -1, dual: named("sFKL"),
		},
	}
	// JS is the Jensen-Shannon divergence of xu:25, KL(p‖m) + KL(q‖m): twice the
	// textbook value, which is [JSD].
	JS = &Divergence{
		Name: "JS", Title: "Jensen-Shannon", Formula: "r log r - (r+1) log((r+1)/2)", WeightFormula: "r/(1+r)",
		AtZero: math.Ln2, Slope: math.Ln2, TailZero: 1, TailInf: 0,
		rules: rules{
			f:         jensenShannon,
			prime:     func(l float64) float64 { return -logMean(-l) },
			logWeight: func(l float64) float64 { return -softplus(-l) },
			term:      jensenShannonTerm,
			conjugate: jensenShannonConjugate,
			dual:      named("JS"),
		},
	}
	// JSD is the textbook Jensen-Shannon divergence, half of [JS], at most log 2.
	JSD = &Divergence{
		Name: "JSD", Title: "Jensen-Shannon (textbook)", Formula: "(r log r - (r+1) log((r+1)/2))/2", WeightFormula: "r/(2(1+r))",
		AtZero: math.Ln2 / 2, Slope: math.Ln2 / 2, TailZero: 1, TailInf: 0,
		rules: rules{
			f:         func(l float64) float64 { return jensenShannon(l) / 2 },
			prime:     func(l float64) float64 { return -logMean(-l) / 2 },
			logWeight: func(l float64) float64 { return -softplus(-l) - math.Ln2 },
			term:      func(lp, lq float64) float64 { return jensenShannonTerm(lp, lq) / 2 },
			conjugate: func(u float64) float64 { return jensenShannonConjugate(2*u) / 2 },
			dual:      named("JSD"),
		},
	}
	// Hellinger is the squared Hellinger distance, ½∫(√p-√q)² = 1 - ∫√(pq).
	Hellinger = &Divergence{
		Name: "SH", Title: "squared Hellinger", Formula: "1 - √r", WeightFormula: "√r/4",
		AtZero: 1, Slope: 0, TailZero: 0.5, TailInf: 0.5,
		rules: rules{
			f:         func(l float64) float64 { return -math.Expm1(l / 2) },
			prime:     func(l float64) float64 { return -math.Exp(-l/2) / 2 },
			logWeight: func(l float64) float64 { return l/2 - 2*math.Ln2 },
			term:      hellingerTerm,
			conjugate: func(u float64) float64 { return negative(u, -1-1/(4*u)) },
			prime1:    -0.5, powers: []power{{0.25, 0.5}}, dual: named("SH"),
		},
	}
	// FKL is the forward KL(p‖q), f = r log r, h = r: maximum likelihood.
	FKL = &Divergence{
		Name: "FKL", Title: "forward KL", Formula: "r log r", WeightFormula: "r",
		AtZero: 0, Slope: math.Inf(1), TailZero: 1, TailInf: 1,
		rules: rules{
			f:         func(l float64) float64 { return times(l, l) },
			prime:     func(l float64) float64 { return l + 1 },
			logWeight: func(l float64) float64 { return l },
			term:      klTerm,
			conjugate: func(u float64) float64 { return math.Exp(u - 1) },
			prime1:    1, powers: []power{{1, 1}}, dual: named("RKL"),
		},
	}
	// Jeffreys is KL(p‖q) + KL(q‖p).
	Jeffreys = &Divergence{
		Name: "Jeffreys", Title: "Jeffreys", Formula: "(r-1) log r", WeightFormula: "1+r",
		AtZero: math.Inf(1), Slope: math.Inf(1), TailZero: 0, TailInf: 1,
		rules: rules{
			f:         func(l float64) float64 { return times(l, l) - l },
			prime:     func(l float64) float64 { return l + 1 - math.Exp(-l) },
			logWeight: softplus,
			term: func(lp, lq float64) float64 {
				return math.Exp(math.Max(lp, lq)) * -math.Expm1(-math.Abs(lp-lq)) * math.Abs(lp-lq)
			},
			conjugate: jeffreysConjugate,
			powers:    []power{{1, 0}, {1, 1}}, dual: named("Jeffreys"),
		},
	}
	// Neyman is Neyman's χ², ∫(p-q)²/p.
	Neyman = &Divergence{
		Name: "Neyman", Title: "Neyman chi²", Formula: "(1-r)²/r", WeightFormula: "2/r",
		AtZero: math.Inf(1), Slope: 1, TailZero: -1, TailInf: -1,
		rules: rules{
			f: func(l float64) float64 {
				if l > 0 {
					return math.Exp(l) * square(math.Expm1(-l))
				}
				return math.Exp(-l) * square(math.Expm1(l))
			},
			prime:     func(l float64) float64 { return -math.Expm1(-2 * l) },
			logWeight: func(l float64) float64 { return math.Ln2 - l },
			term:      func(lp, lq float64) float64 { return pearsonTerm(lq, lp) },
			conjugate: func(u float64) float64 {
				if u > 1 {
					return math.Inf(1)
				}
				return 2 - 2*math.Sqrt(1-u)
			},
			powers: []power{{2, -1}}, dual: named("Pearson"),
		},
	}
	// Pearson is Pearson's χ², ∫(p-q)²/q.
	Pearson = &Divergence{
		Name: "Pearson", Title: "Pearson chi²", Formula: "(r-1)²", WeightFormula: "2r²",
		AtZero: 1, Slope: math.Inf(1), TailZero: 2, TailInf: 2,
		rules: rules{
			f:         func(l float64) float64 { return square(math.Expm1(l)) },
			prime:     func(l float64) float64 { return 2 * math.Expm1(l) },
			logWeight: func(l float64) float64 { return math.Ln2 + 2*l },
			term:      pearsonTerm,
			conjugate: func(u float64) float64 {
				if u < -2 {
					return -1
				}
				return u + u*u/4
			},
			powers: []power{{2, 2}}, dual: named("Neyman"),
		},
	}
	// SoftFKL is the softened forward KL, 2 KL(m‖q) with m = (p+q)/2.
	SoftFKL = &Divergence{
		Name: "sFKL", Title: "softened forward KL", Formula: "(r+1) log((r+1)/2)", WeightFormula: "r²/(1+r)",
		AtZero: -math.Ln2, Slope: math.Inf(1), TailZero: 2, TailInf: 1,
		rules: rules{
			f:         func(l float64) float64 { return times(logMean(l), l) + logMean(l) },
			prime:     func(l float64) float64 { return logMean(l) + 1 },
			logWeight: func(l float64) float64 { return 2*l - softplus(l) },
			term:      func(lp, lq float64) float64 { return softReverse(lq, lp) },
			conjugate: func(u float64) float64 {
				if u < 1-math.Ln2 {
					return math.Ln2
				}
				return 2*math.Exp(u-1) - u
			},
			prime1: 1, dual: named("sRKL"),
		},
	}
	// TV is the total variation ½∫|p-q|. It has no second derivative, so a value
	// and no weight.
	TV = &Divergence{
		Name: "TV", Title: "total variation", Formula: "|r-1|/2", WeightFormula: "none",
		AtZero: 0.5, Slope: 0.5, TailZero: math.NaN(), TailInf: math.NaN(),
		rules: rules{
			f: func(l float64) float64 { return math.Abs(math.Expm1(l)) / 2 },
			prime: func(l float64) float64 {
				switch {
				case l > 0:
					return 0.5
				case l < 0:
					return -0.5
				}
				return 0 // a subgradient
			},
			term: func(lp, lq float64) float64 {
				return -math.Exp(math.Max(lp, lq)) * math.Expm1(-math.Abs(lp-lq)) / 2
			},
			conjugate: func(u float64) float64 {
				if u > 0.5 {
					return math.Inf(1)
				}
				return math.Max(u, -0.5)
			},
			dual: named("TV"),
		},
	}
)

// All lists the ten divergences in the order of the table, without the textbook
// [JSD] and the alpha family.
func All() []*Divergence {
	return []*Divergence{RKL, SoftRKL, JS, Hellinger, FKL, Jeffreys, Neyman, Pearson, SoftFKL, TV}
}

// Paper lists the six divergences that xu:25 compares, from the most to the
// least mode-seeking.
func Paper() []*Divergence {
	return []*Divergence{SoftRKL, RKL, JS, Hellinger, Jeffreys, FKL}
}

// ByName finds one of the package's divergences by Name, in any case. It panics
// with the list of names if there is none.
func ByName(name string) *Divergence {
	var names []string
	for _, d := range append(All(), JSD) {
		if strings.EqualFold(d.Name, name) {
			return d
		}
		names = append(names, d.Name)
	}
	panic(fmt.Sprintf("fdiv: no divergence is called %q; there are %s, and Alpha(a)", name, strings.Join(names, ", ")))
}

func named(name string) func() string { return func() string { return name } }

func square(x float64) float64 { return x * x }

// negative is v for u < 0 and +Inf elsewhere.
func negative(u, v float64) float64 {
	if u >= 0 {
		return math.Inf(1)
	}
	return v
}

// softReverse is 2 KL(m‖p) pointwise; that of m and q has the arguments swapped.
func softReverse(lp, lq float64) float64 {
	lm := lq + logMean(lp-lq)
	return 2 * math.Exp(lm) * excess(-logMean(lq-lp))
}

// softReverseConjugate solves f′(r) = u: with y = 1 + 1/r it reads
// log y - y + 1 = u + log 2.
func softReverseConjugate(u float64) float64 {
	t := -u - math.Ln2
	if t < 0 {
		return math.Inf(1)
	}
	if t == 0 {
		return math.Ln2 - 1
	}
	v := lambertMinus(t) - 1 // 1/r
	// r u - f(r), with log y = v - t and so log(y/2) = v + u.
	return -1 - v - u
}

func jensenShannon(l float64) float64 {
	// r l - (r+1) log((1+r)/2), with log(1+r) = l + log(1+1/r).
	if l > 1 {
		return times(math.Ln2, l) - overLarge(l) - softplus(l) + math.Ln2
	}
	return times(l, l) - (math.Exp(l)+1)*logMean(l)
}

func jensenShannonTerm(lp, lq float64) float64 {
	return klTerm(lp, lp+logMean(lq-lp)) + klTerm(lq, lq+logMean(lp-lq))
}

func jensenShannonConjugate(u float64) float64 {
	if u >= math.Ln2 {
		return math.Inf(1)
	}
	return -math.Log1p(-math.Expm1(u))
}

func hellingerTerm(lp, lq float64) float64 {
	return math.Exp(math.Max(lp, lq)) * square(math.Expm1(-math.Abs(lp-lq)/2)) / 2
}

func jeffreysConjugate(u float64) float64 {
	s := lambert0(1 - u) // 1/r at the optimum
	if s == 0 {
		return math.Inf(1)
	}
	return 1/s + s + u - 2
}

func pearsonTerm(lp, lq float64) float64 {
	if lp < lq {
		return math.Exp(lq) * square(math.Expm1(lp-lq))
	}
	return math.Exp(2*lp-lq) * square(math.Expm1(lq-lp))
}
