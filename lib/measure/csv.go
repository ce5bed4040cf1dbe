package measure

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// CSVError says where a file of comma-separated values cannot be read.
type CSVError struct {
	File    string
	Line    int    // From 1; 0 if the file as a whole is at fault.
	Column  int    // From 1; 0 if the line as a whole is at fault.
	Header  string // The name of the column.
	Message string
}

// Error gives the place and the cause in one line.
func (e *CSVError) Error() string {
	switch {
	case e.Line == 0:
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	case e.Column == 0:
		return fmt.Sprintf("%s, line %d: %s", e.File, e.Line, e.Message)
	case e.Header == "":
		return fmt.Sprintf("%s, line %d, column %d: %s", e.File, e.Line, e.Column, e.Message)
	}
	return fmt.Sprintf("%s, line %d, column %d (%s): %s", e.File, e.Line, e.Column, e.Header, e.Message)
}

// ReadCSV reads a file of comma-separated values whose first line names the
// columns, compressed by gzip or not. A column is one of numbers if most of its
// first hundred values are, and every value must then be a finite number; else it
// is one of text. A first column without a name, as R and pandas write, holds the
// names of rows and is text.
//
// ReadCSV fails, with a [*CSVError] that names file, line and column, on lines
// that are too short or too long, on text, NaN, infinities and empty fields among
// numbers, and on a file without rows.
//
// Memory: that of the numbers, and of each different text once per column.
func ReadCSV(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ParseCSV(filepath.Base(path), f)
}

// ParseCSV reads a table as [ReadCSV] does; the name stands in errors.
func ParseCSV(name string, from io.Reader) (*Table, error) {
	return parseCSV(name, from, false)
}

// ReadCSVText reads a file as [ReadCSV] does, except that every column is one of
// text: for tables in which numbers may be missing or infinite and the caller knows
// what that means.
func ReadCSVText(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ParseCSVText(filepath.Base(path), f)
}

// ParseCSVText reads a table as [ReadCSVText] does; the name stands in errors.
func ParseCSVText(name string, from io.Reader) (*Table, error) {
	return parseCSV(name, from, true)
}

func parseCSV(name string, from io.Reader, allText bool) (*Table, error) {
	buffered := bufio.NewReader(from)
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, &CSVError{File: name, Message: fmt.Sprintf("cannot be unpacked: %v", err)}
		}
		buffered = bufio.NewReader(unzipped)
	}
	if mark, _ := buffered.Peek(3); string(mark) == "\ufeff" {
		buffered.Discard(3)
	}
	p := &csvParser{name: name, r: csv.NewReader(buffered), allText: allText}
	p.r.ReuseRecord, p.r.FieldsPerRecord = true, -1
	return p.table()
}

// undecided is how many rows are read before it is decided which columns hold
// numbers.
const undecided = 100

type csvParser struct {
	name    string
	r       *csv.Reader
	allText bool
	columns []column
	interns []map[string]string // of columns of text, by value
	rows    int
}

// line is a record with the line of the file on which each field starts.
type line struct {
	fields []string
	at     []int
}

func (p *csvParser) table() (*Table, error) {
	if err := p.header(); err != nil {
		return nil, err
	}
	var first []line
	for len(first) < undecided {
		l, err := p.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		first = append(first, line{append([]string(nil), l.fields...), l.at})
	}
	if len(first) == 0 {
		return nil, &CSVError{File: p.name, Message: "has no rows, only the names of columns"}
	}
	p.decide(first)
	for _, l := range first {
		if err := p.add(l); err != nil {
			return nil, err
		}
	}
	for {
		l, err := p.next()
		if err == io.EOF {
			return &Table{name: p.name, rows: p.rows, columns: p.columns}, nil
		}
		if err != nil {
			return nil, err
		}
		if err := p.add(l); err != nil {
			return nil, err
		}
	}
}

// header reads the names of the columns.
func (p *csvParser) header() error {
	names, err := p.r.Read()
	if err == io.EOF {
		return &CSVError{File: p.name, Message: "is empty"}
	}
	if err != nil {
		return p.wrap(err)
	}
	seen := map[string]int{}
	numbers := 0
	for k, name := range names {
		name = strings.TrimSpace(name)
		line, _ := p.r.FieldPos(k)
		at := &CSVError{File: p.name, Line: line, Column: k + 1}
		if before, ok := seen[name]; ok {
			at.Message = fmt.Sprintf("the name %q is that of column %d already", name, before)
			return at
		}
		if name == "" && (k > 0 || len(names) == 1) {
			at.Message = "the column has no name"
			return at
		}
		if _, err := strconv.ParseFloat(name, 64); err == nil {
			numbers++
		}
		seen[name] = k + 1
		p.columns = append(p.columns, column{name: name})
	}
	if numbers == len(names) {
		return &CSVError{File: p.name, Line: 1, Message: "holds numbers where the names of columns are expected"}
	}
	p.interns = make([]map[string]string, len(p.columns))
	return nil
}

// next reads a line and checks its length. The fields are valid until the next
// call.
func (p *csvParser) next() (line, error) {
	fields, err := p.r.Read()
	if err == io.EOF {
		return line{}, err
	}
	if err != nil {
		return line{}, p.wrap(err)
	}
	l := line{fields: fields, at: make([]int, len(fields))}
	for k := range fields {
		l.at[k], _ = p.r.FieldPos(k)
	}
	n, want := len(fields), len(p.columns)
	if n == want {
		return l, nil
	}
	e := &CSVError{File: p.name, Line: l.at[0], Column: min(n, want) + 1}
	if n < want {
		e.Header = p.columns[n].name
		e.Message = fmt.Sprintf("missing; the line has %d of %d fields", n, want)
	} else {
		e.Message = fmt.Sprintf("the line has %d fields, and the first line names %d columns", n, want)
	}
	return line{}, e
}

// decide finds the columns of text.
func (p *csvParser) decide(first []line) {
	for k := range p.columns {
		numbers, texts := 0, 0
		for _, l := range first {
			if field := strings.TrimSpace(l.fields[k]); field == "" || missing[field] {
				continue
			} else if _, err := strconv.ParseFloat(field, 64); err == nil || errors.Is(err, strconv.ErrRange) {
				numbers++
			} else {
				texts++
			}
		}
		if p.allText || texts > numbers || numbers+texts == 0 && p.empty(first, k) || p.columns[k].name == "" {
			p.columns[k].texts = []string{}
			p.interns[k] = map[string]string{}
		}
	}
}

func (p *csvParser) empty(first []line, k int) bool {
	for _, l := range first {
		if strings.TrimSpace(l.fields[k]) != "" {
			return false
		}
	}
	return true
}

// missing are the ways to write that there is no number.
var missing = map[string]bool{"NA": true, "NaN": true, "nan": true, "N/A": true, "null": true}

// add appends a row.
func (p *csvParser) add(l line) error {
	for k := range p.columns {
		c := &p.columns[k]
		field := strings.TrimSpace(l.fields[k])
		if c.texts != nil {
			kept, ok := p.interns[k][field]
			if !ok {
				kept = strings.Clone(field)
				p.interns[k][kept] = kept
			}
			c.texts = append(c.texts, kept)
			continue
		}
		v, err := strconv.ParseFloat(field, 64)
		e := &CSVError{File: p.name, Line: l.at[k], Column: k + 1, Header: c.name}
		switch {
		case field == "":
			e.Message = "there is no number"
		case missing[field] || err == nil && math.IsNaN(v):
			e.Message = fmt.Sprintf("%s where a number is needed", field)
		case math.IsInf(v, 0):
			e.Message = fmt.Sprintf("%s is not finite", shown(field))
		case err != nil:
			e.Message = fmt.Sprintf("%s is not a number", shown(field))
		default:
			c.numbers = append(c.numbers, v)
			continue
		}
		return e
	}
	p.rows++
	return nil
}

// wrap gives an error of the reader its place.
func (p *csvParser) wrap(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return &CSVError{File: p.name, Line: parse.Line, Message: parse.Err.Error()}
	}
	return &CSVError{File: p.name, Message: fmt.Sprintf("cannot be read to its end: %v", err)}
}

// shown quotes a field, cut if it is long.
func shown(field string) string {
	if len(field) > 40 {
		field = field[:40] + "..."
	}
	return strconv.Quote(field)
}
