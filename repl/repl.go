// Package repl is the terminal front end: it reads cells, hands them to a
// kernel and shows what comes back.
//
// [Prompt] is the interactive session, [Eval] runs given cells and prints what
// they print. Both show the events of cells through a [Renderer], which a replay
// of a notebook uses as well.
package repl

import (
	"errors"

	"gaspard/kernel/worker"
)

// Options says how a front end runs. The zero value is the default.
type Options struct {
	// Figures is the folder where figures are saved; "" means ./figures.
	Figures string
	// Graphics says how figures appear in the terminal: "auto" (or ""), "kitty",
	// "iterm", "sixel", "blocks" or "none".
	Graphics string
	// Kernel says how kernels are started; Figures above overrides its Figures.
	Kernel worker.Options
}

// Cell is a piece of Go to run. Name stands in error positions: a number or the
// name of a file.
type Cell struct {
	Name string
	Code string
}

var (
	// ErrFailed says that a cell failed; what went wrong has been shown.
	ErrFailed = errors.New("a cell failed")
	// ErrInterrupted says that the user stopped a cell with Ctrl-C.
	ErrInterrupted = errors.New("interrupted")
)

// start runs a kernel as the options say.
func (o Options) start() (*worker.Client, error) {
	settings := o.Kernel
	if o.Figures != "" {
		settings.Figures = o.Figures
	}
	return worker.Start(settings)
}
