package repl

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"gaspard/kernel/journal"
	"gaspard/kernel/worker"
)

// entry is a cell of this session.
type entry struct {
	Cell
	status journal.Status
	record int // its number in the journal; -1 where it could not be written
	kernel int // the kernel that holds what it made, counted from 1; 0 if none does
}

// enter makes a text the session's next cell and runs it. It is in the journal
// before it runs.
func (p *prompt) enter(cell Cell) outcome {
	p.add(cell, journal.Running)
	return p.carryOut(len(p.cells)-1, p.event)
}

// add makes a cell the session's next one.
func (p *prompt) add(cell Cell, status journal.Status) {
	e := entry{Cell: cell, status: status, record: p.record(cell)}
	if status != journal.Running {
		p.noteStatus(e)
	}
	p.cells = append(p.cells, e)
}

// carryOut runs cell i and notes in the journal how it ended.
func (p *prompt) carryOut(i int, on func(worker.Event)) outcome {
	p.current() // a dead kernel is replaced before the count is read
	kernel := p.kernelNumber()
	end := p.execution(p.cells[i].Cell, on)
	p.cells[i].kernel = kernel
	status := journal.Failed
	switch {
	case end.Err != nil:
		status = journal.Died
		if death := deathOf(end.Err); death != nil && death.Cell != "" && death.Cell != p.cells[i].Name {
			status = journal.Interrupted // another cell brought the kernel down
		}
	case end.OK:
		status = journal.OK
	case end.Interrupted:
		status = journal.Interrupted
	}
	p.setStatus(i, status)
	p.settle()
	return end
}

func (p *prompt) setStatus(i int, status journal.Status) {
	p.cells[i].status = status
	p.noteStatus(p.cells[i])
}

// settle marks the cells that have been found to bring a kernel down, perhaps
// long after they ended.
func (p *prompt) settle() {
	p.lock.Lock()
	blamed := p.blamed
	p.blamed = nil
	p.lock.Unlock()
	for _, name := range blamed {
		if i := slices.IndexFunc(p.cells, func(e entry) bool { return e.Name == name }); i >= 0 {
			p.setStatus(i, journal.Died)
		}
	}
}

// record writes a cell to the session's journal; that it cannot be written is
// said once.
func (p *prompt) record(c Cell) int {
	err := p.openJournal()
	if err == nil && p.journal != nil {
		var n int
		if n, err = p.journal.Begin(c.Name, c.Code); err == nil {
			return n
		}
	}
	if err != nil && p.once("journal") {
		p.say("The session is not saved: " + err.Error())
	}
	return -1
}

func (p *prompt) noteStatus(e entry) {
	if e.record < 0 {
		return
	}
	if err := p.journal.End(e.record, e.status); err != nil && p.once("journal") {
		p.say("How cells end is not saved: " + err.Error())
	}
}

// sessionsDir is where the journals of all sessions are.
func sessionsDir() (string, error) {
	dir, err := StateDir()
	return filepath.Join(dir, "sessions"), err
}

func (p *prompt) openJournal() error {
	if p.journal != nil || p.warned["journal"] {
		return nil
	}
	dir, err := sessionsDir()
	if err != nil {
		return err
	}
	opened, err := journal.Create(dir, time.Now())
	if err != nil {
		return err
	}
	p.lock.Lock()
	p.journal = opened
	p.lock.Unlock()
	return nil
}

// closeJournal marks the session as ended by its user.
func (p *prompt) closeJournal() {
	if p.journal == nil {
		return
	}
	if err := p.journal.Close(); err != nil {
		p.say("The session's journal could not be closed: " + err.Error())
	}
}

// abandoned is what to say at the start if the last session ended in a crash.
func abandoned() string {
	dir, err := sessionsDir()
	if err != nil {
		return ""
	}
	s := journal.LastUnclosed(dir)
	if s == nil {
		return ""
	}
	text := "The last session was not closed; :recover brings its " + plural(len(s.Cells), "cell") + " back"
	if last := s.Cells[len(s.Cells)-1]; last.Status == journal.Running {
		text += ", but for cell " + last.Name + ", which was running"
	}
	return text + "."
}

// readSession reads the cells of a file: a journal, or a notebook.
func readSession(path string) (*journal.Session, error) {
	if _, err := os.Stat(path); os.IsNotExist(err) {
		if dir, failed := sessionsDir(); failed == nil {
			for _, name := range []string{path, path + ".gnb"} { // as the list names them
				if s, err := journal.Read(filepath.Join(dir, filepath.Base(name))); err == nil {
					return s, nil
				}
			}
		}
	}
	return journal.Read(path)
}
