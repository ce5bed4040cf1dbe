package repl

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/charmbracelet/x/ansi"

	"gaspard/kernel/journal"
	"gaspard/kernel/worker"
)

// prompt is an interactive session.
type prompt struct {
	options Options
	editor  *editor
	out     screen
	show    *Renderer
	history *history
	journal *journal.Journal // nil until the first cell, and where it cannot be written
	signals chan os.Signal

	lock       sync.Mutex // guards what follows: a kernel may die at any time
	kernel     *worker.Client
	generation int // counts kernels
	busy       bool
	blamed     []string // cells that brought kernels down, see settle

	cells   []entry
	live    int // cells before this one were forgotten by :reset
	figures []worker.Figure
	warned  map[string]bool // what has been said once
	leave   bool
}

// Prompt runs an interactive session on the terminal that is standard input and
// output, until Ctrl-D or :quit.
func Prompt(o Options) error {
	kernel, err := o.start() // comes up while the rest is made ready
	if err != nil {
		return err
	}
	p := &prompt{
		options: o,
		kernel:  kernel, generation: 1,
		out:     newScreen(os.Stdout),
		show:    NewRenderer(os.Stdout, os.Stderr, o.Graphics),
		signals: make(chan os.Signal, 1),
		warned:  map[string]bool{},
	}
	p.show.label = true
	if p.editor, err = newEditor(p.out, present{p}); err != nil {
		kernel.Kill()
		return err
	}
	p.openHistory()
	go p.watch(kernel)
	signal.Notify(p.signals, os.Interrupt)
	defer signal.Stop(p.signals)
	go p.leaveOnSignal()
	p.greet()
	for !p.leave {
		p.step()
	}
	p.lock.Lock()
	last := p.kernel
	p.kernel = nil
	p.lock.Unlock()
	p.settle()
	p.closeJournal()
	return last.Close()
}

func (p *prompt) greet() {
	fmt.Fprintf(p.out, "%s  %s\n", p.out.paint(styleBold, "Gaspard"),
		p.out.paint(styleDim, "Go cells, optimal transport at hand. :help shows around, Ctrl-D leaves."))
	if text := abandoned(); text != "" {
		p.say(p.out.paint(styleHint, text))
	}
}

// step reads one cell or command and carries it out.
func (p *prompt) step() {
	text, err := p.readCell()
	p.settle()
	switch {
	case errors.Is(err, errCancelled):
		if p.once("leaving") {
			p.say("Ctrl-D or :quit to leave")
		}
	case errors.Is(err, io.EOF):
		fmt.Fprintln(p.out)
		p.leave = true
	case err != nil:
		p.say("gaspard: " + err.Error())
		p.leave = true
	case strings.TrimSpace(text) == "":
	case isCommandLine(text):
		p.remember(text)
		p.command(strings.TrimSpace(text))
	default:
		p.runCell(text)
	}
}

// readCell reads lines until they are a whole cell. The kernel's parser says
// when; two empty lines end the cell whatever it says.
func (p *prompt) readCell() (string, error) {
	first, more := p.prompts()
	var text string
	for {
		p.editor.offerHistory(p.history.entries)
		line, err := p.editor.readLine(first, more, text)
		switch {
		case errors.Is(err, io.EOF) && text != "" && !p.editor.keys.atEnd():
			fmt.Fprintln(p.out)
			return "", errCancelled // Ctrl-D leaves only where nothing would be lost
		case errors.Is(err, errCancelled):
			if strings.Contains(text, "\n") {
				p.history.remember(strings.TrimRight(text, "\n")) // Up brings it back
			}
			return "", errCancelled
		case err != nil:
			return "", err
		case text == "" && (strings.TrimSpace(line) == "" || isCommandLine(line)):
			return line, nil
		}
		text += line
		if p.isWhole(text) {
			return strings.TrimRight(text, " \t\n"), nil
		}
		text += "\n"
	}
}

// isWhole reports whether a cell can be run. What cannot become right by going
// on is whole, so that its error is shown.
func (p *prompt) isWhole(text string) bool {
	if strings.HasSuffix(strings.ReplaceAll(text, "\t", ""), "\n\n") {
		return true
	}
	status, err := p.current().IsComplete(text)
	return err != nil || status != worker.IsPartial
}

// prompts are those of the first line and, as wide, of the others.
func (p *prompt) prompts() (first, more string) {
	first = fmt.Sprintf("[%d] ", len(p.cells)+1)
	more = strings.Repeat(" ", max(ansi.StringWidth(first)-3, 0)) + ".. "
	return p.out.paint(stylePrompt, first), p.out.paint(styleDim, more)
}

// runCell makes a text the session's next cell: it is in the history and in the
// journal before it runs.
func (p *prompt) runCell(code string) {
	p.remember(code)
	p.enter(Cell{Name: fmt.Sprint(len(p.cells) + 1), Code: code})
}

// execution runs a cell to its end and replaces a kernel that did not survive it.
func (p *prompt) execution(c Cell, on func(worker.Event)) outcome {
	kernel := p.current()
	p.setBusy(true)
	defer p.setBusy(false)
	p.show.Begin(c.Name)
	run := running{kernel: kernel, signals: p.signals, pressed: p.show.Pressed, stubborn: func() {
		p.show.Say("The cell has not stopped. Ctrl-C again gives the kernel up: variables will be lost,\n" +
			"and :recover runs the other cells again.")
	}}
	end := run.execute(worker.Request{Cell: c.Name, Code: c.Code}, on)
	p.show.End()
	switch {
	case end.Err != nil:
		p.replace(kernel, c.Name, end)
	case end.Seconds >= 2:
		p.say(p.out.paint(styleDim, "took "+durationText(end.Seconds)))
	}
	return end
}

func (p *prompt) event(e worker.Event) {
	if e.Type == worker.EventDisplay && e.Figure != nil {
		p.figures = append(p.figures, *e.Figure)
	}
	p.show.Event(e)
}

// remember adds to the history; that it cannot be written is said once.
func (p *prompt) remember(text string) {
	if err := p.history.add(text); err != nil && p.once("history") {
		p.say("The history is not saved: " + err.Error())
	}
}

func (p *prompt) openHistory() {
	var path string
	dir, err := StateDir()
	if err == nil {
		path = filepath.Join(dir, "history")
		p.history, err = openHistory(path)
	}
	if err != nil {
		p.history = &history{}
		p.say("No history: " + err.Error())
	}
}

// once is true the first time it is asked about a subject.
func (p *prompt) once(subject string) bool {
	if p.warned[subject] {
		return false
	}
	p.warned[subject] = true
	return true
}

// say prints a line of the front end's own.
func (p *prompt) say(text string) {
	p.editor.print(strings.TrimRight(text, "\n") + "\n")
}

// leaveOnSignal gives the terminal back before a termination signal ends this
// process; the kernel follows it.
func (p *prompt) leaveOnSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP)
	s := <-signals
	p.editor.release()
	os.Exit(128 + int(s.(syscall.Signal)))
}
