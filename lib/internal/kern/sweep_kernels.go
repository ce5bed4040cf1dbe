package kern

import "math"

// sweepTable holds what Sinkhorn iterations are made of.
type sweepTable struct {
	sweep32 sweepKernels[float32]
	sweep64 sweepKernels[float64]
}

// sweepRows is the rows that a tile takes together. A block of points or of row
// potentials is padded to it.
const sweepRows = 4

// sweepForm is how the exponent t_ij of a pair is computed from what is packed.
type sweepForm int

const (
	sweepDirect   sweepForm = iota // row_i + col_j − Σ_k (x_ik − y_jk)²
	sweepExpanded                  // row_i + col_j + Σ_k x_ik y_jk
	sweepDistance                  // row_i + col_j − √Σ_k (x_ik − y_jk)²
	sweepStored                    // row_i + col_j − x_0 y_ij
	sweepForms
)

// What a tile keeps of t_ij.
const (
	keepPower = iota // 2^t, and its sum over j with weights
	keepRaw          // t, and its largest value
	keepSlope        // 2^t over the distance, 0 where that is 0, and its weighted sum; sweepDistance alone
)

// sweepKernels are the kernels of one type of element.
type sweepKernels[T float32 | float64] struct {
	// tile works on four rows and all columns, in panels of width columns. x has the
	// coordinates of the rows as [d][4], y those of the columns as [panel][d][width];
	// for sweepStored x has the factor of the costs, y is the first row of costs, and
	// d the distance between rows. Row r of p is at p + r·rowStep, panel q at
	// q·panelStep in it, so that with a step of 0 nothing is kept. Sums or maxima
	// of the rows go to sums. 2^t may be 0 for what is below the normal numbers.
	tile [sweepForms]func(p, sums, x, row, y, col, weight *T, panels, d, rowStep, panelStep, mode int)
	// columnsAdd is sums_j += Σ_r w_r p_rj over four rows, columnsMax the largest.
	columnsAdd, columnsMax func(sums, w, p *T, panels, rowStep int)
	// rowsDot is sums_r = Σ_j p_rj y_j over four rows, y one of d coordinates.
	rowsDot func(sums, p, y *T, panels, d, rowStep int)
	log     func(dst, x *T, n int)
	width   int
}

// sweepKernelsOf returns the kernels of a type, at the level in use.
func sweepKernelsOf[T float32 | float64]() *sweepKernels[T] {
	if k, ok := any(&kernels.sweep32).(*sweepKernels[T]); ok {
		return k
	}
	return any(&kernels.sweep64).(*sweepKernels[T])
}

func (t *table) sweepPortable() {
	t.sweep32 = portableSweep(logLoop32, exp2Loop32)
	t.sweep64 = portableSweep(logLoop64, exp2Loop64)
}

// portableSweepWidth is the columns of a panel of the portable kernels.
const portableSweepWidth = 16

func portableSweep[T float32 | float64](log func(dst, x *T, n int), exp2 func(x []T)) (k sweepKernels[T]) {
	for form := range sweepForms {
		k.tile[form] = func(p, sums, x, row, y, col, weight *T, panels, d, rowStep, panelStep, mode int) {
			tile := portableTile[T]{form: form, d: d, mode: mode, exp2: exp2}
			tile.run(p, sums, x, row, y, col, weight, panels, rowStep, panelStep)
		}
	}
	k.columnsAdd, k.columnsMax, k.rowsDot = columnsAddPortable[T], columnsMaxPortable[T], rowsDotPortable[T]
	k.log, k.width = log, portableSweepWidth
	return k
}

// portableTile is a call of a tile, without its arrays.
type portableTile[T float32 | float64] struct {
	form    sweepForm
	d, mode int
	exp2    func(x []T)
}

func (c portableTile[T]) run(p, sums, x, row, y, col, weight *T, panels, rowStep, panelStep int) {
	const width = portableSweepWidth
	cols, weights := slice(col, panels*width), slice(weight, panels*width)
	total := slice(sums, sweepRows)
	out := slice(p, (sweepRows-1)*rowStep+(panels-1)*panelStep+width)
	var far [width]T
	for r, potential := range slice(row, sweepRows) {
		sum, most := T(0), T(math.Inf(-1))
		for q := range panels {
			t := out[r*rowStep+q*panelStep:][:width]
			c.exponents(t, &far, r, q, x, y, potential, cols[q*width:][:width], panels)
			if c.mode == keepRaw {
				for _, v := range t {
					most = max(most, v)
				}
				continue
			}
			c.exp2(t)
			if c.mode == keepSlope {
				divideBy(t, &far)
			}
			for j, v := range weights[q*width:][:width] {
				sum += v * t[j]
			}
		}
		total[r] = sum
		if c.mode == keepRaw {
			total[r] = most
		}
	}
}

// divideBy divides by distances, with 0 for a division by 0.
func divideBy[T float32 | float64](t []T, far *[portableSweepWidth]T) {
	for j, v := range far {
		if v == 0 {
			t[j] = 0
		} else {
			t[j] /= v
		}
	}
}

// exponents fills t for row r and panel q, and far with distances.
func (c portableTile[T]) exponents(t []T, far *[portableSweepWidth]T, r, q int, x, y *T, row T, col []T, panels int) {
	const width = portableSweepWidth
	for j, v := range col {
		t[j] = row + v
	}
	if c.form == sweepStored {
		factor := slice(x, 1)[0]
		for j, v := range slice(y, r*c.d+(q+1)*width)[r*c.d+q*width:] {
			t[j] -= factor * v
		}
		return
	}
	*far = [width]T{}
	from, to := slice(x, c.d*sweepRows), slice(y, panels*c.d*width)[q*c.d*width:]
	for k := range c.d {
		at := from[k*sweepRows+r]
		for j, v := range to[k*width:][:width] {
			if c.form == sweepExpanded {
				t[j] += at * v
			} else {
				far[j] += (v - at) * (v - at)
			}
		}
	}
	for j, v := range far {
		switch c.form {
		case sweepDirect:
			t[j] -= v
		case sweepDistance:
			far[j] = T(math.Sqrt(float64(v)))
			t[j] -= far[j]
		}
	}
}

func columnsAddPortable[T float32 | float64](sums, w, p *T, panels, rowStep int) {
	m := panels * portableSweepWidth
	out, from := slice(sums, m), slice(p, (sweepRows-1)*rowStep+m)
	for r, factor := range slice(w, sweepRows) {
		for j, v := range from[r*rowStep:][:m] {
			out[j] += factor * v
		}
	}
}

func columnsMaxPortable[T float32 | float64](sums, _, p *T, panels, rowStep int) {
	m := panels * portableSweepWidth
	out, from := slice(sums, m), slice(p, (sweepRows-1)*rowStep+m)
	for r := range sweepRows {
		for j, v := range from[r*rowStep:][:m] {
			out[j] = max(out[j], v)
		}
	}
}

func rowsDotPortable[T float32 | float64](sums, p, y *T, panels, d, rowStep int) {
	const width = portableSweepWidth
	out, from := slice(sums, sweepRows), slice(p, (sweepRows-1)*rowStep+panels*width)
	values := slice(y, (panels-1)*d*width+width)
	for r := range out {
		sum := T(0)
		for q := range panels {
			line := from[r*rowStep+q*width:][:width]
			for j, v := range values[q*d*width:][:width] {
				sum += line[j] * v
			}
		}
		out[r] = sum
	}
}

// exp2Loop32 replaces each x by 2^x, within 3 ulp, and by 0 for results below the
// normal numbers.
func exp2Loop32(x []float32) {
	for i, v := range x {
		switch {
		case v >= 128:
			x[i] = float32(math.Inf(1))
		case v > -126:
			whole := int32(v+127) - 127 // the floor, since the sum is positive
			r := v - float32(whole)
			p := (float32(0.0018775767)*r+0.0089893401)*r + 0.0558263181
			p = ((p*r+0.2401536170)*r+0.6931530732)*r + 0.9999999251
			x[i] = p * math.Float32frombits(uint32(whole+127)<<23)
		case v == v:
			x[i] = 0
		}
	}
}

// exp2Loop64 is the same in float64.
func exp2Loop64(x []float64) {
	for i, v := range x {
		switch {
		case v >= 1024:
			x[i] = math.Inf(1)
		case v > -1022:
			whole := int64(v+1023) - 1023
			r := v - float64(whole)
			p := (6.3014781174337788596e-10*r+6.5386085534992547268e-9)*r + 1.0258188854184174107e-7
			p = ((p*r+1.3207697492090330671e-6)*r+0.000015253231141364262538)*r + 0.00015403509283703690565
			p = ((p*r+0.0013333558734919515356)*r+0.0096181290972450296015)*r + 0.055504108665901198102
			p = ((p*r+0.2402265069590427773)*r+0.69314718055994652595)*r + 0.99999999999999999578
			x[i] = p * math.Float64frombits(uint64(whole+1023)<<52)
		case v == v:
			x[i] = 0
		}
	}
}
