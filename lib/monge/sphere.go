package monge

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// sphere holds, for maps that are fitted with [cost.Sphere], the norms by which images
// were divided to lie on the unit sphere.
type sphere struct{ norms []float64 }

// project divides each of the points, in dimension d, by its norm.
func (s *sphere) project(points []float64, d int) {
	s.norms = s.norms[:0]
	for i := 0; i < len(points); i += d {
		r := 0.0
		for _, v := range points[i : i+d] {
			r = math.Hypot(r, v)
		}
		s.norms = append(s.norms, r)
		for l := range d {
			points[i+l] /= r
		}
	}
}

// pull turns the gradient by the projected images into that by what was projected: its
// part along the sphere, over the norm.
func (s *sphere) pull(grad []float32, images []float64) {
	d := len(images) / len(s.norms)
	for i, r := range s.norms {
		g, u := grad[i*d:(i+1)*d], images[i*d:(i+1)*d]
		along := 0.0
		for l, v := range u {
			along += v * float64(g[l])
		}
		for l, v := range u {
			g[l] = float32((float64(g[l]) - along*v) / r)
		}
	}
}

// onSphere projects the rows of y.
func onSphere(y *mat.Dense) {
	n, d := y.Dims()
	for i := range n {
		new(sphere).project(y.RawRowView(i), d)
	}
}
