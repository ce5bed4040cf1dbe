package tensor

import "math"

// rowSums is the sum of each row, or of all entries.
type rowSums[T real] struct {
	x, y matrix[T]
	all  bool
}

func (s *rowSums[T]) forward() {
	clear(s.y.v)
	m := s.x.cols
	for i := range s.x.rows {
		var sum T
		for _, v := range s.x.v[i*m : i*m+m] {
			sum += v
		}
		// The total is the sum of the rows' sums: two levels round less than one.
		if s.all {
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
		for j := range row {
			row[j] += d
		}
	}
}

// rowNorms is the Euclidean norm of each row.
type rowNorms[T real] struct{ x, y matrix[T] }

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
