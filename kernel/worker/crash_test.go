//go:build unix

package worker_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gaspard/kernel/worker"
)

// contained are mishaps that must leave the session alive. Each is told in one
// sentence.
var contained = []struct{ name, code, kind, message string }{
	{"panic in a goroutine", "done := make(chan bool); go func() { defer close(done); panic(\"boom\") }(); <-done; time.Sleep(50*time.Millisecond)",
		worker.ErrPanic, "in a goroutine: panic: boom"},
	{"index in a goroutine", "go func() { var s []int; _ = s[n] }(); time.Sleep(50*time.Millisecond)",
		worker.ErrPanic, "index out of range"},
	{"panic in a timer", "time.AfterFunc(0, func() { panic(\"late\") }); time.Sleep(50*time.Millisecond)",
		worker.ErrPanic, "late"},
	{"panic in a solver's goroutine", "optimize.Minimize(optimize.Problem{Func: func(x []float64) float64 { var s []int; return float64(s[n]) }}, []float64{1}, nil, nil)",
		worker.ErrPanic, "index out of range"},
	{"endless recursion", "func f(n int) int { return f(n+1) + 1 }\nf(1)", worker.ErrPanic, "endless recursion"},
	{"endless recursion of a literal", "var g func(int) int; g = func(n int) int { return g(n+1) + 1 }; g(1)", worker.ErrPanic, "endless recursion"},
	{"endless recursion with deferred calls", "func h(n int) { defer func() { recover() }(); h(n+1) }\nh(1)", worker.ErrPanic, "endless recursion"},
	{"endless recursion in a goroutine", "over := make(chan bool); go func() { defer close(over); f(1) }(); <-over; time.Sleep(50*time.Millisecond)", worker.ErrPanic, "in a goroutine: endless recursion"},
	{"os.Exit", "os.Exit(3)", worker.ErrPanic, "os.Exit(3) was called; the session goes on"},
	{"log.Fatal", "log.Fatal(\"over\")", worker.ErrPanic, "over"},
}

func TestMishapsAreContained(t *testing.T) {
	l := start(t, worker.Limits{})
	l.must("n := 7")
	for _, it := range contained {
		t.Run(it.name, func(t *testing.T) {
			l := &lab{Client: l.Client, t: t, cells: l.cells}
			e := l.run(it.code)
			if e.err != nil || len(e.errors) == 0 {
				t.Fatalf("ended as %s", e.text())
			}
			if got := e.errors[0]; got.Kind != it.kind || !strings.Contains(got.Message, it.message) {
				t.Fatalf("told %s %q, want %s %q", got.Kind, got.Message, it.kind, it.message)
			}
			l.value("n", "7")
		})
	}
}

// deadly are mishaps that may take the kernel with them: the request says why.
var deadly = []struct {
	name, code, cause string
	limits            worker.Limits
}{
	{name: "out of memory at once", code: "x := make([]float64, 1<<36); x[0] = 1", cause: "out of memory", limits: worker.Limits{Memory: 512 << 20}},
	{name: "concurrent map writes", code: "m := map[int]int{}\nfor g := range 8 { go func() { for i := 0; ; i++ { m[i%10] = g } }() }\ntime.Sleep(time.Minute)", cause: "two goroutines used a map at the same time"},
	{name: "unlock of an unlocked mutex", code: "var m sync.Mutex; m.Unlock()", cause: "unlock of unlocked mutex"},
	{name: "panic in a goroutine of native code", code: "var w sync.WaitGroup; w.Go(func() { panic(\"boom\") }); w.Wait(); time.Sleep(time.Second)", cause: "panic"},
}

func TestDeathIsExplained(t *testing.T) {
	for _, it := range deadly {
		t.Run(it.name, func(t *testing.T) {
			if raceDetector && it.limits.Memory > 0 {
				t.Skip("the race detector takes many times the memory of the cells")
			}
			l := start(t, it.limits)
			l.must("n := 7")
			e := l.run(it.code)
			if e.err == nil && len(e.errors) > 0 { // better than dying
				l.value("n", "7")
				return
			}
			var death *worker.Death
			if !errors.Is(e.err, worker.ErrDead) || !errors.As(e.err, &death) {
				t.Fatalf("ended as %s", e.text())
			}
			t.Logf("cell %q: %v", death.Cell, e.err)
			if !strings.Contains(death.Cause, it.cause) || death.Cell != "2" {
				t.Fatalf("cause %q of cell %q, want %q of cell 2", death.Cause, death.Cell, it.cause)
			}
		})
	}
}

// The cell that crashes the kernel need not be the one that runs.
func TestDeathNamesTheCellThatCaused(t *testing.T) {
	l := start(t, worker.Limits{})
	l.must("m := map[int]int{}\ngoOn := make(chan bool)")
	l.must("go func() { <-goOn; var m sync.Mutex; m.Unlock() }()")
	e := l.run("close(goOn); for {}")
	var death *worker.Death
	if !errors.As(e.err, &death) || death.Cell != "2" {
		t.Fatalf("death %+v, want it blamed on cell 2: %s", death, e.text())
	}
}

func TestKillOfTheKernelIsTold(t *testing.T) {
	for _, busy := range []bool{false, true} {
		t.Run(map[bool]string{false: "idle", true: "busy"}[busy], func(t *testing.T) {
			l := start(t, worker.Limits{})
			var e ending
			if busy {
				r := l.begin("fmt.Println(`ready`); for {}")
				r.untilPrinted("ready")
				kill(t, l.Pid())
				e = r.wait()
			} else {
				l.must("1")
				kill(t, l.Pid())
				<-l.Died()
				e = l.run("2")
			}
			if !errors.Is(e.err, worker.ErrDead) || !strings.Contains(e.err.Error(), "killed from outside") {
				t.Fatalf("ended as %s", e.text())
			}
		})
	}
}

func kill(t testing.TB, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// frontEndVariable has the test binary be a front end with a busy kernel, whose
// process id it prints.
const frontEndVariable = "GASPARD_TEST_FRONT_END"

func TestKernelFollowsItsFrontEnd(t *testing.T) {
	if code := os.Getenv(frontEndVariable); code != "" {
		l := start(t, worker.Limits{})
		l.must("1")
		r := l.begin("fmt.Println(`ready`)\n" + code)
		r.untilPrinted("ready")
		fmt.Println("kernel", l.Pid())
		select {}
	}
	for _, it := range []struct{ name, code string }{
		{"idle", "1"},
		{"busy", "for {}"},
		{"blocked in a library", "var w sync.WaitGroup; w.Add(1); w.Wait()"},
		{"printing", "for { fmt.Println(strings.Repeat(`x`, 1000)) }"},
		{"ignoring interrupts", "for { func() { defer func() { recover() }(); for {} }() }"},
	} {
		t.Run(it.name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestKernelFollowsItsFrontEnd$")
			cmd.Env = append(os.Environ(), frontEndVariable+"="+it.code)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			text, ok := strings.CutPrefix(strings.TrimSpace(line), "kernel ")
			pid, bad := strconv.Atoi(text)
			if err != nil || !ok || bad != nil {
				t.Fatalf("the front end said %q, %v", line, err)
			}
			if syscall.Kill(pid, 0) != nil {
				t.Fatal("the kernel is not there before its front end is killed")
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			for deadline := time.Now().Add(patience); alive(pid); time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					kill(t, pid)
					t.Fatal("the kernel outlived its front end")
				}
			}
		})
	}
}

// alive reports whether a process runs. One that nobody has waited for, as
// orphans in a container, is not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}

// BenchmarkRestart is the time from a kernel's death to the first answer of the
// next one.
func BenchmarkRestart(b *testing.B) {
	for b.Loop() {
		l := start(b, worker.Limits{})
		l.must("1 + 1")
		b.StopTimer()
		l.Kill()
		b.StartTimer()
	}
}
