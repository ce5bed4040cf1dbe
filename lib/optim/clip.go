package optim

import (
	"math"

	"gaspard/lib/internal/kern"
)

// Clip scales grads to Euclidean norm limit if it is longer, and returns its
// norm before. A limit of 0 only measures.
func Clip(grads []float32, limit float64) (norm float64) {
	norm = math.Sqrt(kern.SumSquares32(grads))
	if limit > 0 && norm > limit && !math.IsInf(norm, 0) {
		kern.Scale32(grads, float32(limit/norm), grads)
	}
	return norm
}
