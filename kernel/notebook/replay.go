package notebook

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"gaspard/kernel/worker"
)

// Kernel is what a replay needs of a kernel; [*worker.Client] is one.
type Kernel interface {
	Execute(r worker.Request, on func(worker.Event)) (worker.Reply, error)
	IsComplete(code string) (string, error)
}

// Viewer watches a replay. Skipped cells are announced and ended as the others
// are.
type Viewer interface {
	Begin(s Step)
	Event(e worker.Event)
	End(s Step, took time.Duration)
}

// Timeout is how long the cell may take, as its metadata timeout says, in seconds
// or as in "2m"; 0 if it says nothing.
func (c *Cell) Timeout() (time.Duration, error) {
	text := c.Get("timeout")
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if seconds, failed := strconv.ParseFloat(text, 64); failed == nil && seconds > 0 {
		d, err = time.Duration(min(seconds*float64(time.Second), math.MaxInt64/2)), nil
	}
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("the cell's metadata timeout is %q; write seconds, or a duration such as 2m", text)
	}
	return d, nil
}

// Step is a code cell's turn in a replay. The number, counted from 1 over the
// code cells, is the cell's name in errors.
type Step struct {
	Cell
	Number, Of int
	Skipped    bool
}

// Label is what a person calls the cell besides its number: its name or its id;
// "" if it has neither.
func (s Step) Label() string {
	if s.Name != "" {
		return s.Name
	}
	return s.ID()
}

// String writes "cell 3 (clouds)".
func (s Step) String() string {
	text := fmt.Sprintf("cell %d", s.Number)
	if label := s.Label(); label != "" {
		text += " (" + label + ")"
	}
	return text
}

// Failure says where a replay stopped. It wraps the kernel's error, or
// [ErrInterrupted], if that was the cause; an error of the cell itself has also
// gone to the viewer.
type Failure struct {
	Name         string // of the file
	Line, Column int    // of the file; Column 0 where not known
	Step         Step
	Message      string
	Err          error
}

// Error is one line that opens with FILE:LINE:COLUMN.
func (f *Failure) Error() string {
	place := fmt.Sprintf("%s:%d", f.Name, f.Line)
	if f.Column > 0 {
		place += fmt.Sprintf(":%d", f.Column)
	}
	return fmt.Sprintf("%s: %v: %s", place, f.Step, f.Message)
}

func (f *Failure) Unwrap() error { return f.Err }

// ErrInterrupted is wrapped by the [*Failure] of a cell that was interrupted.
var ErrInterrupted = errors.New("interrupted")

// replay is a notebook being replayed.
type replay struct {
	name   string
	kernel Kernel
	view   Viewer
	steps  []Step
}

// Replay runs the cells of Go in order on a fresh kernel; name stands for the
// file in errors. It stops at the first cell that fails, with a [*Failure] that
// names the place. A cell tagged raises-exception must fail, and the replay goes
// on; one tagged skip-execution is not run; one tagged quiet does not show its
// last value. A cell that takes longer than its timeout is stopped, and has failed
// whatever its tags.
//
// A notebook whose text ends in the middle of a cell is refused, with a
// [*ParseError], before anything runs.
func (n *Notebook) Replay(name string, kernel Kernel, view Viewer) error {
	r := &replay{name: name, kernel: kernel, view: view}
	for _, c := range n.Cells {
		if c.Kind == Code {
			if _, err := c.Timeout(); err != nil {
				return &ParseError{name, c.Line, err.Error()}
			}
			r.steps = append(r.steps, Step{Cell: c, Number: len(r.steps) + 1, Skipped: c.Has(TagSkipExecution)})
		}
	}
	if len(r.steps) == 0 {
		return &ParseError{name, 1, "the notebook has no cell of Go; cells start with a line // %%"}
	}
	if err := r.checkEnd(n.Cells[len(n.Cells)-1]); err != nil {
		return err
	}
	for _, s := range r.steps {
		s.Of = len(r.steps)
		start := time.Now()
		view.Begin(s)
		var err error
		if !s.Skipped {
			err = r.run(s)
		}
		view.End(s, time.Since(start))
		if err != nil {
			return err
		}
	}
	return nil
}

// checkEnd looks at a notebook's last cell: an unfinished one means that the file
// was cut off, and nobody knows what was lost with the rest.
func (r *replay) checkEnd(last Cell) error {
	if last.Kind != Code || last.Has(TagSkipExecution) || last.Has(TagRaises) {
		return nil
	}
	status, err := r.kernel.IsComplete(last.Source)
	if err != nil {
		return err
	}
	if status == worker.IsPartial {
		return &ParseError{r.name, last.Line, fmt.Sprintf(
			"the notebook is unfinished: its text ends in the middle of %v, which starts here", r.steps[len(r.steps)-1])}
	}
	return nil
}

// run executes a cell and says where it failed.
func (r *replay) run(s Step) error {
	var failed *worker.CellError
	timeout, err := s.Timeout()
	if err != nil {
		return err
	}
	request := worker.Request{
		Cell: strconv.Itoa(s.Number), Code: s.Source, Quiet: s.Has(TagQuiet), Timeout: timeout.Seconds(),
	}
	reply, err := r.kernel.Execute(request, func(e worker.Event) {
		if e.Type == worker.EventError && failed == nil {
			failed = e.Error
		}
		r.view.Event(e)
	})
	f := &Failure{Name: r.name, Line: s.Line, Step: s, Err: err, Message: "it failed"}
	interrupted := failed != nil && failed.Kind == worker.ErrInterrupted
	stopped := interrupted || failed != nil && failed.Kind == worker.ErrLimit
	switch {
	case err != nil:
		f.Message = err.Error()
		return f
	case !stopped && s.Has(TagRaises) && reply.OK:
		f.Message = "it is tagged raises-exception, but nothing failed"
		return f
	case !stopped && (s.Has(TagRaises) || reply.OK):
		return nil
	}
	if failed != nil {
		f.Message, _, _ = strings.Cut(failed.Message, "\n")
		r.locate(f, failed)
	}
	if interrupted {
		f.Err = ErrInterrupted
	}
	return f
}

// locate turns a place in a cell, which may be an earlier one, into a place in
// the file.
func (r *replay) locate(f *Failure, e *worker.CellError) {
	at, err := strconv.Atoi(e.Cell)
	if err != nil || at < 1 || at > len(r.steps) || e.Line < 1 {
		return
	}
	f.Line, f.Column = r.steps[at-1].Line+e.Line-1, e.Column
	if at != f.Step.Number {
		f.Message += fmt.Sprintf(" (in code of %v)", r.steps[at-1])
	}
}
