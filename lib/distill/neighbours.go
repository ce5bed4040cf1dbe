package distill

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Neighbourhood is how well two clouds cover each other.
type Neighbourhood struct {
	Precision float64 // Share of the generated points inside the real manifold.
	Recall    float64 // Share of the real points inside the generated manifold.
	K         int
	Real, Fit int // Numbers of points.
}

// String gives both in a line.
func (n Neighbourhood) String() string {
	return fmt.Sprintf("precision %.3f, recall %.3f (k = %d, %d real and %d generated points)", n.Precision, n.Recall, n.K, n.Real, n.Fit)
}

// PrecisionRecall is the improved precision and recall of kynkaanniemi:19: a
// manifold is the union of the balls around its points that reach their k-th
// nearest neighbour of their own cloud, k = 0 meaning 3. Values depend on the
// numbers of points: compare at equal ones, and with real against real.
//
// Time: n² + m² + 2 n m distances.
func PrecisionRecall(real, generated *mat.Dense, k int) Neighbourhood {
	checkPair(real, generated)
	if k == 0 {
		k = 3
	}
	n, _ := real.Dims()
	m, _ := generated.Dims()
	if k < 1 || k >= min(n, m) {
		panic(fmt.Sprintf("distill: neighbour %d in clouds of %d and %d points", k, n, m))
	}
	return Neighbourhood{
		Precision: shareInside(generated, real, k), Recall: shareInside(real, generated, k),
		K: k, Real: n, Fit: m,
	}
}

// shareInside is the share of points that lie in a ball of the manifold.
func shareInside(points, manifold *mat.Dense, k int) float64 {
	n, _ := points.Dims()
	m, _ := manifold.Dims()
	radius := make([]float64, m) // squared
	eachDistances(manifold, manifold, false, func(i int, c []float64) {
		nearest := make([]float64, k)
		for j := range nearest {
			nearest[j] = math.Inf(1)
		}
		for j, s := range c {
			if j == i {
				continue
			}
			for at := k - 1; at >= 0 && s < nearest[at]; at-- {
				if at < k-1 {
					nearest[at+1] = nearest[at]
				}
				nearest[at] = s
			}
		}
		radius[i] = nearest[k-1]
	})
	inside := make([]bool, n)
	eachDistances(points, manifold, false, func(i int, c []float64) {
		for j, s := range c {
			if s <= radius[j] {
				inside[i] = true
				return
			}
		}
	})
	count := 0
	for _, in := range inside {
		if in {
			count++
		}
	}
	return float64(count) / float64(n)
}
