package tensor

import (
	"math"
	"slices"
)

// rowSums is the sum of each row, or of all entries.
type rowSums[T real] struct {
	x, y *matrix[T]
	all  bool
}

func (s *rowSums[T]) forward() {
	if s.all && single[T]() {
		s.y.v[0] = sumOf(s.x.v)
		return
	}
	clear(s.y.v)
	m := s.x.cols
	for i := range s.x.rows {
		// The total is the sum of the rows' sums: two levels round less than one.
		if sum := sumOf(s.x.v[i*m : i*m+m]); s.all {
			s.y.v[0] += sum
		} else {
			s.y.v[i] = sum
		}
	}
}

func (s *rowSums[T]) backward() {
	if s.x.d == nil {
		return
	}
	m := s.x.cols
	for i := range s.x.rows {
		d := s.y.d[0]
		if !s.all {
			d = s.y.d[i]
		}
		row := s.x.d[i*m : i*m+m]
		if s.x.set {
			for j := range row {
				row[j] = d
			}
			continue
		}
		for j := range row {
			row[j] += d
		}
	}
}

// rowNorms is the Euclidean norm of each row.
type rowNorms[T real] struct{ x, y *matrix[T] }

func (s *rowNorms[T]) forward() {
	m := s.x.cols
	for i := range s.x.rows {
		var sum T
		for _, v := range s.x.v[i*m : i*m+m] {
			sum += v * v
		}
		s.y.v[i] = T(math.Sqrt(float64(sum)))
	}
}

func (s *rowNorms[T]) backward() {
	if s.x.d == nil {
		return
	}
	s.x.ready()
	m := s.x.cols
	for i, norm := range s.y.v {
		if norm == 0 {
			continue
		}
		c := s.y.d[i] / norm
		row, x := s.x.d[i*m:i*m+m], s.x.v[i*m:i*m+m]
		for j, v := range x {
			row[j] += c * v
		}
	}
}

// columnSums is the sum of each column.
type columnSums[T real] struct{ x, y *matrix[T] }

func (s *columnSums[T]) forward() {
	clear(s.y.v)
	addColumnSums(s.y.v, s.x.v, s.x.rows, s.x.cols)
}

func (s *columnSums[T]) backward() {
	if s.x.d == nil {
		return
	}
	s.x.ready()
	m := s.x.cols
	for i := range s.x.rows {
		axpy(s.x.d[i*m:i*m+m], 1, s.y.d)
	}
}

// logSumExp is log Σ_j exp x_ij of each row.
type logSumExp[T real] struct{ x, y *matrix[T] }

func (s *logSumExp[T]) forward() {
	m := s.x.cols
	for i := range s.x.rows {
		row := s.x.v[i*m : i*m+m]
		top := slices.Max(row)
		if math.IsInf(float64(top), 0) {
			s.y.v[i] = top // of ±Inf alone, without Inf - Inf
			continue
		}
		sum := 0.0
		for _, v := range row {
			sum += math.Exp(float64(v - top))
		}
		s.y.v[i] = top + T(math.Log(sum))
	}
}

func (s *logSumExp[T]) backward() {
	if s.x.d == nil {
		return
	}
	s.x.ready()
	m := s.x.cols
	for i, y := range s.y.v {
		row, x := s.x.d[i*m:i*m+m], s.x.v[i*m:i*m+m]
		for j, v := range x {
			row[j] += s.y.d[i] * T(math.Exp(float64(v-y)))
		}
	}
}
