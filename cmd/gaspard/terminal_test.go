//go:build unix

package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

var update = flag.Bool("update", false, "rewrite the golden screens")

// The terminal of the tests is tall, so that nothing scrolls away.
const columns, rows = 90, 120

// patience is far longer than anything here takes; it ends a test that waits for
// what will not come.
const patience = 2 * time.Minute

// Keys as a terminal sends them.
const (
	enter = "\r"
	tab   = "\t"
	up    = "\x1b[A"
	ctrlC = "\x03"
	ctrlD = "\x04"

	shiftTab = "\x1b[Z"
)

// terminal is gaspard at a pseudo-terminal, and the screen a person would see.
type terminal struct {
	t       *testing.T
	cmd     *exec.Cmd
	keys    *os.File
	exited  chan error
	closed  chan struct{} // the terminal has been read to its end
	changed chan struct{}

	lock   sync.Mutex
	screen *vt.Emulator
	raw    strings.Builder // all that was written
}

// newTerminal starts gaspard and waits for its first prompt.
func newTerminal(t *testing.T) *terminal {
	t.Helper()
	x := startTerminal(t)
	x.prompt(1)
	return x
}

// startTerminal starts gaspard with arguments.
func startTerminal(t *testing.T, args ...string) *terminal {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{
		t: t, cmd: exec.Command(self, args...), exited: make(chan error, 1),
		closed: make(chan struct{}), changed: make(chan struct{}, 1), screen: vt.NewEmulator(columns, rows),
	}
	x.cmd.Dir = t.TempDir()
	x.cmd.Env = append(os.Environ(), beGaspard+"=1", "CI=", "XDG_STATE_HOME="+filepath.Join(t.TempDir(), "state"),
		"TERM=xterm-256color", "NO_COLOR=")
	if x.keys, err = pty.StartWithSize(x.cmd, &pty.Winsize{Rows: rows, Cols: columns}); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("no pseudo-terminal here: ", err)
	}
	go x.watch()
	go x.answer()
	go func() { x.exited <- x.cmd.Wait() }()
	t.Cleanup(func() {
		_ = x.cmd.Process.Kill()
		_ = x.keys.Close()
		_ = x.screen.Close()
	})
	return x
}

// watch draws what gaspard writes.
func (x *terminal) watch() {
	defer close(x.closed)
	buf := make([]byte, 1<<16)
	for {
		n, err := x.keys.Read(buf)
		if err != nil {
			return
		}
		x.lock.Lock()
		_, _ = x.screen.Write(buf[:n])
		x.raw.Write(buf[:n])
		x.lock.Unlock()
		select {
		case x.changed <- struct{}{}:
		default:
		}
	}
}

// answer returns the terminal's answers to questions about itself.
func (x *terminal) answer() {
	buf := make([]byte, 1024)
	for {
		n, err := x.screen.Read(buf)
		if err != nil {
			return
		}
		_, _ = x.keys.Write(buf[:n])
	}
}

// text is the screen without the blanks at the ends of lines and at its end.
func (x *terminal) text() string {
	x.lock.Lock()
	defer x.lock.Unlock()
	lines := strings.Split(x.screen.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

// await waits until the screen is as it should be.
func (x *terminal) await(what string, ok func(screen string) bool) string {
	x.t.Helper()
	timeout := time.After(patience)
	for {
		if text := x.text(); ok(text) {
			return text
		}
		select {
		case <-x.changed:
		case <-timeout:
			x.t.Fatalf("the screen does not come to show %s:\n%s", what, x.text())
		}
	}
}

// shows waits for a text.
func (x *terminal) shows(text string) {
	x.t.Helper()
	x.await(fmt.Sprintf("%q", text), func(screen string) bool { return strings.Contains(screen, text) })
}

// prompt waits for the empty prompt of a cell, and returns the screen.
func (x *terminal) prompt(cell int) string {
	x.t.Helper()
	last := fmt.Sprintf("\n[%d]\n", cell)
	return x.await("the prompt of cell "+fmt.Sprint(cell), func(screen string) bool { return strings.HasSuffix(screen, last) })
}

// typing sends keys.
func (x *terminal) typing(keys string) {
	x.t.Helper()
	if _, err := x.keys.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// cell types a whole cell, a line after the other as its prompts come, and waits
// until it has ended.
func (x *terminal) cell(number int, lines ...string) string {
	x.t.Helper()
	for i, line := range lines {
		if i > 0 {
			more := lines[i-1] + "\n ..\n"
			x.await("a continuation prompt", func(screen string) bool { return strings.HasSuffix(screen, more) })
		}
		x.typing(line + enter)
	}
	return x.prompt(number + 1)
}

// exits waits for gaspard to end by itself.
func (x *terminal) exits(status int) {
	x.t.Helper()
	select {
	case <-x.exited:
	case <-time.After(patience):
		x.t.Fatalf("gaspard does not end:\n%s", x.text())
	}
	<-x.closed
	if got := x.cmd.ProcessState.ExitCode(); got != status {
		x.t.Errorf("exit status %d, want %d", got, status)
	}
}

// golden compares the screen with testdata/prompt/NAME.screen.
func (x *terminal) golden(name string) {
	x.t.Helper()
	path := filepath.Join("testdata", "prompt", name+".screen")
	got := x.text()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			x.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		x.t.Fatal(err)
	}
	if got != string(want) {
		x.t.Errorf("the screen shows\n%s\nwant %s:\n%s", got, path, want)
	}
}

// written is all that gaspard has sent to the terminal.
func (x *terminal) written() string {
	x.lock.Lock()
	defer x.lock.Unlock()
	return x.raw.String()
}
