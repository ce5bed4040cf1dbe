package tensor

import "fmt"

// rows is what an operation on an index input works with.
type rows[T real] struct {
	x, y  *matrix[T]
	from  *Index
	index []int32
}

// gather is y_i = x_index(i).
type gather[T real] struct{ *rows[T] }

func (s *gather[T]) forward() {
	m := s.x.cols
	for i, r := range s.index {
		if r < 0 || int(r) >= s.x.rows {
			panic(fmt.Sprintf("tensor: index %d at place %d of a table of %d rows", r, i, s.x.rows))
		}
		copy(s.y.v[i*m:i*m+m], s.x.v[int(r)*m:int(r)*m+m])
	}
}

// backward adds in order of i, so that the sums do not depend on anything else.
func (s *gather[T]) backward() {
	if s.x.d == nil {
		return
	}
	s.x.ready()
	m := s.x.cols
	for i, r := range s.index {
		axpy(s.x.d[int(r)*m:int(r)*m+m], 1, s.y.d[i*m:i*m+m])
	}
}

// crossEntropy is Σ_i -log softmax(x_i)[index(i)]; saved is its gradient by x.
type crossEntropy[T real] struct {
	*rows[T]
	saved []T
}

func (s *crossEntropy[T]) forward() {
	for i, r := range s.index {
		if r < 0 || int(r) >= s.x.cols {
			panic(fmt.Sprintf("tensor: target %d at row %d of logits with %d columns", r, i, s.x.cols))
		}
	}
	s.y.v[0] = T(crossEntropyOf(s.saved, s.x.v, s.index, s.x.rows, s.x.cols))
}

func (s *crossEntropy[T]) backward() { s.x.addScaled(s.y.d[0], s.saved) }
