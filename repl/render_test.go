package repl

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gaspard/kernel/worker"
	"gaspard/repl/picture"
)

// terminal is a renderer whose two streams share one screen without colours.
func terminal(width int) (*Renderer, *bytes.Buffer) {
	var b bytes.Buffer
	s := screen{Writer: &b, tty: true, size: func() (int, int) { return width, 24 }}
	return &Renderer{out: s, err: s, graphics: picture.None}, &b
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
	r := NewRenderer(&out, &err, "")
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
	r := NewRenderer(&out, &err, "")
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
	var pixels bytes.Buffer
	if err := png.Encode(&pixels, image.NewGray(image.Rect(0, 0, 8, 4))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, pixels.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	line := func(path string) string { return "figure 2: " + path + "  c\n" }
	show := func(r *Renderer, b *bytes.Buffer, path string) string {
		r.Event(worker.Event{Type: worker.EventDisplay, Figure: &worker.Figure{Number: 2, Path: path, Caption: "c"}})
		return b.String()
	}
	r, b := terminal(80)
	r.graphics = picture.Kitty
	if got := show(r, b, path); !strings.HasPrefix(got, "\x1b_G") || !strings.HasSuffix(got, line(path)) {
		t.Errorf("got %q", got)
	}
	r, b = terminal(80)
	r.graphics = picture.Kitty
	if got := show(r, b, path+".gone"); got != line(path+".gone") {
		t.Errorf("without a file: got %q", got)
	}
	var pipe bytes.Buffer
	if got := show(NewRenderer(&pipe, io.Discard, ""), &pipe, path); got != line(path) {
		t.Errorf("on a pipe: got %q", got)
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

func TestErrorsStartBelowCtrlC(t *testing.T) {
	r, out := terminal(80)
	r.Begin("1")
	r.Event(stream("stdout", "running\n"))
	_, _ = io.WriteString(out, "^C") // by the terminal
	r.Pressed()
	r.Event(worker.Event{Type: worker.EventError, Error: &worker.CellError{Cell: "1", Message: "interrupted"}})
	r.End()
	if got, want := out.String(), "running\n^C\ncell 1: interrupted\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var plain bytes.Buffer
	p := NewRenderer(&plain, &plain, "")
	p.Pressed()
	p.End()
	if plain.Len() > 0 {
		t.Errorf("a pipe gets %q", plain.String())
	}
}
