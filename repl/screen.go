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
	width func() int // columns; defaultWidth where it is not a terminal
}

const defaultWidth = 80

func newScreen(w io.Writer) screen {
	s := screen{Writer: w, width: func() int { return defaultWidth }}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return s
	}
	s.tty = true
	s.color = mayColor(os.Getenv)
	s.width = func() int { return terminalWidth(f) }
	return s
}

// mayColor follows the NO_COLOR convention: any value but the empty one says no.
func mayColor(env func(string) string) bool {
	return env("NO_COLOR") == "" && env("TERM") != "dumb"
}

// terminalWidth never answers 0, which some pseudo-terminals report.
func terminalWidth(f *os.File) int {
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	return defaultWidth
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
