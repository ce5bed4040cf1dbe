package repl

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"gaspard/kernel/worker"
)

// errorText lays out an error of a cell:
//
//	cell 3:2:7: undefined: y
//	    x := y
//	         ^
//	  did you mean x?
//	    cell 1:4:2 main.f
//
// with the caret under the column, whatever tabs and wide characters precede it.
func (s screen) errorText(e worker.CellError) string {
	var b strings.Builder
	message, rest, _ := strings.Cut(strings.TrimRight(e.Message, "\n"), "\n")
	if place := errorPlace(e); place != "" {
		b.WriteString(s.paint(styleBold, place+":") + " ")
	}
	b.WriteString(s.paint(styleError, message) + "\n")
	for line := range strings.Lines(rest) {
		b.WriteString("  " + strings.TrimRight(line, "\n") + "\n")
	}
	if source := strings.TrimRight(e.Source, " \t\r\n"); source != "" {
		b.WriteString("    " + source + "\n")
		if e.Column > 0 {
			b.WriteString("    " + caretPad(e.Source, e.Column) + s.paint(styleCaret, "^") + "\n")
		}
	}
	for line := range strings.Lines(e.Hint) {
		b.WriteString("  " + s.paint(styleHint, strings.TrimRight(line, "\n")) + "\n")
	}
	for _, frame := range e.Stack {
		b.WriteString("    " + s.paint(styleDim, frame) + "\n")
	}
	return b.String()
}

// errorPlace is "cell 3:2:7" for a numbered cell and "FILE:2:7" for a named one,
// as far as it is known.
func errorPlace(e worker.CellError) string {
	if e.Cell == "" {
		return ""
	}
	place := e.Cell
	if _, err := strconv.Atoi(e.Cell); err == nil {
		place = "cell " + place
	}
	if e.Line > 0 {
		place += ":" + strconv.Itoa(e.Line)
		if e.Column > 0 {
			place += ":" + strconv.Itoa(e.Column)
		}
	}
	return place
}

// caretPad is white space as wide as what stands before a column of a line.
// Columns count bytes from 1, as the compiler's do. Tabs stay tabs, so that the
// pad is right wherever the terminal puts its tab stops.
func caretPad(source string, column int) string {
	before := source[:min(column-1, len(source))]
	var pad strings.Builder
	for i, part := range strings.Split(before, "\t") {
		if i > 0 {
			pad.WriteByte('\t')
		}
		pad.WriteString(strings.Repeat(" ", ansi.StringWidth(part)))
	}
	return pad.String()
}
