//go:build unix

package main

import (
	"bytes"
	"encoding/base64"
	"image"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mattn/go-sixel"
)

func TestPromptCells(t *testing.T) {
	x := newTerminal(t)
	x.cell(1, "x := 6")
	x.cell(2, "x * 7")
	x.cell(3, "for i := range 3 {", "fmt.Println(i, x)", "}")
	x.cell(4, "func twice(v int) int {", "return 2 * v", "}")
	x.cell(5, "twice(x)")
	x.cell(6, "y := 1; z := y + twce(x)")
	x.cell(7, "var s []int")
	x.cell(8, "s[3] = x")
	x.cell(9, "x;")
	x.golden("cells")
}

func TestPromptVariables(t *testing.T) {
	x := newTerminal(t)
	x.typing(":vars" + enter)
	x.shows("There are no variables yet.")
	x.prompt(1)
	x.cell(1, `n, name := 3, "cloud"`)
	x.cell(2, "c := mat.NewDense(2, 2, []float64{1, 2, 3, 4})")
	x.typing(":vars" + enter)
	x.shows("name  string")
	x.prompt(3)
	x.golden("variables")
}

func TestPromptHelp(t *testing.T) {
	x := newTerminal(t)
	x.typing(":help" + enter)
	screen := x.prompt(1)
	for _, want := range []string{"Cells\n", "Keys\n", "Commands\n", ":vars ", ":quit "} {
		x.shows(want)
	}
	if strings.Contains(screen, "\x1b") {
		t.Errorf("escape sequences on the screen:\n%q", screen)
	}
	x.typing(":hlep" + enter)
	x.shows("There is no command :hlep. Did you mean :help?")
}

func TestPromptDocumentation(t *testing.T) {
	x := newTerminal(t)
	x.typing("\x1b[200~// half of it\nfunc half(v float64) float64 { return v / 2 }\x1b[201~")
	x.prompt(2)
	x.cell(2, "points := []float64{1, 2, 3}")
	for _, ask := range []string{"slices.Sort?", "?half", "points?", "?strings.Builder.Len", "?errors", "?ot.Sinkhron", "?nothingLikeThis"} {
		x.typing(ask + enter)
		x.shows("[3] " + ask + "\n")
		x.prompt(3)
	}
	x.golden("documentation")
}

func TestPromptDocumentsTheLibrary(t *testing.T) {
	x := newTerminal(t)
	x.typing("?ot.Sinkhorn" + enter)
	x.shows("func Sinkhorn(p *Problem, s Settings) *Result  // gaspard/lib/ot\n")
	x.shows("\n  Source: ")
	x.prompt(1)
	x.typing("?measure" + enter)
	x.shows("\nFunctions\n")
	x.shows("\n  Moons  ")
	x.shows("\nTypes\n")
}

func TestPromptSignatures(t *testing.T) {
	x := newTerminal(t)
	x.cell(1, "n := 3")
	x.typing("strings.Repeat(\"a\", " + tab)
	x.shows("  strings.Repeat(s string, count int) string\n")
	x.shows("  returns a new string consisting of count copies of the string s.\n  n  int\n")
	x.shows("[2] strings.Repeat(\"a\",")
	x.typing(shiftTab)
	x.shows("func Repeat(s string, count int) string  // strings\n")
	x.shows("It panics if count is negative")
	x.typing("n)" + enter)
	x.shows("Out[2] \"aaa\"\n")
	x.prompt(3)
	x.typing("for range 2 {" + enter + "x := ot.Settings{Eps" + tab)
	x.shows(" .. x := ot.Settings{Epsilon:")
}

func TestPromptCompletion(t *testing.T) {
	x := newTerminal(t)
	x.cell(1, "cloud := mat.NewDense(2, 2, nil)")
	x.typing("ot.Sink" + tab)
	x.shows("[2] ot.Sinkhorn")
	x.typing(ctrlC)
	x.prompt(2)
	x.typing("clo" + tab)
	x.shows("[2] clo") // cloud and close: they are listed
	x.shows("close")
	x.typing("u" + tab)
	x.shows("[2] cloud")
	x.typing(".RawM" + tab)
	x.shows("[2] cloud.RawMatrix")
	x.typing("().Rows" + enter)
	x.shows("Out[2] 2")
	x.prompt(3)
	x.typing(":hi" + tab)
	x.shows("[3] :history")
}

func TestPromptHistory(t *testing.T) {
	x := newTerminal(t)
	x.cell(1, "for i := range 2 {", "fmt.Println(40 + i)", "}")
	x.cell(2, "v := 7")
	x.typing(up)
	x.shows("[3] v := 7")
	x.typing(up)
	x.shows("[3] for i := range 2 {")
	x.typing(enter)
	x.prompt(4)
	x.golden("history")
}

func TestPromptInterrupt(t *testing.T) {
	x := newTerminal(t)
	x.cell(1, "kept := 41")
	x.typing("kept++; fmt.Println(\"running\"); for {}" + enter)
	x.shows("\nrunning\n")
	x.typing(ctrlC)
	x.prompt(3)
	x.shows("interrupted; values are kept")
	x.cell(3, "kept")
	x.shows("Out[3] 42")
	x.typing("unfinished" + ctrlC)
	x.prompt(4)
	x.typing("if true {" + enter)
	x.shows("\n ..")
	x.typing(ctrlC)
	x.prompt(4)
	x.cell(4, "kept + 1")
	x.shows("Out[4] 43")
}

func TestPromptKernelDeath(t *testing.T) {
	x := newTerminal(t)
	x.cell(1, "lost := 1")
	x.cell(2, "p, _ := os.FindProcess(os.Getpid()); p.Kill(); select {}")
	x.shows("the kernel has died")
	x.shows("A new kernel is running.")
	x.cell(3, "lost")
	x.shows("undefined: lost")
	x.cell(4, "1 + 1")
	x.shows("Out[4] 2")
}

func TestPromptPaste(t *testing.T) {
	x := newTerminal(t)
	// A blank line and a half-finished start must not run anything early.
	x.typing("\x1b[200~sum := 0\nfor i := range 4 {\n\n\tsum += i\n}\nsum\x1b[201~")
	x.prompt(2)
	x.shows("Out[1] 6")
	x.golden("paste")
	if raw := x.written(); !strings.Contains(raw, "\x1b[?2004h") || strings.LastIndex(raw, "\x1b[?2004h") < strings.LastIndex(raw, "\x1b[?2004l") {
		t.Error("the terminal is not asked to mark pastes at the prompt")
	}
	x.typing("\x1b[200~sum + 1\x1b[201~")
	x.shows("[2] sum + 1")
	x.typing(enter)
	x.shows("Out[2] 7")
}

func TestPromptLeaves(t *testing.T) {
	for _, keys := range []string{ctrlD, ":quit" + enter} {
		x := newTerminal(t)
		x.typing("1" + enter)
		x.prompt(2)
		x.typing(keys)
		x.exits(0)
		if raw := x.written(); strings.LastIndex(raw, "\x1b[?2004l") < strings.LastIndex(raw, "\x1b[?2004h") {
			t.Error("the terminal still marks pastes afterwards")
		}
	}
}

// TestPromptShowsFigures decodes what each protocol sends; path and caption come
// with all of them.
func TestPromptShowsFigures(t *testing.T) {
	joined := func(raw, pattern string) []byte {
		var text string
		for _, part := range regexp.MustCompile(pattern).FindAllStringSubmatch(raw, -1) {
			text += part[1]
		}
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Error(err)
		}
		return data
	}
	for protocol, holds := range map[string]func(raw string, png []byte) bool{
		"blocks": func(raw string, _ []byte) bool { return strings.Count(raw, "▀") > 500 },
		"kitty": func(raw string, png []byte) bool {
			return bytes.Equal(joined(raw, "\x1b_G[a-z0-9=,A-Z]*;([A-Za-z0-9+/=]*)\x1b\\\\"), png)
		},
		"iterm": func(raw string, png []byte) bool {
			return bytes.Equal(joined(raw, "\x1b\\]1337;File=inline=1;[a-zA-Z0-9=;]*:([A-Za-z0-9+/=]*)\a"), png)
		},
		"sixel": func(raw string, _ []byte) bool {
			sent := regexp.MustCompile("(?s)\x1bP.*?\x1b\\\\").FindString(raw)
			var img image.Image
			err := sixel.NewDecoder(strings.NewReader(sent)).Decode(&img)
			return err == nil && img.Bounds().Dx() > 300
		},
		"none": func(raw string, _ []byte) bool {
			return !strings.ContainsAny(raw, "▀▄█") && !strings.Contains(raw, "\x1bP") && !strings.Contains(raw, "\x1b_G")
		},
	} {
		t.Run(protocol, func(t *testing.T) {
			x := startTerminal(t, "--graphics", protocol)
			x.prompt(1)
			x.cell(1, "plots.Curves([]plots.Curve{{Name: \"loss\", Y: []float64{3, 2, 1}}}, plots.CurveSettings{})")
			x.shows("figure 1: figures/figure-1.png  1 curve of 3 points.\n[2]\n")
			png, err := os.ReadFile(filepath.Join(x.cmd.Dir, "figures", "figure-1.png"))
			if err != nil {
				t.Fatal(err)
			}
			if !holds(x.written(), png) {
				t.Errorf("the picture is not in the %d bytes written", len(x.written()))
			}
		})
	}
}

// TestInterruptStatus presses Ctrl-C where there is no prompt.
func TestInterruptStatus(t *testing.T) {
	notebook := filepath.Join(t.TempDir(), "endless.gnb")
	text := "// %%\nfmt.Println(\"running\")\nfor {}\n\n// %%\nfmt.Println(\"after\")\n"
	if err := os.WriteFile(notebook, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"run", notebook},
		{"eval", "-e", "fmt.Println(\"running\")\nfor {}", "-e", "fmt.Println(\"after\")"},
	} {
		t.Run(args[0], func(t *testing.T) {
			x := startTerminal(t, args...)
			x.shows("running\n")
			x.typing(ctrlC)
			x.exits(130)
			if screen := x.text(); strings.Contains(screen, "\nafter\n") || !strings.Contains(screen, "interrupted") {
				t.Errorf("the screen shows\n%s", screen)
			}
		})
	}
}
