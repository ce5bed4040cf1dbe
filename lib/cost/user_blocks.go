package cost

// Users' costs by blocks: the pairs of a block of rows follow one another, and the
// last block of pairs is filled up with its last pair.

// load puts the pairs from the given one on, of rows from from on, into the plan's
// inputs and returns how many of them are real.
func (b *Blocks) load(s *state, first, pairs, from int) int {
	count, d := min(blockPairs, pairs-first), b.d
	x, y := s.plan.Value(b.trace.x), s.plan.Value(b.trace.y)
	i, j := from+first/b.m, first%b.m
	for q := 0; q < count; i, j = i+1, 0 {
		run := min(b.m-j, count-q)
		repeat(x[q*d:(q+run)*d], b.row(i))
		copy(y[q*d:(q+run)*d], b.y[j*d:])
		q += run
	}
	repeat(x[count*d:], x[(count-1)*d:count*d])
	repeat(y[count*d:], y[(count-1)*d:count*d])
	return count
}

// repeat fills dst with copies of v.
func repeat(dst, v []float64) {
	for n := copy(dst, v); n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n])
	}
}

func (b *Blocks) fillUser(s *state, dst []float64, from, to int) {
	for first := 0; first < len(dst); first += blockPairs {
		count := b.load(s, first, len(dst), from)
		s.plan.Forward()
		for q, v := range s.plan.Value(b.trace.out)[:count] {
			if !finite(v) {
				panic(b.cost.user.notFinite("", v, from+(first+q)/b.m, (first+q)%b.m))
			}
			dst[first+q] = v
		}
	}
}

// addUser adds the weighted gradients by x to the rows of dx, and those by y to dy,
// where these are not nil.
func (b *Blocks) addUser(s *state, dx, dy, w []float64, from, to int) {
	seed, d := grow(&s.work, blockPairs), b.d
	for first := 0; first < len(w); first += blockPairs {
		count := b.load(s, first, len(w), from)
		clear(seed[copy(seed, w[first:first+count]):])
		s.plan.Forward()
		s.plan.Backward(seed)
		var grad []float64
		if dx != nil {
			grad = s.plan.Grad(b.trace.x)
		} else {
			grad = s.plan.Grad(b.trace.y)
		}
		for q := range count {
			i, j := (first+q)/b.m, (first+q)%b.m
			var dst []float64
			if dx != nil {
				dst = dx[i*d : (i+1)*d]
			} else {
				dst = dy[j*d : (j+1)*d]
			}
			for l, v := range grad[q*d : (q+1)*d] {
				if !finite(v) {
					panic(b.cost.user.notFinite("the gradient of ", v, from+i, j))
				}
				dst[l] += v
			}
		}
	}
}
