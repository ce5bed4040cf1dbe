// Package notebook reads notebook files and replays them on a kernel.
//
// A .gnb notebook is a percent script: Go text in which comment lines mark where
// cells begin.
//
//	// ---
//	// title: Does the plan get sharper?
//	// seed: 1
//	// ---
//
//	// %% [markdown]
//	// # What is asked
//
//	// %% id="clouds" tags="parameters"
//	n := 500
//
// The head between the two lines of dashes is commented YAML. A mark may carry a
// title, [markdown], and metadata whose values are JSON. Cells are counted from
// 1, code cells alone: the number is the cell's name in errors.
package notebook

import (
	"fmt"
	"slices"
	"strings"
)

// Notebook is a notebook in memory.
type Notebook struct {
	Path    string // as it was asked for; it stands in errors
	Title   string
	Format  string
	Seed    string
	Summary string
	Head    []string // the head's lines without their comment marks
	Cells   []Cell
}

// Cell is a piece of Go or of Markdown.
type Cell struct {
	Markdown bool
	Number   int    // of a code cell, from 1; 0 for Markdown
	ID       string // "" where the file gives none
	Title    string
	Tags     []string
	Metadata map[string]any // all of the mark's metadata, id and tags among it
	Source   string
	Line     int // of the notebook file, where Source starts
}

// Tags that a replay obeys.
const (
	TagParameters = "parameters"       // its values may be set from outside
	TagRaises     = "raises-exception" // the cell must fail, and the replay goes on
	TagSkip       = "skip-execution"   // the cell is not run
	TagQuiet      = "quiet"            // the value of the last expression is not shown
)

// Has reports whether the cell bears a tag.
func (c Cell) Has(tag string) bool { return slices.Contains(c.Tags, tag) }

// Name is what a person calls the cell: "cell 3", "cell 3 (clouds)".
func (c Cell) Name() string {
	label := c.ID
	if label == "" {
		label = c.Title
	}
	if label == "" {
		return fmt.Sprintf("cell %d", c.Number)
	}
	return fmt.Sprintf("cell %d (%s)", c.Number, label)
}

// Code lists the code cells by their numbers: the first has index 0.
func (n *Notebook) Code() []Cell {
	var cells []Cell
	for _, c := range n.Cells {
		if !c.Markdown {
			cells = append(cells, c)
		}
	}
	return cells
}

// Error is a fault of a notebook file.
type Error struct {
	Path    string
	Line    int // from 1; 0 where the whole file is meant
	Column  int // from 1; 0 where the whole line is meant
	Message string
}

// Error writes the fault as FILE:LINE:COLUMN: message, as far as they are known.
func (e *Error) Error() string {
	var place strings.Builder
	place.WriteString(e.Path)
	if e.Line > 0 {
		fmt.Fprintf(&place, ":%d", e.Line)
		if e.Column > 0 {
			fmt.Fprintf(&place, ":%d", e.Column)
		}
	}
	return place.String() + ": " + e.Message
}
