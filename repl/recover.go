package repl

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gaspard/kernel/journal"
	"gaspard/kernel/worker"
)

// recover brings cells back whose kernel has gone: those of this session or, if
// none of its are lost, those of the last session that ended without being
// closed, or of a given file.
func (p *prompt) recover(path string) {
	if path != "" {
		s, err := readSession(path)
		if err != nil {
			p.say("gaspard: " + err.Error())
			return
		}
		if p.journal != nil && sameFile(path, p.journal.Path()) {
			p.say("That is the journal of this session; :recover without a name brings its cells back.")
			return
		}
		p.adopt(s)
		return
	}
	if len(p.lost()) > 0 {
		p.replay()
		return
	}
	dir, err := sessionsDir()
	if err != nil {
		p.say("gaspard: " + err.Error())
		return
	}
	sessions := journal.Unclosed(dir)
	if len(sessions) == 0 {
		p.say("There is nothing to recover: no cells of this session are lost, and earlier sessions were closed.\n" +
			":recover FILE.gnb runs the cells of a journal or notebook.")
		return
	}
	p.adopt(sessions[0])
	if more := sessions[1:]; len(more) > 0 {
		var b strings.Builder
		b.WriteString("Other sessions that were not closed, for :recover NAME:\n")
		for _, s := range more {
			fmt.Fprintf(&b, "  %s  %s, %s\n", strings.TrimSuffix(filepath.Base(s.Path), ".gnb"), s.Title, plural(len(s.Cells), "cell"))
		}
		p.say(b.String())
	}
}

// adopt takes another session's cells into this one, all of them, and runs those
// that had succeeded. From then on they are this session's: if that is cut short
// they are lost cells like any other.
func (p *prompt) adopt(s *journal.Session) {
	if len(s.Cells) == 0 {
		p.say("There are no cells in " + s.Path + ".")
		return
	}
	title := s.Title
	if title == "" {
		title = s.Path
	}
	p.say(title + ":")
	for _, c := range s.Cells {
		switch c.Status {
		case "":
			c.Status = journal.OK // of a notebook, whose cells are meant to run
		case journal.Running:
			c.Status = journal.Died
		}
		if strings.TrimSpace(c.Code) != "" {
			p.add(Cell{Name: fmt.Sprint(len(p.cells) + 1), Code: c.Code}, c.Status)
		}
	}
	if p.journal != nil { // they are on disk once more
		if err := journal.MarkRecovered(s.Path); err != nil && s.State == journal.Open {
			p.say("gaspard: " + err.Error())
		}
	}
	p.replay()
}

// lost lists the cells that made something which no kernel holds any more.
func (p *prompt) lost() []int {
	kernel := p.kernelNumber()
	var lost []int
	for i := p.live; i < len(p.cells); i++ {
		if p.cells[i].status == journal.OK && p.cells[i].kernel != kernel {
			lost = append(lost, i)
		}
	}
	return lost
}

// replay runs the lost cells again, in order and without showing again what they
// showed. It stops at an interrupt and at the death of the kernel; what is left
// then is still lost, for the next :recover.
func (p *prompt) replay() {
	cells := p.lost()
	ran, failed := 0, 0
	for n, i := range cells {
		p.show.Say(p.out.paint(styleDim, fmt.Sprintf("[%d/%d] %s", n+1, len(cells), firstLine(p.cells[i].Code))))
		if p.cells[i].record >= 0 {
			p.noteStatus(entry{record: p.cells[i].record, status: journal.Running})
		}
		end := p.carryOut(i, p.silently)
		switch {
		case end.Err != nil:
			p.say(fmt.Sprintf("%s run again. :recover goes on without cell %s.", plural(ran, "cell"), p.cells[i].Name))
			return
		case !end.OK && end.Interrupted:
			p.setStatus(i, journal.OK)
			p.cells[i].kernel = 0
			p.say(fmt.Sprintf("Stopped; %s run again. :recover goes on with cell %s.", plural(ran, "cell"), p.cells[i].Name))
			return
		case !end.OK:
			failed++
		default:
			ran++
		}
	}
	p.say(p.replayed(ran, failed))
}

// replayed says what a replay has done and which cells it left out.
func (p *prompt) replayed(ran, failed int) string {
	text := plural(ran, "cell") + " run again"
	if failed > 0 {
		text += ", " + plural(failed, "cell") + " failed this time"
	}
	why := map[journal.Status]string{
		journal.Failed: "failed", journal.Interrupted: "was interrupted", journal.Died: "its kernel ended with it",
	}
	kernel := p.kernelNumber()
	var out []string
	for _, e := range p.cells[p.live:] {
		if reason := why[e.status]; reason != "" && e.kernel != kernel {
			out = append(out, e.Name+" ("+reason+")")
		}
	}
	if len(out) > 0 {
		text += "; left out: " + strings.Join(out, ", ")
	}
	return text + "."
}

func sameFile(a, b string) bool {
	one, failed := os.Stat(a)
	other, err := os.Stat(b)
	return failed == nil && err == nil && os.SameFile(one, other)
}

// silently shows of a cell that runs again only what is new: errors and progress.
// Figures are saved again, for they may show what has become of random numbers.
func (p *prompt) silently(e worker.Event) {
	switch e.Type {
	case worker.EventError, worker.EventProgress:
		p.event(e)
	case worker.EventDisplay:
		p.figures = append(p.figures, *e.Figure)
	}
}

// deathOf is the death in the error of a request; nil if it is another error.
func deathOf(err error) *worker.Death {
	var death *worker.Death
	errors.As(err, &death)
	return death
}

// deathError puts the death of a kernel into an error of the cell that is to
// blame: the one the runtime names, or else the one that ran.
func deathError(err error, running string) worker.CellError {
	e := worker.CellError{Kind: worker.ErrDied, Message: err.Error(), Cell: running}
	death := deathOf(err)
	switch {
	case death == nil || death.Cell == "" || death.Cell == running:
	case running == "":
		e.Cell, e.Hint = death.Cell, "A goroutine that the cell had started did this."
	default:
		e.Cell, e.Hint = death.Cell, "A goroutine that the cell had started did this, while cell "+running+" ran."
	}
	return e
}
