package kernel_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gaspard/kernel"
	"gaspard/kernel/worker"
)

const beKernel = "GASPARD_TEST_KERNEL"

// TestMain makes the test binary its own kernel: started with beKernel set, it
// serves instead of testing.
func TestMain(m *testing.M) {
	if os.Getenv(beKernel) != "" {
		if err := kernel.Serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// hang is far longer than anything here takes; it ends a test that waits for
// what will not come.
const hang = 2 * time.Minute

// session is a kernel under test. Its cells are named by their numbers.
type session struct {
	t     *testing.T
	c     *worker.Client
	cells int
}

func start(t *testing.T, env ...string) *session {
	t.Helper()
	c, err := worker.Start(worker.Options{
		Args: []string{}, Dir: t.TempDir(), Env: append(env, beKernel+"=1"), Figures: filepath.Join(t.TempDir(), "figures"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &session{t: t, c: c}
}

// run executes a cell to its end and returns its events.
func (s *session) run(code string) (events []worker.Event, reply worker.Reply) {
	s.t.Helper()
	events, reply, err := s.execute(worker.Request{Code: code}, nil)
	if err != nil {
		s.t.Fatalf("%s\n%v", code, err)
	}
	return events, reply
}

// execute also tells each event to on, while the cell runs.
func (s *session) execute(r worker.Request, on func(worker.Event)) (events []worker.Event, reply worker.Reply, err error) {
	s.t.Helper()
	s.cells++
	r.Cell = fmt.Sprint(s.cells)
	guard := time.AfterFunc(hang, s.c.Kill)
	defer guard.Stop()
	reply, err = s.c.Execute(r, func(e worker.Event) {
		events = append(events, e)
		if on != nil {
			on(e)
		}
	})
	return events, reply, err
}

// must runs a cell that has to succeed, and returns what it printed and showed.
func (s *session) must(code string) string {
	s.t.Helper()
	events, reply := s.run(code)
	var b strings.Builder
	for _, e := range events {
		if e.Type == worker.EventError {
			s.t.Fatalf("%s\nfails: %+v", code, e.Error)
		}
		b.WriteString(e.Text)
	}
	if !reply.OK {
		s.t.Fatalf("%s\nfails without an error event", code)
	}
	return b.String()
}

// fails runs a cell that has to fail, and returns its error.
func (s *session) fails(code string) worker.CellError {
	s.t.Helper()
	events, reply := s.run(code)
	for _, e := range events {
		if e.Type == worker.EventError {
			if reply.OK {
				s.t.Errorf("%s\nsends an error, and succeeds", code)
			}
			return *e.Error
		}
	}
	s.t.Fatalf("%s\ndoes not fail: %+v", code, events)
	return worker.CellError{}
}

func TestOutputAndResultsComeInOrder(t *testing.T) {
	s := start(t)
	events, reply := s.run(`fmt.Print("one ")
fmt.Fprint(os.Stderr, "two ")
x := []int{1, 2}
x`)
	var texts []string
	for _, e := range events {
		if e.Type != worker.EventStream && e.Type != worker.EventResult {
			t.Errorf("unexpected event %+v", e)
		}
		texts = append(texts, e.Type+" "+e.Name+" "+e.Text)
	}
	// The two streams are pipes of their own; only each one's order is certain.
	if len(texts) == 3 {
		slices.Sort(texts[:2])
	}
	want := []string{"stream stderr two ", "stream stdout one ", "result  [1 2]"}
	if !slices.Equal(texts, want) || !reply.OK {
		t.Errorf("%q, want %q (ok: %v)", texts, want, reply.OK)
	}
}

func TestQuietCellsPrintButDoNotShow(t *testing.T) {
	s := start(t)
	events, reply, err := s.execute(worker.Request{Code: "fmt.Println(\"printed\")\n1 + 1", Quiet: true}, nil)
	if err != nil || !reply.OK || len(events) != 1 || events[0].Text != "printed\n" {
		t.Errorf("%+v, %+v, %v", events, reply, err)
	}
}

func TestErrorsNameTheirPlace(t *testing.T) {
	s := start(t)
	s.must("func half(i int) int { return i / (i - 2) }")
	for _, c := range []struct {
		code, kind, message, source string
		line, column                int
	}{
		{"x := 1\ny := (", worker.ErrSyntax, "", "y := (", 2, 0},
		{"x := 1\n\tz := x + undefinedName", worker.ErrType, "undefined: undefinedName", "\tz := x + undefinedName", 2, 11},
		{"var s []int\ns[3] = 1", worker.ErrPanic, "index out of range", "s[3] = 1", 2, 0},
		{"half(1)\nhalf(2)", worker.ErrPanic, "divide by zero", "", 0, 0},
		{"c := mat.NewDense(1, 1, []float64{math.NaN()})\nr := ot.Exact(ot.Matrix(c), ot.Settings{})", worker.ErrData, "NaN", "r := ot.Exact(ot.Matrix(c), ot.Settings{})", 2, 0},
	} {
		e := s.fails(c.code)
		cell := fmt.Sprint(s.cells)
		if e.Kind != c.kind || !strings.Contains(e.Message, c.message) {
			t.Errorf("%s\nfails with %q (%s), want %q (%s)", c.code, e.Message, e.Kind, c.message, c.kind)
		}
		if c.line > 0 && (e.Cell != cell || e.Line != c.line || e.Source != c.source || (c.column > 0 && e.Column != c.column)) {
			t.Errorf("%s\nfails at cell %s:%d:%d %q, want cell %s:%d:%d %q", c.code, e.Cell, e.Line, e.Column, e.Source, cell, c.line, c.column, c.source)
		}
	}
	if got := s.must("half(4)"); got != "2" {
		t.Errorf("after the errors half(4) shows %q", got)
	}
}

func TestFiguresAreSavedBeforeTheyAreAnnounced(t *testing.T) {
	s := start(t)
	dir := filepath.Join(t.TempDir(), "mine")
	code := "plots.Curves([]plots.Curve{{Name: \"a\", Y: []float64{1, 2, 3}}}, plots.CurveSettings{})"
	found := 0
	_, reply, err := s.execute(worker.Request{Code: code, Figures: dir}, func(e worker.Event) {
		if e.Type != worker.EventDisplay {
			return
		}
		found++
		f := *e.Figure
		head := make([]byte, 4)
		file, err := os.Open(f.Path)
		if err == nil {
			defer file.Close()
			_, err = file.Read(head)
		}
		if err != nil || string(head) != "\x89PNG" {
			t.Errorf("%s is no PNG yet: %q, %v", f.Path, head, err)
		}
		if filepath.Dir(f.Path) != dir || f.Number != 1 || f.Caption == "" || f.Width <= 0 || f.Height <= 0 {
			t.Errorf("announced as %+v", f)
		}
	})
	if err != nil || !reply.OK || found != 1 {
		t.Errorf("%d figures, %+v, %v", found, reply, err)
	}
}

// TestInterruptStopsTheCellAndKeepsValues interrupts cells that would run for
// ever, once they have shown a sign of life.
func TestInterruptStopsTheCellAndKeepsValues(t *testing.T) {
	s := start(t)
	s.must("kept := 41")
	s.must(`c := mat.NewDense(300, 300, nil)
for i := 0; i < 300; i++ {
	for j := 0; j < 300; j++ {
		c.Set(i, j, math.Abs(math.Sin(float64(3*i*i+j))))
	}
}`)
	for _, c := range []struct{ name, code, sign string }{
		{"loop", "kept = 42\nfmt.Println(\"running\")\nfor {}", worker.EventStream},
		{"loop in a function", "func spin() { for { kept += 0 } }\nfmt.Println(\"running\")\nspin()", worker.EventStream},
		{"sleep", "fmt.Println(\"running\")\ntime.Sleep(1000 * time.Hour)", worker.EventStream},
		{"native solve", "ot.Sinkhorn(ot.Matrix(c), ot.Settings{Epsilon: 1e-5, Tol: 1e-300, MaxIter: 1 << 40})", worker.EventProgress},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent := false
			events, reply, err := s.execute(worker.Request{Code: c.code}, func(e worker.Event) {
				if e.Type == c.sign && !sent {
					sent = true
					if err := s.c.Interrupt(); err != nil {
						t.Error(err)
					}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if last := events[len(events)-1]; reply.OK || last.Error == nil || last.Error.Kind != worker.ErrInterrupted {
				t.Errorf("ends with %+v, ok: %v", last, reply.OK)
			}
			if got := s.must("kept"); got != "42" {
				t.Errorf("kept is %q afterwards", got)
			}
		})
	}
}

func TestInterruptBetweenCellsDoesNothing(t *testing.T) {
	s := start(t)
	s.must("x := 1")
	if err := s.c.Interrupt(); err != nil {
		t.Fatal(err)
	}
	if got := s.must("for i := 0; i < 1000; i++ { x++ }\nx"); got != "1001" {
		t.Errorf("x is %q", got)
	}
}

func TestKernelDeathIsReported(t *testing.T) {
	for _, c := range []struct{ name, code, want string }{
		{"exit", "os.Exit(3)", ""},
		{"endless recursion", "func down(i int) int { return down(i+1) + 1 }\ndown(0)", "stack"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t)
			s.must("x := 1")
			events, reply, err := s.execute(worker.Request{Code: c.code}, nil)
			if err == nil && !reply.OK {
				// Better than dying: the cell was stopped with a sentence.
				if got := s.must("x"); got != "1" {
					t.Errorf("x is %q afterwards; events %+v", got, events)
				}
				return
			}
			if !errors.Is(err, worker.ErrDead) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, reply %+v", err, reply)
			}
			<-s.c.Died()
			if _, err := s.c.Variables(); !errors.Is(err, worker.ErrDead) {
				t.Errorf("a question to the dead kernel gives %v", err)
			}
		})
	}
}

func TestKilledKernelEndsItsCell(t *testing.T) {
	s := start(t)
	_, _, err := s.execute(worker.Request{Code: "fmt.Println(\"running\")\nfor {}"}, func(e worker.Event) {
		if e.Type == worker.EventStream {
			go s.c.Kill()
		}
	})
	if !errors.Is(err, worker.ErrDead) {
		t.Errorf("error %v", err)
	}
}

func TestQuestionsAreAnsweredWhileACellRuns(t *testing.T) {
	s := start(t)
	s.must("x := 7")
	asked := false
	_, reply, err := s.execute(worker.Request{Code: "fmt.Println(\"running\")\nfor {}"}, func(e worker.Event) {
		if e.Type != worker.EventStream || asked {
			return
		}
		asked = true
		go func() { // events are delivered by the goroutine that delivers answers
			defer s.c.Interrupt()
			if status, err := s.c.IsComplete("for {"); err != nil || status != worker.IsPartial {
				t.Errorf("for { is %q, %v", status, err)
			}
			if vars, err := s.c.Variables(); err != nil || len(vars) != 1 || vars[0].Name != "x" || vars[0].Value != "7" || vars[0].Type != "int" || vars[0].Cell != "1" {
				t.Errorf("variables %+v, %v", vars, err)
			}
		}()
	})
	if err != nil || reply.OK {
		t.Errorf("%+v, %v", reply, err)
	}
}

func TestIsComplete(t *testing.T) {
	s := start(t)
	for code, want := range map[string]string{
		"":                          worker.IsWhole,
		"x := 1":                    worker.IsWhole,
		"if true {":                 worker.IsPartial,
		"f(1,":                      worker.IsPartial,
		"x := `raw":                 worker.IsPartial,
		"x := )":                    worker.IsInvalid,
		"func f() int {\nreturn 1":  worker.IsPartial,
		"func f() int {\nreturn 1}": worker.IsWhole,
		"s := \"{\"":                worker.IsWhole,
	} {
		if got, err := s.c.IsComplete(code); err != nil || got != want {
			t.Errorf("%q is %s, want %s (%v)", code, got, want, err)
		}
	}
}

func TestResetForgets(t *testing.T) {
	s := start(t)
	s.must("x := 1\nfunc f() int { return 2 }")
	if err := s.c.Reset(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"x", "f()"} {
		if e := s.fails(name); e.Kind != worker.ErrType {
			t.Errorf("%s fails with %+v", name, e)
		}
	}
	if got := s.must("x := \"again\"\nx"); got != `"again"` {
		t.Errorf("x shows %s", got)
	}
}
