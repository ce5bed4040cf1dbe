package worker

import (
	"errors"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// Death is the error of a request whose kernel has died.
type Death struct {
	Cause string // a sentence without its full stop
	// Cell is the cell whose goroutine brought the kernel down, where the
	// runtime's report says so. It may be an earlier one than the cell that ran.
	Cell string
}

func (d *Death) Error() string { return ErrDead.Error() + ": " + d.Cause }

// Unwrap makes a Death an [ErrDead].
func (d *Death) Unwrap() error { return ErrDead }

// LastWords opens the line that a kernel which ends itself writes to its
// standard error, to say why.
const LastWords = "gaspard: "

// CellLabel is the goroutine label that names the cell a goroutine works for.
// Goroutines inherit it from the one that starts them, and the runtime prints it
// when one of them brings the process down.
const CellLabel = "cell"

// showLabels returns GODEBUG with the setting under which the runtime prints
// goroutine labels in its reports.
func showLabels(godebug string) string {
	const setting = "tracebacklabels=1"
	if godebug == "" || godebug == setting {
		return setting
	}
	return godebug + "," + setting
}

// causes are the endings of a Go program that have a plainer name. Each is
// looked for at the beginning of the runtime's lines, in the order given.
var causes = []struct{ line, plain string }{
	{LastWords, ""},
	{"runtime: goroutine stack exceeds", "endless recursion: the stack grew beyond its limit of 256 MB"},
	{"fatal error: stack overflow", "endless recursion: the stack grew beyond its limit of 256 MB"},
	{"runtime: out of memory", "out of memory"},
	{"fatal error: runtime: out of memory", "out of memory"},
	{"fatal error: runtime: cannot allocate memory", "out of memory"},
	{"fatal error: out of memory", "out of memory"},
	{"fatal error: runtime: cannot map pages", "out of memory"},
	{"fatal error: concurrent map", "two goroutines used a map at the same time, without a lock"},
	{"fatal error: sync: ", ""},
	{"fatal error: ", ""},
	{"panic: ", ""},
	{"SIG", ""},
}

// readDeath reads why a kernel ended from what the runtime wrote last and from
// how the process ended.
func readDeath(wait error, stderr string) *Death {
	d := &Death{}
	if m := cellLabel.FindStringSubmatch(crashedGoroutine.FindString(stderr)); m != nil {
		if cell, err := strconv.Unquote(m[1]); err == nil {
			d.Cell = cell
		}
	}
	for _, c := range causes {
		for line := range strings.Lines(stderr) {
			line = strings.TrimSpace(line)
			rest, ok := strings.CutPrefix(line, c.line)
			switch {
			case !ok:
			case c.line == LastWords:
				d.Cause = rest
				return d
			case c.plain != "":
				d.Cause = c.plain
				return d
			default:
				line = strings.TrimPrefix(line, "fatal error: ")
				d.Cause = strings.TrimSuffix(line, " [recovered, repanicked]")
				return d
			}
		}
	}
	d.Cause = exitText(wait)
	return d
}

// crashedGoroutine finds the header of the first goroutine in the runtime's
// report, which is the one that crashed. Number 0 is the scheduler's.
var crashedGoroutine = regexp.MustCompile(`(?m)^goroutine [1-9]\d* .*\[.*\]:$`)

var cellLabel = regexp.MustCompile(`labels:\{.*"` + CellLabel + `": ("(?:[^"\\]|\\.)*")`)

// exitText says how a process ended that left no word.
func exitText(wait error) string {
	var exit *exec.ExitError
	switch {
	case wait == nil:
		return "it exited"
	case errors.As(wait, &exit) && exit.String() == "signal: killed":
		return "it was killed from outside, by a user or by the system for want of memory"
	}
	return wait.Error()
}
