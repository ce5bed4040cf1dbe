//go:build unix

package repl_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"

	"gaspard/kernel"
	"gaspard/kernel/journal"
	"gaspard/kernel/worker"
	"gaspard/repl"
)

// The test binary is its own front end and its own kernel.
const role = "GASPARD_TEST_ROLE"

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(role) {
	case "kernel":
		err = kernel.Serve(os.Stdin, os.Stdout)
	case "prompt":
		memory, _ := strconv.ParseInt(os.Getenv("GASPARD_TEST_MEMORY"), 10, 64)
		err = repl.Prompt(repl.Options{Graphics: "none", Kernel: worker.Options{
			Args: []string{}, Env: []string{role + "=kernel"}, Limits: worker.Limits{Memory: memory},
		}})
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// sitting is a prompt at a pseudo-terminal.
type sitting struct {
	t    *testing.T
	cmd  *exec.Cmd
	keys *os.File

	lock sync.Mutex
	raw  []byte
	seen int // how much of the text has been waited for
	news chan struct{}
}

// sit starts a prompt whose sessions are kept in a folder.
func sit(t *testing.T, state string, env ...string) *sitting {
	t.Helper()
	s := &sitting{t: t, cmd: exec.Command(os.Args[0]), news: make(chan struct{}, 1)}
	s.cmd.Dir = t.TempDir()
	s.cmd.Env = append(os.Environ(), role+"=prompt", "XDG_STATE_HOME="+state, "TERM=xterm-256color", "NO_COLOR=1")
	s.cmd.Env = append(s.cmd.Env, env...)
	var err error
	if s.keys, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 50, Cols: 200}); err != nil {
		t.Fatalf("no pseudo-terminal: %v", err)
	}
	go s.watch()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.keys.Close()
		_ = s.cmd.Wait()
	})
	return s
}

func (s *sitting) watch() {
	buf := make([]byte, 1<<12)
	for {
		n, err := s.keys.Read(buf)
		s.lock.Lock()
		s.raw = append(s.raw, buf[:n]...)
		s.lock.Unlock()
		select {
		case s.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// text is what has been written, without control sequences.
func (s *sitting) text() string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return ansi.Strip(string(s.raw))
}

// shows waits for a text after all that has been waited for, and returns what
// came up to its end.
func (s *sitting) shows(want string) string {
	s.t.Helper()
	timeout := time.After(time.Minute)
	for {
		text := s.text()
		if at := strings.Index(text[s.seen:], want); at >= 0 {
			from := s.seen
			s.seen += at + len(want)
			return text[from:s.seen]
		}
		select {
		case <-s.news:
		case <-timeout:
			s.t.Fatalf("no %q in what was written:\n%s", want, text[s.seen:])
		}
	}
}

func (s *sitting) types(line string) {
	s.t.Helper()
	if _, err := s.keys.WriteString(line + "\r"); err != nil {
		s.t.Fatal(err)
	}
}

// value has the prompt print an expression, and checks it.
func (s *sitting) value(expression, want string) {
	s.t.Helper()
	s.types(`fmt.Println("<" + fmt.Sprint(` + expression + `) + ">")`)
	if got := s.answer(); got != want {
		s.t.Fatalf("%s is %s, want %s", expression, got, want)
	}
}

var answered = regexp.MustCompile(`(?m)^<(.*)>\r?$`)

func (s *sitting) answer() string {
	s.t.Helper()
	timeout := time.After(time.Minute)
	for {
		text := s.text()
		if m := answered.FindStringSubmatchIndex(text[s.seen:]); m != nil {
			got := text[s.seen+m[2] : s.seen+m[3]]
			s.seen += m[1]
			return got
		}
		select {
		case <-s.news:
		case <-timeout:
			s.t.Fatalf("no answer in what was written:\n%s", text[s.seen:])
		}
	}
}

// kernelPid asks the kernel for its process id, in a cell of its own, and waits
// for the prompt after it.
func (s *sitting) kernelPid() int {
	s.t.Helper()
	s.types(`fmt.Println("<" + fmt.Sprint(os.Getpid()) + ">")`)
	pid, err := strconv.Atoi(s.answer())
	if err != nil || pid == s.cmd.Process.Pid {
		s.t.Fatalf("kernel %d, %v", pid, err)
	}
	s.shows("] ")
	return pid
}

// recorded checks that the journals of a folder hold these cells, in order, among
// the others.
func recorded(t *testing.T, state string, cells ...string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(state, "gaspard", "sessions", "*.gnb"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no journals: %v", err)
	}
	slices.Sort(paths)
	rest := cells
	for _, path := range paths {
		s, err := journal.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range s.Cells {
			if len(rest) > 0 && c.Code == rest[0] {
				rest = rest[1:]
			}
		}
	}
	if len(rest) > 0 {
		t.Fatalf("%q is in no journal", rest[0])
	}
}

// crashes are what may befall a kernel while or after the second cell runs, and
// what the user must read.
var crashes = []struct {
	name   string
	code   string
	told   []string
	lives  bool   // the kernel survives
	memory string // limit
	strike func(kernel int) error
}{
	{name: "panic in a goroutine", lives: true,
		code: `go func() { panic("boom") }(); time.Sleep(50 * time.Millisecond)`,
		told: []string{"in a goroutine: panic: boom"}},
	{name: "endless recursion", lives: true,
		code: `var f func(int) int; f = func(n int) int { return f(n+1) + 1 }; f(1)`,
		told: []string{"cell 2:1:44: endless recursion: the calls have filled 192 MB of stack", "func literal, cell 2:1"}},
	{name: "out of memory at once", memory: "536870912",
		code: `y := make([]float64, 1<<36)`,
		told: []string{"cell 2: the kernel has died: out of memory"}},
	{name: "out of memory by and by", lives: true, memory: "268435456",
		code: `ys := [][]byte{}; for { ys = append(ys, bytes.Repeat([]byte{1}, 1<<20)) }`,
		told: []string{"cell 2", "the cell reached the memory limit of 256 MB"}},
	{name: "concurrent map write",
		code: `m := map[int]int{}; for g := range 8 { go func() { for i := 0; ; i++ { m[i%10] = g } }() }; time.Sleep(time.Minute)`,
		told: []string{"cell 2: the kernel has died: two goroutines used a map at the same time, without a lock"}},
	{name: "os.Exit", lives: true,
		code: `os.Exit(3)`,
		told: []string{"cell 2:1:1: os.Exit(3) was called; the session goes on"}},
	{name: "kill of the busy kernel",
		code:   `for {}`,
		strike: func(kernel int) error { return syscall.Kill(kernel, syscall.SIGKILL) },
		told:   []string{"cell 2: the kernel has died: it was killed from outside"}},
}

func TestPromptSurvivesCrashes(t *testing.T) {
	for _, it := range crashes {
		t.Run(it.name, func(t *testing.T) {
			if raceDetector && it.memory != "" {
				t.Skip("the race detector takes many times the memory of the cells")
			}
			state := t.TempDir()
			s := sit(t, state, "GASPARD_TEST_MEMORY="+it.memory)
			s.shows("[1] ")
			pid := s.kernelPid()
			s.types(it.code)
			if it.strike != nil {
				time.Sleep(100 * time.Millisecond)
				if err := it.strike(pid); err != nil {
					t.Fatal(err)
				}
			}
			for _, text := range it.told {
				s.shows(text)
			}
			if !it.lives {
				s.shows("A new kernel is running.")
				s.shows(":recover runs again those that had succeeded")
			}
			s.shows("[3] ")
			s.types("x := 42")
			s.shows("[4] ")
			s.types(":restart")
			s.shows("A new kernel is running")
			s.types(":recover")
			s.shows("[1/")
			s.shows("cells run again; left out: 2 (")
			s.value("x", "42")
			recorded(t, state, it.code, "x := 42")
		})
	}
}

func TestPromptTellsOfAKernelKilledWhileIdle(t *testing.T) {
	state := t.TempDir()
	s := sit(t, state)
	s.shows("[1] ")
	s.types("x := 42")
	s.shows("[2] ")
	if err := syscall.Kill(s.kernelPid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.shows("the kernel has died: it was killed from outside")
	s.shows("A new kernel is running.")
	s.types(":recover")
	s.shows("[1/2] x := 42")
	s.shows("2 cells run again.")
	s.value("x", "42")
}

// A cell may bring the kernel down long after it has ended.
func TestRecoverLeavesOutTheCellThatIsToBlame(t *testing.T) {
	s := sit(t, t.TempDir())
	s.shows("[1] ")
	s.types("x := 42; goOn := make(chan bool)")
	s.shows("[2] ")
	s.types("go func() { <-goOn; var m sync.Mutex; m.Unlock() }()")
	s.shows("[3] ")
	s.types("close(goOn); for {}")
	s.shows("cell 2: the kernel has died: sync: unlock of unlocked mutex")
	s.shows("while cell 3 ran")
	s.shows("[4] ")
	s.types(":recover")
	s.shows("1 cell run again; left out: 2 (its kernel ended with it), 3 (was interrupted).")
	s.value("x", "42")
}

func TestRecoverStopsAndGoesOn(t *testing.T) {
	s := sit(t, t.TempDir())
	s.shows("[1] ")
	for i, code := range []string{"x := 1", "time.Sleep(500*time.Millisecond); x *= 2", "x += 40", "undefined"} {
		s.types(code)
		s.shows(fmt.Sprintf("[%d] ", i+2))
	}
	s.types(":restart")
	s.shows("A new kernel is running")
	s.types(":recover")
	s.shows("[2/3]")
	time.Sleep(50 * time.Millisecond)
	if _, err := s.keys.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	s.shows("Stopped; 1 cell run again. :recover goes on with cell 2.")
	s.value("x", "1")
	s.types(":recover")
	s.shows("[1/2] time.Sleep")
	s.shows("2 cells run again; left out: 4 (failed).")
	s.value("x", "42")
	s.types(":recover")
	s.shows("There is nothing to recover")
}

// A library call that cannot be stopped is named, and given up on a second Ctrl-C.
func TestPromptGivesUpAStubbornCell(t *testing.T) {
	s := sit(t, t.TempDir())
	s.shows("[1] ")
	s.types("a := mat.NewDense(4000, 4000, nil); for i := range 4000 { a.Set(i, i/2, float64(i)) }; x := 42")
	s.shows("[2] ")
	s.types(`fmt.Print("rea", "dy\n"); var svd mat.SVD; svd.Factorize(a, mat.SVDFull)`)
	s.shows("ready")
	time.Sleep(50 * time.Millisecond)
	if _, err := s.keys.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	s.shows("note: mat.SVD.Factorize cannot be interrupted; the cell stops when it returns")
	s.shows("Ctrl-C again gives the kernel up")
	if _, err := s.keys.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	s.shows("cell 2: the cell would not stop; its kernel was ended")
	s.shows("[3] ")
	s.types(":recover")
	s.shows("1 cell run again; left out: 2 (its kernel ended with it).")
	s.value("x", "42")
}

func TestSessionOutlivesItsFrontEnd(t *testing.T) {
	for _, both := range []bool{false, true} {
		t.Run(map[bool]string{false: "front end", true: "front end and kernel"}[both], func(t *testing.T) {
			state := t.TempDir()
			s := sit(t, state)
			s.shows("[1] ")
			for i, code := range []string{"x := 41", "x++", "nonsense", "type P struct{ X int }"} {
				s.types(code)
				s.shows(fmt.Sprintf("[%d] ", i+2))
			}
			pid := s.kernelPid()
			s.types("for {}")
			s.shows("for {}")
			time.Sleep(100 * time.Millisecond)
			if both {
				if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil { // so that it cannot be seen to die
					t.Fatal(err)
				}
			}
			if err := s.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if both {
				if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
			}
			_ = s.cmd.Wait()
			recorded(t, state, "x := 41", "x++", "nonsense", "type P struct{ X int }", "for {}")

			s = sit(t, state)
			s.shows("The last session was not closed; :recover brings its 6 cells back, but for cell 6, which was running.")
			s.shows("[1] ")
			s.types(":recover")
			s.shows("Session of ")
			s.shows("[4/4]")
			s.shows("4 cells run again; left out: 3 (failed), 6 (its kernel ended with it).")
			s.shows("[7] ")
			s.value("P{x}.X", "42")
			s.types(":quit")
			_ = s.cmd.Wait()

			s = sit(t, state)
			s.shows("[1] ")
			if text := s.text(); strings.Contains(text, "not closed") {
				t.Fatalf("a closed session is offered:\n%s", text)
			}
			s.types(":recover")
			s.shows("There is nothing to recover")
			recorded(t, state, "x := 41", "x++", "nonsense", "type P struct{ X int }", "for {}", "x := 41", "nonsense")
		})
	}
}

func TestRecoverRunsANotebook(t *testing.T) {
	s := sit(t, t.TempDir())
	path := filepath.Join(s.cmd.Dir, "mine.gnb")
	text := "// ---\n// title: Mine\n// ---\n\n// %% [markdown]\n// # Mine\n\n// %%\nx := 40\n\n// %%\nx += 2\n"
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	s.shows("[1] ")
	s.types(":recover mine.gnb")
	s.shows("Mine:")
	s.shows("2 cells run again.")
	s.value("x", "42")
	s.types(":recover nowhere.gnb")
	s.shows("no such file")
}
