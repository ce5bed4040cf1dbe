package monge

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Fit learns a map T that moves the source x to the target y by minimising
//
//	S_ε(T#μ, ν) + λ M(ρ, T) + κ E |J v - Jᵀv|²,
//
// over batches: S is the Sinkhorn divergence of |x-y|², or another Loss, which draws
// T(x) to y; M the entropic Monge gap of Settings.Cost, which among the maps that do so
// prefers the one of least cost; and κ, Conservativity, draws the network F to gradients:
// J is its Jacobian and v random signs. T is made of F as Settings.Form says, and trained
// in float32 by Adam; the losses are differentiated at fixed potentials (the envelope
// theorem), never through the iterations, and their problems solved in float32 where Tol
// and ε allow, in float64 elsewhere.
//
// The gap takes every cost; a user's function is called here, once, and then replayed.
// With [cost.Sphere] the clouds must lie on the unit sphere, and T(x) is divided by its
// norm. Costs other than |x-y|, that one and those of [cost.Cost.Embed] take a few times as
// long.
//
// The zero Settings are those of the paper's tutorial, in the plane; [Accurate] has those
// that come closest to the optimal map for |x-y|² in any dimension.
//
// Shapes: x n×d, y m×d, equal weights; either may be nil if a sampler replaces
// it. Neither is changed or kept.
//
// Memory: a few batch×batch matrices. Time per step: about 100 passes over one,
// and the network. Same settings, same map, on any number of cores.
//
// Fit panics with a sentence on settings or shapes that make no sense and with a
// [*job.DataError] on clouds that are empty, not finite, a single point, or nothing
// that the cost can take, and where a user's cost is not finite. How training ended is
// in [Map.Status], what it cost in [Map.History]. Ctrl-C loses what was learned; a
// [Trainer] goes on from there.
//
// Source: uscidda:23, section 4 and equation 15.
func Fit(x, y *mat.Dense, s Settings) *Map { return NewTrainer(x, y, s).Run(0) }

// Map returns the map as it is learned so far, at the best validation if there are
// validations. Training that goes on does not change it.
func (t *Trainer) Map() *Map {
	m := &Map{
		Name: "Monge gap map", Dim: t.d, Settings: t.s, EpsilonFit: t.fit, EpsilonGap: t.gap,
		Conditions: t.labels, History: t.history.clone(), Status: t.status, Elapsed: t.elapsed,
	}
	if t.s.Lambda == 0 {
		m.Name = "map without a gap"
	}
	for _, p := range t.parts {
		m.floor += t.gap * math.Log(float64(len(p.o.r)/t.d)) / float64(len(t.parts))
		m.Stopped.Fit += p.o.stopped.Fit
		m.Stopped.Gap += p.o.stopped.Gap
		i := p.o.iterations.per(t.steps * len(t.parts))
		m.Iterations.Fit += i.Fit
		m.Iterations.Self += i.Self
		m.Iterations.Gap += i.Gap
	}
	params := t.current()
	switch {
	case t.chosen != nil:
		params = t.chosen
	case t.status == NotFinite && t.best.seen > 0:
		params = t.best.params
	}
	m.learned(t.field, append([]float32(nil), params...))
	return m
}

// learned makes m the map of the field with the given parameters, which it keeps.
func (m *Map) learned(f *field, params []float32) {
	own := *f
	own.params = params
	if f.mlp != nil {
		net := *f.mlp
		net.Params = params
		own.mlp, own.apply = &net, net.Apply
		m.Net = &net
	} else {
		m.Network = &Network{Name: m.Settings.Network.Name, Params: params, Apply: f.apply}
	}
	m.field = &own
	if f.conditions == 0 {
		m.push = func(z *mat.Dense) *mat.Dense { return own.push(params, z, 0) }
	}
}
