package repl

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"gaspard/kernel/worker"
)

// completionTime bounds how long Tab may hold the prompt.
const completionTime = time.Second

// Do implements readline.AutoCompleter. That interface can only append to the
// line and shows no signatures, so nothing is returned: the line is edited by
// OnChange, which is called next, and candidates are printed above it. Where an
// argument is about to be written, they are those that fit, below the signature.
func (e *editor) Do(line []rune, pos int) ([][]rune, int) {
	e.lock.Lock()
	before := e.before
	e.lock.Unlock()
	text, toCursor := plain(line), len(plain(line[:pos]))
	if strings.TrimSpace(text[:toCursor]) == "" {
		e.replace(line, pos, pos, "\t")
		return nil, 0
	}
	var reply worker.Reply
	if before == "" && isCommandLine(text) {
		reply = completeCommand(text, toCursor, func(code string, cursor int) worker.Reply {
			return answered(e.kernel.Complete, code, cursor)
		})
	} else {
		reply = answered(e.kernel.Complete, before+text, len(before)+toCursor)
		reply.Start, reply.End = reply.Start-len(before), reply.End-len(before)
	}
	start, end, matches := reply.Start, reply.End, reply.Matches
	if start < 0 || start > toCursor || end > len(text) {
		return nil, 0
	}
	if reply.Call != nil && (len(matches) == 0 || start == toCursor) {
		e.print(e.out.callText(*reply.Call) + e.out.matchList(matches))
		return nil, 0
	}
	if len(matches) == 0 {
		return nil, 0
	}
	common := commonPrefix(matches)
	if end = max(end, toCursor); len(common) > toCursor-start || len(matches) == 1 {
		e.replace(line, utf8.RuneCountInString(text[:start]), utf8.RuneCountInString(text[:end]), common)
		return nil, 0
	}
	e.print(e.out.matchList(matches))
	return nil, 0
}

// document prints the documentation of what the cursor is at.
func (e *editor) document(line []rune, pos int) {
	e.lock.Lock()
	before := e.before
	e.lock.Unlock()
	text, toCursor := plain(line), len(plain(line[:pos]))
	if before == "" && strings.HasPrefix(text, "?") {
		text = " " + text[1:]
	}
	if doc := answered(e.kernel.Inspect, before+text, len(before)+toCursor).Doc; doc != nil {
		e.print(e.out.docText(*doc))
	}
}

// plain is the text of a line, with one rune for each of its runes.
func plain(line []rune) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == lineBreak:
			return '\n'
		case isOwnRune(r):
			return ' '
		}
		return r
	}, string(line))
}

// replace asks OnChange to put text in place of the runes from start to end.
func (e *editor) replace(line []rune, start, end int, text string) {
	changed := append([]rune{}, line[:start]...)
	changed = append(changed, []rune(text)...)
	at := len(changed)
	changed = append(changed, line[end:]...)
	e.lock.Lock()
	e.edit = &edit{changed, at}
	e.lock.Unlock()
}

// answered asks the kernel, but not for longer than a person would wait.
func answered(ask func(string, int) (worker.Reply, error), code string, cursor int) worker.Reply {
	answer := make(chan worker.Reply, 1)
	go func() {
		reply, err := ask(code, cursor)
		if err != nil {
			reply = worker.Reply{}
		}
		answer <- reply
	}()
	select {
	case reply := <-answer:
		return reply
	case <-time.After(completionTime):
		return worker.Reply{}
	}
}

func commonPrefix(matches []worker.Match) string {
	prefix := matches[0].Text
	for _, m := range matches[1:] {
		n := 0
		for n < len(prefix) && n < len(m.Text) && prefix[n] == m.Text[n] {
			n++
		}
		prefix = prefix[:n]
	}
	for !utf8.ValidString(prefix) {
		prefix = prefix[:len(prefix)-1]
	}
	return prefix
}

// Limits of a printed list of candidates.
const (
	maxDetailed = 16  // as many get a line each, with their signature
	maxListed   = 120 // as many are shown at all
)

// matchList lays out candidates: few with their signatures, many in columns.
func (s screen) matchList(matches []worker.Match) string {
	var b strings.Builder
	hidden := max(len(matches)-maxListed, 0)
	matches = matches[:len(matches)-hidden]
	widest := 0
	for _, m := range matches {
		widest = max(widest, ansi.StringWidth(m.Text))
	}
	width := s.width()
	if len(matches) <= maxDetailed {
		for _, m := range matches {
			info := m.Info
			if info == "" {
				info = m.Kind
			}
			pad := strings.Repeat(" ", widest-ansi.StringWidth(m.Text)+2)
			info = ansi.Truncate(info, max(width-widest-5, 0), "…")
			b.WriteString("  " + m.Text + pad + s.paint(styleDim, info) + "\n")
		}
	} else {
		b.WriteString(columns(matches, widest+2, width-2))
	}
	if hidden > 0 {
		fmt.Fprintf(&b, "  and %d more\n", hidden)
	}
	return b.String()
}

// columns fills columns from top to bottom, as ls does.
func columns(matches []worker.Match, cell, width int) string {
	perRow := max(width/cell, 1)
	rows := (len(matches) + perRow - 1) / perRow
	var b strings.Builder
	for row := range rows {
		line := "  "
		for i := row; i < len(matches); i += rows {
			text := matches[i].Text
			line += text + strings.Repeat(" ", max(cell-ansi.StringWidth(text), 0))
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
