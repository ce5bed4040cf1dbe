package plots

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// maxGram bounds the symmetric eigenproblem behind a projection, which then
// takes about a tenth of a second at most.
const maxGram = 400

// plane is the affine plane that points of more than two dimensions are
// projected on: rows of axes are two orthonormal directions.
type plane struct {
	centre []float64
	axes   [2][]float64
	share  float64 // of the variance that the plane holds; 1 if there is none
}

// principal returns the plane of the first two principal axes of y. Beyond
// maxGram dimensions it looks at no more than maxGram evenly spaced points.
func principal(y *mat.Dense) plane {
	n, d := y.Dims()
	rows := n
	if d > maxGram {
		rows = min(n, maxGram)
	}
	// The largest coordinate becomes 1, so that squares neither overflow nor vanish.
	largest := 0.0
	for _, v := range y.RawMatrix().Data {
		largest = math.Max(largest, math.Abs(v))
	}
	scale := 1.0
	if largest > 0 {
		scale = 1 / largest
	}
	c := mat.NewDense(rows, d, nil)
	centre := make([]float64, d)
	for i := range rows {
		for j, v := range y.RawRowView(i * n / rows) {
			c.Set(i, j, scale*v)
			centre[j] += scale * v / float64(rows)
		}
	}
	for i := range rows {
		row := c.RawRowView(i)
		for j := range row {
			row[j] -= centre[j]
		}
	}
	first, second, share := leading(c)
	for j := range centre {
		centre[j] /= scale
	}
	return plane{centre: centre, axes: [2][]float64{first, second}, share: share}
}

// leading returns the first two right singular vectors of c, each with its
// largest coordinate positive, and their share of the sum of squares.
func leading(c *mat.Dense) (first, second []float64, share float64) {
	n, d := c.Dims()
	wide := d > n
	size := min(n, d)
	var product mat.Dense
	if wide {
		product.Mul(c, c.T())
	} else {
		product.Mul(c.T(), c)
	}
	gram := mat.NewSymDense(size, nil)
	total := 0.0
	for i := range size {
		total += product.At(i, i)
		for j := i; j < size; j++ {
			gram.SetSym(i, j, product.At(i, j))
		}
	}
	var eigen mat.EigenSym
	if total == 0 || !eigen.Factorize(gram, true) {
		return complete(nil, d), complete(complete(nil, d), d), 1
	}
	values := eigen.Values(nil) // ascending
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	axis := func(k int, other []float64) []float64 {
		if k >= size || values[size-1-k] <= 1e-14*total {
			return complete(other, d)
		}
		u := mat.NewVecDense(size, mat.Col(nil, size-1-k, &vectors))
		if !wide {
			return oriented(u.RawVector().Data)
		}
		var v mat.VecDense
		v.MulVec(c.T(), u)
		return oriented(v.RawVector().Data)
	}
	first = axis(0, nil)
	second = axis(1, first)
	held := values[size-1]
	if size > 1 {
		held += math.Max(0, values[size-2])
	}
	return first, second, math.Min(1, held/total)
}

// oriented scales v to length one and turns it so that its largest coordinate
// is positive: eigenvectors come with either sign.
func oriented(v []float64) []float64 {
	norm, most := 0.0, 0.0
	for _, e := range v {
		norm = math.Hypot(norm, e)
		if math.Abs(e) > math.Abs(most) {
			most = e
		}
	}
	if most < 0 {
		norm = -norm
	}
	for i := range v {
		v[i] /= norm
	}
	return v
}

// complete returns a unit vector orthogonal to v, or any if v is nil: the
// coordinate axis that v points along least, made orthogonal.
func complete(v []float64, d int) []float64 {
	e := make([]float64, d)
	if v == nil {
		e[0] = 1
		return e
	}
	least := 0
	for j := range v {
		if math.Abs(v[j]) < math.Abs(v[least]) {
			least = j
		}
	}
	for j := range e {
		e[j] = -v[least] * v[j]
	}
	e[least]++
	return oriented(e)
}

// at returns the coordinates of the rows of x in the plane.
func (q plane) at(x *mat.Dense) [][2]float64 {
	n, _ := x.Dims()
	xy := make([][2]float64, n)
	for i := range xy {
		for j, v := range x.RawRowView(i) {
			v -= q.centre[j]
			xy[i][0] += v * q.axes[0][j]
			xy[i][1] += v * q.axes[1][j]
		}
	}
	return xy
}

func pairs(x *mat.Dense) [][2]float64 {
	n, _ := x.Dims()
	xy := make([][2]float64, n)
	for i := range xy {
		xy[i] = [2]float64(x.RawRowView(i))
	}
	return xy
}
