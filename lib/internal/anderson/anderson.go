// Package anderson extrapolates the iterates of nearly linear fixed-point iterations, such
// as Sinkhorn's in its potentials: of the last few it takes the combination whose update
// is least, which is about what GMRES does and has no parameter to choose.
//
// Source: anderson:65; walker:11, algorithm AA.
package anderson

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"gaspard/lib/internal/kern"
)

// Most is how many differences of iterates can be combined.
const Most = 10

const (
	// From below on an iteration is not yet linear; an error that has risen by rise says
	// that the combination was none to go on from.
	below = 0.5
	rise  = 4
)

// History is what is known of an iteration x → F(x) in vectors of one length. All it
// allocates it does when it is made.
type History[T float32 | float64] struct {
	updates, images side[T]             // F(x) - x, and F(x)
	gram            [Most][Most]float64 // of the differences of updates
	known           bool                // whether there is a last member
	memory          int                 // how many differences there may be
	held, next      int                 // how many there are, and where the next goes
	best            float64             // the least error
	roots           []T                 // of the weights, by which updates count; nil for equal ones
	update          []T
}

// side is one sequence: its last member, and differences of consecutive ones.
type side[T float32 | float64] struct {
	last        []T
	differences [Most][]T
}

// New prepares for vectors of n entries, in 2 memory + 3 of them: memory, 1 to [Most], is
// how many differences are combined. The weights, by which the squares of an update's
// entries count, may be nil for equal ones.
func New[T float32 | float64](n, memory int, weights []T) *History[T] {
	h := &History[T]{memory: memory, update: make([]T, n)}
	for _, w := range weights {
		h.roots = append(h.roots, T(math.Sqrt(float64(w))))
	}
	for _, s := range []*side[T]{&h.updates, &h.images} {
		s.last = make([]T, n)
		for p := range memory {
			s.differences[p] = make([]T, n)
		}
	}
	h.Restart()
	return h
}

// Restart forgets all.
func (h *History[T]) Restart() {
	h.known, h.held, h.next, h.best = false, 0, 0, math.Inf(1)
}

// Extrapolate takes x before and F(x) after an iteration and changes the latter to where
// to go on, if it is to be changed; it reports whether it was. off is the relative error
// at x: from ½ on nothing is done, and where it has risen to four times the least the
// history begins anew.
func (h *History[T]) Extrapolate(before, after []T, off float64) bool {
	if !(off < below && off < rise*h.best) {
		h.Restart()
		h.best = off
		return false
	}
	h.best = min(h.best, off)
	sub(h.update, after, before)
	for i, r := range h.roots {
		h.update[i] *= r
	}
	if !h.known {
		copy(h.updates.last, h.update)
		copy(h.images.last, after)
		h.known = true
		return false
	}
	h.updates.see(h.update, h.next)
	h.images.see(after, h.next)
	h.held = min(h.held+1, h.memory)
	for p := range h.held {
		d := dot(h.updates.differences[p], h.updates.differences[h.next])
		h.gram[p][h.next], h.gram[h.next][p] = d, d
	}
	h.next = (h.next + 1) % h.memory
	return h.combine(after)
}

// see keeps a member of the sequence and, at a place, its difference to the last.
func (s *side[T]) see(x []T, at int) {
	sub(s.differences[at], x, s.last)
	copy(s.last, x)
}

// combine takes from x the images of what makes the update least.
func (h *History[T]) combine(x []T) bool {
	gram, gamma, trace := h.gram, [Most]float64{}, 0.0
	for p := range h.held {
		trace += gram[p][p]
	}
	relative, absolute := regularisation[T]()
	for p := range h.held {
		gamma[p] = dot(h.updates.differences[p], h.update)
		gram[p][p] += relative*gram[p][p] + absolute*trace
	}
	if !solve(&gram, gamma[:h.held]) {
		h.Restart()
		return false
	}
	for p, c := range gamma[:h.held] {
		axpy(x, -c, h.images.differences[p])
	}
	return true
}

// regularisation is what is added to the diagonal: differences that are nearly dependent
// say nothing beyond their rounding.
func regularisation[T float32 | float64]() (relative, absolute float64) {
	var x T
	if _, single := any(x).(float32); single {
		return 1e-7, 1e-7
	}
	return 1e-10, 1e-14
}

// solve replaces b by the solution of a x = b, by Cholesky's factors, which are left in a
// with the inverse of their diagonal; it reports whether a is positive definite.
func solve(a *[Most][Most]float64, b []float64) bool {
	for p := range b {
		row, sum := &a[p], b[p]
		square := row[p]
		for q := range p {
			v := row[q]
			for r, w := range a[q][:q] {
				v -= row[r] * w
			}
			v *= a[q][q]
			row[q] = v
			square -= v * v
			sum -= v * b[q]
		}
		if !(square > 0) {
			return false
		}
		row[p] = 1 / math.Sqrt(square)
		b[p] = sum * row[p]
	}
	for p := len(b) - 1; p >= 0; p-- {
		b[p] *= a[p][p]
		for q, v := range a[p][:p] {
			b[q] -= v * b[p]
		}
	}
	return true
}

func dot[T float32 | float64](x, y []T) float64 {
	if x, single := any(x).([]float32); single {
		return float64(kern.Dot32(x, any(y).([]float32)))
	}
	return floats.Dot(any(x).([]float64), any(y).([]float64))
}

func sub[T float32 | float64](dst, x, y []T) {
	if dst, single := any(dst).([]float32); single {
		kern.Sub32(dst, any(x).([]float32), any(y).([]float32))
		return
	}
	floats.SubTo(any(dst).([]float64), any(x).([]float64), any(y).([]float64))
}

func axpy[T float32 | float64](dst []T, c float64, x []T) {
	if dst, single := any(dst).([]float32); single {
		kern.Axpy32(dst, float32(c), any(x).([]float32))
		return
	}
	floats.AddScaled(any(dst).([]float64), c, any(x).([]float64))
}
