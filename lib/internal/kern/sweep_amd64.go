//go:build amd64 && !purego

package kern

func (t *table) sweepAVX2() {
	t.sweep32 = sweepKernels[float32]{
		tile: [sweepForms]func(p, sums, x, row, y, col, weight *float32, panels, d, rowStep, panelStep, mode int){
			sweepDirect:   sweepDirectYMM32,
			sweepExpanded: sweepExpandedYMM32,
			sweepDistance: sweepDistanceYMM32,
			sweepStored:   sweepStoredYMM32,
		},
		columnsAdd: columnsAddYMM32, columnsMax: columnsMaxYMM32, rowsDot: rowsDotYMM32, log: logYMM32, width: 8,
	}
	t.sweep64 = sweepKernels[float64]{
		tile: [sweepForms]func(p, sums, x, row, y, col, weight *float64, panels, d, rowStep, panelStep, mode int){
			sweepDirect:   sweepDirectYMM64,
			sweepExpanded: sweepExpandedYMM64,
			sweepDistance: sweepDistanceYMM64,
			sweepStored:   sweepStoredYMM64,
		},
		columnsAdd: columnsAddYMM64, columnsMax: columnsMaxYMM64, rowsDot: rowsDotYMM64, log: logYMM64, width: 4,
	}
}

func (t *table) sweepAVX512() {
	t.sweep32 = sweepKernels[float32]{
		tile: [sweepForms]func(p, sums, x, row, y, col, weight *float32, panels, d, rowStep, panelStep, mode int){
			sweepDirect:   sweepDirectZMM32,
			sweepExpanded: sweepExpandedZMM32,
			sweepDistance: sweepDistanceZMM32,
			sweepStored:   sweepStoredZMM32,
		},
		columnsAdd: columnsAddZMM32, columnsMax: columnsMaxZMM32, rowsDot: rowsDotZMM32, log: logZMM32, width: 64,
	}
	t.sweep64 = sweepKernels[float64]{
		tile: [sweepForms]func(p, sums, x, row, y, col, weight *float64, panels, d, rowStep, panelStep, mode int){
			sweepDirect:   sweepDirectZMM64,
			sweepExpanded: sweepExpandedZMM64,
			sweepDistance: sweepDistanceZMM64,
			sweepStored:   sweepStoredZMM64,
		},
		columnsAdd: columnsAddZMM64, columnsMax: columnsMaxZMM64, rowsDot: rowsDotZMM64, log: logZMM64, width: 32,
	}
}

//go:noescape
func sweepDirectYMM32(p, sums, x, row, y, col, weight *float32, panels, d, rowStep, panelStep, mode int)

//go:noescape
func sweepExpandedYMM32(p, sums, x, row, y, col, weight *float32, panels, d, rowStep, panelStep, mode int)

//go:noescape
func sweepDistanceYMM32(p, sums, x, row, y, col, weight *float32, panels, d, rowStep, panelStep, mode int)

//go:noescape
func sweepStoredYMM32(p, sums, x, row, y, col, weight *float32, panels, d, rowStep, panelStep, mode int)

//go:noescape
func columnsAddYMM32(sums, w, p *float32, panels, rowStep int)

//go:noescape
func columnsMaxYMM32(sums, w, p *float32, panels, rowStep int)

//go:noescape
func rowsDotYMM32(sums, p, y *float32, panels, d, rowStep int)

//go:noescape
func sweepDirectYMM64(p, sums, x, row, y, col, weight *float64, panels, d, rowStep, panelStep, mode int)

//go:noescape
func sweepExpandedYMM64(p, sums, x, row, y, col, weight *float64, panels, d, rowStep, panelStep, mode int)

//go:noescape
func sweepDistanceYMM64(p, sums, x, row, y, col, weight *float64, panels, d, rowStep, panelStep, mode int)

//go:noescape
func sweepStoredYMM64(p, sums, x, row, y, col, weight *float64, panels, d, rowStep, panelStep, mode int)

//go:noescape
func columnsAddYMM64(sums, w, p *float64, panels, rowStep int)

//go:noescape
func columnsMaxYMM64(sums, w, p *float64, panels, rowStep int)

//go:noescape
func rowsDotYMM64(sums, p, y *float64, panels, d, rowStep int)

//go:noescape
func sweepDirectZMM32(p, sums, x, row, y, col, weight *float32, panels, d, rowStep, panelStep, mode int)

//go:noescape
func sweepExpandedZMM32(p, sums, x, row, y, col, weight *float32, panels, d, rowStep, panelStep, mode int)

//go:noescape
func sweepDistanceZMM32(p, sums, x, row, y, col, weight *float32, panels, d, rowStep, panelStep, mode int)

//go:noescape
func sweepStoredZMM32(p, sums, x, row, y, col, weight *float32, panels, d, rowStep, panelStep, mode int)

//go:noescape
func columnsAddZMM32(sums, w, p *float32, panels, rowStep int)

//go:noescape
func columnsMaxZMM32(sums, w, p *float32, panels, rowStep int)

//go:noescape
func rowsDotZMM32(sums, p, y *float32, panels, d, rowStep int)

//go:noescape
func sweepDirectZMM64(p, sums, x, row, y, col, weight *float64, panels, d, rowStep, panelStep, mode int)

//go:noescape
func sweepExpandedZMM64(p, sums, x, row, y, col, weight *float64, panels, d, rowStep, panelStep, mode int)

//go:noescape
func sweepDistanceZMM64(p, sums, x, row, y, col, weight *float64, panels, d, rowStep, panelStep, mode int)

//go:noescape
func sweepStoredZMM64(p, sums, x, row, y, col, weight *float64, panels, d, rowStep, panelStep, mode int)

//go:noescape
func columnsAddZMM64(sums, w, p *float64, panels, rowStep int)

//go:noescape
func columnsMaxZMM64(sums, w, p *float64, panels, rowStep int)

//go:noescape
func rowsDotZMM64(sums, p, y *float64, panels, d, rowStep int)
