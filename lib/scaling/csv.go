package scaling

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gaspard/lib/measure"
)

// Columns names the columns of a file of runs. Loss is needed, and at least one
// size; an empty name means that the file has no such column.
type Columns struct {
	Params, Tokens, FLOPs string
	Loss                  string
	Recipe                string // One ladder per value; empty means that all runs are of one recipe.
	Seed                  string
	Diverged              string // true, yes or 1 mark runs that are not to be used.

	FLOPsUnit float64 // Operations per unit of the column FLOPs, such as 1e15; 0 means 1.
}

// ReadRuns reads the runs of other people from a file of comma-separated values,
// compressed by gzip or not, whose columns the caller names. It returns one ladder
// per recipe, in the order in which they first occur, named by the recipe, or by
// the file if there is no column of recipes.
//
// Where one of Params, Tokens and FLOPs is missing it is filled in by C = 6ND, and
// [Ladder.Compute] says so. A loss that is empty or NA, NaN, null, none is missing;
// inf is infinite; nan, inf and the like in sizes mean that there is none. Such runs
// stay in the ladder, and fits leave them out and count them.
//
// ReadRuns fails on files that [measure.ReadCSVText] cannot read, on columns that
// are not there, and on words where a number is needed, with row and column.
func ReadRuns(path string, c Columns) ([]*Ladder, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ParseRuns(filepath.Base(path), f, c)
}

// ParseRuns reads runs as [ReadRuns] does; the name stands in errors.
func ParseRuns(name string, from io.Reader, c Columns) ([]*Ladder, error) {
	table, err := measure.ParseCSVText(name, from)
	if err != nil {
		return nil, err
	}
	p := &runParser{table: table, columns: c, there: map[string]bool{}}
	for _, n := range table.Columns() {
		p.there[n] = true
	}
	return p.ladders()
}

type runParser struct {
	table   *measure.Table
	columns Columns
	there   map[string]bool
}

// cells returns a column, or empty strings if it has no name.
func (p *runParser) cells(what, name string) ([]string, error) {
	if name == "" {
		return make([]string, p.table.Rows()), nil
	}
	if !p.there[name] {
		return nil, fmt.Errorf("%s: there is no column %q for %s; there are %s",
			p.table.Name(), name, what, strings.Join(p.table.Columns(), ", "))
	}
	return p.table.Labels(name), nil
}

// numbers returns a column as numbers, NaN where there is none.
func (p *runParser) numbers(what, name string) ([]float64, error) {
	cells, err := p.cells(what, name)
	if err != nil {
		return nil, err
	}
	values := make([]float64, len(cells))
	for i, cell := range cells {
		switch strings.ToLower(cell) {
		case "", "na", "n/a", "nan", "null", "none", "-":
			values[i] = math.NaN()
			continue
		case "diverged":
			values[i] = math.Inf(1)
			continue
		}
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil && !math.IsInf(v, 0) {
			return nil, fmt.Errorf("%s, row %d (%s): %.40q is not a number", p.table.Name(), i+1, name, cell)
		}
		values[i] = v
	}
	return values, nil
}

func (p *runParser) ladders() ([]*Ladder, error) {
	c := p.columns
	if c.Loss == "" || c.Params == "" && c.Tokens == "" && c.FLOPs == "" {
		return nil, fmt.Errorf("%s: name the column of the loss and at least one of Params, Tokens and FLOPs", p.table.Name())
	}
	unit := c.FLOPsUnit
	if unit == 0 {
		unit = 1
	}
	if !(unit > 0) || math.IsInf(unit, 1) {
		return nil, fmt.Errorf("%s: FLOPsUnit is %g", p.table.Name(), c.FLOPsUnit)
	}
	var numbers [4][]float64
	for k, column := range []struct{ what, name string }{
		{"Params", c.Params}, {"Tokens", c.Tokens}, {"FLOPs", c.FLOPs}, {"Loss", c.Loss},
	} {
		var err error
		if numbers[k], err = p.numbers(column.what, column.name); err != nil {
			return nil, err
		}
	}
	var texts [3][]string
	for k, column := range []struct{ what, name string }{
		{"Recipe", c.Recipe}, {"Seed", c.Seed}, {"Diverged", c.Diverged},
	} {
		var err error
		if texts[k], err = p.cells(column.what, column.name); err != nil {
			return nil, err
		}
	}
	var ladders []*Ladder
	byRecipe := map[string]*Ladder{}
	for i := range p.table.Rows() {
		r := Run{Params: size(numbers[0][i]), Tokens: size(numbers[1][i]), FLOPs: size(numbers[2][i] * unit), Loss: numbers[3][i]}
		fillIn(&r)
		if s := texts[1][i]; s != "" {
			seed, err := strconv.ParseUint(s, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("%s, row %d (%s): the seed %.40q is not a whole number of at least 0", p.table.Name(), i+1, c.Seed, s)
			}
			r.Seed = seed
		}
		switch strings.ToLower(texts[2][i]) {
		case "true", "yes", "1":
			r.Diverged = true
		}
		l := byRecipe[texts[0][i]]
		if l == nil {
			l = &Ladder{Recipe: texts[0][i], Compute: c.counted()}
			if c.Recipe == "" {
				l.Recipe = p.table.Name()
			}
			byRecipe[texts[0][i]] = l
			ladders = append(ladders, l)
		}
		l.Runs = append(l.Runs, r)
	}
	return ladders, nil
}

func (c Columns) counted() string {
	if c.FLOPs == "" {
		return "6ND"
	}
	return "as the file counts"
}

// size is 0 for what is not a size.
func size(v float64) float64 {
	if v > 0 && !math.IsInf(v, 1) {
		return v
	}
	return 0
}

// fillIn computes the third of the sizes from two by C = 6ND.
func fillIn(r *Run) {
	switch {
	case r.FLOPs == 0:
		r.FLOPs = size(6 * r.Params * r.Tokens)
	case r.Tokens == 0 && r.Params > 0:
		r.Tokens = size(r.FLOPs / 6 / r.Params)
	case r.Params == 0 && r.Tokens > 0:
		r.Params = size(r.FLOPs / 6 / r.Tokens)
	}
}
