package ot

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// anderson extrapolates the iterates of g: of the last few it takes the combination
// whose update is least, which for these nearly linear iterations is about what GMRES
// does, and has no parameter to choose. f follows from g.
//
// Source: anderson:65; walker:11, algorithm AA.
type anderson struct {
	roots           []float64 // of the weights, by which updates count
	updates, images andersonSide
	gram            [andersonMemory][andersonMemory]float64 // of the differences of updates
	held, next      int                                     // how many differences, and where the next goes
	update          []float64
	best            float64
}

// andersonSide is one sequence: its last member, and differences of consecutive ones.
type andersonSide struct {
	last        []float64
	differences [andersonMemory][]float64
}

const (
	andersonMemory = 6
	// Beyond andersonBelow an iteration is not yet linear; an error that has risen by
	// andersonRise says that the combination was none to go on from.
	andersonBelow = 0.5
	andersonRise  = 4
)

func newAnderson(weights []float64) *anderson {
	a := &anderson{roots: make([]float64, len(weights)), update: make([]float64, len(weights)), best: math.Inf(1)}
	for j, w := range weights {
		a.roots[j] = math.Sqrt(w)
	}
	return a
}

// extrapolate takes g before and after an iteration whose marginal error was off, and
// changes the latter.
func (a *anderson) extrapolate(before, after []float64, off float64) {
	if !(off < andersonBelow && off < andersonRise*a.best) {
		a.restart()
		a.best = off
		return
	}
	a.best = min(a.best, off)
	floats.SubTo(a.update, after, before)
	floats.Mul(a.update, a.roots)
	known := a.updates.last != nil
	a.updates.see(a.update, a.next)
	a.images.see(after, a.next)
	if !known {
		return
	}
	a.held = min(a.held+1, andersonMemory)
	for p := range a.held {
		dot := floats.Dot(a.updates.differences[p], a.updates.differences[a.next])
		a.gram[p][a.next], a.gram[a.next][p] = dot, dot
	}
	a.next = (a.next + 1) % andersonMemory
	a.combine(after)
}

// see keeps a member of the sequence and, at a place, its difference to the last.
func (s *andersonSide) see(x []float64, at int) {
	if s.last == nil {
		s.last = make([]float64, len(x))
	} else {
		if s.differences[at] == nil {
			s.differences[at] = make([]float64, len(x))
		}
		floats.SubTo(s.differences[at], x, s.last)
	}
	copy(s.last, x)
}

func (a *anderson) restart() {
	a.updates.last, a.images.last = nil, nil
	a.held, a.next = 0, 0
}

// combine takes from g the images of what makes the update least.
func (a *anderson) combine(g []float64) {
	gram, gamma := mat.NewSymDense(a.held, nil), mat.NewVecDense(a.held, nil)
	trace := 0.0
	for p := range a.held {
		trace += a.gram[p][p]
	}
	for p := range a.held {
		gamma.SetVec(p, floats.Dot(a.updates.differences[p], a.update))
		for q := p; q < a.held; q++ {
			gram.SetSym(p, q, a.gram[p][q])
		}
		// Differences that are nearly dependent say nothing beyond their rounding.
		gram.SetSym(p, p, a.gram[p][p]*(1+1e-10)+1e-14*trace)
	}
	var factors mat.Cholesky
	if !factors.Factorize(gram) {
		a.restart()
		return
	}
	if err := factors.SolveVecTo(gamma, gamma); err != nil && math.IsInf(factors.Cond(), 0) {
		a.restart()
		return
	}
	for p := range a.held {
		floats.AddScaled(g, -gamma.AtVec(p), a.images.differences[p])
	}
}
