package repl

import (
	"go/doc/comment"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"gaspard/kernel/worker"
)

const maxDocWidth = 90

// docText lays out documentation: declaration and origin, value, comment, and an
// overview of what a package or type offers.
func (s screen) docText(d worker.Doc) string {
	width := min(s.width()-1, maxDocWidth)
	signature := strings.TrimRight(strings.ReplaceAll(d.Signature, "\t", "    "), "\n")
	if signature == "" {
		signature = d.Name
	}
	if !strings.HasPrefix(d.Where, "cell ") { // the user's own lines stay as they are
		signature = foldCode(signature, width)
	}
	var b strings.Builder
	b.WriteString(s.highlight(signature))
	if d.Size != "" {
		d.Where = strings.TrimPrefix(d.Where+", "+d.Size, ", ")
	}
	if origin := "  // " + d.Where; d.Where != "" {
		last := signature[strings.LastIndexByte(signature, '\n')+1:]
		if ansi.StringWidth(last+origin) > width {
			origin = "\n" + origin[2:]
		}
		b.WriteString(s.paint(styleDim, origin))
	}
	b.WriteByte('\n')
	if strings.Contains(d.Value, "\n") {
		b.WriteString("= " + strings.ReplaceAll(d.Value, "\n", "\n  ") + "\n")
	} else if d.Value != "" {
		b.WriteString("= " + ansi.Truncate(d.Value, width-2, "…") + "\n")
	}
	if d.Text != "" {
		b.WriteString("\n" + commentText(d.Text, width))
	}
	b.WriteString(s.overview(d.Members, width))
	return b.String()
}

// commentText lays out a doc comment; links to other names are just their names.
func commentText(text string, width int) string {
	parser := comment.Parser{
		LookupPackage: func(name string) (string, bool) { return name, true },
		LookupSym:     func(string, string) bool { return true },
	}
	printer := comment.Printer{TextWidth: width - 4, TextCodePrefix: "    "}
	var b strings.Builder
	for line := range strings.Lines(string(printer.Text(parser.Parse(text)))) {
		b.WriteString(strings.TrimRight("  "+strings.ReplaceAll(line, "\t", "    "), " \n") + "\n")
	}
	return b.String()
}

// foldCode breaks the lines of a declaration that are too wide: in the comment at
// their end, or else between parameters.
func foldCode(code string, width int) string {
	var lines []string
	for line := range strings.SplitSeq(code, "\n") {
		before, text, hasComment := strings.Cut(line, "// ")
		indent := ansi.StringWidth(before)
		switch {
		case ansi.StringWidth(line) <= width:
			lines = append(lines, line)
		case hasComment && width-indent >= 24:
			for i, part := range foldWords(text, width-indent-3) {
				if i > 0 {
					before = strings.Repeat(" ", indent)
				}
				lines = append(lines, before+"// "+part)
			}
		default:
			lines = append(lines, foldList(line, width)...)
		}
	}
	return strings.Join(lines, "\n")
}

// foldWords breaks a text between words.
func foldWords(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case ansi.StringWidth(*last)+1+ansi.StringWidth(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

// foldList breaks a line after commas.
func foldList(line string, width int) []string {
	indent := strings.Repeat(" ", len(line)-len(strings.TrimLeft(line, " "))+4)
	var lines []string
	now := ""
	for part := range strings.SplitAfterSeq(line, ", ") {
		if now != "" && ansi.StringWidth(now+strings.TrimRight(part, " ")) > width {
			lines = append(lines, strings.TrimRight(now, " "))
			now = indent
		}
		now += part
	}
	return append(lines, now)
}

// callText shows the signature of the call being written, the parameter that
// comes next in bold, and what the function does.
func (s screen) callText(c worker.Call) string {
	text := c.Signature
	if 0 <= c.Start && c.Start < c.End && c.End <= len(text) {
		if s.color {
			text = text[:c.Start] + s.paint(styleBold, text[c.Start:c.End]) + text[c.End:]
		} else {
			text = text[:c.Start] + "*" + text[c.Start:c.End] + "*" + text[c.End:]
		}
	}
	text = "  " + text + "\n"
	if c.Text != "" {
		text += "  " + s.paint(styleDim, ansi.Truncate(c.Text, max(s.width()-3, 20), "…")) + "\n"
	}
	return text
}

// An overview of more members than this only names them.
const maxDescribed = 60

// overview lists members by kind, functions and types with what they do.
func (s screen) overview(members []worker.Member, width int) string {
	var b strings.Builder
	for _, part := range []struct{ kind, title string }{
		{"func", "Functions"}, {"type", "Types"}, {"method", "Methods"}, {"const", "Constants"}, {"var", "Variables"},
	} {
		var list []worker.Match
		widest, described := 0, false
		for _, m := range members {
			if m.Kind == part.kind {
				list = append(list, worker.Match{Text: m.Name, Info: m.Text})
				widest = max(widest, ansi.StringWidth(m.Name))
				described = described || m.Text != ""
			}
		}
		if len(list) == 0 {
			continue
		}
		b.WriteString("\n" + s.paint(styleBold, part.title) + "\n")
		if len(members) > maxDescribed || !described || part.kind == "const" || part.kind == "var" {
			b.WriteString(columns(list, widest+2, width-2))
			continue
		}
		for _, m := range list {
			line := "  " + padded(m.Text, widest) + "  "
			b.WriteString(strings.TrimRight(line+s.paint(styleDim, ansi.Truncate(m.Info, max(width-widest-4, 10), "…")), " ") + "\n")
		}
	}
	return b.String()
}
