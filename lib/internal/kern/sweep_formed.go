package kern

import "math"

// NewFormedSweep is [NewSweep] for the squared distance with the costs formed once by
// a product of matrices and kept: 4nm or 8nm bytes, and an iteration that no longer
// depends on the dimension. It is what pays from some 32 dimensions on.
func NewFormedSweep[T float32 | float64](x, y Cloud) *Sweep[T] {
	if x.D != y.D || x.D < 1 || x.N < 1 || y.N < 1 {
		panic("kern: NewFormedSweep needs two clouds of points of one dimension")
	}
	s := newStored[T](x.Weights, y.Weights)
	center := meanOf(x, y)
	radius := 0.0
	for _, c := range []Cloud{x, y} {
		for i := range c.N {
			for k, v := range c.Data[i*c.Stride:][:c.D] {
				radius = max(radius, math.Abs(v-center[k]))
			}
		}
	}
	length := unitNear(radius)
	s.unit = length * length
	left, right := make([]T, s.n*x.D), make([]T, x.D*s.m)
	xx, yy := make([]T, s.n), make([]T, s.m)
	for i := range s.n {
		for k, v := range x.Data[i*x.Stride:][:x.D] {
			v = (v - center[k]) / length
			left[i*x.D+k] = T(-2 * v)
			xx[i] += T(v * v)
		}
	}
	for j := range s.m {
		for k, v := range y.Data[j*y.Stride:][:y.D] {
			v = (v - center[k]) / length
			right[k*s.m+j] = T(v)
			yy[j] += T(v * v)
		}
	}
	switch c := any(s.costs).(type) {
	case []float32:
		ParallelGemm32(c, s.stride, any(left).([]float32), x.D, 1, any(right).([]float32), s.m, s.n, s.m, x.D, false)
	case []float64:
		ParallelGemm64(c, s.stride, any(left).([]float64), x.D, 1, any(right).([]float64), s.m, s.n, s.m, x.D, false)
	}
	Run(0, s.shards(), func(_, shard int) {
		for i := shard * s.shardRows; i < min((shard+1)*s.shardRows, s.n); i++ {
			row := s.costs[i*s.stride:][:s.m]
			for j, v := range row {
				row[j] = max(0, v+(xx[i]+yy[j]))
			}
		}
	})
	s.SetEpsilon(1)
	return s
}
