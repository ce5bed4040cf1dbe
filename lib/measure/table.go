package measure

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// Table is rows of measurements, such as cells, with named columns: columns of
// numbers, which are coordinates, and columns of text, which tell groups of rows
// apart. [ReadCSV] makes one, and [Table.Where] a smaller one of it; no method
// changes a table.
type Table struct {
	name    string
	notice  string
	rows    int
	columns []column
}

// column is a named column, of text if texts is not nil.
type column struct {
	name    string
	numbers []float64
	texts   []string
}

// Name is the name of the file the table was read from.
func (t *Table) Name() string { return t.name }

// Notice is what the licence of an embedded data set asks to be passed on, and
// empty for other tables.
func (t *Table) Notice() string { return t.notice }

// Rows returns the number of rows.
func (t *Table) Rows() int { return t.rows }

// Columns lists the names of all columns in the order of the file.
func (t *Table) Columns() []string { return t.names(func(column) bool { return true }) }

// Numeric lists the columns of numbers, in the order in which [Table.Points] takes
// them.
func (t *Table) Numeric() []string { return t.names(func(c column) bool { return c.texts == nil }) }

// Text lists the columns of text.
func (t *Table) Text() []string { return t.names(func(c column) bool { return c.texts != nil }) }

func (t *Table) names(keep func(column) bool) []string {
	names := []string{}
	for _, c := range t.columns {
		if keep(c) {
			names = append(names, c.name)
		}
	}
	return names
}

// Values lists the different values of a column as text, in the order in which
// they first occur. Values and the other methods that take the name of a column
// panic with a [*job.DataError] if there is none of that name.
func (t *Table) Values(name string) []string {
	c := t.column(name)
	seen := map[string]bool{}
	values := []string{}
	for i := range t.rows {
		if v := c.text(i); !seen[v] {
			seen[v] = true
			values = append(values, v)
		}
	}
	return values
}

// Column returns the numbers of a column. It panics with a [*job.DataError] on a
// column of text.
func (t *Table) Column(name string) []float64 {
	c := t.column(name)
	if c.texts != nil {
		panic(job.BadData("measure: column %s of %s holds text, such as %q", name, t.name, c.texts[0]))
	}
	return slices.Clone(c.numbers)
}

// Labels returns the values of a column as text, one per row.
func (t *Table) Labels(name string) []string {
	c := t.column(name)
	labels := make([]string, t.rows)
	for i := range labels {
		labels[i] = c.text(i)
	}
	return labels
}

// Where returns the rows whose value in a column is the given one; a column of
// numbers is compared as numbers. If no row has it, Where panics with a
// [*job.DataError] that lists what there is.
func (t *Table) Where(name, value string) *Table {
	return t.pick(name, value, true)
}

// Without returns the rows whose value in a column is not the given one, and
// panics like [Table.Where].
func (t *Table) Without(name, value string) *Table {
	return t.pick(name, value, false)
}

func (t *Table) pick(name, value string, same bool) *Table {
	c := t.column(name)
	number, err := strconv.ParseFloat(value, 64)
	var rows []int
	for i := range t.rows {
		equal := c.texts == nil && err == nil && c.numbers[i] == number ||
			c.texts != nil && c.texts[i] == value
		if equal == same {
			rows = append(rows, i)
		}
	}
	if same && len(rows) == 0 || !same && len(rows) == t.rows {
		panic(job.BadData("measure: no row of %s has %s %q; there %s", t.name, name, value, listed(t.Values(name))))
	}
	if len(rows) == 0 {
		panic(job.BadData("measure: every row of %s has %s %q", t.name, name, value))
	}
	return t.keep(rows)
}

func (t *Table) keep(rows []int) *Table {
	kept := &Table{name: t.name, notice: t.notice, rows: len(rows), columns: make([]column, len(t.columns))}
	for k, from := range t.columns {
		to := &kept.columns[k]
		to.name = from.name
		for _, i := range rows {
			if from.texts != nil {
				to.texts = append(to.texts, from.texts[i])
			} else {
				to.numbers = append(to.numbers, from.numbers[i])
			}
		}
	}
	return kept
}

// Points returns the rows as a cloud: the named columns of numbers in the given
// order, or all of them if none is named. It panics with a [*job.DataError] if
// there is no such column or none at all.
func (t *Table) Points(columns ...string) *mat.Dense {
	if len(columns) == 0 {
		columns = t.Numeric()
	}
	if len(columns) == 0 {
		panic(job.BadData("measure: %s has no column of numbers", t.name))
	}
	x := mat.NewDense(t.rows, len(columns), nil)
	for j, name := range columns {
		for i, v := range t.Column(name) {
			x.Set(i, j, v)
		}
	}
	return x
}

func (t *Table) column(name string) column {
	for _, c := range t.columns {
		if c.name == name {
			return c
		}
	}
	panic(job.BadData("measure: %s has no column %q; there %s", t.name, name, listed(t.Columns())))
}

func (c column) text(i int) string {
	if c.texts != nil {
		return c.texts[i]
	}
	return strconv.FormatFloat(c.numbers[i], 'g', -1, 64)
}

// String says what the table holds: its size, its columns, and how many rows each
// value of a column of text has.
func (t *Table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d rows", t.name, t.rows)
	if names := t.Numeric(); len(names) > 0 {
		fmt.Fprintf(&b, "\nnumbers: %d columns, %s", len(names), shortened(names))
	}
	for _, name := range t.Text() {
		count := map[string]int{}
		for _, v := range t.column(name).texts {
			count[v]++
		}
		values := t.Values(name)
		for i, v := range values {
			values[i] = fmt.Sprintf("%s %d", v, count[v])
		}
		fmt.Fprintf(&b, "\n%s: %s", name, shortened(values))
	}
	return b.String()
}

// shortened joins a list, of which only both ends are given where it is long.
func shortened(list []string) string {
	if len(list) > 12 {
		list = append(append(slices.Clone(list[:9]), "..."), list[len(list)-2:]...)
	}
	return strings.Join(list, ", ")
}

// listed is what there is, with its verb.
func listed(list []string) string {
	switch len(list) {
	case 0:
		return "is nothing"
	case 1:
		return "is only " + list[0]
	}
	return "are " + shortened(list)
}
