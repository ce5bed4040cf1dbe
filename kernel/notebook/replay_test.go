package notebook

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"gaspard/kernel/worker"
)

// script is a kernel whose cells say what becomes of them: "fail" fails at 2:3,
// "earlier" fails in code of cell 1, "stop" is interrupted, "die" ends the
// kernel, text that ends in "{" is incomplete.
type script struct{ log []string }

func (s *script) Execute(r worker.Request, on func(worker.Event)) (worker.Reply, error) {
	s.log = append(s.log, fmt.Sprintf("run %s quiet=%v", r.Cell, r.Quiet))
	fail := func(e worker.CellError) (worker.Reply, error) {
		on(worker.Event{Type: worker.EventError, Error: &e})
		return worker.Reply{}, nil
	}
	switch r.Code {
	case "fail":
		return fail(worker.CellError{Kind: worker.ErrPanic, Message: "it broke", Cell: r.Cell, Line: 2, Column: 3})
	case "earlier":
		return fail(worker.CellError{Kind: worker.ErrPanic, Message: "it broke", Cell: "1", Line: 1})
	case "stop":
		return fail(worker.CellError{Kind: worker.ErrInterrupted, Message: "interrupted"})
	case "die":
		return worker.Reply{}, fmt.Errorf("%w: fatal error: deadlock", worker.ErrDead)
	}
	on(worker.Event{Type: worker.EventStream, Name: "stdout", Text: r.Code})
	return worker.Reply{OK: true}, nil
}

func (s *script) IsComplete(code string) (string, error) {
	if strings.HasSuffix(code, "{") {
		return worker.IsPartial, nil
	}
	return worker.IsWhole, nil
}

func (s *script) Begin(st Step) {
	s.log = append(s.log, fmt.Sprintf("begin %d/%d", st.Number, st.Of))
}

func (s *script) Event(e worker.Event) { s.log = append(s.log, e.Type) }

func (s *script) End(st Step, _ time.Duration) {
	s.log = append(s.log, fmt.Sprintf("end %d", st.Number))
}

func read(t *testing.T, text string) *Notebook {
	t.Helper()
	n, err := Parse("a.gnb", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestReplay(t *testing.T) {
	var s script
	n := read(t, `// %%
x
// %% [markdown]
// text
// %% tags="raises-exception"
fail
// %% tags="skip-execution"
fail
// %% tags="quiet"
y
`)
	if err := n.Replay("a.gnb", &s, &s); err != nil {
		t.Fatal(err)
	}
	want := "begin 1/4, run 1 quiet=false, stream, end 1, " +
		"begin 2/4, run 2 quiet=false, error, end 2, " +
		"begin 3/4, end 3, " +
		"begin 4/4, run 4 quiet=true, stream, end 4"
	if got := strings.Join(s.log, ", "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestReplayStopsAtTheFirstFailureAndNamesItsPlace(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		is               error
	}{
		{"error", "// %%\nx\n// %% id=\"a\"\n\nfail\n// %%\ny", "a.gnb:6:3: cell 2 (a): it broke", nil},
		{"error in earlier code", "// %%\nx\n// %%\nearlier\n// %%\ny", "a.gnb:2: cell 2: it broke (in code of cell 1)", nil},
		{"no error where one must be", "// %%\nx\n// %% tags=\"raises-exception\"\nx", "a.gnb:4: cell 2: it is tagged raises-exception, but nothing failed", nil},
		{"interrupt", "// %%\nstop\n// %%\ny", "a.gnb:2: cell 1: interrupted", ErrInterrupted},
		{"interrupt where an error must be", "// %% tags=\"raises-exception\"\nstop\n// %%\ny", "a.gnb:2: cell 1: interrupted", ErrInterrupted},
		{"dead kernel", "// %%\nx\n// %% tags=\"raises-exception\"\ndie\n// %%\ny", "a.gnb:4: cell 2: the kernel has died: fatal error: deadlock", worker.ErrDead},
		{"no cells", "// %% [markdown]\n// text\n", "a.gnb:1: the notebook has no cell of Go; cells start with a line // %%", nil},
		{"unfinished", "// %%\nx\n// %% id=\"b\"\ny {", "a.gnb:4: the notebook is unfinished: its text ends in the middle of cell 2 (b), which starts here", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s script
			err := read(t, c.text).Replay("a.gnb", &s, &s)
			if err == nil || err.Error() != c.want {
				t.Errorf("error %v\nwant  %s", err, c.want)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("the error is not %v", c.is)
			}
			if strings.Contains(strings.Join(s.log, ","), "begin 3") {
				t.Error("the replay went on")
			}
			if c.name == "unfinished" && len(s.log) > 0 {
				t.Errorf("something ran: %q", s.log)
			}
		})
	}
}

func TestTimeouts(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, "0.5": time.Second / 2, "2m": 2 * time.Minute, "1e300": math.MaxInt64 / 2, "Inf": math.MaxInt64 / 2,
	} {
		c := Cell{Meta: []Attribute{{"timeout", Quote(text)}}}
		if got, err := c.Timeout(); err != nil || got != want && got != want+1 {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"0", "-1", "soon", "NaN", "-2m"} {
		c := Cell{Meta: []Attribute{{"timeout", Quote(text)}}}
		if got, err := c.Timeout(); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
