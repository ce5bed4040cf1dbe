package tensor

// softmax is the softmax of each row.
type softmax[T real] struct {
	x, y *matrix[T]
	work []T
}

func (s *softmax[T]) forward() { softmaxRows(s.y.v, s.x.v, s.x.rows, s.x.cols) }

func (s *softmax[T]) backward() {
	if s.x.d == nil {
		return
	}
	if s.x.set {
		softmaxBackward(s.x.d, s.y.v, s.y.d, s.x.rows, s.x.cols, 1)
		return
	}
	softmaxBackward(s.work, s.y.v, s.y.d, s.x.rows, s.x.cols, 1)
	axpy(s.x.d, 1, s.work)
}

// layerNorm is y = gain ∘ xhat + bias, xhat being x shifted and scaled row by row
// to mean 0 and variance 1.
type layerNorm[T real] struct {
	x, gain, bias, y *matrix[T]
	xhat, rstd       []T
}

func (s *layerNorm[T]) forward() {
	layerNormForward(s.y.v, s.xhat, s.rstd, s.x.v, s.gain.v, s.bias.v, s.x.rows, s.x.cols)
}

func (s *layerNorm[T]) backward() {
	for _, m := range []*matrix[T]{s.x, s.gain, s.bias} {
		if m.d != nil {
			m.ready()
		}
	}
	if s.y.d == nil {
		return
	}
	layerNormBackward(s.x.d, s.gain.d, s.bias.d, s.y.d, s.xhat, s.rstd, s.gain.v, s.x.rows, s.x.cols)
}
