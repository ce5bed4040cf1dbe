package repl

import (
	"io"
	"os"

	"golang.org/x/term"
)

// screen is something to write to and what it can show.
type screen struct {
	io.Writer
	tty   bool
	color bool
	size  func() (columns, rows int) // a default where it is not a terminal
}

const defaultWidth, defaultHeight = 80, 24

func newScreen(w io.Writer) screen {
	s := screen{Writer: w, size: func() (int, int) { return defaultWidth, defaultHeight }}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return s
	}
	s.tty = true
	s.color = mayColor(os.Getenv)
	s.size = func() (int, int) { return terminalSize(f) }
	return s
}

// mayColor follows the NO_COLOR convention: any value but the empty one says no.
func mayColor(env func(string) string) bool {
	return env("NO_COLOR") == "" && env("TERM") != "dumb"
}

// width is how many columns a line has.
func (s screen) width() int {
	columns, _ := s.size()
	return columns
}

// terminalSize never answers 0, which some pseudo-terminals report.
func terminalSize(f *os.File) (columns, rows int) {
	columns, rows, err := term.GetSize(int(f.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		return defaultWidth, defaultHeight
	}
	return columns, rows
}

// style is the parameter of an SGR sequence.
type style string

const (
	styleNone    style = ""
	styleError   style = "1;31"
	styleCaret   style = "31"
	styleHint    style = "36"
	styleDim     style = "2"
	stylePrompt  style = "32"
	styleResult  style = "31"
	styleBold    style = "1"
	styleKeyword style = "35"
	styleString  style = "32"
	styleNumber  style = "36"
	styleComment style = "90"
	styleBuiltin style = "33"
)

// paint puts text into a style where the screen has colours.
func (s screen) paint(as style, text string) string {
	if !s.color || as == styleNone || text == "" {
		return text
	}
	return "\x1b[" + string(as) + "m" + text + "\x1b[0m"
}
