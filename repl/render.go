package repl

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"gaspard/kernel/worker"
	"gaspard/repl/picture"
)

// Renderer shows the events of cells: what they print as it comes, values,
// figures, errors with a caret, and one progress line where a person is
// watching. On pipes and files it writes plain text and nothing that a cell
// did not print or show. Its methods may be called from any goroutine.
type Renderer struct {
	lock sync.Mutex
	out  screen
	err  screen
	// openOut and openErr say that the last line written has not been ended;
	// on a terminal both streams share one line.
	openOut, openErr bool
	bar              bool // a progress line is on the screen
	curves           trails
	label            bool // values are labelled Out[n]
	cell             string
	graphics         picture.Protocol // how figures appear in out
}

// NewRenderer returns a renderer that writes what cells print and show to out,
// and errors, notes and progress to err. Colours, the progress line and
// pictures appear only where these are terminals; graphics says how pictures
// do, see [Options].
func NewRenderer(out, err io.Writer, graphics string) *Renderer {
	r := &Renderer{out: newScreen(out), err: newScreen(err)}
	r.graphics = picture.Detect(os.Getenv, r.out.tty, graphics)
	return r
}

// Begin says that a cell starts; its name labels the values it shows.
func (r *Renderer) Begin(cell string) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.cell = cell
}

// End says that the cell has ended: the progress line goes, and a line that the
// cell left open on a terminal is ended.
func (r *Renderer) End() {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.eraseBar()
	if r.out.tty {
		r.closeLine(&r.out)
	}
	if r.err.tty {
		r.closeLine(&r.err)
	}
}

// Event shows one event of the running cell.
func (r *Renderer) Event(e worker.Event) {
	r.lock.Lock()
	defer r.lock.Unlock()
	switch e.Type {
	case worker.EventStream:
		to := &r.out
		if e.Name == "stderr" {
			to = &r.err
		}
		r.write(to, e.Text)
	case worker.EventResult:
		r.result(e.Text)
	case worker.EventDisplay:
		if e.Figure != nil {
			r.figure(*e.Figure)
		}
	case worker.EventNote:
		r.closeLine(&r.err)
		r.write(&r.err, r.err.paint(styleDim, "note: "+strings.TrimRight(e.Text, "\n"))+"\n")
	case worker.EventError:
		if e.Error != nil {
			r.closeLine(&r.err)
			r.write(&r.err, r.err.errorText(*e.Error))
		}
	case worker.EventProgress:
		if e.Progress != nil {
			r.progress(*e.Progress)
		}
	}
}

// Say writes a line of the front end's own to the error stream.
func (r *Renderer) Say(text string) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.closeLine(&r.err)
	r.write(&r.err, strings.TrimRight(text, "\n")+"\n")
}

// Pressed says that Ctrl-C was pressed: a terminal has shown it as ^C.
func (r *Renderer) Pressed() {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.eraseBar()
	r.openOut = r.openOut || r.out.tty
	r.openErr = r.openErr || r.err.tty
}

// write puts text on a screen and remembers whether it ended its line.
func (r *Renderer) write(to *screen, text string) {
	if text == "" {
		return
	}
	r.eraseBar()
	_, _ = io.WriteString(to, text)
	open := !strings.HasSuffix(text, "\n")
	if to == &r.out || (to.tty && r.out.tty) {
		r.openOut = open
	}
	if to == &r.err || (to.tty && r.err.tty) {
		r.openErr = open
	}
}

// closeLine ends an unfinished line of a screen.
func (r *Renderer) closeLine(s *screen) {
	open := r.openErr
	if s == &r.out {
		open = r.openOut
	}
	if open {
		r.write(s, "\n")
	}
}

// result shows the value of a cell's last expression. A value of several lines
// starts on a line of its own, so that its columns stay aligned.
func (r *Renderer) result(text string) {
	r.closeLine(&r.out)
	text = strings.TrimRight(text, "\n")
	if r.label {
		separator := " "
		if strings.Contains(text, "\n") {
			separator = "\n"
		}
		text = r.out.paint(styleResult, "Out["+r.cell+"]") + separator + text
	}
	r.write(&r.out, text+"\n")
}

// figure shows a saved figure: the picture where the terminal can, its number,
// path and caption always.
func (r *Renderer) figure(f worker.Figure) {
	r.closeLine(&r.out)
	if r.graphics != picture.None {
		if png, err := os.ReadFile(f.Path); err == nil {
			r.eraseBar()
			columns, rows := r.out.size()
			// Where it fails, the line below stands in for it.
			_ = picture.Show(r.out, png, columns-1, rows*2/3, r.graphics)
		}
	}
	path := shortPath(f.Path)
	line := fmt.Sprintf("figure %d: %s", f.Number, r.out.link(f.Path, path))
	if f.Caption != "" {
		line += "  " + f.Caption
	}
	r.write(&r.out, line+"\n")
}

// shortPath is relative to the working directory where that is below it.
func shortPath(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	relative, err := filepath.Rel(dir, path)
	if err != nil || !filepath.IsLocal(relative) {
		return path
	}
	return relative
}

// link makes text clickable on a terminal (OSC 8).
func (s screen) link(path, text string) string {
	if !s.color || !filepath.IsAbs(path) {
		return text
	}
	return "\x1b]8;;file://" + filepath.ToSlash(path) + "\x1b\\" + text + "\x1b]8;;\x1b\\"
}

// progress redraws the progress line. It stays away while a cell has left a
// line open: erasing the bar would take that text with it.
func (r *Renderer) progress(p worker.Progress) {
	if !r.err.tty {
		return
	}
	r.curves.see(p)
	if r.openErr || (r.out.tty && r.openOut) {
		return
	}
	text := progressText(p, &r.curves, r.err.width())
	_, _ = io.WriteString(r.err, "\r\x1b[K"+r.err.paint(styleDim, text))
	r.bar = true
}

func (r *Renderer) eraseBar() {
	if r.bar {
		_, _ = io.WriteString(r.err, "\r\x1b[K")
		r.bar = false
	}
}
