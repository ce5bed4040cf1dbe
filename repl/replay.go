package repl

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"gaspard/kernel/notebook"
	"gaspard/kernel/worker"
)

// Replay runs a notebook file on a fresh kernel, its parameters set as
// [notebook.Notebook.Set] does: what cells print and show goes to out, a line for
// each cell and errors to err. It returns [ErrFailed] at the first cell that
// fails, after saying where, and [ErrInterrupted] after Ctrl-C.
func Replay(o Options, path string, parameters []string, out, err io.Writer) error {
	n, failed := notebook.Read(path)
	if failed != nil {
		return failed
	}
	if failed := n.Set(parameters); failed != nil {
		return fmt.Errorf("%s: %w", path, failed)
	}
	kernel, failed := o.start()
	if failed != nil {
		return failed
	}
	defer kernel.Close()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	defer signal.Stop(signals)
	show := NewRenderer(out, err, o.Graphics)
	r := &replay{
		Client: kernel,
		limit:  o.Kernel.Limits.Time,
		run:    running{kernel: kernel, signals: signals, pressed: show.Pressed},
		show:   show,
		err:    newScreen(err),
	}
	start := time.Now()
	failed = n.Replay(path, r, r)
	var where *notebook.Failure
	switch {
	case errors.As(failed, &where):
		r.show.Say(where.Error())
		if r.interrupted {
			return ErrInterrupted
		}
		return ErrFailed
	case failed != nil:
		return failed
	case r.interrupted:
		return ErrInterrupted
	}
	r.show.Say(r.err.paint(styleDim, r.summary(time.Since(start))))
	return nil
}

// replay is the kernel and the viewer of a notebook's replay: Ctrl-C reaches the
// cell, events the renderer.
type replay struct {
	*worker.Client
	limit time.Duration // of every cell; 0 for none
	run   running
	show  *Renderer
	err   screen

	ran, skipped, figures int
	interrupted           bool // Ctrl-C, whatever the cell made of it
}

// Execute implements notebook.Kernel.
func (r *replay) Execute(request worker.Request, on func(worker.Event)) (worker.Reply, error) {
	if r.limit > 0 && request.Timeout > r.limit.Seconds() {
		request.Timeout = 0 // a notebook may not allow itself more than the user does
	}
	end := r.run.execute(request, on)
	r.interrupted = end.Interrupted
	if end.Interrupted && end.Err == nil && end.OK {
		// The cell ended just before the interrupt came; the replay stops all the same.
		return end.Reply, ErrInterrupted
	}
	return end.Reply, end.Err
}

// Begin implements notebook.Viewer.
func (r *replay) Begin(s notebook.Step) {
	r.show.Begin(fmt.Sprint(s.Number))
	label := s.Label()
	if label == "" {
		label = firstLine(s.Source)
	}
	if s.Skipped {
		label += "  (skipped)"
		r.skipped++
	} else {
		r.ran++
	}
	place := fmt.Sprintf("[%*d/%d]", len(fmt.Sprint(s.Of)), s.Number, s.Of)
	r.show.Say(r.err.paint(stylePrompt, place) + " " + label)
}

// Event implements notebook.Viewer.
func (r *replay) Event(e worker.Event) {
	if e.Type == worker.EventDisplay {
		r.figures++
	}
	r.show.Event(e)
}

// End implements notebook.Viewer.
func (r *replay) End(_ notebook.Step, took time.Duration) {
	r.show.End()
	if seconds := took.Seconds(); seconds >= 1 {
		r.show.Say(r.err.paint(styleDim, "took "+durationText(seconds)))
	}
}

func (r *replay) summary(took time.Duration) string {
	parts := []string{plural(r.ran, "cell") + " run"}
	if r.skipped > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped", r.skipped))
	}
	if r.figures > 0 {
		parts = append(parts, plural(r.figures, "figure"))
	}
	return strings.Join(append(parts, durationText(took.Seconds())), ", ")
}
