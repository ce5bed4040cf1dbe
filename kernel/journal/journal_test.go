package journal

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func newJournal(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := Create(dir, noon)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func begin(t *testing.T, j *Journal, name, code string) int {
	t.Helper()
	n, err := j.Begin(name, code)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func read(t *testing.T, path string) *Session {
	t.Helper()
	s, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// awkward are codes that a percent script could lose or split.
var awkward = []string{
	"x := 1", "", "\n", "\n\nx\n\n", "// %%", "x := `\n// %% [markdown]\n`", "// %% id=\"7\"\nx", "a\r\nb\r\n",
	"\x00\xff\xfe", "// ---", "x // %% y", "é\u2028世",
}

func TestCellsAreOnDiskBeforeTheyEnd(t *testing.T) {
	j := newJournal(t, t.TempDir())
	var want []Cell
	for i, code := range awkward {
		name := string(rune('a' + i))
		n := begin(t, j, name, code)
		want = append(want, Cell{name, code, Running})
		if got := read(t, j.Path()).Cells; !reflect.DeepEqual(got, want) {
			t.Fatalf("before cell %d ended:\n got %q\nwant %q", i, got, want)
		}
		status := []Status{OK, Failed, Interrupted, Died}[i%4]
		if err := j.End(n, status); err != nil {
			t.Fatal(err)
		}
		want[i].Status = status
		if got := read(t, j.Path()).Cells; !reflect.DeepEqual(got, want) {
			t.Fatalf("after cell %d ended:\n got %q\nwant %q", i, got, want)
		}
	}
}

func TestStatusMayShrinkAndGrow(t *testing.T) {
	j := newJournal(t, t.TempDir())
	first, second := begin(t, j, "1", "a"), begin(t, j, "2", "b")
	for _, s := range []Status{Interrupted, OK, Running, Died, Interrupted, Failed} {
		if err := j.End(first, s); err != nil {
			t.Fatal(err)
		}
		want := []Cell{{"1", "a", s}, {"2", "b", Running}}
		if got := read(t, j.Path()).Cells; !reflect.DeepEqual(got, want) {
			t.Fatalf("after %s: %q", s, got)
		}
	}
	if err := j.End(second, OK); err != nil {
		t.Fatal(err)
	}
	if s := read(t, j.Path()); s.State != Open || s.Title != "Session of 2 January 2026, 12:00" {
		t.Fatalf("head: %+v", s)
	}
}

func TestUnclosedAreThoseThatNeitherRunNorWereClosed(t *testing.T) {
	dir := t.TempDir()
	closed, running, empty := newJournal(t, dir), newJournal(t, dir), newJournal(t, dir)
	begin(t, closed, "1", "x := 1")
	begin(t, running, "1", "y := 1")
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := closed.Begin("2", "late"); err == nil {
		t.Fatal("a closed journal took a cell")
	}
	crash := func(code string) string { // what a dead process leaves: no lock, no close
		j := newJournal(t, dir)
		begin(t, j, "1", code)
		if err := j.file.Close(); err != nil {
			t.Fatal(err)
		}
		return j.Path()
	}
	first := crash("a := 1")
	second := crash("b := 1")
	if err := empty.file.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "0-garbage.gnb"), []byte("\x00\x01\x02"), 0o600); err != nil {
		t.Fatal(err)
	}
	paths := func() (paths []string) {
		for _, s := range Unclosed(dir) {
			paths = append(paths, s.Path)
		}
		return paths
	}
	if got := paths(); !reflect.DeepEqual(got, []string{second, first}) {
		t.Fatalf("unclosed: %q, want the two crashed ones, the later first", got)
	}
	if last := LastUnclosed(dir); last == nil || last.Path != second || last.Cells[0].Code != "b := 1" {
		t.Fatalf("last unclosed: %+v", last)
	}
	if err := MarkRecovered(second); err != nil {
		t.Fatal(err)
	}
	if s := read(t, second); s.State != Recovered || len(s.Cells) != 1 {
		t.Fatalf("after MarkRecovered: %+v", s)
	}
	if got := paths(); !reflect.DeepEqual(got, []string{first}) {
		t.Fatalf("unclosed: %q after one was recovered", got)
	}
	if last := LastUnclosed(dir); last != nil {
		t.Fatalf("a recovered session is offered: %+v", last)
	}
}

func TestMarkRecoveredLeavesOtherNotebooksAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.gnb")
	text := []byte("// ---\n// title: Mine\n// ---\n\n// %%\nx := 1\n")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := MarkRecovered(path); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); !bytes.Equal(got, text) {
		t.Fatalf("changed to %q", got)
	}
	if s := read(t, path); s.Title != "Mine" || !reflect.DeepEqual(s.Cells, []Cell{{Code: "x := 1"}}) {
		t.Fatalf("read as %+v", s)
	}
}

// A process that is killed while it writes must not lose a cell for which Begin
// returned. The child prints each number it has begun.
func TestKillLosesNothing(t *testing.T) {
	const variable = "GASPARD_TEST_JOURNAL"
	if dir := os.Getenv(variable); dir != "" {
		j := newJournal(t, dir)
		for i := 0; ; i++ {
			begin(t, j, "cell", strings.Repeat("x", i%500))
			os.Stdout.WriteString(".")
			if i%3 > 0 {
				_ = j.End(i, OK)
			}
		}
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), variable+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	begun := 0
	buf := make([]byte, 1<<10)
	for begun < 2000 {
		n, err := out.Read(buf)
		if err != nil {
			t.Fatalf("the writer ended after %d cells: %v", begun, err)
		}
		begun += n
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for {
		n, err := out.Read(buf)
		begun += n
		if err != nil {
			break
		}
	}
	_ = cmd.Wait()
	sessions := Unclosed(dir)
	if len(sessions) != 1 {
		t.Fatalf("%d sessions unclosed after the kill", len(sessions))
	}
	cells := sessions[0].Cells
	if len(cells) < begun {
		t.Fatalf("%d cells on disk, %d were begun", len(cells), begun)
	}
	for i, c := range cells[:begun] {
		if len(c.Code) != i%500 {
			t.Fatalf("cell %d has %d bytes, want %d", i, len(c.Code), i%500)
		}
	}
}

// Whatever the bytes, reading gives what is there: no panic, and every cell is a
// piece of the text, in order.
func FuzzParse(f *testing.F) {
	f.Add([]byte("// ---\n// title: \"T\"\n// session: \"open\"\n// ---\n\n// %% id=\"1\" status=\"ok\"\nx := 1\n"))
	f.Add([]byte("// %% lines=\"99\"\nx"))
	f.Add([]byte("// %% [markdown]\n// # T\n// %%\n"))
	f.Add([]byte("// ---\n// %% id=\"\\x\"\n"))
	f.Add([]byte{0, 0xff, '\n'})
	f.Fuzz(func(t *testing.T, text []byte) {
		s := Parse(text)
		rest := text
		for i, c := range s.Cells {
			at := bytes.Index(rest, []byte(c.Code))
			if at < 0 {
				t.Fatalf("cell %d, %q, is not in what remains of the text", i, c.Code)
			}
			rest = rest[at+len(c.Code):]
		}
	})
}

// Cells come back exactly, and of a journal cut anywhere every cell before the
// cut, with the last one as far as it goes.
func FuzzRoundTrip(f *testing.F) {
	for i, code := range awkward {
		f.Add(code, awkward[(i+1)%len(awkward)], "1", uint16(i*17))
	}
	f.Fuzz(func(t *testing.T, first, second, name string, cut uint16) {
		j, err := Create(t.TempDir(), noon)
		if err != nil {
			t.Fatal(err)
		}
		want := []Cell{{name, first, Failed}, {"2", second, Running}}
		if err := j.End(begin(t, j, name, first), Failed); err != nil {
			t.Fatal(err)
		}
		firstEnd := j.end
		begin(t, j, "2", second)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(j.Path())
		if err != nil {
			t.Fatal(err)
		}
		if got := Parse(text).Cells; !reflect.DeepEqual(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
		at := firstEnd + int64(cut)%(int64(len(text))-firstEnd+1)
		got := Parse(text[:at]).Cells
		if len(got) == 0 || got[0] != want[0] {
			t.Fatalf("cut at %d of %d: %q, want %q first", at, len(text), got, want[0])
		}
		if len(got) > 1 && !strings.HasPrefix(second, strings.TrimRight(got[1].Code, "\n")) && !strings.Contains(second, got[1].Code) {
			t.Fatalf("cut at %d: the second cell reads %q of %q", at, got[1].Code, second)
		}
	})
}
