package worker_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gaspard/kernel/worker"
)

// limited runs a cell that has to be stopped by a limit.
func (l *lab) limited(code, message string) ending {
	l.t.Helper()
	e := l.run(code)
	if e.err != nil || e.OK || len(e.errors) != 1 || e.errors[0].Kind != worker.ErrLimit || !strings.Contains(e.errors[0].Message, message) {
		l.t.Fatalf("%s\nended as %s, want the limit: %s", code, e.text(), message)
	}
	return e
}

func TestTimeLimitStopsTheCell(t *testing.T) {
	l := start(t, worker.Limits{Time: 300 * time.Millisecond})
	l.must("n := 7")
	for _, code := range []string{"for {}", "time.Sleep(time.Hour)"} {
		if e := l.limited(code, "time limit of 300ms"); e.Seconds < 0.3 {
			t.Fatalf("stopped after %v s", e.Seconds)
		}
		l.value("n", "7")
	}
	// The next cell has all its time.
	l.value("time.Sleep(200*time.Millisecond); n", "7")
	l.value("time.Sleep(200*time.Millisecond); n", "7")
}

func TestTimeLimitOfOneCell(t *testing.T) {
	l := start(t, worker.Limits{Time: 50 * time.Millisecond})
	e := l.beginRequest(worker.Request{Cell: "a", Code: "time.Sleep(300*time.Millisecond); 1", Timeout: 60}).wait()
	if !e.OK || e.result != "1" {
		t.Fatalf("with more time: %s", e.text())
	}
	l.limited("for {}", "time limit of 50ms")
}

func TestTimeLimitKillsWhatDoesNotStop(t *testing.T) {
	l := start(t, worker.Limits{Time: 100 * time.Millisecond})
	l.must("1")
	e := l.run("fmt.Print(`before`)\nvar m sync.Mutex; m.Lock(); m.Lock()\nfor { func() { defer func() { recover() }(); for {} }() }")
	if e.err == nil && len(e.errors) == 1 && e.errors[0].Kind == worker.ErrLimit {
		return // better than dying
	}
	if !errors.Is(e.err, worker.ErrDead) || !strings.Contains(e.err.Error(), "the cell reached its time limit of 100ms, and did not stop") {
		t.Fatalf("ended as %s", e.text())
	}
	if e.stdout != "before" {
		t.Fatalf("output %q was lost", e.stdout)
	}
}

func TestMemoryLimitKeepsTheSession(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector takes many times the memory of the cells")
	}
	l := start(t, worker.Limits{Memory: 256 << 20})
	l.must("n := 7\nvar blocks [][]float64")
	l.limited("for { b := make([]float64, 1<<17); for i := 0; i < len(b); i += 512 { b[i] = 1 }; blocks = append(blocks, b) }", "memory limit of 256 MB")
	l.value("n", "7")
	// What is held may be freed, and garbage does not count.
	l.must("blocks = nil")
	l.value("s := 0.0\nfor range 2000 { b := make([]float64, 1<<17); b[5] = 1; s += b[5] }\ns", "2000")
}

func TestOutputLimitDropsTheRest(t *testing.T) {
	l := start(t, worker.Limits{Output: 100})
	for range 2 { // each cell has its own
		e := l.run("for range 1000 { fmt.Print(`ab`) }\n7")
		if !e.OK || e.stdout != strings.Repeat("ab", 50) {
			t.Fatalf("printed %q: %s", e.stdout, e.text())
		}
		if len(e.notes) != 1 || !strings.Contains(e.notes[0], "output limit of 100 bytes") {
			t.Fatalf("notes %q", e.notes)
		}
	}
	e := l.run("fmt.Print(strings.Repeat(`é`, 60))")
	if e.stdout != strings.Repeat("é", 50) {
		t.Fatalf("printed %q", e.stdout)
	}
	e = l.run("fmt.Print(`a` + strings.Repeat(`é`, 60))")
	if e.stdout != "a"+strings.Repeat("é", 49) {
		t.Fatalf("a cut rune: %q", e.stdout)
	}
	if e := l.run("strings.Repeat(`x`, 200)"); len(e.result) > 100 || len(e.notes) != 1 {
		t.Fatalf("a value of %d bytes, notes %q", len(e.result), e.notes)
	}
}

func TestSafeRefusesWithASentence(t *testing.T) {
	l := start(t, worker.Limits{Safe: true})
	for _, it := range []struct{ code, path string }{
		{"import \"os/exec\"\nexec.Command(\"ls\").Run()", "os/exec"},
		{"exec.Command(\"ls\").Run()", "os/exec"},
		{"import . \"os/exec\"\nCommand(\"ls\").Run()", "os/exec"},
		{"import x \"net\"\nx.Dial(\"tcp\", \"localhost:1\")", "net"},
		{"http.Get(\"http://localhost\")", "net/http"},
		{"import \"net/rpc\"\nrpc.NewServer()", "net/rpc"},
		{"import \"crypto/tls\"\ntls.Dial(\"tcp\", \"localhost:1\", nil)", "crypto/tls"},
		{"import \"syscall\"\nsyscall.Exit(1)", "syscall"},
		{"import \"unsafe\"\nvar p unsafe.Pointer", "unsafe"},
		{"import \"plugin\"\nplugin.Open(\"x\")", "plugin"},
		{"signal.Ignore()", "os/signal"},
		{"import \"runtime/debug\"\ndebug.SetMaxStack(1<<40)", "runtime/debug"},
		{"import \"log/syslog\"\nsyslog.New(0, \"\")", "log/syslog"},
		{"os.StartProcess(\"/bin/ls\", nil, nil)", "os.StartProcess"},
		{"os.FindProcess(1)", "os.FindProcess"},
	} {
		e := l.run(it.code)
		if want := it.path + " is not available with --safe"; e.OK || len(e.errors) != 1 || !strings.Contains(e.errors[0].Message+e.errors[0].Hint, want) {
			t.Errorf("%s\nended as %s %+v, want %q", it.code, e.text(), e.errors, want)
		}
	}
	for code, want := range map[string]string{
		"u, _ := url.Parse(\"http://a/b\"); u.Path": `"/b"`,
		"filepath.Base(\"a/b\")":                    `"b"`,
		"stat.Mean([]float64{1, 3}, nil)":           "2",
		"_, err := os.Stat(\"/\"); err == nil":      "true",
	} {
		l.value(code, want)
	}
}

func TestWithoutSafeProcessesAreThere(t *testing.T) {
	l := start(t, worker.Limits{})
	l.value("filepath.Base(exec.Command(\"ls\").Path)", `"ls"`)
}
