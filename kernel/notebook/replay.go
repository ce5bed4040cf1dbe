package notebook

import (
	"errors"
	"fmt"
	"strconv"
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
	Begin(c Cell, of int) // a code cell's turn has come, of as many
	Event(e worker.Event)
	End(c Cell, took time.Duration)
}

// Failure says where a replay stopped. It wraps the kernel's error if that was
// the cause; otherwise the cell's error has gone to the viewer.
type Failure struct {
	Path         string
	Line, Column int // of the notebook file; Column 0 where not known
	Cell         Cell
	Message      string
	Err          error
}

// Error is one line that opens with FILE:LINE:COLUMN.
func (f *Failure) Error() string {
	e := Error{Path: f.Path, Line: f.Line, Column: f.Column, Message: f.Cell.Name() + ": " + f.Message}
	return e.Error()
}

func (f *Failure) Unwrap() error { return f.Err }

// Replay runs the code cells in order on a fresh kernel. It stops at the first
// cell that fails and returns a [*Failure] that names its place. A cell tagged
// raises-exception must fail, and the replay goes on; one tagged skip-execution
// is not run; one tagged quiet does not show its last value.
//
// A notebook that was cut off is refused with an [*Error] before anything runs.
func (n *Notebook) Replay(kernel Kernel, view Viewer) error {
	if err := n.checkEnd(kernel); err != nil {
		return err
	}
	cells := n.Code()
	for _, c := range cells {
		start := time.Now()
		view.Begin(c, len(cells))
		var err error
		if !c.Has(TagSkip) {
			err = n.run(kernel, view, c)
		}
		view.End(c, time.Since(start))
		if err != nil {
			return err
		}
	}
	return nil
}

// checkEnd refuses a notebook whose text ends in the middle of its last cell: what
// was lost with the rest nobody knows.
func (n *Notebook) checkEnd(kernel Kernel) error {
	c := n.Cells[len(n.Cells)-1]
	if c.Markdown || c.Has(TagSkip) || c.Has(TagRaises) {
		return nil
	}
	status, err := kernel.IsComplete(c.Source)
	if err != nil {
		return err
	}
	if status == worker.IsPartial {
		return &Error{Path: n.Path, Line: c.Line, Message: "the notebook is unfinished: its text ends in the middle of " + c.Name() + ", which starts here"}
	}
	return nil
}

// run executes a cell and says where it failed.
func (n *Notebook) run(kernel Kernel, view Viewer, c Cell) error {
	var failed *worker.CellError
	request := worker.Request{Cell: strconv.Itoa(c.Number), Code: c.Source, Quiet: c.Has(TagQuiet)}
	reply, err := kernel.Execute(request, func(e worker.Event) {
		if e.Type == worker.EventError && failed == nil {
			failed = e.Error
		}
		view.Event(e)
	})
	f := &Failure{Path: n.Path, Line: c.Line, Cell: c, Err: err, Message: "it failed"}
	interrupted := failed != nil && failed.Kind == worker.ErrInterrupted
	switch {
	case err != nil:
		f.Message = err.Error()
		return f
	case !interrupted && c.Has(TagRaises) && reply.OK:
		f.Message = "it is tagged raises-exception, but nothing failed"
		return f
	case !interrupted && (c.Has(TagRaises) || reply.OK):
		return nil
	}
	if failed != nil {
		f.Message = failed.Message
		f.locate(n, failed)
	}
	if interrupted {
		f.Err = ErrInterrupted
	}
	return f
}

// ErrInterrupted is wrapped by the [*Failure] of a cell that was interrupted.
var ErrInterrupted = errors.New("interrupted")

// locate turns a place in a cell, which may be an earlier one, into a place in
// the file.
func (f *Failure) locate(n *Notebook, e *worker.CellError) {
	for _, c := range n.Code() {
		if strconv.Itoa(c.Number) == e.Cell && e.Line > 0 {
			f.Line, f.Column = c.Line+e.Line-1, e.Column
			if c.Number != f.Cell.Number {
				f.Message += fmt.Sprintf(" (in code of %s)", c.Name())
			}
		}
	}
}
