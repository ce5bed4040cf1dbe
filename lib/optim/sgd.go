package optim

import "gaspard/lib/internal/kern"

// SGD is gradient descent with, if Momentum is positive, a memory of directions,
//
//	v ← Momentum · v + g,  p ← p - rate · v,
//
// where Nesterov takes g + Momentum · v in place of v in the second formula. A
// positive Decay subtracts rate · Decay · p besides. The zero value is plain
// descent at the rate 1e-3.
//
// Memory: with momentum, one number per parameter. Source: sutskever:13.
type SGD struct {
	Rate     Rate    // Learning rate; the zero value is the constant 1e-3.
	Momentum float64 // Share of the last direction that is kept; 0 is none.
	Nesterov bool
	Decay    float64 // Weight decay; 0 is none.

	v             []float32
	t, n          int
	rate          float64
	params, grads []float32 // of the step at work
	chunks        chunks
}

// Steps returns how many steps have been taken.
func (s *SGD) Steps() int { return s.t }

// Step moves params against grads, of the same length at every call.
func (s *SGD) Step(params, grads []float32) {
	if s.t == 0 {
		s.n = len(params)
		if s.Momentum != 0 {
			s.v = make([]float32, s.n)
		}
	}
	checkLengths("SGD", s.n, params, grads)
	s.rate = s.Rate.At(s.t)
	s.t++
	s.params, s.grads = params, grads
	if !s.chunks.begun() {
		s.chunks.begin(s.move)
	}
	s.chunks.each(s.n)
	s.params, s.grads = nil, nil
}

func (s *SGD) move(from, to int) {
	p, g := s.params[from:to], s.grads[from:to]
	rate, momentum := float32(s.rate), float32(s.Momentum)
	if s.Decay != 0 {
		kern.Scale32(p, float32(1-s.rate*s.Decay), p)
	}
	if s.v == nil {
		kern.Axpy32(p, -rate, g)
		return
	}
	v := s.v[from:to]
	kern.Scale32(v, momentum, v)
	kern.Add32(v, v, g)
	if s.Nesterov {
		kern.Axpy32(p, -rate, g)
		rate *= momentum
	}
	kern.Axpy32(p, -rate, v)
}
