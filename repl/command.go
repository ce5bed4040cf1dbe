package repl

import (
	"regexp"
	"slices"
	"strings"

	"gaspard/kernel/worker"
)

// command is one of the prompt's own.
type command struct {
	name string
	args string
	help string
	run  func(p *prompt, arg string)
}

// commands lists them in the order of :help. A function, as :help itself is one.
func commands() []command {
	return []command{
		{":help", "[NAME]", "this page, or the documentation of a name", (*prompt).help},
		{":vars", "", "the session's variables", (*prompt).vars},
		{":time", "CODE", "run CODE and say how long it took", (*prompt).time},
		{":history", "[N]", "the cells of this session, or the last N of all", (*prompt).listHistory},
		{":edit", "[N]", "edit the last cell, or cell N, in $EDITOR and run it", (*prompt).editCell},
		{":recover", "[FILE]", "run cells again whose kernel has gone, or those of a session that crashed", (*prompt).recover},
		{":save", "FILE.gnb", "write the session's cells as a notebook", (*prompt).save},
		{":figures", "", "the figures of this session and where they are", (*prompt).listFigures},
		{":reset", "", "forget all variables, functions and types", (*prompt).reset},
		{":restart", "", "start a new kernel", func(p *prompt, _ string) { p.restart() }},
		{":quit", "", "leave, as Ctrl-D does", func(p *prompt, _ string) { p.leave = true }},
	}
}

// isCommandLine tells what is for the prompt itself: no Go starts with a colon or
// a question mark, or ends with one.
func isCommandLine(text string) bool {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "\n") {
		return false
	}
	return strings.HasPrefix(text, ":") || strings.HasPrefix(text, "?") || askedName.MatchString(text)
}

// askedName is a name, or what leads to one, with a question mark behind it. What
// may hold a text or a comment is none.
var askedName = regexp.MustCompile("^[\\pL_(&*][^\"'`/?]*\\?$")

// command carries out a command line.
func (p *prompt) command(line string) {
	if name, asked := strings.CutPrefix(line, "?"); asked {
		p.help(strings.TrimSpace(name))
		return
	}
	if name, asked := strings.CutSuffix(line, "?"); asked && !strings.HasPrefix(line, ":") {
		p.help(name)
		return
	}
	name, arg, _ := strings.Cut(line, " ")
	list := commands()
	at := slices.IndexFunc(list, func(c command) bool { return c.name == name })
	if at < 0 && (name == ":q" || name == ":exit") {
		p.leave = true
		return
	}
	if at < 0 && name == ":rerun" {
		p.recover("")
		return
	}
	if at < 0 {
		p.say(unknownCommand(name))
		return
	}
	list[at].run(p, strings.TrimSpace(arg))
}

func unknownCommand(name string) string {
	best, distance := "", 3
	for _, c := range commands() {
		d := editDistance(name, c.name)
		if strings.HasPrefix(c.name, name) && len(name) > 1 {
			d = 0
		}
		if d < distance {
			best, distance = c.name, d
		}
	}
	if best == "" {
		return "There is no command " + name + "; :help lists them."
	}
	return "There is no command " + name + ". Did you mean " + best + "?"
}

// editDistance counts the insertions, deletions and substitutions of bytes that
// make one text the other.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// completeCommand completes a command's name, and a name in its argument the way
// ask does for code.
func completeCommand(line string, cursor int, ask func(string, int) worker.Reply) worker.Reply {
	word, _, hasArg := strings.Cut(line, " ")
	switch {
	case strings.HasPrefix(line, "?"):
		return ask(" "+line[1:], cursor)
	case !strings.HasPrefix(line, ":"):
		return ask(line[:len(line)-1], min(cursor, len(line)-1))
	case cursor <= len(word):
		reply := worker.Reply{End: len(word)}
		for _, c := range commands() {
			if strings.HasPrefix(c.name, line[:cursor]) {
				reply.Matches = append(reply.Matches, worker.Match{Text: c.name, Kind: "command", Info: c.help})
			}
		}
		return reply
	case hasArg && (word == ":time" || word == ":help"):
		return ask(strings.Repeat(" ", len(word))+line[len(word):], cursor)
	}
	return worker.Reply{}
}
