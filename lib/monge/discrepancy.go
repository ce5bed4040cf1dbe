package monge

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/cost"
	"gaspard/lib/internal/kern"
)

// gammas are those of the kernels exp(-γ|x-y|²) over which the discrepancy is averaged.
var gammas = [...]float64{2, 1, 0.5, 0.1, 0.01, 0.005}

// discrepancy is the squared maximum mean discrepancy of two clouds, averaged over
// gammas, with its standard error to first order: the influence of point x_i is
// 2 (mean_j k(x_i, x_j) - mean_j k(x_i, y_j)). Pairs of a point with itself count, as
// in the papers on cells, so that the value is never negative and near
// (1/n + 1/m) (1 - E k) between two samples of one law.
//
// Source: gretton:12, equation 5; bunne:23.
func discrepancy(x, y *mat.Dense) (value, err float64) {
	xx, _ := kernelMeans(x, x)
	yy, _ := kernelMeans(y, y)
	xy, yx := kernelMeans(x, y)
	for i := range xx {
		xx[i] -= xy[i]
	}
	for j := range yy {
		yy[j] -= yx[j]
	}
	return max(0, mean(xx)+mean(yy)), 2 * math.Hypot(standardError(xx), standardError(yy))
}

// kernelMeans is the mean of the kernel over the other cloud, for each row of x and of y.
func kernelMeans(x, y *mat.Dense) (rows, columns []float64) {
	c := cost.SqEuclidean().Matrix(x, y)
	n, m := c.Dims()
	const shard = 32
	shards := (n + shard - 1) / shard
	rows, columns = make([]float64, n), make([]float64, m)
	sums := make([][]float64, shards)
	kern.Run(0, shards, func(_, k int) {
		sum, row := make([]float64, m), make([]float64, m)
		for i := k * shard; i < min((k+1)*shard, n); i++ {
			for _, g := range gammas {
				for j, v := range c.RawRowView(i) {
					row[j] = -g * v
				}
				kern.Exp64(row, row)
				for j, v := range row {
					rows[i] += v
					sum[j] += v
				}
			}
		}
		sums[k] = sum
	})
	for _, sum := range sums {
		for j, v := range sum {
			columns[j] += v / float64(n*len(gammas))
		}
	}
	for i := range rows {
		rows[i] /= float64(m * len(gammas))
	}
	return rows, columns
}
