package tensor

import "fmt"

// Transpose returns the m×n transpose.
func (v *Var) Transpose() *Var {
	return v.graph.add(&Var{op: opTranspose, rows: v.cols, cols: v.rows, args: []*Var{v}})
}

// Reshape returns the same numbers, row by row, as a rows×cols matrix.
func (v *Var) Reshape(rows, cols int) *Var {
	if rows < 1 || cols < 1 || rows*cols != v.rows*v.cols {
		panic(fmt.Sprintf("tensor: %d×%d reshaped to %d×%d", v.rows, v.cols, rows, cols))
	}
	return v.graph.add(&Var{op: opReshape, rows: rows, cols: cols, args: []*Var{v}})
}

// Columns returns columns from to to-1.
func (v *Var) Columns(from, to int) *Var {
	if from < 0 || to <= from || to > v.cols {
		panic(fmt.Sprintf("tensor: columns %d to %d of %d×%d", from, to, v.rows, v.cols))
	}
	return v.graph.add(&Var{op: opColumns, rows: v.rows, cols: to - from, args: []*Var{v}, offset: from})
}

// RowRange returns rows from to to-1.
func (v *Var) RowRange(from, to int) *Var {
	if from < 0 || to <= from || to > v.rows {
		panic(fmt.Sprintf("tensor: rows %d to %d of %d×%d", from, to, v.rows, v.cols))
	}
	return v.graph.add(&Var{op: opRows, rows: to - from, cols: v.cols, args: []*Var{v}, offset: from})
}

// ConcatColumns sets matrices of as many rows side by side.
func ConcatColumns(parts ...*Var) *Var {
	y := &Var{op: opConcatColumns, args: append([]*Var(nil), parts...)}
	for _, p := range parts {
		if p.rows != parts[0].rows {
			panic(fmt.Sprintf("tensor: %d×%d set beside %d×%d", p.rows, p.cols, parts[0].rows, parts[0].cols))
		}
		y.rows, y.cols = p.rows, y.cols+p.cols
	}
	return concat(y)
}

// ConcatRows sets matrices of as many columns below one another.
func ConcatRows(parts ...*Var) *Var {
	y := &Var{op: opConcatRows, args: append([]*Var(nil), parts...)}
	for _, p := range parts {
		if p.cols != parts[0].cols {
			panic(fmt.Sprintf("tensor: %d×%d set below %d×%d", p.rows, p.cols, parts[0].rows, parts[0].cols))
		}
		y.rows, y.cols = y.rows+p.rows, p.cols
	}
	return concat(y)
}

func concat(y *Var) *Var {
	if len(y.args) == 0 {
		panic("tensor: nothing to concatenate")
	}
	return y.args[0].graph.add(y)
}

// Gather returns the rows of v that x names, one below the other: an embedding,
// if v is a table of parameters. Evaluation panics with a sentence on an index
// outside the table.
func (v *Var) Gather(x *Index) *Var {
	return v.graph.add(&Var{op: opGather, rows: x.n, cols: v.cols, args: []*Var{v}, rowsOf: x})
}
