package repl

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"strconv"

	"gaspard/kernel/worker"
)

// Eval runs cells in order on one kernel and prints what they print and show:
// output, values, and the paths and captions of figures to out, errors to err.
// The cells are asked for after the kernel has been started, as both take time.
// It returns [ErrFailed] at the first cell that fails, after saying why, and
// [ErrInterrupted] when that was Ctrl-C.
func Eval(o Options, cells func() ([]Cell, error), out, err io.Writer) error {
	kernel, failed := o.start()
	if failed != nil {
		return failed
	}
	defer kernel.Close()
	list, failed := cells()
	if failed != nil {
		return failed
	}
	// Only from here on: reading the cells must stay interruptible.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	defer signal.Stop(signals)
	show := NewRenderer(out, err, o.Graphics)
	run := running{kernel: kernel, signals: signals, pressed: show.Pressed}
	for _, c := range list {
		show.Begin(c.Name)
		end := run.execute(worker.Request{Cell: c.Name, Code: c.Code}, show.Event)
		show.End()
		switch {
		case end.Interrupted && (end.Err != nil || !end.OK):
			return ErrInterrupted
		case errors.Is(end.Err, worker.ErrDead):
			e := deathError(end.Err, c.Name)
			show.Event(worker.Event{Type: worker.EventError, Error: &e})
			return ErrFailed
		case end.Err != nil:
			return end.Err
		case !end.OK:
			return ErrFailed
		}
	}
	return nil
}

// ReadCells makes a cell of each text and then of each file, in that order; of
// everything that in holds where there are neither.
func ReadCells(texts, files []string, in io.Reader) ([]Cell, error) {
	var cells []Cell
	for _, text := range texts {
		cells = append(cells, Cell{Name: strconv.Itoa(len(cells) + 1), Code: text})
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		cells = append(cells, Cell{Name: file, Code: string(text)})
	}
	if len(cells) == 0 {
		text, err := io.ReadAll(in)
		if err != nil {
			return nil, err
		}
		cells = append(cells, Cell{Name: "1", Code: string(text)})
	}
	return cells, nil
}
