package lang

import (
	"fmt"
	"strings"
)

// ErrorKind says which stage refused a cell.
type ErrorKind int

const (
	Syntax      ErrorKind = iota // go/parser
	Type                         // go/types
	Unsupported                  // valid Go that the engine cannot run faithfully
)

// Error is why a cell was refused, with its place in the text the user typed.
type Error struct {
	Kind         ErrorKind
	Cell         string
	Line, Column int // from 1; 0 where not known
	Message      string
	Source       string // the line of the cell
	Hint         string // what to try
	Incomplete   bool   // more text could still make it parse
}

// Error gives the place and the message, as a compiler would.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("cell %s:%d:%d: %s", e.Cell, e.Line, e.Column, e.Message)
}

// locate fills in the source line from the cell's text.
func (e *Error) locate(text string) {
	lines := strings.Split(text, "\n")
	if e.Line >= 1 && e.Line <= len(lines) {
		e.Source = strings.TrimRight(lines[e.Line-1], "\r")
	}
}
