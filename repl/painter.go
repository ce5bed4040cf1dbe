package repl

import (
	"go/scanner"
	"go/token"
	"go/types"
	"strings"
	"unicode/utf8"
)

// span is a stretch of source text, in bytes, and its style.
type span struct {
	start, end int
	style      style
}

// spans finds what of a Go text is coloured. The text need not be complete or
// even Go: what the scanner does not know stays plain.
func spans(source string) []span {
	var found []span
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, []byte(source), func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return found
		}
		as := tokenStyle(tok, literal)
		if as == styleNone {
			continue
		}
		start := file.Offset(pos)
		end := min(start+len(literal), len(source))
		found = append(found, span{start, end, as})
	}
}

func tokenStyle(tok token.Token, literal string) style {
	switch {
	case tok.IsKeyword():
		return styleKeyword
	case tok == token.STRING || tok == token.CHAR:
		return styleString
	case tok == token.INT || tok == token.FLOAT || tok == token.IMAG:
		return styleNumber
	case tok == token.COMMENT:
		return styleComment
	case tok == token.IDENT && types.Universe.Lookup(literal) != nil:
		return styleBuiltin
	}
	return styleNone
}

// highlight colours a Go text where the screen has colours. A style never
// spans a line break, so that each line can be printed by itself.
func (s screen) highlight(source string) string {
	if !s.color {
		return source
	}
	var b strings.Builder
	at := 0
	for _, sp := range spans(source) {
		if sp.start < at {
			continue
		}
		b.WriteString(source[at:sp.start])
		for i, line := range strings.Split(source[sp.start:sp.end], "\n") {
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(s.paint(sp.style, line))
		}
		at = sp.end
	}
	b.WriteString(source[at:])
	return b.String()
}

// Glyphs for runes of our own on the screen, each one column wide as the line
// editor believes.
const (
	lineBreakGlyph = '↵'
	pasteGlyph     = '▤'
)

// paintLine colours the line being edited. What stands in the earlier lines of
// the cell decides whether this one is code, raw string or comment. Styles are
// put between the runes of the line, none of which is added or removed, as the
// editor counts columns by them.
func (s screen) paintLine(before string, line []rune) []rune {
	source := make([]byte, 0, len(before)+len(line))
	source = append(source, before...)
	starts := make([]int, len(line)+1) // byte offset of each rune
	shown := make([]rune, len(line))
	for i, r := range line {
		starts[i] = len(source)
		shown[i] = r
		switch {
		case r == lineBreak:
			shown[i] = lineBreakGlyph
			r = '\n'
		case isOwnRune(r):
			shown[i] = pasteGlyph
			r = ' '
		}
		source = utf8.AppendRune(source, r)
	}
	starts[len(line)] = len(source)
	if !s.color {
		return shown
	}
	if len(before) == 0 && isCommandLine(string(line)) {
		return []rune(s.paint(styleBuiltin, string(shown)))
	}
	painted := make([]rune, 0, 2*len(line))
	i := 0
	for _, sp := range spans(string(source)) {
		for i < len(line) && starts[i] < sp.start {
			painted = append(painted, shown[i])
			i++
		}
		if i == len(line) || starts[i] >= sp.end {
			continue
		}
		painted = append(painted, []rune("\x1b["+string(sp.style)+"m")...)
		for i < len(line) && starts[i] < sp.end {
			painted = append(painted, shown[i])
			i++
		}
		painted = append(painted, []rune("\x1b[0m")...)
	}
	return append(painted, shown[i:]...)
}
