package tensor

// transposed is y = xᵀ.
type transposed[T real] struct{ x, y *matrix[T] }

func (s *transposed[T]) forward() {
	transpose(s.y.v, s.y.cols, s.x.v, s.x.cols, s.x.rows, s.x.cols)
}

func (s *transposed[T]) backward() {
	if s.x.d == nil {
		return
	}
	if s.x.set {
		transpose(s.x.d, s.x.cols, s.y.d, s.y.cols, s.y.rows, s.y.cols)
		return
	}
	for i := range s.y.rows {
		for j, d := range s.y.d[i*s.y.cols : (i+1)*s.y.cols] {
			s.x.d[j*s.x.cols+i] += d
		}
	}
}

// blocks puts parts together to a whole, beside or below one another, or, with
// split, takes one part, from the given row or column on, out of a whole.
type blocks[T real] struct {
	parts []*matrix[T]
	whole *matrix[T]
	down  bool // the parts lie below one another
	from  int
	split bool
}

// each calls f with the stretches that belong together, of part k and the whole.
func (s *blocks[T]) each(f func(k, part, whole, n int)) {
	at := s.from
	for k, p := range s.parts {
		size := p.rows * p.cols
		if s.down {
			f(k, 0, at*s.whole.cols, size)
			at += size / s.whole.cols
			continue
		}
		for i := range p.rows {
			f(k, i*p.cols, i*s.whole.cols+at, p.cols)
		}
		at += p.cols
	}
}

func (s *blocks[T]) forward() {
	s.each(func(k, part, whole, n int) {
		p, w := s.parts[k].v[part:part+n], s.whole.v[whole:whole+n]
		if s.split {
			copy(p, w)
		} else {
			copy(w, p)
		}
	})
}

func (s *blocks[T]) backward() {
	if s.split {
		if s.whole.d == nil {
			return
		}
		s.whole.ready()
	}
	s.each(func(k, part, whole, n int) {
		if s.split {
			axpy(s.whole.d[whole:whole+n], 1, s.parts[k].d[part:part+n])
			return
		}
		if p := s.parts[k]; p.d != nil {
			if p.set {
				copy(p.d[part:part+n], s.whole.d[whole:whole+n])
			} else {
				axpy(p.d[part:part+n], 1, s.whole.d[whole:whole+n])
			}
		}
	})
}
