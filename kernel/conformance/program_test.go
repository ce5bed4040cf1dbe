package conformance

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func cellsOf(t *testing.T, source string, m Mode) []string {
	t.Helper()
	cells, excuse, err := (&Program{Name: "p", Source: source}).Cells(m)
	if err != nil || excuse != "" {
		t.Fatalf("%v %s", err, excuse)
	}
	return cells
}

func TestStatementsComeAfterWhatTheyNeed(t *testing.T) {
	cells := cellsOf(t, `package main

import "fmt"

var total = first + second()

func second() int { return first * 2 }

var first = T(3).double()

func even(n int) bool { return n == 0 || odd(n-1) }
func odd(n int) bool  { return n != 0 && even(n-1) }

func (t T) double() int { return int(t) * 2 }

type T int

func init() { total++ }

func main() {
	fmt.Println(total)
outer:
	for i := range 3 {
		continue outer
		_ = i
	}
}
`, Stmts)
	want := []string{
		`import "fmt"`,
		"type T int\n",
		"func (t T) double() int { return int(t) * 2 }\n",
		"var first = T(3).double()\n",
		"func second() int { return first * 2 }\n",
		"var total = first + second()\n",
		"func even(n int) bool { return n == 0 || odd(n-1) }\nfunc odd(n int) bool  { return n != 0 && even(n-1) }\n",
		"func init2() { total++ }\n",
		"init2()",
		"fmt.Println(total);",
		"outer:\n\tfor i := range 3 {\n\t\tcontinue outer\n\t\t_ = i\n\t};",
	}
	if !slices.Equal(cells, want) {
		t.Errorf("got\n%s", strings.Join(cells, "\n--\n"))
	}
}

func TestLocalsThatHideGlobalsAreRenamed(t *testing.T) {
	cells := cellsOf(t, `package main

import ("fmt"; "strings")

var n = 1

func f() (int, int) { return n, len("ab") }

func main() {
	n, cap := 2, 3
	n, s := n+cap, strings.Repeat("a", 2)
	len := 5
	strings := s
	{ n := "inner"; _ = n }
	fmt.Println(f()); fmt.Println(n, s, len, strings)
}
`, Stmts)
	want := []string{
		"n2, cap := 2, 3;",
		`n2, s := n2+cap, strings.Repeat("a", 2);`,
		"len2 := 5;",
		"strings2 := s;",
		`{ n := "inner"; _ = n };`,
		"fmt.Println(f());",
		"fmt.Println(n2, s, len2, strings2);",
	}
	if !slices.Equal(cells[3:], want) {
		t.Errorf("got\n%s", strings.Join(cells[3:], "\n--\n"))
	}
}

func TestMainThatCannotBeCutIsExcused(t *testing.T) {
	for body, want := range map[string]string{
		"defer println()":                      "defer in main",
		"if true { return }":                   "return in main",
		"goto end\nend:":                       "goto in main",
		"func() { defer println(); return }()": "",
	} {
		_, excuse, err := (&Program{Source: "package main\nfunc main() {\n" + body + "\n}"}).Cells(Stmts)
		if err != nil || excuse != want {
			t.Errorf("%q: %v, %q", body, err, excuse)
		}
	}
}

// TestCutsAreStillThePrograms puts the cells of each stored program together
// again: what is cut must still be a valid program.
func TestCutsAreStillThePrograms(t *testing.T) {
	for _, dir := range []string{"battery", "programs"} {
		programs, err := ReadDir(filepath.Join("testdata", dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range programs {
			cells, excuse, err := p.Cells(Stmts)
			if err != nil {
				t.Errorf("%s: %v", p.Name, err)
				continue
			}
			if excuse != "" {
				continue
			}
			if _, _, _, err := check(joined(cells)); err != nil {
				t.Errorf("%s: %v", p.Name, err)
			}
		}
	}
}

// joined makes one program of the cells of a mode.
func joined(cells []string) string {
	var top, body strings.Builder
	for _, cell := range cells {
		switch word, _, _ := strings.Cut(cell, " "); {
		case word == "import" || word == "type" || word == "func" || (word == "var" || word == "const") && !strings.HasSuffix(cell, ";"):
			top.WriteString(cell + "\n")
		default:
			body.WriteString(cell + "\n")
		}
	}
	return "package main\n" + top.String() + "func main() {\n" + body.String() + "}\n"
}

func TestKnownDifferences(t *testing.T) {
	file := filepath.Join(t.TempDir(), "known.txt")
	known, err := ReadKnown(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &Program{Name: "p"}
	was := []Outcome{
		{Program: p, Mode: File, Verdict: Equal},
		{Program: p, Mode: Cell, Verdict: Refused, Detail: "no"},
		{Program: p, Mode: Stmts, Verdict: Failed, Detail: "panic"},
	}
	if err := known.Update(was); err != nil {
		t.Fatal(err)
	}
	if known, err = ReadKnown(file); err != nil {
		t.Fatal(err)
	}
	for _, o := range was {
		if news := known.Compare(o); news != "" {
			t.Errorf("a known outcome is news: %s", news)
		}
	}
	for _, c := range []struct {
		mode    Mode
		verdict Verdict
		word    string
	}{
		{File, Wrong, "is wrong"}, {Cell, Wrong, "now wrong"}, {Cell, Failed, "now failed"}, {Stmts, Refused, "better"}, {Stmts, Equal, "better"},
	} {
		if news := known.Compare(Outcome{Program: p, Mode: c.mode, Verdict: c.verdict}); !strings.Contains(news, c.word) {
			t.Errorf("%s %s: %q does not say %q", c.mode, c.verdict, news, c.word)
		}
	}
	if missing := known.Missing(nil); len(missing) != 2 {
		t.Errorf("entries without a program: %q", missing)
	}
}
