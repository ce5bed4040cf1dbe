package kern

import "math"

// Totals sets rows_i = Σ_j P_ij and columns_j = Σ_i P_ij, and returns Σ P_ij C_ij.
func (s *Sweep[T]) Totals(rows, columns []float64) (transport float64) {
	s.setPlan()
	s.cross = make([]T, len(s.row))
	s.run(passTotals)
	for j, v := range s.sumsAll[:s.m] {
		columns[j] = float64(v)
		if v > 0 {
			transport += columns[j] * s.v[j]
		}
	}
	for i, a := range s.from[0].Weights {
		rows[i] = a * float64(s.rowSums[i])
		if a > 0 {
			// t_ij is u_i + v_j − C_ij·scale, and the sum of P is known by rows and columns.
			transport += rows[i]*s.u[i] - a*float64(s.cross[i])
		}
	}
	mass := 0.0
	for _, v := range rows {
		mass += v
	}
	return transport/s.scale + s.offset*mass
}

// RowSums sets sums_ik = Σ_j P_ij values_jk and mass_i = Σ_j P_ij; with slope, which
// is for [Euclidean] costs alone, P_ij/|x_i − y_j| takes the place of P_ij, and 0 that
// of a division by 0. Row j of values begins at j·stride and has d numbers; sums
// is n×d.
func (s *Sweep[T]) RowSums(mass, sums, values []float64, stride, d int, slope bool) {
	checkMatrix("the values of RowSums", len(values), stride, s.m, d)
	checkMatrix("the result of RowSums", len(sums), d, s.n, d)
	s.setPlan()
	s.mode = keepPower
	unit := 1.0
	if slope {
		if s.form != sweepDistance {
			panic("kern: the slopes of RowSums are those of Euclidean costs")
		}
		s.mode, unit = keepSlope, s.perUnit()
	}
	s.values = packPanels(s.values, values, stride, s.m, d, s.kernels.width, s.panels)
	s.valueDim = d
	if need := len(s.row) * d; len(s.dots) < need {
		s.dots = make([]T, need)
	}
	s.run(passDots)
	for i, a := range s.from[0].Weights {
		mass[i] = unit * a * float64(s.rowSums[i])
		for k := range d {
			sums[i*d+k] = unit * a * float64(s.dots[i/sweepRows*sweepRows*d+k*sweepRows+i%sweepRows])
		}
	}
}

// ColumnSums sets sums_jk = Σ_i P_ij values_ik and mass_j = Σ_i P_ij. Row i of values
// begins at i·stride and has d numbers; sums is m×d.
func (s *Sweep[T]) ColumnSums(mass, sums, values []float64, stride, d int) {
	checkMatrix("the values of ColumnSums", len(values), stride, s.n, d)
	checkMatrix("the result of ColumnSums", len(sums), d, s.m, d)
	s.setPlan()
	s.mode = keepPower
	factors := make([]T, len(s.row)*(d+1)) // [block][k][4], the last k for the mass
	for i, a := range s.from[0].Weights {
		at := i/sweepRows*sweepRows*(d+1) + i%sweepRows
		for k, v := range values[i*stride:][:d] {
			factors[at+k*sweepRows] = T(a * v)
		}
		factors[at+d*sweepRows] = T(a)
	}
	s.columnFactors = factors
	// Each coordinate needs sums over columns of its own for every shard.
	together := max(1, 1<<22/(s.bandShards*s.padded))
	s.factorDim = d + 1
	for s.firstFactor = 0; s.firstFactor <= d; s.firstFactor += together {
		s.lastFactor = min(s.firstFactor+together, d+1)
		s.run(passFactors)
		for k := s.firstFactor; k < s.lastFactor; k++ {
			for j, v := range s.sumsAll[(k-s.firstFactor)*s.padded:][:s.m] {
				if k == d {
					mass[j] = float64(v)
				} else {
					sums[j*d+k] = float64(v)
				}
			}
		}
	}
}

// setPlan puts b into the potentials of the columns, so that P_ij is a_i 2^t, and
// into active what the columns have without it, finite everywhere.
func (s *Sweep[T]) setPlan() {
	if s.plain == nil {
		s.plain = make([]T, s.padded)
	}
	for j, b := range s.from[1].Weights {
		v := s.v[j] + s.base(s.vBase, j)
		s.plain[j] = T(v)
		s.col[j] = T(v + math.Log2(b))
		s.weight[j] = 1
	}
}

// packPanels writes d values of m columns as [panel][d][width].
func packPanels[T float32 | float64](dst []T, values []float64, stride, m, d, width, panels int) []T {
	if need := panels * width * d; len(dst) != need {
		dst = make([]T, need)
	}
	for j := range m {
		at := j/width*width*d + j%width
		for k, v := range values[j*stride:][:d] {
			dst[at+k*width] = T(v)
		}
	}
	return dst
}

// totals is a block of passTotals: beside the sums, Σ_j 2^t t of each row.
func (s *Sweep[T]) totals(worker int, scratch []T, from, to int) {
	raw := scratch[sweepRows*s.padded:]
	four := raw[sweepRows*s.padded:]
	s.tile(worker, raw, four, from, s.plain, keepRaw)
	for r := range to - from {
		// With a step of 0, all rows of rowsDot are this one.
		s.kernels.rowsDot(&four[0], &scratch[r*s.padded], &raw[r*s.padded], s.panels, 1, 0)
		s.cross[from+r] = four[0]
	}
}

// dot is a block of passDots.
func (s *Sweep[T]) dot(scratch []T, from int) {
	for k := range s.valueDim {
		s.kernels.rowsDot(&s.dots[from*s.valueDim+k*sweepRows], &scratch[0], &s.values[k*s.kernels.width], s.panels, s.valueDim, s.padded)
	}
}

// addFactors is a block of passFactors.
func (s *Sweep[T]) addFactors(sums, scratch []T, from int) {
	for k := s.firstFactor; k < s.lastFactor; k++ {
		at := from*s.factorDim + k*sweepRows
		s.kernels.columnsAdd(&sums[(k-s.firstFactor)*s.padded], &s.columnFactors[at], &scratch[0], s.panels, s.padded)
	}
}
