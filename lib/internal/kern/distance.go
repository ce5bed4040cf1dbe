package kern

import "math"

// distanceTable holds the distances between two clouds.
type distanceTable struct {
	distances32 func(c *float32, ldc int, x *float32, n, d int, yt *float32, m, root int)
	distances64 func(c *float64, ldc int, x *float64, n, d int, yt *float64, m, root int)
}

// Distances32 fills c with |x_i - y_j|², and with root its square root. The
// coordinates are subtracted before they are squared, so that clouds far from the
// origin lose nothing; the sum over them, in order, has a relative error of at most
// (d+2)/2 units in the last place, the root half of that and half a unit more.
//
// Shapes: x n×d with n = len(x)/d, yt d×m, the coordinates of y one after the
// other, with m = len(yt)/d; c n×m with distance ldc between rows.
func Distances32(c []float32, ldc int, x []float32, d int, yt []float32, root bool) {
	n, m := checkDistances("the result of Distances32", len(c), ldc, len(x), d, len(yt))
	if n > 0 && m > 0 {
		kernels.distances32(&c[0], ldc, &x[0], n, d, &yt[0], m, one(root))
	}
}

// Distances64 is [Distances32] in float64.
func Distances64(c []float64, ldc int, x []float64, d int, yt []float64, root bool) {
	n, m := checkDistances("the result of Distances64", len(c), ldc, len(x), d, len(yt))
	if n > 0 && m > 0 {
		kernels.distances64(&c[0], ldc, &x[0], n, d, &yt[0], m, one(root))
	}
}

func checkDistances(name string, c, ldc, x, d, yt int) (n, m int) {
	if d < 1 || x%d != 0 || yt%d != 0 {
		panic("kern: the points for " + name + " are no whole number of coordinates")
	}
	n, m = x/d, yt/d
	checkMatrix(name, c, ldc, n, m)
	return n, m
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (t *table) distancePortable() {
	t.distances32, t.distances64 = distancesGo[float32], distancesGo[float64]
}

func distancesGo[T float32 | float64](c *T, ldc int, x *T, n, d int, yt *T, m, root int) {
	all, points, to := slice(c, (n-1)*ldc+m), slice(x, n*d), slice(yt, d*m)
	for i := range n {
		row := all[i*ldc:][:m]
		clear(row)
		for l, v := range points[i*d : i*d+d] {
			for j, w := range to[l*m : l*m+m] {
				z := v - w
				row[j] += z * z
			}
		}
		if root == 0 {
			continue
		}
		for j, v := range row {
			row[j] = T(math.Sqrt(float64(v)))
		}
	}
}
