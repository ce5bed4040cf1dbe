package optim

import (
	"fmt"

	"gaspard/lib/internal/kern"
)

// EMA is an exponential moving average of parameters,
//
//	average ← Decay · average + (1-Decay) · p,
//
// which begins with the first parameters it sees. Networks evaluated at the average
// have less of the noise of the last batches.
type EMA struct {
	Decay  float64   // Share of the average that a step keeps; 0 means 0.999.
	Params []float32 // The average; nil before the first Update.

	seen   []float32
	chunks chunks
}

// Update takes params into the average.
func (e *EMA) Update(params []float32) {
	if e.Params == nil {
		e.Params = append(e.Params, params...)
		return
	}
	if len(params) != len(e.Params) {
		panic(fmt.Sprintf("optim: %d parameters where the average has %d", len(params), len(e.Params)))
	}
	e.seen = params
	if !e.chunks.begun() {
		e.chunks.begin(e.take)
	}
	e.chunks.each(len(params))
	e.seen = nil
}

// take averages a piece of the parameters.
func (e *EMA) take(from, to int) {
	c := float32(1 - orDefault(e.Decay, 0.999))
	average, p := e.Params[from:to], e.seen[from:to]
	kern.Scale32(average, 1-c, average)
	kern.Axpy32(average, c, p)
}
