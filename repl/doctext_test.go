package repl

import (
	"io"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"gaspard/kernel/worker"
)

func plainScreen(width int) screen {
	return screen{Writer: io.Discard, size: func() (int, int) { return width, 24 }}
}

func TestDocumentationFits(t *testing.T) {
	d := worker.Doc{
		Name: "p.Settings", Kind: "type", Where: "gaspard/lib/p", Text: "Settings holds what [*Fit] and [Problem.Validate] take:\n\n\tmin ⟨P, C⟩\n\n" + strings.Repeat("word ", 30),
		Signature: "type Settings struct {\n\tEpsilon float64 // Regularisation ε, in units of the cost; 0 means 0.05 × its standard deviation, and 1e-6 is small.\n}",
		Members:   []worker.Member{{Name: "Default", Kind: "func", Text: strings.Repeat("makes settings ", 9)}, {Name: "String", Kind: "method"}},
	}
	for _, width := range []int{60, 80, 120} {
		text := plainScreen(width).docText(d)
		for line := range strings.Lines(text) {
			if n := ansi.StringWidth(strings.TrimRight(line, "\n")); n >= width {
				t.Errorf("%d columns of %d: %s", n, width, line)
			}
		}
		for _, want := range []string{"what *Fit and Problem.Validate take", "\n      min ⟨P, C⟩\n", " // gaspard/lib/p", "\nFunctions\n  Default  makes", "…\n\nMethods\n  String\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("at %d columns it lacks %q:\n%s", width, want, text)
			}
		}
		if strings.Contains(text, "1e-\n") {
			t.Errorf("a number is broken:\n%s", text)
		}
	}
	want := `type Settings struct {
    Epsilon float64 // Regularisation ε, in units of the cost; 0 means 0.05 ×
                    // its standard deviation, and 1e-6 is small.
}  // gaspard/lib/p
`
	if got := plainScreen(80).docText(d); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLongSignaturesFoldAfterCommas(t *testing.T) {
	text := plainScreen(60).docText(worker.Doc{
		Name: "f", Where: "p", Signature: "func Long(first, second, third float64, more ...string) (result *Result, err error)",
	})
	want := "func Long(first, second, third float64,\n    more ...string) (result *Result, err error)  // p\n"
	if text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestOwnSourceStaysAsItIs(t *testing.T) {
	source := "func long() string { return `" + strings.Repeat("wide, ", 30) + "` }"
	text := plainScreen(80).docText(worker.Doc{Name: "long", Signature: source, Where: "cell 3", Size: "", Text: "What it is for."})
	if want := source + "\n// cell 3\n\n  What it is for.\n"; text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestValuesOfSeveralLines(t *testing.T) {
	text := plainScreen(80).docText(worker.Doc{Name: "m", Signature: "var m *mat.Dense", Value: "Dense 2×1\n⎡1⎤\n⎣2⎦", Size: "2×1", Where: "cell 1"})
	if want := "var m *mat.Dense  // cell 1, 2×1\n= Dense 2×1\n  ⎡1⎤\n  ⎣2⎦\n"; text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestCallsMarkTheParameter(t *testing.T) {
	call := worker.Call{Name: "f", Signature: "f(a int, b int)", Start: 9, End: 14, Text: "adds"}
	if got, want := plainScreen(80).callText(call), "  f(a int, *b int*)\n  adds\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s := plainScreen(80)
	s.color = true
	if got := s.callText(call); ansi.Strip(got) != "  f(a int, b int)\n  adds\n" || !strings.Contains(got, "\x1b[1mb int\x1b[0m") {
		t.Errorf("got %q", got)
	}
}

func TestWhatIsAsked(t *testing.T) {
	for text, want := range map[string]bool{
		"?ot": true, ":vars": true, "ot.Sinkhorn?": true, "f(x).Plan?": true, "xs[0].Name?": true,
		"// why?": false, `fmt.Println("why?`: false, "x := 1 // why?": false, "`a?": false, "x": false, "3?": false,
	} {
		if got := isCommandLine(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
