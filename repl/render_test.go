package repl

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gaspard/kernel/worker"
)

// terminal is a renderer whose two streams share one screen without colours.
func terminal(width int) (*Renderer, *bytes.Buffer) {
	var b bytes.Buffer
	s := screen{Writer: &b, tty: true, width: func() int { return width }}
	return &Renderer{out: s, err: s}, &b
}

func stream(name, text string) worker.Event {
	return worker.Event{Type: worker.EventStream, Name: name, Text: text}
}

func result(text string) worker.Event {
	return worker.Event{Type: worker.EventResult, Text: text}
}

func progress(done, total int) worker.Event {
	return worker.Event{Type: worker.EventProgress, Progress: &worker.Progress{Task: "fit", Done: done, Total: total, Seconds: 1}}
}

func TestPipesGetWhatTheCellWrote(t *testing.T) {
	var out, err bytes.Buffer
	r := NewRenderer(&out, &err)
	r.Begin("1")
	for _, e := range []worker.Event{
		stream("stdout", "no line end"), progress(1, 2), stream("stderr", "trouble"), result("42\n"),
		{Type: worker.EventDisplay, Figure: &worker.Figure{Number: 1, Path: "/tmp/f.png", Caption: "a map"}},
		{Type: worker.EventNote, Text: "x is new\n"},
		{Type: worker.EventDisplay}, {Type: worker.EventError}, {Type: worker.EventProgress}, {Type: "unheard of"},
	} {
		r.Event(e)
	}
	r.End()
	if want := "no line end\n42\nfigure 1: /tmp/f.png  a map\n"; out.String() != want {
		t.Errorf("out %q, want %q", out.String(), want)
	}
	if want := "trouble\nnote: x is new\n"; err.String() != want {
		t.Errorf("err %q, want %q", err.String(), want)
	}
}

func TestAPipeIsNotGivenALineEndTheCellDidNotPrint(t *testing.T) {
	var out, err bytes.Buffer
	r := NewRenderer(&out, &err)
	r.Begin("1")
	r.Event(stream("stdout", "1 2"))
	r.End()
	r.Begin("2")
	r.Event(stream("stdout", " 3"))
	r.End()
	if out.String() != "1 2 3" {
		t.Errorf("got %q", out.String())
	}
}

func TestATerminalEndsOpenLines(t *testing.T) {
	r, b := terminal(80)
	r.Begin("1")
	r.Event(stream("stdout", "open"))
	r.Event(worker.Event{Type: worker.EventError, Error: &worker.CellError{Message: "boom"}})
	r.Event(stream("stderr", "open too"))
	r.End()
	if want := "open\nboom\nopen too\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestLabelledValues(t *testing.T) {
	r, b := terminal(80)
	r.label = true
	r.Begin("7")
	r.Event(result("3.5"))
	r.Event(result("⎡1  2⎤\n⎣3  4⎦"))
	if want := "Out[7] 3.5\nOut[7]\n⎡1  2⎤\n⎣3  4⎦\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestTheProgressLineGoesBeforeAnythingElse(t *testing.T) {
	const erase = "\r\x1b[K"
	bar := erase + "fit  ██████████░░░░░░░░░░  1/2  1.0/s  1.0s left"
	others := map[string]worker.Event{
		"output": stream("stdout", "hello\n"),
		"value":  result("hello"),
		"error":  {Type: worker.EventError, Error: &worker.CellError{Message: "hello"}},
	}
	for name, e := range others {
		r, b := terminal(80)
		r.Event(progress(1, 2))
		r.Event(e)
		if want := bar + erase + "hello\n"; b.String() != want {
			t.Errorf("%s: got %q, want %q", name, b.String(), want)
		}
	}
	r, b := terminal(80)
	r.Event(progress(1, 2))
	r.End()
	r.Say("done")
	if want := bar + erase + "done\n"; b.String() != want {
		t.Errorf("end: got %q, want %q", b.String(), want)
	}
}

func TestTheProgressLineStaysAwayFromOpenLines(t *testing.T) {
	r, b := terminal(80)
	r.Event(stream("stdout", "step 1"))
	r.Event(progress(1, 2))
	r.Event(stream("stdout", ", step 2\n"))
	if want := "step 1, step 2\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestPictures(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.png")
	if err := os.WriteFile(path, []byte("pixels"), 0o600); err != nil {
		t.Fatal(err)
	}
	show := func(r *Renderer, path string) {
		r.picture = func(w io.Writer, png []byte, caption string) error {
			_, err := io.WriteString(w, "<"+string(png)+" "+caption+">\n")
			return errors.Join(err, errors.New("a failure of the picture is not one of the cell"))
		}
		r.Event(worker.Event{Type: worker.EventDisplay, Figure: &worker.Figure{Number: 2, Path: path, Caption: "c"}})
	}
	r, b := terminal(80)
	show(r, path)
	if want := "<pixels c>\nfigure 2: " + path + "  c\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	r, b = terminal(80)
	show(r, path+".gone")
	if want := "figure 2: " + path + ".gone  c\n"; b.String() != want {
		t.Errorf("without a file: got %q, want %q", b.String(), want)
	}
	var pipe bytes.Buffer
	show(NewRenderer(&pipe, io.Discard), path)
	if want := "figure 2: " + path + "  c\n"; pipe.String() != want {
		t.Errorf("on a pipe: got %q, want %q", pipe.String(), want)
	}
}

func TestShortPath(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if got, want := shortPath(filepath.Join(dir, "figures", "a.png")), filepath.Join("figures", "a.png"); got != want {
		t.Errorf("below: %q, want %q", got, want)
	}
	above := filepath.Join(filepath.Dir(dir), "a.png")
	if got := shortPath(above); got != above {
		t.Errorf("beside: %q, want %q", got, above)
	}
}

func TestColoursAreOnlyAddedTo(t *testing.T) {
	e := worker.CellError{
		Message: "undefined: y", Cell: "3", Line: 2, Column: 6, Source: "x := y", Hint: "h", Stack: []string{"main.f"},
	}
	plain := screen{}.errorText(e)
	painted := screen{color: true}.errorText(e)
	if strings.Contains(plain, "\x1b") || !strings.Contains(painted, "\x1b[") {
		t.Errorf("plain %q, painted %q", plain, painted)
	}
	for _, s := range []style{styleBold, styleError, styleCaret, styleHint, styleDim} {
		painted = strings.ReplaceAll(painted, "\x1b["+string(s)+"m", "")
	}
	if got := strings.ReplaceAll(painted, "\x1b[0m", ""); got != plain {
		t.Errorf("without colours %q, want %q", got, plain)
	}
}
