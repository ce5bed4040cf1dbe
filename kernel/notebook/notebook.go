// Package notebook reads, writes and replays notebooks.
//
// A notebook (.gnb) is a script in percent format: commented YAML at its head,
// then cells, each opened by a line that starts with "// %%". A cell of Go is
// plain source; a cell of Markdown is a comment.
//
//	// ---
//	// title: A first transport
//	// ---
//
//	// %% [markdown] id="question"
//	// What does entropy do to a plan?
//
//	// %% id="sizes" tags="parameters"
//	n := 200
//
// What is read is written back: unknown head lines and metadata survive.
package notebook

import (
	"slices"
	"strings"
)

// Notebook is a notebook in memory.
type Notebook struct {
	// Head holds the lines of the YAML head, uncommented, in their order.
	Head  []string
	Cells []Cell
}

// Kind says what a cell holds.
type Kind int

// The kinds of cells.
const (
	Code Kind = iota
	Markdown
)

// Cell is one cell of a notebook.
type Cell struct {
	Kind Kind
	// Name is free text between the marker and the metadata, mostly empty.
	Name   string
	Meta   []Attribute
	Source string // Go, or Markdown without its comment marks; no line end at its end
	Line   int    // line of the file on which Source starts, from 1; 0 for a cell that was not read
}

// Attribute is one entry of a cell's metadata. Value is as written in the file,
// quotes included, so that it survives whatever wrote it.
type Attribute struct {
	Key, Value string
}

// Tags that the replay knows.
const (
	TagParameters    = "parameters"       // holds the variables that -p sets
	TagQuiet         = "quiet"            // the last expression is not shown
	TagRaises        = "raises-exception" // the cell is meant to fail
	TagSkipExecution = "skip-execution"   // the cell is not run
)

// Field returns the value of a scalar in the head, such as "title"; "" if there
// is none.
func (n *Notebook) Field(key string) string {
	for _, line := range n.Head {
		if name, value, ok := strings.Cut(line, ":"); ok && name == key {
			return unquote(strings.TrimSpace(value))
		}
	}
	return ""
}

// Get returns a cell's metadata without quotes, and "" where there is none.
func (c *Cell) Get(key string) string {
	for _, a := range c.Meta {
		if a.Key == key {
			return unquote(a.Value)
		}
	}
	return ""
}

// ID names the cell, "" if the notebook does not.
func (c *Cell) ID() string { return c.Get("id") }

// Tags lists the cell's tags. They are written as words, tags="a b", or as
// jupytext does, tags=["a", "b"].
func (c *Cell) Tags() []string {
	return strings.FieldsFunc(c.Get("tags"), func(r rune) bool {
		return strings.ContainsRune(" \t,[]\"", r)
	})
}

// Has reports whether the cell has a tag.
func (c *Cell) Has(tag string) bool { return slices.Contains(c.Tags(), tag) }

// unquote removes a pair of quotes; text in no quotes stays as it is.
func unquote(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	var b strings.Builder
	inner := text[1 : len(text)-1]
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' && i+1 < len(inner) {
			i++
		}
		b.WriteByte(inner[i])
	}
	return b.String()
}

// Quote writes text so that [Cell.Get] returns it. Line breaks become spaces:
// metadata has one line.
func Quote(text string) string {
	return `"` + strings.NewReplacer("\n", " ", `\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
